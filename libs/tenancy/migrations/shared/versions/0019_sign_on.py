"""Single sign-on: a provider for each center or region, whom it knows, attempts, and what it says of who left."""

from alembic import op

revision = "0019"
down_revision = "0018"

STATEMENTS = (
    """
    CREATE TABLE shared.sign_on_provider (
        id uuid PRIMARY KEY,
        region_id uuid NOT NULL,
        agency_id uuid,
        issuer text NOT NULL,
        client_id text,
        sealed_secret bytea,
        tested_on date,
        group_claim text NOT NULL DEFAULT 'groups',
        groups text[] NOT NULL DEFAULT '{}',
        is_on boolean NOT NULL DEFAULT false,
        version integer NOT NULL DEFAULT 1,
        CONSTRAINT sign_on_provider_once_a_home UNIQUE NULLS NOT DISTINCT (region_id, agency_id),
        CONSTRAINT sign_on_provider_has_client_and_secret CHECK ((client_id IS NULL) = (sealed_secret IS NULL)),
        CONSTRAINT sign_on_provider_is_on_when_tested CHECK (
            (tested_on IS NULL OR client_id IS NOT NULL) AND (NOT is_on OR tested_on IS NOT NULL))
    )
    """,
    """
    CREATE TABLE shared.sign_on_identity (
        id uuid PRIMARY KEY,
        provider_id uuid NOT NULL REFERENCES shared.sign_on_provider ON DELETE CASCADE,
        who_hash bytea NOT NULL,
        account_id uuid NOT NULL REFERENCES shared.account ON DELETE CASCADE,
        CONSTRAINT sign_on_identity_is_one_account UNIQUE (provider_id, who_hash),
        CONSTRAINT sign_on_identity_once_an_account UNIQUE (provider_id, account_id)
    )
    """,
    "CREATE INDEX sign_on_identity_account_id_idx ON shared.sign_on_identity (account_id)",
    """
    CREATE TABLE shared.sign_on_attempt (
        state_hash bytea PRIMARY KEY,
        provider_id uuid NOT NULL REFERENCES shared.sign_on_provider ON DELETE CASCADE,
        sealed bytea NOT NULL,
        expires_at timestamptz NOT NULL
    )
    """,
    "CREATE INDEX sign_on_attempt_expires_at_idx ON shared.sign_on_attempt (expires_at)",
    "CREATE INDEX sign_on_attempt_provider_id_idx ON shared.sign_on_attempt (provider_id)",
    """
    CREATE TABLE shared.sign_on_logout (
        provider_id uuid NOT NULL REFERENCES shared.sign_on_provider ON DELETE CASCADE,
        token_hash bytea NOT NULL,
        expires_at timestamptz NOT NULL,
        PRIMARY KEY (provider_id, token_hash)
    )
    """,
    "CREATE INDEX sign_on_logout_expires_at_idx ON shared.sign_on_logout (expires_at)",
    # No foreign key: an account that a provider's groups made never becomes one that a colleague made.
    "ALTER TABLE shared.account ADD COLUMN provider_id uuid",
    # Sessions live hours: the table is small, and nobody waits for long. No foreign keys, as for passkeys.
    """
    -- squawk-ignore ban-drop-not-null
    ALTER TABLE shared.sign_in ALTER COLUMN proved_at DROP NOT NULL
    """,
    "ALTER TABLE shared.sign_in ADD COLUMN identity_id uuid",
    "ALTER TABLE shared.sign_in ADD COLUMN sid_hash bytea",
    """
    -- squawk-ignore require-concurrent-index-creation
    CREATE INDEX sign_in_identity_id_idx ON shared.sign_in (identity_id) WHERE identity_id IS NOT NULL
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
