"""What belongs to people is found by region: a match reads it once for a team, and not once for each of its people.

Two policies for the door stood in everybody's way (`current_user LIKE '%_door'`): with them no index by region could
serve, and who read a region's people went through the nation's. They are the door's alone now.

Rows of people are few beside those of a minute: nobody waits for long.
"""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"

STATEMENTS = (
    *(
        "-- squawk-ignore require-concurrent-index-creation\n"
        f"CREATE INDEX {name}_region_id_idx ON shared.{name} (region_id{further})"
        for name, further in (
            ("availability", ""),
            ("own_limits", ""),
            ("reach", ""),
            ("away", ", ends_at"),
            ("duty", ", ends_at"),
        )
    ),
    'ALTER POLICY member_suspended_at_the_door ON shared.member TO "{door}" USING (suspended_on IS NOT NULL)',
    """
    ALTER POLICY membership_leads_at_the_door ON shared.membership TO "{door}"
        USING (role IN ('coordinator', 'deputy'))
    """,
)


def upgrade() -> None:
    # Roles begin with the database's own prefix, as its owner does; a plan that is only printed takes the usual one.
    is_printed = op.get_context().as_sql
    owner = "owncall_owner" if is_printed else str(op.get_bind().scalar(sa.text("SELECT current_user")))
    for statement in STATEMENTS:
        op.execute(statement.format(door=owner.removesuffix("_owner") + "_door"))
