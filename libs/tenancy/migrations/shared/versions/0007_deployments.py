"""Critical incidents and the teams that are sent after them: slots, invitations, run cards, windows."""

from alembic import op

revision = "0007"
down_revision = "0006"

_TYPES = "'lodd', 'suicide_of_colleague', 'child_death', 'ois', 'mci', 'victim_known', 'other'"
_BANDS = "'1_5', '6_15', '16_40', 'over_40'"
_KINDS = "'demobilisation', 'defusing', 'debriefing', 'crisis_management_briefing', 'one_on_ones', 'pfa'"
_TARGETS = "'on_shift', 'involved', 'whole_center', 'leaders', 'all_disciplines'"
_ANSWERS = "'unknown', 'yes', 'no'"
_ROLES = "'lead', 'peer', 'clinician'"
# A place is an address or a room: short, and one line.
_PLACE = "length(place) <= 120 AND place !~ '[[:cntrl:]]'"

TABLES = (
    f"""
    CREATE TABLE shared.incident (
        id uuid PRIMARY KEY,
        region_id uuid NOT NULL,
        agency_id uuid NOT NULL,
        type text NOT NULL CHECK (type IN ({_TYPES})),
        involved text NOT NULL CHECK (involved IN ({_BANDS})),
        happened_at timestamptz NOT NULL,
        kind text CHECK (kind IN ({_KINDS})),
        target text NOT NULL CHECK (target IN ({_TARGETS})),
        starts_at timestamptz,
        place text NOT NULL CHECK ({_PLACE}),
        time_zone text NOT NULL,
        dispatchers_included text NOT NULL CHECK (dispatchers_included IN ({_ANSWERS})),
        backfill text NOT NULL CHECK (backfill IN ({_ANSWERS})),
        opened_by text NOT NULL CHECK (opened_by IN ('desk', 'coordinator', 'program')),
        opened_at timestamptz NOT NULL DEFAULT shared.clock()
    )
    """,
    "CREATE INDEX incident_agency_idx ON shared.incident (agency_id, opened_at)",
    "CREATE INDEX incident_region_idx ON shared.incident (region_id, opened_at)",
    f"""
    CREATE TABLE shared.deployment (
        id uuid PRIMARY KEY,
        region_id uuid NOT NULL,
        agency_id uuid NOT NULL,
        incident_id uuid NOT NULL REFERENCES shared.incident,
        kind text NOT NULL CHECK (kind IN ({_KINDS})),
        target text NOT NULL CHECK (target IN ({_TARGETS})),
        starts_at timestamptz NOT NULL,
        place text NOT NULL CHECK ({_PLACE}),
        time_zone text NOT NULL,
        dispatchers_included text NOT NULL CHECK (dispatchers_included IN ({_ANSWERS})),
        backfill text NOT NULL CHECK (backfill IN ({_ANSWERS})),
        state text NOT NULL CHECK (state IN ('proposed', 'filling', 'ready', 'under_way', 'done', 'cancelled')),
        wave integer NOT NULL DEFAULT 0,
        attendees integer CHECK (attendees BETWEEN 0 AND 2000),
        cancel_reason text
            CHECK (cancel_reason IN ('not_wanted', 'another_kind', 'another_program', 'opened_by_mistake')),
        opened_at timestamptz NOT NULL DEFAULT shared.clock(),
        asked_at timestamptz,
        ended_at timestamptz,
        next_at timestamptz,
        told integer NOT NULL DEFAULT 0,
        told_at timestamptz,
        debrief_due_at timestamptz,
        debriefed_at timestamptz,
        CONSTRAINT deployment_cancelled_for_a_reason CHECK ((state = 'cancelled') = (cancel_reason IS NOT NULL))
    )
    """,
    "CREATE INDEX deployment_region_idx ON shared.deployment (region_id, opened_at)",
    "CREATE INDEX deployment_agency_idx ON shared.deployment (agency_id, opened_at)",
    "CREATE INDEX deployment_incident_idx ON shared.deployment (incident_id)",
    "CREATE INDEX deployment_clock_idx ON shared.deployment (region_id, next_at) WHERE next_at IS NOT NULL",
    f"""
    CREATE TABLE shared.slot (
        id uuid PRIMARY KEY,
        deployment_id uuid NOT NULL REFERENCES shared.deployment ON DELETE CASCADE,
        region_id uuid NOT NULL,
        agency_id uuid NOT NULL,
        role text NOT NULL CHECK (role IN ({_ROLES})),
        number integer NOT NULL,
        state text NOT NULL DEFAULT 'open'
            CHECK (state IN ('open', 'confirmed', 'en_route', 'on_scene', 'done', 'closed')),
        member_id uuid,
        name text NOT NULL DEFAULT '',
        changed_at timestamptz NOT NULL DEFAULT shared.clock(),
        CONSTRAINT slot_one_of_a_number UNIQUE (deployment_id, role, number),
        CONSTRAINT slot_filled_by_somebody
            CHECK (state = 'closed' OR (state = 'open') = (member_id IS NULL))
    )
    """,
    # Nobody twice on one team, whatever two people press at once.
    "CREATE UNIQUE INDEX slot_nobody_twice_idx ON shared.slot (deployment_id, member_id) WHERE member_id IS NOT NULL",
    "CREATE INDEX slot_member_idx ON shared.slot (member_id) WHERE member_id IS NOT NULL",
    "CREATE INDEX slot_agency_idx ON shared.slot (agency_id)",
    "CREATE INDEX slot_region_idx ON shared.slot (region_id)",
    f"""
    CREATE TABLE shared.invitation (
        id uuid PRIMARY KEY,
        deployment_id uuid NOT NULL REFERENCES shared.deployment ON DELETE CASCADE,
        region_id uuid NOT NULL,
        member_id uuid NOT NULL,
        role text NOT NULL CHECK (role IN ({_ROLES})),
        state text NOT NULL CHECK (state IN ('proposed', 'passed_over', 'asked', 'accepted', 'reserve', 'declined',
            'expired', 'called_off', 'dropped', 'stood_down')),
        rank integer NOT NULL DEFAULT 0,
        wave integer NOT NULL DEFAULT 0,
        why_own_agency text NOT NULL DEFAULT '' CHECK (length(why_own_agency) <= 200),
        asked_at timestamptz,
        expires_at timestamptz,
        answered_at timestamptz,
        CONSTRAINT invitation_once_a_deployment UNIQUE (deployment_id, member_id)
    )
    """,
    "CREATE INDEX invitation_member_idx ON shared.invitation (member_id, state)",
    "CREATE INDEX invitation_region_idx ON shared.invitation (region_id)",
    f"""
    CREATE TABLE shared.run_card (
        region_id uuid NOT NULL,
        incident_type text NOT NULL CHECK (incident_type IN ({_TYPES})),
        involved text NOT NULL CHECK (involved IN ({_BANDS})),
        kind text NOT NULL CHECK (kind IN ({_KINDS})),
        leads integer NOT NULL CHECK (leads BETWEEN 1 AND 20),
        peers integer NOT NULL CHECK (peers BETWEEN 0 AND 20),
        clinicians integer NOT NULL CHECK (clinicians BETWEEN 0 AND 20),
        PRIMARY KEY (region_id, incident_type, involved)
    )
    """,
    f"""
    CREATE TABLE shared.response_window (
        region_id uuid NOT NULL,
        kind text NOT NULL CHECK (kind IN ({_KINDS})),
        from_hours integer NOT NULL CHECK (from_hours >= 0),
        until_hours integer NOT NULL CHECK (until_hours <= 2000),
        PRIMARY KEY (region_id, kind),
        CONSTRAINT response_window_ends_after_it_begins CHECK (from_hours < until_hours)
    )
    """,
)


def _own(role_column: str) -> str:
    return f"region_id = (SELECT id FROM shared.region WHERE {role_column} = current_user)"


_OWN_DESK = "agency_id = (SELECT id FROM shared.agency WHERE desk_role = current_user)"
_DESKS_REGION = "region_id = (SELECT region_id FROM shared.agency WHERE desk_role = current_user)"


def upgrade() -> None:
    for statement in TABLES:
        op.execute(statement)
    for table in ("incident", "deployment", "slot", "invitation", "run_card", "response_window"):
        op.execute(f"ALTER TABLE shared.{table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY {table}_of_own_program ON shared.{table} USING ({_own('program_role')})")
    for table in ("incident", "deployment", "slot", "invitation"):
        op.execute(f"CREATE POLICY {table}_of_own_dispatch ON shared.{table} USING ({_own('dispatch_role')})")
    # The affected agency sees that a team comes, and who is to be let in; never who else was asked.
    for table in ("incident", "deployment", "slot"):
        op.execute(f"CREATE POLICY {table}_of_own_desk ON shared.{table} FOR SELECT USING ({_OWN_DESK})")
    op.execute(
        f"CREATE POLICY incident_opened_at_own_desk ON shared.incident FOR INSERT"
        f" WITH CHECK ({_OWN_DESK} AND {_DESKS_REGION} AND opened_by = 'desk')"
    )
