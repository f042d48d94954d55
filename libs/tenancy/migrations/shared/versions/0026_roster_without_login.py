"""The roster without login: from which networks it is seen, and who does not want to be on it."""

from alembic import op

revision = "0026"
down_revision = "0025"

_OF_PROGRAM = "region_id = (SELECT id FROM shared.region WHERE program_role = current_user)"
_OF_DISPATCH = "region_id = (SELECT id FROM shared.region WHERE dispatch_role = current_user)"

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
    """
    CREATE TABLE shared.not_shown (
        member_id uuid PRIMARY KEY REFERENCES shared.member (id) ON DELETE CASCADE,
        region_id uuid NOT NULL
    )
    """,
    "ALTER TABLE shared.not_shown ENABLE ROW LEVEL SECURITY",
    f"CREATE POLICY not_shown_of_own_region ON shared.not_shown USING ({_OF_DISPATCH})",
    f"CREATE POLICY not_shown_to_the_program ON shared.not_shown FOR SELECT USING ({_OF_PROGRAM})",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
