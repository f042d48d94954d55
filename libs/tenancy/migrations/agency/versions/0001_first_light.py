"""What each agency has for itself: requests (care) and settings (desk).

No foreign key out of the schema, no trigger, one DDL statement an execute, constraints apart from columns:
this keeps the way open to spread schemas over machines (design, section 10).
"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE request (
            id uuid NOT NULL,
            lookup_hash bytea NOT NULL,
            callout_id uuid NOT NULL,
            language text NOT NULL,
            asked_on date NOT NULL
        )
        """
    )
    op.execute("ALTER TABLE request ADD CONSTRAINT request_pkey PRIMARY KEY (id)")
    op.execute("ALTER TABLE request ADD CONSTRAINT request_lookup_hash_key UNIQUE (lookup_hash)")
    op.execute("CREATE TABLE setting (name text NOT NULL, value text NOT NULL)")
    op.execute("ALTER TABLE setting ADD CONSTRAINT setting_pkey PRIMARY KEY (name)")
