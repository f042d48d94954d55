"""Sandboxes: a region of its own beside each region, where integrators try things and nobody can be reached."""

from alembic import op

revision = "0025"
down_revision = "0024"

_A_SANDBOX = "region_id IN (SELECT id FROM shared.region WHERE sandbox_of IS NOT NULL)"

STATEMENTS = (
    "ALTER TABLE shared.region ADD COLUMN sandbox_of uuid",
    # One a region. A handful of rows: nobody waits for the lock.
    """
    -- squawk-ignore require-concurrent-index-creation
    CREATE UNIQUE INDEX region_sandbox_of_idx ON shared.region (sandbox_of)
    """,
    # No channel but a page that somebody has open, and no line: whatever is paged or told there goes nowhere.
    """
    -- squawk-ignore constraint-missing-not-valid
    ALTER TABLE shared.region ADD CONSTRAINT region_sandbox_reaches_nobody
        CHECK (sandbox_of IS NULL OR channels = '{in_app}' AND line_phone IS NULL)
    """,
    # The program may delete incidents and teams in a sandbox, and nowhere else.
    *(
        f"""
        CREATE POLICY {table}_deleted_in_a_sandbox ON shared.{table} AS RESTRICTIVE FOR DELETE USING ({_A_SANDBOX})
        """
        for table in ("incident", "deployment")
    ),
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
