"""Which tenant a role is of goes by an index. `current_user` is a name, compared by "C": the unique ones do not serve.

Every policy asks it, some twenty times in the statement that reads a team, and each time it went through all regions,
or at a desk through all agencies. Tenants are few, and no rows of a minute: nobody waits for long.
"""

from alembic import op

revision = "0033"
down_revision = "0032"

STATEMENTS = tuple(
    "-- squawk-ignore require-concurrent-index-creation\n"
    f'CREATE INDEX {tenant}_by_{role}_idx ON shared.{tenant} ({role} COLLATE "C")'
    for tenant, role in (("region", "dispatch_role"), ("region", "program_role"), ("agency", "desk_role"))
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
