"""A person's part in a team is a role: peer, coordinator, deputy, clinician."""

from alembic import op

revision = "0005"
down_revision = "0004"

STATEMENTS = (
    """
    ALTER TABLE shared.membership ADD COLUMN role text NOT NULL DEFAULT 'peer'
        CONSTRAINT membership_role_is_known CHECK (role IN ('peer', 'coordinator', 'deputy', 'clinician'))
    """,
    "UPDATE shared.membership SET role = 'coordinator' WHERE is_coordinator",
    # Whoever writes a part says which: nobody becomes a peer by silence.
    "-- squawk-ignore ban-drop-default\nALTER TABLE shared.membership ALTER COLUMN role DROP DEFAULT",
    "-- squawk-ignore ban-drop-column\nALTER TABLE shared.membership DROP COLUMN is_coordinator",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
