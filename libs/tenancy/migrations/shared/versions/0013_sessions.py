"""A session has a name for its owner, a device in a few words, a last use, and two ends."""

from alembic import op

revision = "0013"
down_revision = "0012"

COLUMNS = {
    "id": "uuid",
    "device": "text",
    "signed_in_on": "date",
    "last_used_at": "timestamptz",
    "ends_at": "timestamptz",
}
# A session lasts hours: the table is small, and looking through it is over at once.
STATEMENTS = (
    *(f"ALTER TABLE shared.sign_in ADD COLUMN {name} {kind}" for name, kind in COLUMNS.items()),
    """
    UPDATE shared.sign_in SET id = gen_random_uuid(), device = '', signed_in_on = CAST(shared.clock() AS date),
        last_used_at = date_bin('15 minutes', shared.clock(), 'epoch'), ends_at = expires_at
    """,
    *(
        f"-- squawk-ignore adding-not-nullable-field\nALTER TABLE shared.sign_in ALTER COLUMN {name} SET NOT NULL"
        for name in COLUMNS
    ),
    "-- squawk-ignore require-concurrent-index-creation\nCREATE UNIQUE INDEX sign_in_id_key ON shared.sign_in (id)",
    """
    -- squawk-ignore require-concurrent-index-creation
    CREATE INDEX sign_in_account_id_idx ON shared.sign_in (account_id)
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
