"""The door keeps answers, too: each role reads its own alone, and what is over is deleted without being read."""

from alembic import op

revision = "0032"
down_revision = "0031"

_OWN = "owner = current_user"
# No tenant's role ends so: theirs end in twelve hex digits.
_AT_THE_DOOR = r"current_user LIKE '%\_door'"

STATEMENTS = (
    "DROP POLICY kept_answer_of_own_role ON shared.kept_answer",
    f"CREATE POLICY kept_answer_seen_by_own_role ON shared.kept_answer FOR SELECT USING ({_OWN})",
    f"CREATE POLICY kept_answer_made_by_own_role ON shared.kept_answer FOR INSERT WITH CHECK ({_OWN})",
    f"CREATE POLICY kept_answer_changed_by_own_role ON shared.kept_answer FOR UPDATE USING ({_OWN})",
    "DROP POLICY kept_answer_seen_at_the_door ON shared.kept_answer",
    "DROP POLICY kept_answer_ends_at_the_door ON shared.kept_answer",
    f"""
    CREATE POLICY kept_answer_ends_at_the_door ON shared.kept_answer FOR DELETE
        USING ({_AT_THE_DOOR} AND ends_at <= shared.clock())
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
