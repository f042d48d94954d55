"""Outside the region: who decides and in which turn, a decision that is held, limits, mutual-aid agreements."""

from alembic import op

revision = "0010"
down_revision = "0009"

_MY_PROGRAM = "region_id = (SELECT id FROM shared.region WHERE program_role = current_user)"
_MY_DISPATCH = "region_id = (SELECT id FROM shared.region WHERE dispatch_role = current_user)"

STATEMENTS = (
    """
    ALTER TABLE shared.callout
        ADD COLUMN decision text CONSTRAINT callout_decision_is_known
            CHECK (decision IN ('approved', 'declined', 'handed_on')),
        ADD COLUMN decided_by text CONSTRAINT callout_decided_by_is_known CHECK (decided_by IN ('manager', 'lead')),
        ADD COLUMN is_remote_only boolean NOT NULL DEFAULT false,
        ADD COLUMN partner_id uuid
    """,
    """
    ALTER TABLE shared.approval
        ADD COLUMN choice text CONSTRAINT approval_choice_is_known CHECK (choice IN ('approve', 'decline', 'hand_on')),
        ADD COLUMN held_until timestamptz,
        ADD COLUMN decided_by text CONSTRAINT approval_decided_by_is_known CHECK (decided_by IN ('manager', 'lead')),
        ADD COLUMN is_remote_only boolean NOT NULL DEFAULT false,
        ADD COLUMN team text CONSTRAINT approval_team_is_known CHECK (team IN ('roving', 'command_level')),
        ADD COLUMN partner_id uuid,
        ADD COLUMN told_step integer,
        ADD COLUMN looked_at timestamptz
    """,
    # Wider ones take their places in the same transaction, over rows that are few: one a request from outside.
    "-- squawk-ignore ban-drop-constraint\nALTER TABLE shared.approval DROP CONSTRAINT approval_state_check",
    """
    -- squawk-ignore constraint-missing-not-valid
    ALTER TABLE shared.approval ADD CONSTRAINT approval_state_check CHECK (state IN ('waiting', 'held', 'applying',
        'approved', 'declined', 'handed_on', 'withdrawn'))
    """,
    """
    -- squawk-ignore constraint-missing-not-valid
    ALTER TABLE shared.approval ADD CONSTRAINT approval_held_with_a_choice
        CHECK (state NOT IN ('held', 'applying') OR choice IS NOT NULL AND held_until IS NOT NULL)
    """,
    """
    CREATE TABLE shared.approver (
        account_id uuid PRIMARY KEY,
        region_id uuid NOT NULL,
        name text NOT NULL,
        is_away boolean NOT NULL DEFAULT false,
        joined_at timestamptz NOT NULL DEFAULT shared.clock()
    )
    """,
    """
    CREATE TABLE shared.agreement (
        id uuid PRIMARY KEY,
        region_id uuid NOT NULL,
        kind text NOT NULL CHECK (kind IN ('region', 'agency', 'state')),
        partner text NOT NULL CHECK (partner <> ''),
        partner_id uuid,
        agency_ids uuid[] NOT NULL DEFAULT '{}',
        disciplines text[] NOT NULL DEFAULT '{}' CONSTRAINT agreement_disciplines_are_known
            CHECK (disciplines <@ ARRAY['dispatch', 'fire', 'ems', 'law']),
        teams text[] NOT NULL DEFAULT '{}' CONSTRAINT agreement_teams_are_known
            CHECK (teams <@ ARRAY['roving', 'command_level']),
        is_remote_only boolean NOT NULL DEFAULT false,
        takes_ours boolean NOT NULL DEFAULT false,
        starts_on date NOT NULL,
        ends_on date NOT NULL,
        ended_on date,
        reminded_days integer,
        CONSTRAINT agreement_names_a_region CHECK ((kind = 'region') = (partner_id IS NOT NULL)),
        CONSTRAINT agreement_ends_after_it_starts CHECK (ends_on >= starts_on),
        CONSTRAINT agreement_region_alone_takes_ours CHECK (kind = 'region' OR NOT takes_ours)
    )
    """,
    "CREATE INDEX agreement_region_idx ON shared.agreement (region_id, ends_on)",
    "ALTER TABLE shared.approver ENABLE ROW LEVEL SECURITY",
    f"CREATE POLICY approver_of_own_program ON shared.approver USING ({_MY_PROGRAM})",
    "ALTER TABLE shared.agreement ENABLE ROW LEVEL SECURITY",
    f"CREATE POLICY agreement_of_own_program ON shared.agreement USING ({_MY_PROGRAM})",
    f"CREATE POLICY agreement_for_asking ON shared.agreement FOR SELECT USING ({_MY_DISPATCH})",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
