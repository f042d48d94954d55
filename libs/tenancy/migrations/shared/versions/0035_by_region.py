"""What belongs to people is found by region: a match reads it once for a team, and not once for each of its people.

Rows of people are few beside those of a minute: nobody waits for long.
"""

from alembic import op

revision = "0035"
down_revision = "0034"

STATEMENTS = tuple(
    "-- squawk-ignore require-concurrent-index-creation\n"
    f"CREATE INDEX {name}_region_id_idx ON shared.{name} (region_id{further})"
    for name, further in (
        ("availability", ""),
        ("own_limits", ""),
        ("reach", ""),
        ("away", ", ends_at"),
        ("duty", ", ends_at"),
    )
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
