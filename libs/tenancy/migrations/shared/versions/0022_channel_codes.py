"""Codes that prove a channel."""

from alembic import op

revision = "0022"
down_revision = "0021"

STATEMENTS = (
    """
    CREATE TABLE shared.channel_code (
        peer_id uuid NOT NULL,
        channel text NOT NULL,
        region_id uuid NOT NULL,
        id uuid NOT NULL,
        code_hash bytea,
        draws integer NOT NULL,
        tries integer NOT NULL,
        asked_at timestamptz NOT NULL,
        expires_at timestamptz,
        counted_from timestamptz NOT NULL,
        asked_times integer NOT NULL,
        PRIMARY KEY (peer_id, channel),
        CONSTRAINT channel_code_is_drawn_to_be_sent CHECK ((code_hash IS NULL) = (expires_at IS NULL))
    )
    """,
    "CREATE UNIQUE INDEX channel_code_id_idx ON shared.channel_code (id)",
    "ALTER TABLE shared.channel_code ENABLE ROW LEVEL SECURITY",
    """
    CREATE POLICY channel_code_of_own_region ON shared.channel_code
        USING (region_id = (SELECT id FROM shared.region WHERE dispatch_role = current_user))
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
