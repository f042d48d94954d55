"""The door learns who leads and who is suspended, and no more; talks without a request count for a day."""

from alembic import op

revision = "0024"
down_revision = "0023"

# No tenant's role ends so: theirs end in twelve hex digits.
_AT_THE_DOOR = r"current_user LIKE '%\_door'"

STATEMENTS = (
    f"""
    CREATE POLICY membership_leads_at_the_door ON shared.membership FOR SELECT
        USING (role IN ('coordinator', 'deputy') AND {_AT_THE_DOOR})
    """,
    f"""
    CREATE POLICY member_suspended_at_the_door ON shared.member FOR SELECT
        USING (suspended_on IS NOT NULL AND {_AT_THE_DOOR})
    """,
    "ALTER TABLE shared.own_limits ADD COLUMN talks_until timestamptz[] NOT NULL DEFAULT '{}'",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
