"""What the database really keeps apart, read from its catalog: revokes, the login's powers, privileges.

Read as the login in a plane, as nothing more may be needed: everybody may read which privileges there are.
Every value comes back as text, since asyncpg may not look up other types here (decision 0003).
"""

from sqlalchemy import text

from libs.tenancy import plane_table
from libs.tenancy.foundation import SHUT
from libs.tenancy.names import RoleNames
from libs.tenancy.plane_table import TENANT_PLANES
from libs.tenancy.planes import DoorSession, PlaneKind

# Whoever the login may act as, itself included.
_OURS = """
    ours AS (SELECT roleid AS oid FROM pg_auth_members WHERE member = session_user::regrole
             UNION SELECT session_user::regrole::oid)
"""
_OPEN = text(
    f"""
    WITH {_OURS}
    SELECT what FROM (VALUES
        ('set_config', (SELECT bool_or(has_function_privilege(oid, 'pg_catalog.set_config(text,text,boolean)',
            'EXECUTE')) FROM ours)),
        ('pg_settings', (SELECT bool_or(has_table_privilege(oid, 'pg_catalog.pg_settings', 'UPDATE')) FROM ours)),
        ('language plpgsql', (SELECT bool_or(has_language_privilege(oid, 'plpgsql', 'USAGE')) FROM ours)),
        ('language sql', (SELECT bool_or(has_language_privilege(oid, 'sql', 'USAGE')) FROM ours)),
        ('temporary tables', (SELECT bool_or(has_database_privilege(oid, current_database(), 'TEMP')) FROM ours)),
        ('schema public', (SELECT bool_or(has_schema_privilege(oid, 'public', 'USAGE')
            OR has_schema_privilege(oid, 'public', 'CREATE')) FROM ours)),
        ('sizes in pg_class', (SELECT bool_or(has_column_privilege(oid, 'pg_catalog.pg_class', 'reltuples', 'SELECT'))
            FROM ours)),
        ('functions that tell or carry', EXISTS (SELECT FROM pg_proc
            WHERE pronamespace = 'pg_catalog'::regnamespace AND ({
        " OR ".join(
            f"proname LIKE '{name}'" for name in (pattern.replace("_", "!_") + "' ESCAPE '!" for pattern in SHUT)
        )
    })
            AND EXISTS (SELECT FROM aclexplode(coalesce(proacl, acldefault('f', proowner))) WHERE grantee = 0)))
    ) AS looked (what, is_open) WHERE is_open
    """  # noqa: S608 - our own constants
)
_POWERS = text(
    """
    SELECT what FROM (
        SELECT unnest(ARRAY[
            CASE WHEN rolinherit THEN 'INHERIT' END, CASE WHEN rolsuper THEN 'SUPERUSER' END,
            CASE WHEN rolcreaterole THEN 'CREATEROLE' END, CASE WHEN rolcreatedb THEN 'CREATEDB' END,
            CASE WHEN rolbypassrls THEN 'BYPASSRLS' END, CASE WHEN rolreplication THEN 'REPLICATION' END]) AS what
        FROM pg_roles WHERE rolname = session_user
        UNION ALL
        SELECT 'inherits ' || roleid::regrole::text FROM pg_auth_members
        WHERE member = session_user::regrole AND inherit_option
        UNION ALL
        SELECT 'owns ' || count(*) || ' objects' FROM pg_shdepend
        WHERE refclassid = 'pg_authid'::regclass AND refobjid = session_user::regrole AND deptype = 'o'
        HAVING count(*) > 0
    ) AS powers WHERE what IS NOT NULL
    """
)
_GRANTED = text(
    """
    WITH tables AS (
        SELECT c.oid, n.nspname, c.relname, c.relowner, c.relacl
        FROM pg_namespace n JOIN pg_class c ON c.relnamespace = n.oid AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
        WHERE n.nspname = 'shared' OR n.nspname LIKE 't!_%' ESCAPE '!'
    ), held AS (
        SELECT t.nspname, t.relname, t.relowner, acl.grantee, acl.privilege_type, '' AS attname
        FROM tables t CROSS JOIN LATERAL aclexplode(t.relacl) AS acl
        UNION ALL
        SELECT t.nspname, t.relname, t.relowner, acl.grantee, acl.privilege_type, a.attname
        FROM tables t JOIN pg_attribute a ON a.attrelid = t.oid AND a.attacl IS NOT NULL
        CROSS JOIN LATERAL aclexplode(a.attacl) AS acl
    )
    SELECT nspname::text, relname::text, coalesce(rolname::text, 'PUBLIC'), privilege_type::text, attname::text
    FROM held LEFT JOIN pg_roles ON pg_roles.oid = grantee WHERE grantee <> relowner
    """
)
_UNGUARDED = text(
    """
    SELECT DISTINCT c.relname::text FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
    WHERE NOT c.relrowsecurity
    """
)
_TENANTS = text(
    """
    SELECT schema_name, care_role, NULL FROM shared.region
    UNION ALL SELECT schema_name, care_role, desk_role FROM shared.agency
    """
)
_MEMBERS = text(
    """
    SELECT roleid::regrole::text, member::regrole::text FROM pg_auth_members
    WHERE member IN (SELECT roleid FROM pg_auth_members WHERE member = session_user::regrole)
    """
)
_LEVELS = 8

Right = tuple[str, str, str, str, str]
"""Schema, table, role, privilege, column (empty for the whole table)."""


async def missing_revokes(session: DoorSession) -> list[str]:
    """Return what an injected statement could still use, of what `owncall database create` takes away."""
    return [str(what) for (what,) in await session.execute(_OPEN)]


def level(missing: list[str]) -> str:
    """Name the level of isolation that the database reached."""
    if not missing:
        return "full"
    return "planes alone" if len(missing) >= _LEVELS - 1 else "partial"


async def powers_of_login(session: DoorSession) -> list[str]:
    """Return what the application's login has and should not."""
    return [str(what) for (what,) in await session.execute(_POWERS)]


async def odd_privileges(session: DoorSession, roles: RoleNames) -> list[str]:
    """Return where privileges and row-level security differ from the plane table, in words."""
    granted: set[Right] = {(row[0], row[1], row[2], row[3], row[4]) for row in await session.execute(_GRANTED)}
    tenants = [(row[0], {PlaneKind.CARE: row[1], PlaneKind.DESK: row[2]}) for row in await session.execute(_TENANTS)]
    expected = _expected_shared(roles)
    for schema, own in tenants:
        expected |= _expected_tenant(schema, own)
    odd = [f"{right[2]} may {_words(right)}" for right in sorted(granted - expected)]
    odd += [f"{right[2]} may not {_words(right)}" for right in sorted(expected - granted)]
    odd += [f"no row-level security on {table}" for (table,) in await session.execute(_UNGUARDED)]
    groups = {roles.group(kind) for kind in TENANT_PLANES}
    return odd + [
        f"{member} acts as {group}"
        for group, member in await session.execute(_MEMBERS)
        if group not in groups or not member.startswith(group)
    ]


def _expected_shared(roles: RoleNames) -> set[Right]:
    return {
        right
        for table, grants in plane_table.SHARED.items()
        for kind, privileges in grants.items()
        for privilege in privileges
        for right in _rights("shared", table, roles.group(kind), privilege)
    }


def _expected_tenant(schema: str, own: dict[PlaneKind, str | None]) -> set[Right]:
    return {
        right
        for table, grants in plane_table.TENANT.items()
        for kind, privileges in grants.items()
        for privilege in privileges
        for right in _rights(schema, table, own.get(kind) or "", privilege)
        if own.get(kind)
    }


def _rights(schema: str, table: str, role: str, privilege: str) -> list[Right]:
    name, _, columns = privilege.partition(" (")
    names = columns.rstrip(")").split(", ") if columns else [""]
    return [(schema, table, role, name, column) for column in names]


def _words(right: Right) -> str:
    schema, table, _role, privilege, column = right
    return f"{privilege} {schema}.{table}" + (f" ({column})" if column else "")
