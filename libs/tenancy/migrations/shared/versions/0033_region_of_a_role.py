"""Whose region a role is goes by an index. `current_user` is a name and compares by "C": the unique ones do not serve.

Every policy asks it, some twenty times in the statement that reads a team, and each time it went through all regions.
"""

from alembic import op

revision = "0033"
down_revision = "0032"

STATEMENTS = tuple(
    f'CREATE INDEX region_by_{role}_idx ON shared.region ({role} COLLATE "C")'
    for role in ("dispatch_role", "program_role")
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
