"""Somebody who leads is given somebody of the same rank or above; who is below may step in, and is not asked before."""

from alembic import op

revision = "0017"
down_revision = "0016"

STATEMENTS = ("ALTER TABLE shared.copy ADD COLUMN only_steps_in boolean NOT NULL DEFAULT false",)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
