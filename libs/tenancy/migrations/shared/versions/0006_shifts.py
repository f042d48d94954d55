"""Schedules of teams: rotations, overrides, sign-up shifts, swaps, and what they come to: who is on duty when."""

from alembic import op

revision = "0006"
down_revision = "0005"

TABLES = (
    """
    CREATE TABLE shared.schedule (
        team_id uuid PRIMARY KEY REFERENCES shared.team ON DELETE CASCADE,
        region_id uuid NOT NULL,
        needs integer NOT NULL CHECK (needs BETWEEN 1 AND 9),
        swaps_need_a_yes boolean NOT NULL,
        expanded_until timestamptz NOT NULL
    )
    """,
    """
    CREATE TABLE shared.rotation (
        id uuid PRIMARY KEY,
        region_id uuid NOT NULL,
        team_id uuid NOT NULL REFERENCES shared.schedule ON DELETE CASCADE,
        name text NOT NULL CHECK (name <> ''),
        is_temporary boolean NOT NULL,
        leaves_open boolean NOT NULL,
        turn integer NOT NULL CHECK (turn > 0),
        unit text NOT NULL CHECK (unit IN ('hour', 'day')),
        zone text NOT NULL,
        starts_on date NOT NULL,
        ends_on date,
        hand_over time NOT NULL,
        daily_from time,
        daily_until time,
        weekdays text NOT NULL CHECK (weekdays ~ '^1?2?3?4?5?6?7?$' AND weekdays <> ''),
        CONSTRAINT rotation_ends_after_it_starts CHECK (ends_on > starts_on),
        CONSTRAINT rotation_temporary_has_an_end CHECK (NOT is_temporary OR ends_on IS NOT NULL),
        CONSTRAINT rotation_hours_have_both_ends CHECK ((daily_from IS NULL) = (daily_until IS NULL))
    )
    """,
    "CREATE INDEX rotation_team_id_idx ON shared.rotation (team_id)",
    """
    CREATE TABLE shared.rotation_place (
        rotation_id uuid NOT NULL REFERENCES shared.rotation ON DELETE CASCADE,
        place integer NOT NULL,
        region_id uuid NOT NULL,
        peer_id uuid NOT NULL REFERENCES shared.member ON DELETE CASCADE,
        PRIMARY KEY (rotation_id, place)
    )
    """,
    "CREATE INDEX rotation_place_peer_id_idx ON shared.rotation_place (peer_id)",
    """
    CREATE TABLE shared.sign_up (
        id uuid PRIMARY KEY,
        region_id uuid NOT NULL,
        team_id uuid NOT NULL REFERENCES shared.schedule ON DELETE CASCADE,
        peer_id uuid,
        starts_at timestamptz NOT NULL,
        ends_at timestamptz NOT NULL,
        CONSTRAINT sign_up_ends_after_it_starts CHECK (ends_at > starts_at)
    )
    """,
    "CREATE INDEX sign_up_team_id_idx ON shared.sign_up (team_id, ends_at)",
    "CREATE INDEX sign_up_peer_id_idx ON shared.sign_up (peer_id)",
    """
    CREATE TABLE shared.swap (
        id uuid PRIMARY KEY,
        region_id uuid NOT NULL,
        team_id uuid NOT NULL REFERENCES shared.schedule ON DELETE CASCADE,
        layer_id uuid NOT NULL,
        peer_id uuid NOT NULL REFERENCES shared.member ON DELETE CASCADE,
        taken_by uuid REFERENCES shared.member ON DELETE CASCADE,
        starts_at timestamptz NOT NULL,
        ends_at timestamptz NOT NULL,
        state text NOT NULL CHECK (state IN ('open', 'taken', 'agreed', 'undone', 'lapsed', 'cancelled')),
        asked_at timestamptz NOT NULL,
        changed_at timestamptz NOT NULL,
        CONSTRAINT swap_ends_after_it_starts CHECK (ends_at > starts_at),
        CONSTRAINT swap_with_somebody_else CHECK (taken_by <> peer_id)
    )
    """,
    "CREATE INDEX swap_team_id_idx ON shared.swap (team_id, ends_at)",
    "CREATE INDEX swap_peer_id_idx ON shared.swap (peer_id)",
    "CREATE INDEX swap_taken_by_idx ON shared.swap (taken_by)",
    """
    CREATE TABLE shared.shift_override (
        id uuid PRIMARY KEY,
        region_id uuid NOT NULL,
        team_id uuid NOT NULL REFERENCES shared.schedule ON DELETE CASCADE,
        layer_id uuid NOT NULL,
        peer_id uuid NOT NULL REFERENCES shared.member ON DELETE CASCADE,
        instead_of uuid REFERENCES shared.member ON DELETE CASCADE,
        swap_id uuid REFERENCES shared.swap ON DELETE CASCADE,
        starts_at timestamptz NOT NULL,
        ends_at timestamptz NOT NULL,
        made_at timestamptz NOT NULL,
        CONSTRAINT shift_override_ends_after_it_starts CHECK (ends_at > starts_at)
    )
    """,
    "CREATE INDEX shift_override_team_id_idx ON shared.shift_override (team_id, ends_at)",
    "CREATE INDEX shift_override_peer_id_idx ON shared.shift_override (peer_id)",
    "CREATE INDEX shift_override_instead_of_idx ON shared.shift_override (instead_of)",
    "CREATE INDEX shift_override_swap_id_idx ON shared.shift_override (swap_id)",
    """
    CREATE TABLE shared.duty (
        id uuid PRIMARY KEY,
        region_id uuid NOT NULL,
        team_id uuid NOT NULL REFERENCES shared.schedule ON DELETE CASCADE,
        peer_id uuid NOT NULL REFERENCES shared.member ON DELETE CASCADE,
        layer_id uuid NOT NULL,
        origin text NOT NULL CHECK (origin IN ('rotation', 'stand_in', 'temporary', 'sign_up', 'override', 'swap')),
        starts_at timestamptz NOT NULL,
        ends_at timestamptz NOT NULL,
        CONSTRAINT duty_ends_after_it_starts CHECK (ends_at > starts_at)
    )
    """,
    # "Is there a row now" by person, as matching asks it for each candidate, and by team, as pages do. Plain B-trees:
    # the operators of ranges are not leakproof, and row-level security keeps such out of an index (0016).
    "CREATE INDEX duty_peer_id_idx ON shared.duty (peer_id, ends_at)",
    "CREATE INDEX duty_team_id_idx ON shared.duty (team_id, ends_at)",
    """
    CREATE TABLE shared.swap_notice (
        peer_id uuid NOT NULL REFERENCES shared.member ON DELETE CASCADE,
        told_on date NOT NULL,
        region_id uuid NOT NULL,
        is_read boolean NOT NULL,
        PRIMARY KEY (peer_id, told_on)
    )
    """,
    # At the door: whose calendar a secret opens. One secret a person; a new one ends the old one.
    """
    CREATE TABLE shared.calendar_feed (
        member_id uuid PRIMARY KEY REFERENCES shared.member ON DELETE CASCADE,
        region_id uuid NOT NULL,
        token_hash bytea NOT NULL UNIQUE,
        made_at timestamptz NOT NULL
    )
    """,
)
OF_A_REGION = ("schedule", "rotation", "rotation_place", "sign_up", "swap", "shift_override", "duty", "swap_notice")
_MINE = """
    region_id = (SELECT id FROM shared.region WHERE dispatch_role = current_user OR program_role = current_user)
"""


def upgrade() -> None:
    for statement in TABLES:
        op.execute(statement)
    for table in OF_A_REGION:
        op.execute(f"ALTER TABLE shared.{table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY {table}_of_own_region ON shared.{table} USING ({_MINE})")
