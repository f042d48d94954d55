"""Hard calls: what follows from a type, pages at workstations, private offers; kept answers; a client's agency."""

from alembic import op

revision = "0016"
down_revision = "0015"

_TYPES = "'lodd', 'suicide_of_colleague', 'child_death', 'ois', 'mci', 'victim_known', 'other'"
_MY_AGENCY = "agency_id = (SELECT id FROM shared.agency WHERE desk_role = current_user)"
_MY_REGION = "region_id = (SELECT region_id FROM shared.agency WHERE desk_role = current_user)"
# No tenant's role ends so: theirs end in twelve hex digits.
_AT_THE_DOOR = r"current_user LIKE '%\_door'"

STATEMENTS = (
    f"""
    CREATE TABLE shared.hard_call_rule (
        agency_id uuid NOT NULL,
        code text NOT NULL CHECK (length(code) BETWEEN 1 AND 60),
        action text NOT NULL CHECK (action IN ('nothing', 'offer_support', 'propose_deployment')),
        incident_type text NOT NULL CHECK (incident_type IN ({_TYPES})),
        PRIMARY KEY (agency_id, code)
    )
    """,
    "ALTER TABLE shared.hard_call_rule ENABLE ROW LEVEL SECURITY",
    f"CREATE POLICY hard_call_rule_of_own_desk ON shared.hard_call_rule USING ({_MY_AGENCY})",
    """
    CREATE TABLE shared.station (
        id uuid PRIMARY KEY,
        agency_id uuid NOT NULL,
        position text NOT NULL CHECK (length(position) BETWEEN 1 AND 40),
        address_hash bytea NOT NULL UNIQUE,
        is_quiet boolean NOT NULL DEFAULT false,
        CONSTRAINT station_once_a_position UNIQUE (agency_id, position)
    )
    """,
    "ALTER TABLE shared.station ENABLE ROW LEVEL SECURITY",
    f"CREATE POLICY station_of_own_desk ON shared.station USING ({_MY_AGENCY})",
    f"CREATE POLICY station_seen_at_the_door ON shared.station FOR SELECT USING ({_AT_THE_DOOR})",
    f"CREATE POLICY station_changed_at_the_door ON shared.station FOR UPDATE USING ({_AT_THE_DOOR})",
    """
    CREATE TABLE shared.private_offer (
        id bytea PRIMARY KEY,
        agency_id uuid NOT NULL,
        place_hash bytea NOT NULL,
        ends_at timestamptz NOT NULL
    )
    """,
    "CREATE INDEX private_offer_place_hash_idx ON shared.private_offer (place_hash)",
    "CREATE INDEX private_offer_ends_at_idx ON shared.private_offer (ends_at)",
    "ALTER TABLE shared.private_offer ENABLE ROW LEVEL SECURITY",
    f"CREATE POLICY private_offer_made_at_own_desk ON shared.private_offer FOR INSERT WITH CHECK ({_MY_AGENCY})",
    f"CREATE POLICY private_offer_seen_at_the_door ON shared.private_offer FOR SELECT USING ({_AT_THE_DOOR})",
    f"CREATE POLICY private_offer_ends_at_the_door ON shared.private_offer FOR DELETE USING ({_AT_THE_DOOR})",
    """
    CREATE TABLE shared.kept_answer (
        owner text NOT NULL DEFAULT current_user,
        client text NOT NULL,
        route text NOT NULL,
        key_hash bytea NOT NULL,
        request_mac bytea NOT NULL,
        status integer,
        body text,
        ends_at timestamptz NOT NULL,
        PRIMARY KEY (owner, client, route, key_hash)
    )
    """,
    "CREATE INDEX kept_answer_ends_at_idx ON shared.kept_answer (ends_at)",
    "ALTER TABLE shared.kept_answer ENABLE ROW LEVEL SECURITY",
    "CREATE POLICY kept_answer_of_own_role ON shared.kept_answer USING (owner = current_user)",
    f"CREATE POLICY kept_answer_seen_at_the_door ON shared.kept_answer FOR SELECT USING ({_AT_THE_DOOR})",
    f"CREATE POLICY kept_answer_ends_at_the_door ON shared.kept_answer FOR DELETE USING ({_AT_THE_DOOR})",
    # Whose machine it is: one agency's, or the whole region's where it is null.
    "ALTER TABLE shared.client ADD COLUMN agency_id uuid",
    "-- squawk-ignore ban-drop-constraint\nALTER TABLE shared.incident DROP CONSTRAINT incident_opened_by_check",
    """
    -- squawk-ignore constraint-missing-not-valid
    ALTER TABLE shared.incident ADD CONSTRAINT incident_opened_by_check
        CHECK (opened_by IN ('desk', 'integrator', 'coordinator', 'program'))
    """,
    "DROP POLICY incident_opened_at_own_desk ON shared.incident",
    f"""
    CREATE POLICY incident_opened_at_own_desk ON shared.incident FOR INSERT
        WITH CHECK ({_MY_AGENCY} AND {_MY_REGION} AND opened_by IN ('desk', 'integrator'))
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
