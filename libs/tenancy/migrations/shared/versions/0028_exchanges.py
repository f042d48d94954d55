"""Exchanges: one region of the deployment asks another one to help, in states alone, seen by exactly those two."""

from alembic import op

revision = "0028"
down_revision = "0027"

_MY_DISPATCH = "(SELECT id FROM shared.region WHERE dispatch_role = current_user)"
_MY_PROGRAM = "(SELECT id FROM shared.region WHERE program_role = current_user)"
_TWO = "(region_id, helping_id)"
# A sandbox is no program (decision 0043): nobody there asks for help, or could give it.
_NO_SANDBOX = f"NOT EXISTS (SELECT FROM shared.region r WHERE r.id IN {_TWO} AND r.sandbox_of IS NOT NULL)"

STATEMENTS = (
    """
    CREATE TABLE shared.exchange (
        id uuid PRIMARY KEY,
        region_id uuid NOT NULL,
        helping_id uuid NOT NULL,
        approval_id uuid,
        urgency text NOT NULL CHECK (urgency IN ('now', 'today', 'this_week')),
        language text NOT NULL,
        state text NOT NULL CHECK (state IN ('requested', 'approved', 'offered', 'closed')),
        outcome text CHECK (outcome IN ('taken', 'declined', 'silent', 'unanswered', 'not_needed')),
        decided_by text CHECK (decided_by IN ('manager', 'agreement')),
        is_remote_only boolean NOT NULL DEFAULT false,
        team text CHECK (team IN ('roving', 'command_level')),
        asked_at timestamptz NOT NULL DEFAULT shared.clock(),
        offered_until timestamptz,
        closed_at timestamptz,
        CONSTRAINT exchange_is_between_two CHECK (region_id <> helping_id),
        CONSTRAINT exchange_closed_for_a_reason CHECK ((state = 'closed') = (outcome IS NOT NULL)),
        CONSTRAINT exchange_offered_for_a_time CHECK (state <> 'offered' OR offered_until IS NOT NULL)
    )
    """,
    "CREATE INDEX exchange_region_idx ON shared.exchange (region_id, asked_at)",
    "CREATE INDEX exchange_helping_idx ON shared.exchange (helping_id, asked_at)",
    "ALTER TABLE shared.exchange ENABLE ROW LEVEL SECURITY",
    f"CREATE POLICY exchange_seen_by_two ON shared.exchange FOR SELECT USING ({_MY_DISPATCH} IN {_TWO})",
    f"CREATE POLICY exchange_moved_by_two ON shared.exchange FOR UPDATE USING ({_MY_DISPATCH} IN {_TWO})",
    f"""
    CREATE POLICY exchange_begun_by_one ON shared.exchange FOR INSERT
        WITH CHECK (region_id = {_MY_DISPATCH} AND state = 'requested' AND {_NO_SANDBOX})
    """,
    f"""
    CREATE POLICY exchange_forgotten_by_one ON shared.exchange FOR DELETE
        USING (region_id = {_MY_DISPATCH} AND state = 'closed')
    """,
    # The managers who are asked see that they are, until they have said; what becomes of it is not theirs to know.
    f"""
    CREATE POLICY exchange_told_to_managers ON shared.exchange FOR SELECT
        USING (region_id = {_MY_PROGRAM} OR (helping_id = {_MY_PROGRAM} AND state = 'requested'))
    """,
    "ALTER TABLE shared.callout ADD COLUMN exchange_id uuid",
    # One request of an exchange in each of its two regions. Rows are few: those of exchanges alone are in it.
    """
    -- squawk-ignore require-concurrent-index-creation
    CREATE UNIQUE INDEX callout_exchange_idx ON shared.callout (region_id, exchange_id) WHERE exchange_id IS NOT NULL
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
