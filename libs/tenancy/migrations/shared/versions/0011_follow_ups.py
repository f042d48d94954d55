"""Follow-ups: when a peer checks on somebody again, and which coordinators may see that it is overdue."""

from alembic import op

revision = "0011"
down_revision = "0010"

STATEMENTS = (
    """
    CREATE TABLE shared.follow_up (
        id uuid PRIMARY KEY,
        callout_id uuid NOT NULL,
        region_id uuid NOT NULL,
        peer_id uuid,
        kind text NOT NULL CHECK (kind IN ('same_day', 'week', 'month', 'days_90', 'anniversary')),
        state text NOT NULL CHECK (state IN ('planned', 'done', 'not_reached', 'stopped', 'lapsed')),
        due_at timestamptz NOT NULL,
        next_at timestamptz,
        told_at timestamptz,
        tries integer NOT NULL DEFAULT 0,
        watchers uuid[] NOT NULL DEFAULT '{}',
        CONSTRAINT follow_up_once_a_kind UNIQUE (callout_id, kind),
        CONSTRAINT follow_up_planned_has_a_clock CHECK ((state = 'planned') = (next_at IS NOT NULL))
    )
    """,
    "CREATE INDEX follow_up_peer_idx ON shared.follow_up (peer_id) WHERE state = 'planned'",
    "CREATE INDEX follow_up_next_idx ON shared.follow_up (region_id, next_at) WHERE state = 'planned'",
    "ALTER TABLE shared.follow_up ENABLE ROW LEVEL SECURITY",
    """
    CREATE POLICY follow_up_of_own_region ON shared.follow_up
        USING (region_id = (SELECT id FROM shared.region WHERE dispatch_role = current_user))
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
