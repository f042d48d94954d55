"""Who was taken out stays out: a provider's mark without an account. And managers hear of webhooks that went off."""

from alembic import op

revision = "0031"
down_revision = "0030"

STATEMENTS = (
    """
    -- squawk-ignore ban-drop-not-null
    ALTER TABLE shared.sign_on_identity ALTER COLUMN account_id DROP NOT NULL
    """,
    "-- squawk-ignore ban-drop-constraint\nALTER TABLE shared.account_news DROP CONSTRAINT account_news_kind_check",
    """
    -- squawk-ignore constraint-missing-not-valid
    ALTER TABLE shared.account_news ADD CONSTRAINT account_news_kind_check
        CHECK (kind IN ('link_made', 'passkeys_ended', 'passkey_doubted', 'no_admin_left', 'webhook_off'))
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
