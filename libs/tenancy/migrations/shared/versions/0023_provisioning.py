"""Provisioning: a center's directory says who its desk's people are; accounts that count as long as it says so."""

from alembic import op

revision = "0023"
down_revision = "0022"

_MY_AGENCY = "agency_id = (SELECT id FROM shared.agency WHERE desk_role = current_user)"
# No tenant's role ends so: theirs end in twelve hex digits.
_AT_THE_DOOR = r"current_user LIKE '%\_door'"

STATEMENTS = (
    """
    CREATE TABLE shared.provisioning_token (
        id uuid PRIMARY KEY,
        agency_id uuid NOT NULL,
        token_hash bytea NOT NULL UNIQUE,
        made_on date NOT NULL,
        last_used_on date,
        ends_at timestamptz
    )
    """,
    "CREATE INDEX provisioning_token_agency_id_idx ON shared.provisioning_token (agency_id)",
    """
    CREATE TABLE shared.desk_person (
        id uuid PRIMARY KEY,
        agency_id uuid NOT NULL,
        user_name text NOT NULL CHECK (length(user_name) BETWEEN 1 AND 255),
        external_id text CHECK (length(external_id) BETWEEN 1 AND 255),
        display_name text CHECK (length(display_name) BETWEEN 1 AND 255),
        is_active boolean,
        role text CHECK (role IN ('psap_admin')),
        version integer NOT NULL DEFAULT 1,
        created_at timestamptz NOT NULL DEFAULT shared.clock(),
        changed_at timestamptz NOT NULL DEFAULT shared.clock(),
        account_id uuid
    )
    """,
    "CREATE UNIQUE INDEX desk_person_once_a_name ON shared.desk_person (agency_id, lower(user_name))",
    "CREATE INDEX desk_person_external_id_idx ON shared.desk_person (agency_id, external_id)",
    "CREATE UNIQUE INDEX desk_person_account_id_idx ON shared.desk_person (account_id) WHERE account_id IS NOT NULL",
    "ALTER TABLE shared.desk_person ENABLE ROW LEVEL SECURITY",
    f"CREATE POLICY desk_person_of_own_desk ON shared.desk_person USING ({_MY_AGENCY})",
    f"CREATE POLICY desk_person_seen_at_the_door ON shared.desk_person FOR SELECT USING ({_AT_THE_DOOR})",
    f"CREATE POLICY desk_person_tied_at_the_door ON shared.desk_person FOR UPDATE USING ({_AT_THE_DOOR})",
    "ALTER TABLE shared.account ADD COLUMN is_provisioned boolean NOT NULL DEFAULT false",
    # A center's directory can never decide on a peer, a coordinator or a manager: not even by a mistake of ours.
    """
    -- squawk-ignore constraint-missing-not-valid
    ALTER TABLE shared.account ADD CONSTRAINT account_provisioned_is_an_admin
        CHECK (NOT is_provisioned OR (role = 'psap_admin' AND agency_id IS NOT NULL AND member_id IS NULL))
    """,
    "ALTER TABLE shared.account_news ADD COLUMN agency_id uuid",
    "-- squawk-ignore ban-drop-constraint\nALTER TABLE shared.account_news DROP CONSTRAINT account_news_kind_check",
    """
    -- squawk-ignore constraint-missing-not-valid
    ALTER TABLE shared.account_news ADD CONSTRAINT account_news_kind_check
        CHECK (kind IN ('link_made', 'passkeys_ended', 'passkey_doubted', 'no_admin_left'))
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
