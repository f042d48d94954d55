"""What a team has been asked lately is read at once for all of it, by region, and no longer for each of its people."""

from alembic import op

revision = "0014"
down_revision = "0013"

STATEMENTS = (
    """
    -- squawk-ignore require-concurrent-index-creation
    CREATE INDEX offer_lately_idx ON shared.offer (region_id, offered_at)
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
