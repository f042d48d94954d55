"""Webhooks: where integrators want to hear of the program, and what was sent there."""

from alembic import op

revision = "0018"
down_revision = "0017"

STATEMENTS = (
    """
    CREATE TABLE shared.webhook_endpoint (
        id uuid PRIMARY KEY,
        region_id uuid NOT NULL,
        client_id text NOT NULL REFERENCES shared.client ON DELETE CASCADE,
        url text NOT NULL,
        event_types text[] NOT NULL,
        status text NOT NULL CHECK (status IN ('active', 'disabled')),
        disabled_because text CHECK (disabled_because IN ('client', 'gone', 'exhausted')),
        secret_version integer NOT NULL DEFAULT 1,
        rotated_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT shared.clock(),
        CONSTRAINT webhook_endpoint_off_has_a_reason CHECK ((status = 'disabled') = (disabled_because IS NOT NULL))
    )
    """,
    "CREATE INDEX webhook_endpoint_region_idx ON shared.webhook_endpoint (region_id)",
    "CREATE INDEX webhook_endpoint_client_idx ON shared.webhook_endpoint (client_id)",
    # What can be told of is a list, here too: a type of dispatch or care is refused by the database.
    """
    CREATE TABLE shared.webhook_delivery (
        id uuid PRIMARY KEY,
        endpoint_id uuid NOT NULL REFERENCES shared.webhook_endpoint ON DELETE CASCADE,
        region_id uuid NOT NULL,
        event_id uuid NOT NULL,
        type text NOT NULL CHECK (type IN ('agency.added', 'agency.changed', 'agency.suspended', 'member.changed',
            'roster.imported', 'duty.changed', 'deployment.opened', 'deployment.changed', 'deployment.done',
            'webhook.test')),
        subject_id uuid NOT NULL,
        happened_at timestamptz NOT NULL DEFAULT shared.clock(),
        attempt integer NOT NULL DEFAULT 0,
        next_at timestamptz DEFAULT shared.clock(),
        lease_until timestamptz,
        outcome text NOT NULL DEFAULT 'waiting' CHECK (outcome IN ('waiting', 'delivered', 'failed')),
        last_status integer,
        last_fault text CHECK (last_fault IN ('address_refused', 'no_connection', 'timeout', 'no_http_answer',
            'status')),
        ended_at timestamptz,
        CONSTRAINT webhook_delivery_once_an_event UNIQUE (event_id, endpoint_id),
        CONSTRAINT webhook_delivery_waiting_has_a_clock CHECK ((outcome = 'waiting') = (next_at IS NOT NULL))
    )
    """,
    """
    CREATE INDEX webhook_delivery_due_idx ON shared.webhook_delivery (endpoint_id, next_at) WHERE outcome = 'waiting'
    """,
    "CREATE INDEX webhook_delivery_log_idx ON shared.webhook_delivery (endpoint_id, happened_at, id)",
    "CREATE INDEX webhook_delivery_happened_at_idx ON shared.webhook_delivery (happened_at)",
    "ALTER TABLE shared.webhook_endpoint ENABLE ROW LEVEL SECURITY",
    """
    CREATE POLICY webhook_endpoint_of_own_region ON shared.webhook_endpoint
        USING (region_id = (SELECT id FROM shared.region WHERE program_role = current_user))
    """,
    "ALTER TABLE shared.webhook_delivery ENABLE ROW LEVEL SECURITY",
    """
    CREATE POLICY webhook_delivery_of_own_region ON shared.webhook_delivery
        USING (region_id = (SELECT id FROM shared.region WHERE program_role = current_user))
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
