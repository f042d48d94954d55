"""One person, several teams: teams are rows, designation is a membership's, a module has its days."""

from alembic import op

revision = "0002"
down_revision = "0001"

TABLES = (
    """
    CREATE TABLE shared.team (
        id uuid PRIMARY KEY,
        region_id uuid NOT NULL REFERENCES shared.region,
        kind text NOT NULL CHECK (kind IN ('roving', 'command_level', 'in_house')),
        agency_id uuid,
        name text NOT NULL,
        CONSTRAINT team_in_house_of_an_agency CHECK ((kind = 'in_house') = (agency_id IS NOT NULL))
    )
    """,
    "CREATE UNIQUE INDEX team_one_of_a_kind_idx ON shared.team (region_id, kind) WHERE kind <> 'in_house'",
    "CREATE INDEX team_agency_id_idx ON shared.team (agency_id) WHERE agency_id IS NOT NULL",
    """
    CREATE TABLE shared.membership (
        member_id uuid NOT NULL REFERENCES shared.member ON DELETE CASCADE,
        team_id uuid NOT NULL REFERENCES shared.team,
        region_id uuid NOT NULL,
        designated_on date,
        lapses_on date,
        is_coordinator boolean NOT NULL,
        PRIMARY KEY (member_id, team_id)
    )
    """,
    "CREATE INDEX membership_team_id_idx ON shared.membership (team_id)",
    "CREATE INDEX membership_region_id_idx ON shared.membership (region_id)",
    """
    CREATE TABLE shared.training_module (
        member_id uuid NOT NULL REFERENCES shared.member ON DELETE CASCADE,
        area text NOT NULL CHECK (area IN ('stress_indicators', 'scope', 'resources', 'de_escalation')),
        region_id uuid NOT NULL,
        completed_on date,
        lapses_on date,
        PRIMARY KEY (member_id, area)
    )
    """,
    "CREATE INDEX training_module_region_id_idx ON shared.training_module (region_id)",
)

BACKFILL = (
    """
    INSERT INTO shared.team (id, region_id, kind, agency_id, name)
    SELECT gen_random_uuid(), r.id, kind, NULL, '' FROM shared.region r, unnest(ARRAY['roving', 'command_level']) kind
    """,
    """
    INSERT INTO shared.membership (member_id, team_id, region_id, designated_on, lapses_on, is_coordinator)
    SELECT m.id, t.id, m.region_id, m.designated_on, m.lapses_on, m.is_coordinator
    FROM shared.member m JOIN shared.team t ON t.region_id = m.region_id AND t.kind = m.team
    """,
    # An area that 0001 let through and that is none of the four counted for nothing.
    """
    INSERT INTO shared.training_module (member_id, area, region_id, completed_on, lapses_on)
    SELECT DISTINCT m.id, area, m.region_id, NULL::date, NULL::date FROM shared.member m, unnest(m.modules) area
    WHERE area IN ('stress_indicators', 'scope', 'resources', 'de_escalation')
    """,
)

MEMBER = (
    "ALTER TABLE shared.member ADD COLUMN member_key text",
    "ALTER TABLE shared.member ADD COLUMN time_zone text",
    "ALTER TABLE shared.member ADD COLUMN suspended_on date",
    # A roster has hundreds of rows: the lock that an index takes is over before anybody notices.
    """
    -- squawk-ignore require-concurrent-index-creation
    CREATE UNIQUE INDEX member_key_of_region_idx ON shared.member (region_id, member_key)
        WHERE member_key IS NOT NULL
    """,
    # No two truths: what has moved goes. Before 1.0 nobody runs the code of the day before (docs/decisions/0010).
    *(
        f"-- squawk-ignore ban-drop-column\nALTER TABLE shared.member DROP COLUMN {column}"
        for column in ("team", "designated_on", "lapses_on", "modules", "is_coordinator")
    ),
    # The index of 0001 went with its second column.
    """
    -- squawk-ignore require-concurrent-index-creation
    CREATE INDEX member_of_region_idx ON shared.member (region_id)
    """,
)


def _own(role_column: str) -> str:
    return f"region_id = (SELECT id FROM shared.region WHERE {role_column} = current_user)"


def upgrade() -> None:
    for statement in (*TABLES, *BACKFILL, *MEMBER):
        op.execute(statement)
    for table in ("team", "membership", "training_module"):
        op.execute(f"ALTER TABLE shared.{table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY {table}_of_own_program ON shared.{table} USING ({_own('program_role')})")
        op.execute(f"CREATE POLICY {table}_for_paging ON shared.{table} FOR SELECT USING ({_own('dispatch_role')})")
