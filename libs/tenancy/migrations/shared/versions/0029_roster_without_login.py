"""The roster without login: from which networks it is seen, who is not on it, photos, and the view of what is shown."""

from alembic import op

revision = "0029"
down_revision = "0028"

_OF_PROGRAM = "region_id = (SELECT id FROM shared.region WHERE program_role = current_user)"
_OF_DISPATCH = "region_id = (SELECT id FROM shared.region WHERE dispatch_role = current_user)"
_MEMBER_OF_IT = "EXISTS (SELECT FROM shared.member m WHERE m.id = member_id AND m.region_id = {table}.region_id)"
_ON_AN_INTRANET = r"current_user LIKE '%\_intranet'"

STATEMENTS = (
    """
    CREATE TABLE shared.intranet_place (
        place_id uuid PRIMARY KEY,
        region_id uuid NOT NULL,
        networks text[] NOT NULL,
        origins text[] NOT NULL
    )
    """,
    "CREATE INDEX intranet_place_region_id_idx ON shared.intranet_place (region_id)",
    "ALTER TABLE shared.intranet_place ENABLE ROW LEVEL SECURITY",
    f"CREATE POLICY intranet_place_of_own_region ON shared.intranet_place USING ({_OF_PROGRAM})",
    f"CREATE POLICY intranet_place_judged ON shared.intranet_place FOR SELECT USING ({_ON_AN_INTRANET})",
    """
    CREATE TABLE shared.not_shown (
        member_id uuid PRIMARY KEY REFERENCES shared.member (id) ON DELETE CASCADE,
        region_id uuid NOT NULL
    )
    """,
    "ALTER TABLE shared.not_shown ENABLE ROW LEVEL SECURITY",
    f"""
    CREATE POLICY not_shown_of_own_region ON shared.not_shown USING ({_OF_DISPATCH})
        WITH CHECK ({_OF_DISPATCH} AND {_MEMBER_OF_IT.format(table="not_shown")})
    """,
    """
    CREATE TABLE shared.photo (
        member_id uuid PRIMARY KEY REFERENCES shared.member (id) ON DELETE CASCADE,
        region_id uuid NOT NULL,
        jpeg bytea NOT NULL CHECK (octet_length(jpeg) <= 262144)
    )
    """,
    "ALTER TABLE shared.photo ENABLE ROW LEVEL SECURITY",
    f"""
    CREATE POLICY photo_of_own_region ON shared.photo USING ({_OF_DISPATCH})
        WITH CHECK ({_OF_DISPATCH} AND {_MEMBER_OF_IT.format(table="photo")})
    """,
    f"CREATE POLICY photo_found_by_the_program ON shared.photo FOR SELECT USING ({_OF_PROGRAM})",
    f"CREATE POLICY photo_ended_by_the_program ON shared.photo FOR DELETE USING ({_OF_PROGRAM})",
    # The owner's, so row-level security of the tables does not narrow it: it says itself whose rows whoever asks sees
    # (in a view `current_user` is the role that asks). A barrier, so that no condition of a query runs before its own.
    f"""
    CREATE VIEW shared.shown_peer WITH (security_barrier) AS
    SELECT m.id, m.region_id, m.name, m.agency_id, m.discipline, m.languages,
        EXISTS (SELECT FROM shared.duty d JOIN shared.team t ON t.id = d.team_id AND t.kind <> 'in_house'
            WHERE d.peer_id = m.id AND d.starts_at <= shared.clock() AND d.ends_at > shared.clock()) AS is_on_duty,
        (SELECT p.jpeg FROM shared.photo p WHERE p.member_id = m.id) AS photo
    FROM shared.member m JOIN shared.region r ON r.id = m.region_id
    WHERE (r.program_role = current_user
            OR ({_ON_AN_INTRANET} AND r.sandbox_of IS NULL
                AND EXISTS (SELECT FROM shared.intranet_place i WHERE i.region_id = r.id)))
        AND m.suspended_on IS NULL
        AND NOT EXISTS (SELECT FROM shared.not_shown n WHERE n.member_id = m.id)
        AND EXISTS (SELECT FROM shared.membership s WHERE s.member_id = m.id AND s.designated_on IS NOT NULL
            AND s.designated_on <= CAST(shared.clock() AS date)
            AND (s.lapses_on IS NULL OR s.lapses_on > CAST(shared.clock() AS date)))
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
