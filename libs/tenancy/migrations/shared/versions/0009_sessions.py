"""A session has a name for its owner, a device in a few words, a last use, a last proof, and two ends."""

from alembic import op

revision = "0009"
down_revision = "0008"

STATEMENTS = (
    # Sessions last hours: the table is small, and what is in it was signed in today.
    """
    -- squawk-ignore adding-required-field,adding-field-with-default,prefer-robust-stmts
    ALTER TABLE shared.sign_in
        ADD COLUMN id uuid NOT NULL DEFAULT gen_random_uuid(),
        ADD COLUMN device text NOT NULL DEFAULT '',
        ADD COLUMN signed_in_on date NOT NULL DEFAULT CAST(shared.clock() AS date),
        ADD COLUMN last_used_at timestamptz NOT NULL DEFAULT date_bin('15 minutes', shared.clock(), 'epoch'),
        ADD COLUMN proved_at timestamptz NOT NULL DEFAULT shared.clock(),
        ADD COLUMN ends_at timestamptz
    """,
    "UPDATE shared.sign_in SET ends_at = expires_at",
    """
    -- squawk-ignore adding-not-nullable-field
    ALTER TABLE shared.sign_in ALTER COLUMN ends_at SET NOT NULL
    """,
    # Whoever signs somebody in says all of it.
    """
    -- squawk-ignore ban-drop-default
    ALTER TABLE shared.sign_in
        ALTER COLUMN id DROP DEFAULT, ALTER COLUMN device DROP DEFAULT, ALTER COLUMN signed_in_on DROP DEFAULT,
        ALTER COLUMN last_used_at DROP DEFAULT, ALTER COLUMN proved_at DROP DEFAULT
    """,
    """
    -- squawk-ignore require-concurrent-index-creation
    CREATE UNIQUE INDEX sign_in_id_key ON shared.sign_in (id)
    """,
    """
    -- squawk-ignore require-concurrent-index-creation
    CREATE INDEX sign_in_account_id_idx ON shared.sign_in (account_id)
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
