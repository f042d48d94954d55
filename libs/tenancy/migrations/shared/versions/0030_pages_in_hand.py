"""A page remembers that somebody took it in hand, so that one called off under way is taken back whoever died."""

from alembic import op

revision = "0030"
down_revision = "0029"

STATEMENTS = ("ALTER TABLE shared.page ADD COLUMN sending_at timestamptz",)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
