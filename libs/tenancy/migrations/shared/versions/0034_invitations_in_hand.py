"""An invitation remembers the wave whose notice was taken in hand, so that it is taken back whoever died with it."""

from alembic import op

revision = "0034"
down_revision = "0033"

STATEMENTS = ("ALTER TABLE shared.invitation ADD COLUMN sending_wave integer",)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
