"""One request in depth: wishes, channels of a region, and the number of asks that counts as a flood."""

from alembic import op

revision = "0003"
down_revision = "0002"

STATEMENTS = (
    """
    ALTER TABLE shared.callout ADD COLUMN wishes text[] NOT NULL DEFAULT '{}'
        CONSTRAINT callout_wishes_are_known CHECK (wishes <@ ARRAY['knows_calls', 'for_colleague'])
    """,
    """
    ALTER TABLE shared.region
        ADD COLUMN channels text[] NOT NULL DEFAULT '{in_app}'
            CONSTRAINT region_channels_are_known
                CHECK (channels <@ ARRAY['in_app', 'mail'] AND channels @> ARRAY['in_app']),
        ADD COLUMN flood_from integer NOT NULL DEFAULT 30
            CONSTRAINT region_flood_from_is_positive CHECK (flood_from > 0)
    """,
    # Widened: what was allowed stays allowed. A page row lives days, so that looking through them is over at once.
    "-- squawk-ignore ban-drop-constraint\nALTER TABLE shared.page DROP CONSTRAINT page_channel_check",
    """
    -- squawk-ignore constraint-missing-not-valid
    ALTER TABLE shared.page ADD CONSTRAINT page_channel_check CHECK (channel IN ('in_app', 'mail'))
    """,
    # Of a rank dispatch learns whether it may be a supervisor's, and no more. Rewrites the table: a roster is small.
    """
    -- squawk-ignore adding-field-with-default
    ALTER TABLE shared.member ADD COLUMN leads boolean NOT NULL GENERATED ALWAYS AS
        (rank <> ALL (ARRAY['telecommunicator', 'firefighter', 'paramedic', 'deputy', 'officer'])) STORED
    """,
    # Counted with every new ask; what has led to a talk drops out. A region's callouts are few: nobody waits for long.
    """
    -- squawk-ignore require-concurrent-index-creation
    CREATE INDEX callout_unconfirmed_idx ON shared.callout (region_id, asked_at) WHERE contact_at IS NULL
    """,
    # Looked up for every candidate of every ask: who is on a call, and who was asked when. Ended rows stay.
    """
    -- squawk-ignore require-concurrent-index-creation
    CREATE INDEX callout_accepted_by_idx ON shared.callout (accepted_by) WHERE state IN ('accepted', 'in_contact')
    """,
    """
    -- squawk-ignore require-concurrent-index-creation
    CREATE INDEX offer_last_idx ON shared.offer (peer_id, offered_at)
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
