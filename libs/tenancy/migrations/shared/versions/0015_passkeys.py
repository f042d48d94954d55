"""Passkeys, what they are asked to sign, and what their owners are told; a link says what it is for."""

from alembic import op

revision = "0015"
down_revision = "0014"

STATEMENTS = (
    """
    CREATE TABLE shared.passkey (
        id uuid PRIMARY KEY,
        account_id uuid NOT NULL REFERENCES shared.account ON DELETE CASCADE,
        credential_id bytea NOT NULL UNIQUE,
        public_key bytea NOT NULL,
        sign_count bigint NOT NULL,
        name text NOT NULL,
        added_on date NOT NULL,
        last_used_on date,
        doubted_on date
    )
    """,
    "CREATE INDEX passkey_account_id_idx ON shared.passkey (account_id)",
    """
    CREATE TABLE shared.challenge (
        challenge_hash bytea PRIMARY KEY,
        ceremony text NOT NULL CHECK (ceremony IN ('enroll', 'sign_in', 'add', 'prove')),
        account_id uuid REFERENCES shared.account ON DELETE CASCADE,
        expires_at timestamptz NOT NULL
    )
    """,
    "CREATE INDEX challenge_expires_at_idx ON shared.challenge (expires_at)",
    """
    CREATE TABLE shared.account_news (
        id uuid PRIMARY KEY,
        account_id uuid NOT NULL REFERENCES shared.account ON DELETE CASCADE,
        kind text NOT NULL CHECK (kind IN ('link_made', 'passkeys_ended', 'passkey_doubted')),
        happened_on date NOT NULL
    )
    """,
    "CREATE INDEX account_news_account_id_idx ON shared.account_news (account_id)",
    # Links live a day and sessions hours: both tables are small, and nobody waits for long.
    "ALTER TABLE shared.sign_in_link ADD COLUMN kind text",
    "UPDATE shared.sign_in_link SET kind = 'sign_in'",
    """
    -- squawk-ignore adding-not-nullable-field
    ALTER TABLE shared.sign_in_link ALTER COLUMN kind SET NOT NULL
    """,
    """
    -- squawk-ignore constraint-missing-not-valid
    ALTER TABLE shared.sign_in_link ADD CONSTRAINT sign_in_link_kind_is_known CHECK (kind IN ('sign_in', 'enroll'))
    """,
    "ALTER TABLE shared.sign_in ADD COLUMN proved_at timestamptz",
    # Whoever is in came by a link of a demonstration, which proves as little as it did.
    "UPDATE shared.sign_in SET proved_at = shared.clock()",
    """
    -- squawk-ignore adding-not-nullable-field
    ALTER TABLE shared.sign_in ALTER COLUMN proved_at SET NOT NULL
    """,
    # No foreign key: the browser that removes its own passkey stays signed in.
    "ALTER TABLE shared.sign_in ADD COLUMN passkey_id uuid",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
