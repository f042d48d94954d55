"""Schema `shared`: reference data, the door, dispatch, the program, jobs, events, and who sees which rows."""

from alembic import op

revision = "0001"
down_revision = None

TABLES = (
    """
    CREATE TABLE shared.region (
        id uuid PRIMARY KEY,
        slug text NOT NULL UNIQUE,
        name text NOT NULL,
        time_zone text NOT NULL,
        line_phone text,
        schema_name text NOT NULL UNIQUE,
        schema_version text NOT NULL,
        care_role text NOT NULL UNIQUE,
        dispatch_role text NOT NULL UNIQUE,
        program_role text NOT NULL UNIQUE,
        created_at timestamptz NOT NULL DEFAULT shared.clock()
    )
    """,
    """
    CREATE TABLE shared.agency (
        id uuid PRIMARY KEY,
        region_id uuid NOT NULL REFERENCES shared.region,
        slug text NOT NULL UNIQUE,
        name text NOT NULL,
        status text NOT NULL CHECK (status IN ('active', 'suspended')),
        discipline text NOT NULL CHECK (discipline IN ('dispatch', 'fire', 'ems', 'law')),
        state text NOT NULL,
        county text NOT NULL,
        city text NOT NULL,
        fcc_id integer,
        schema_name text NOT NULL UNIQUE,
        schema_version text NOT NULL,
        care_role text NOT NULL UNIQUE,
        desk_role text NOT NULL UNIQUE,
        created_at timestamptz NOT NULL DEFAULT shared.clock(),
        CONSTRAINT agency_fcc_id_key UNIQUE (fcc_id)
    )
    """,
    "CREATE INDEX agency_region_id_idx ON shared.agency (region_id)",
    """
    CREATE TABLE shared.psap_catalogue (
        psap_id integer PRIMARY KEY,
        name text NOT NULL,
        state text NOT NULL,
        county text NOT NULL,
        county_key text NOT NULL,
        city text NOT NULL,
        standing text NOT NULL CHECK (standing IN ('active_primary', 'secondary', 'orphaned')),
        changes text NOT NULL,
        comments text NOT NULL,
        modified_on date,
        doubt text,
        sheet_row integer NOT NULL
    )
    """,
    "CREATE INDEX psap_catalogue_place_idx ON shared.psap_catalogue (state, county_key)",
    # The door.
    """
    CREATE TABLE shared.account (
        id uuid PRIMARY KEY,
        role text NOT NULL CHECK (role IN ('peer', 'coordinator', 'program_manager', 'psap_admin')),
        region_id uuid NOT NULL,
        agency_id uuid,
        member_id uuid,
        name text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT shared.clock(),
        CONSTRAINT account_member_id_key UNIQUE (member_id)
    )
    """,
    """
    CREATE TABLE shared.sign_in_link (
        token_hash bytea PRIMARY KEY,
        account_id uuid NOT NULL REFERENCES shared.account ON DELETE CASCADE,
        expires_at timestamptz NOT NULL
    )
    """,
    """
    CREATE TABLE shared.sign_in (
        token_hash bytea PRIMARY KEY,
        account_id uuid NOT NULL REFERENCES shared.account ON DELETE CASCADE,
        expires_at timestamptz NOT NULL
    )
    """,
    """
    CREATE TABLE shared.client (
        id text PRIMARY KEY,
        region_id uuid NOT NULL,
        secret_hash bytea NOT NULL,
        scope text NOT NULL
    )
    """,
    """
    CREATE TABLE shared.access_token (
        token_hash bytea PRIMARY KEY,
        client_id text NOT NULL REFERENCES shared.client ON DELETE CASCADE,
        scope text NOT NULL,
        expires_at timestamptz NOT NULL
    )
    """,
    # Insert-only from care: no foreign keys, as their errors would tell that a row exists.
    """
    CREATE TABLE shared.receipt_route (
        region_id uuid NOT NULL,
        lookup_hash bytea NOT NULL,
        home_id uuid,
        forgotten_at timestamptz,
        PRIMARY KEY (region_id, lookup_hash)
    )
    """,
    """
    CREATE TABLE shared.callout (
        id uuid PRIMARY KEY,
        region_id uuid NOT NULL,
        home_id uuid,
        request_id uuid,
        approval_id uuid,
        coming_from text,
        urgency text NOT NULL CHECK (urgency IN ('now', 'today', 'this_week')),
        channel text NOT NULL CHECK (channel IN ('this_page')),
        language text NOT NULL,
        team text NOT NULL CHECK (team IN ('roving', 'command_level')),
        center_wish text NOT NULL CHECK (center_wish IN ('another', 'no_preference', 'own')),
        epoch integer NOT NULL DEFAULT 1,
        state text NOT NULL CHECK (state IN ('pending_approval', 'paging', 'with_coordinator', 'accepted',
            'in_contact', 'closed', 'withdrawn', 'declined')),
        decline_reason text,
        accepted_by uuid,
        next_at timestamptz,
        asked_at timestamptz NOT NULL DEFAULT shared.clock(),
        accepted_at timestamptz,
        contact_at timestamptz,
        ended_at timestamptz,
        CONSTRAINT callout_accepted_by_somebody
            CHECK (state NOT IN ('accepted', 'in_contact') OR accepted_by IS NOT NULL)
    )
    """,
    "CREATE INDEX callout_region_state_idx ON shared.callout (region_id, state)",
    "CREATE INDEX callout_approval_id_idx ON shared.callout (approval_id) WHERE approval_id IS NOT NULL",
    """
    CREATE TABLE shared.copy (
        home_id uuid NOT NULL,
        callout_id uuid NOT NULL,
        peer_id uuid NOT NULL,
        region_id uuid NOT NULL,
        PRIMARY KEY (home_id, callout_id, peer_id)
    )
    """,
    "CREATE INDEX copy_callout_id_idx ON shared.copy (callout_id, peer_id)",
    # Dispatch.
    """
    CREATE TABLE shared.offer (
        id uuid PRIMARY KEY,
        callout_id uuid NOT NULL REFERENCES shared.callout ON DELETE CASCADE,
        region_id uuid NOT NULL,
        epoch integer NOT NULL,
        peer_id uuid NOT NULL,
        state text NOT NULL CHECK (state IN ('open', 'accepted', 'declined', 'recused', 'expired', 'called_off',
            'released')),
        offered_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        answered_at timestamptz,
        CONSTRAINT offer_once_an_epoch UNIQUE (callout_id, epoch, peer_id)
    )
    """,
    "CREATE UNIQUE INDEX offer_one_winner_idx ON shared.offer (callout_id, epoch) WHERE state = 'accepted'",
    "CREATE INDEX offer_peer_id_idx ON shared.offer (peer_id, state)",
    """
    CREATE TABLE shared.page (
        id uuid PRIMARY KEY,
        offer_id uuid NOT NULL REFERENCES shared.offer ON DELETE CASCADE,
        region_id uuid NOT NULL,
        peer_id uuid NOT NULL,
        channel text NOT NULL CHECK (channel IN ('in_app')),
        idempotency_key text NOT NULL UNIQUE,
        state text NOT NULL CHECK (state IN ('waiting', 'handed_over', 'called_off', 'undeliverable')),
        created_at timestamptz NOT NULL,
        handed_over_at timestamptz
    )
    """,
    "CREATE INDEX page_offer_id_idx ON shared.page (offer_id)",
    """
    CREATE TABLE shared.availability (
        peer_id uuid PRIMARY KEY,
        region_id uuid NOT NULL,
        is_available boolean NOT NULL,
        changed_at timestamptz NOT NULL
    )
    """,
    # The program.
    """
    CREATE TABLE shared.member (
        id uuid PRIMARY KEY,
        region_id uuid NOT NULL,
        agency_id uuid NOT NULL,
        name text NOT NULL,
        team text NOT NULL CHECK (team IN ('roving', 'command_level')),
        rank text NOT NULL,
        discipline text NOT NULL CHECK (discipline IN ('dispatch', 'fire', 'ems', 'law')),
        languages text[] NOT NULL,
        email text NOT NULL,
        phone text NOT NULL,
        duty_phone text NOT NULL,
        designated_on date,
        lapses_on date,
        training_hours integer NOT NULL,
        modules text[] NOT NULL,
        is_coordinator boolean NOT NULL
    )
    """,
    "CREATE INDEX member_region_id_idx ON shared.member (region_id, team)",
    """
    CREATE TABLE shared.approval (
        id uuid PRIMARY KEY,
        region_id uuid NOT NULL,
        coming_from text NOT NULL,
        urgency text NOT NULL CHECK (urgency IN ('now', 'today', 'this_week')),
        language text NOT NULL,
        state text NOT NULL CHECK (state IN ('waiting', 'approved', 'declined', 'withdrawn')),
        decline_reason text,
        opened_at timestamptz NOT NULL,
        decided_at timestamptz,
        CONSTRAINT approval_declined_with_a_reason CHECK (state <> 'declined' OR decline_reason IS NOT NULL)
    )
    """,
    "CREATE INDEX approval_region_state_idx ON shared.approval (region_id, state)",
    # Everybody's.
    """
    CREATE TABLE shared.job (
        id uuid PRIMARY KEY,
        kind text NOT NULL,
        key text NOT NULL,
        region_id uuid NOT NULL,
        subject_id uuid NOT NULL,
        due_at timestamptz NOT NULL,
        lease_until timestamptz,
        attempt integer NOT NULL DEFAULT 0,
        state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'failed'))
    )
    """,
    # Only a job that nobody has begun stands for the next one with the same key: one that runs may have looked already.
    "CREATE UNIQUE INDEX job_waits_once_idx ON shared.job (key) WHERE lease_until IS NULL",
    "CREATE INDEX job_due_idx ON shared.job (due_at) WHERE state = 'waiting'",
    """
    CREATE TABLE shared.event (
        id uuid PRIMARY KEY,
        kind text NOT NULL,
        region_id uuid,
        happened_on date NOT NULL
    )
    """,
)


def _own(role_column: str) -> str:
    return f"region_id = (SELECT id FROM shared.region WHERE {role_column} = current_user)"


def _from_home(table: str) -> str:
    """A care role inserts for its own schema alone, and into its own region alone."""
    return f"""
        EXISTS (SELECT FROM shared.region r WHERE r.id = {table}.region_id AND r.id = {table}.home_id
                AND r.care_role = current_user)
        OR EXISTS (SELECT FROM shared.agency a WHERE a.id = {table}.home_id
                AND a.region_id = {table}.region_id AND a.care_role = current_user)
    """


def upgrade() -> None:
    # The one clock. Tests replace it by one that can be pushed; production never does.
    op.execute("CREATE FUNCTION shared.clock() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE AS 'SELECT now()'")
    for statement in TABLES:
        op.execute(statement)
    for table in ("callout", "copy", "offer", "page", "availability"):
        op.execute(f"ALTER TABLE shared.{table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY {table}_of_own_region ON shared.{table} USING ({_own('dispatch_role')})")
    for table in ("callout", "copy", "receipt_route"):
        op.execute(f"CREATE POLICY {table}_from_own_home ON shared.{table} FOR INSERT WITH CHECK ({_from_home(table)})")
    for table in ("member", "approval"):
        op.execute(f"ALTER TABLE shared.{table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY {table}_of_own_program ON shared.{table} USING ({_own('program_role')})")
    op.execute(f"CREATE POLICY member_for_paging ON shared.member FOR SELECT USING ({_own('dispatch_role')})")
    op.execute("ALTER TABLE shared.receipt_route ENABLE ROW LEVEL SECURITY")
    # The door alone holds SELECT, UPDATE and DELETE here; it serves every region.
    op.execute("CREATE POLICY receipt_route_for_the_door ON shared.receipt_route FOR SELECT USING (true)")
    op.execute("CREATE POLICY receipt_route_forgotten_at_the_door ON shared.receipt_route FOR UPDATE USING (true)")
    op.execute("CREATE POLICY receipt_route_ends_at_the_door ON shared.receipt_route FOR DELETE USING (true)")
