"""A request for a colleague says whether they may be rung; one-on-ones are offered after a team has come."""

from alembic import op

revision = "0021"
down_revision = "0020"

STATEMENTS = (
    # Widened: what was allowed stays allowed. Callouts are few: nobody waits for long.
    "-- squawk-ignore ban-drop-constraint\nALTER TABLE shared.callout DROP CONSTRAINT callout_wishes_are_known",
    """
    -- squawk-ignore constraint-missing-not-valid
    ALTER TABLE shared.callout ADD CONSTRAINT callout_wishes_are_known CHECK (wishes <@ ARRAY['knows_calls',
        'for_colleague', 'safe_to_ring', 'ring_off_shift', 'woman', 'man', 'of_dispatch', 'of_fire', 'of_ems',
        'of_law'])
    """,
    # One word about ringing at most, and of a colleague alone.
    """
    -- squawk-ignore constraint-missing-not-valid
    ALTER TABLE shared.callout ADD CONSTRAINT callout_rings_a_colleague CHECK (
        NOT wishes && ARRAY['safe_to_ring', 'ring_off_shift']
        OR 'for_colleague' = ANY (wishes) AND NOT wishes @> ARRAY['safe_to_ring', 'ring_off_shift'])
    """,
    """
    ALTER TABLE shared.deployment ADD COLUMN one_on_ones_offered text NOT NULL DEFAULT 'unknown'
        CONSTRAINT deployment_one_on_ones_offered_is_known CHECK (one_on_ones_offered IN ('unknown', 'yes', 'no'))
    """,
    "-- squawk-ignore ban-drop-constraint\nALTER TABLE shared.contact_cell DROP CONSTRAINT contact_cell_began_check",
    """
    -- squawk-ignore constraint-missing-not-valid
    ALTER TABLE shared.contact_cell ADD CONSTRAINT contact_cell_began_is_known
        CHECK (began IN ('hallway', 'check_in', 'after_team'))
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
