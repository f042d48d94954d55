"""Keys of integrators: a name, a secret before, public keys, the day of the last use; assertions are good once."""

from alembic import op

revision = "0020"
down_revision = "0019"

STATEMENTS = (
    "ALTER TABLE shared.client ADD COLUMN name text NOT NULL DEFAULT ''",
    "ALTER TABLE shared.client ADD COLUMN made_on date",
    "ALTER TABLE shared.client ADD COLUMN former_hash bytea",
    "ALTER TABLE shared.client ADD COLUMN former_until timestamptz",
    "ALTER TABLE shared.client ADD COLUMN public_keys text NOT NULL DEFAULT '[]'",
    "ALTER TABLE shared.client ADD COLUMN used_on date",
    "ALTER TABLE shared.client ADD COLUMN former_used_on date",
    # A system that signs with a key of its own has no secret. A handful of rows: nobody waits for the lock.
    """
    -- squawk-ignore ban-drop-not-null
    ALTER TABLE shared.client ALTER COLUMN secret_hash DROP NOT NULL
    """,
    "CREATE TABLE shared.client_assertion (mark bytea PRIMARY KEY, expires_at timestamptz NOT NULL)",
    "CREATE INDEX client_assertion_expires_at_idx ON shared.client_assertion (expires_at)",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
