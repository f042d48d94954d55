"""Schedules leave out who is away: whoever plans reads when, in the program plane."""

from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.execute(
        "CREATE POLICY away_for_schedules ON shared.away FOR SELECT"
        " USING (region_id = (SELECT id FROM shared.region WHERE program_role = current_user))"
    )
