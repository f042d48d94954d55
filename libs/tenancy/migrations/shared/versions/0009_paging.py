"""Paging by versioned policies, waves, reserves, hand-overs; attempts to reach; time to a human; unanswered or not."""

from alembic import op

revision = "0009"
down_revision = "0008"

_URGENCIES = "('now', 'today', 'this_week')"

TABLES = (
    f"""
    CREATE TABLE shared.paging_policy (
        region_id uuid NOT NULL,
        urgency text NOT NULL CHECK (urgency IN {_URGENCIES}),
        version integer NOT NULL CHECK (version > 0),
        body text NOT NULL CHECK (body IS JSON OBJECT),
        made_at timestamptz NOT NULL,
        made_by text NOT NULL CHECK (made_by IN ('program_manager')),
        PRIMARY KEY (region_id, urgency, version)
    )
    """,
    """
    CREATE TABLE shared.contact_attempt (
        id uuid PRIMARY KEY,
        callout_id uuid NOT NULL REFERENCES shared.callout ON DELETE CASCADE,
        region_id uuid NOT NULL,
        epoch integer NOT NULL,
        peer_id uuid NOT NULL,
        kind text NOT NULL CHECK (kind IN ('tried', 'talked', 'message', 'bridged')),
        made_at timestamptz NOT NULL
    )
    """,
    "CREATE INDEX contact_attempt_callout_idx ON shared.contact_attempt (callout_id, epoch)",
    f"""
    CREATE TABLE shared.time_mark (
        id uuid PRIMARY KEY,
        region_id uuid NOT NULL,
        quarter_on date NOT NULL,
        urgency text NOT NULL CHECK (urgency IN {_URGENCIES}),
        band integer NOT NULL CHECK (band >= 0)
    )
    """,
    f"""
    CREATE TABLE shared.time_figure (
        region_id uuid NOT NULL,
        quarter_on date NOT NULL,
        urgency text NOT NULL CHECK (urgency IN {_URGENCIES}),
        median_band integer CHECK (median_band >= 0),
        published_at timestamptz NOT NULL,
        PRIMARY KEY (region_id, quarter_on, urgency)
    )
    """,
    """
    CREATE TABLE shared.unanswered (
        region_id uuid PRIMARY KEY,
        is_late boolean NOT NULL,
        looked_at timestamptz NOT NULL
    )
    """,
)
COLUMNS = (
    """
    ALTER TABLE shared.callout
        ADD COLUMN policy_version integer,
        ADD COLUMN step integer NOT NULL DEFAULT 0,
        ADD COLUMN step_waves integer NOT NULL DEFAULT 0,
        ADD COLUMN wave integer NOT NULL DEFAULT 0,
        ADD COLUMN asking text[] NOT NULL DEFAULT '{}',
        ADD COLUMN skipped text[] NOT NULL DEFAULT '{}',
        ADD COLUMN is_lead_asked boolean NOT NULL DEFAULT false,
        ADD COLUMN hand_to uuid,
        ADD COLUMN hand_until timestamptz,
        ADD COLUMN end_reason text CONSTRAINT callout_end_reason_is_known
            CHECK (end_reason IN ('unreached', 'peer_left'))
    """,
    """
    ALTER TABLE shared.offer
        ADD COLUMN wave integer NOT NULL DEFAULT 1,
        ADD COLUMN is_hand_over boolean NOT NULL DEFAULT false,
        ADD COLUMN reason text CONSTRAINT offer_reason_is_known
            CHECK (reason IN ('no_contact', 'gave_back', 'handed_over', 'left'))
    """,
    # What was released until now was so for want of contact: there was no other way.
    "UPDATE shared.offer SET reason = 'no_contact' WHERE state = 'released'",
    # Widened: what was allowed stays allowed.
    "-- squawk-ignore ban-drop-constraint\nALTER TABLE shared.offer DROP CONSTRAINT offer_state_check",
    """
    -- squawk-ignore constraint-missing-not-valid
    ALTER TABLE shared.offer ADD CONSTRAINT offer_state_check CHECK (state IN ('open', 'accepted', 'declined',
        'recused', 'expired', 'called_off', 'released', 'reserve'))
    """,
)


def _own(role: str) -> str:
    return f"region_id = (SELECT id FROM shared.region WHERE {role} = current_user)"


def upgrade() -> None:
    for statement in (*TABLES, *COLUMNS):
        op.execute(statement)
    for table in ("paging_policy", "contact_attempt", "time_mark", "unanswered"):
        op.execute(f"ALTER TABLE shared.{table} ENABLE ROW LEVEL SECURITY")
    for table in ("paging_policy", "contact_attempt", "unanswered"):
        op.execute(f"CREATE POLICY {table}_of_own_region ON shared.{table} USING ({_own('dispatch_role')})")
    for table in ("paging_policy", "unanswered"):
        op.execute(f"CREATE POLICY {table}_of_own_program ON shared.{table} USING ({_own('program_role')})")
    # Dispatch leaves a mark and never reads one; the figures plane alone reads and deletes them, for every region.
    op.execute(f"CREATE POLICY time_mark_is_left ON shared.time_mark FOR INSERT WITH CHECK ({_own('dispatch_role')})")
    op.execute("CREATE POLICY time_mark_is_counted ON shared.time_mark FOR SELECT USING (true)")
    op.execute("CREATE POLICY time_mark_goes ON shared.time_mark FOR DELETE USING (true)")
