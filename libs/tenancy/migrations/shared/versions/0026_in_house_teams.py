"""In-house teams: one of a center, of its own people, in which nobody has a role but peer."""

from alembic import op

revision = "0026"
down_revision = "0025"

# Boards, decisions and letting people in go by a role in any team: whoever of the employer's own people had one here
# would have them all. What code forgets is refused here (docs/decisions/0040-in-house-teams.md).
_OF_OWN_PEERS = """
    NOT EXISTS (SELECT FROM shared.team t JOIN shared.member m ON m.id = membership.member_id
        WHERE t.id = membership.team_id AND t.kind = 'in_house'
          AND (membership.role <> 'peer' OR m.agency_id <> t.agency_id))
"""

STATEMENTS = (
    # A few rows, over before anybody notices.
    """
    -- squawk-ignore require-concurrent-index-creation
    CREATE UNIQUE INDEX team_one_in_house_idx ON shared.team (region_id, agency_id) WHERE agency_id IS NOT NULL
    """,
    f"""
    CREATE POLICY membership_in_house_put ON shared.membership AS RESTRICTIVE FOR INSERT WITH CHECK ({_OF_OWN_PEERS})
    """,
    f"""
    CREATE POLICY membership_in_house_changed ON shared.membership AS RESTRICTIVE FOR UPDATE
        USING (true) WITH CHECK ({_OF_OWN_PEERS})
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
