"""What only a superuser can lay, once a database: two logins, the planes' groups, the maker of roles, the revokes.

Source: docs/decisions/0003-planes.md; security.md, "SQL injector (our bug)".
"""

from dataclasses import dataclass, field

import asyncpg

from libs.tenancy.names import RoleNames
from libs.tenancy.plane_table import ALL_PLANES, TENANT_PLANES
from libs.tenancy.planes import quoted

REVOKES = (
    # Any of these lets one injected SELECT or DO change the role in mid-transaction.
    "REVOKE EXECUTE ON FUNCTION pg_catalog.set_config(text, text, boolean) FROM PUBLIC",
    "REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC",
    "REVOKE USAGE ON LANGUAGE sql FROM PUBLIC",
    "REVOKE ALL ON SCHEMA public FROM PUBLIC",
    # Its rule is another spelling of set_config.
    "REVOKE UPDATE ON pg_catalog.pg_settings FROM PUBLIC",
)

SHUT = (
    # Run SQL that is handed over as text.
    *(
        "query_to_xml%",
        "table_to_xml%",
        "schema_to_xml%",
        "database_to_xml%",
        "cursor_to_xml%",
        "ts_stat",
        "ts_rewrite",
    ),
    # Tell which foreign table is written to at this moment, how often, by whom, and how large it has grown:
    # that somebody in an agency has just asked is what nobody may learn.
    *("pg_stat_get_%", "pg_lock_status", "pg_blocking_pids", "pg_safe_snapshot_blocking_pids"),
    *("pg_isolation_test_session_is_blocked", "pg_relation_size", "pg_table_size", "pg_indexes_size"),
    *(
        "pg_total_relation_size",
        "pg_database_size",
        "pg_tablespace_size",
        "pg_current_wal%",
        "pg_get_multixact_members",
    ),
    *("pg_prepared_statement", "pg_last_committed_xact", "pg_get_wal_summarizer_state", "pg_wal_summary_contents"),
    # Store or carry something from one plane to another, or past the end of a transaction.
    *("lo_%", "loread", "lowrite", "pg_notify", "pg_logical_%", "pg_export_snapshot"),
    *("pg_advisory_%lock", "pg_advisory_%lock_shared", "pg_try_advisory_%"),
    # End what others do.
    *("pg_cancel_backend", "pg_terminate_backend"),
)
"""Functions of pg_catalog that everybody may call by default and no plane may, as LIKE patterns."""

_TELLING_COLUMNS = ("relpages", "reltuples", "relallvisible", "relallfrozen", "relfrozenxid", "relminmxid")
"""Columns of pg_class that say how full a table is."""


# The owner makes and drops tenants' roles by these two functions, and no other role in any other way. A superuser's,
# because whoever else makes a role stays its member, and each GRANT walks all memberships of the one who grants: one
# takes 0.25 ms at the first role and 35 ms at the 12,600th.
_OF_A_TENANT = """
    CREATE OR REPLACE FUNCTION foundation.{name}(token text, planes text[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path TO pg_catalog, pg_temp AS $$
    DECLARE
        prefix text := substring(session_user FROM '^(.+)_owner$');
        plane text;
        role text;
    BEGIN
        IF prefix IS NULL OR token !~ '^[0-9a-f]{{12}}$' OR NOT planes <@ ARRAY[{planes}] THEN
            RAISE EXCEPTION 'not a role of a tenant' USING ERRCODE = 'invalid_parameter_value';
        END IF;
        FOREACH plane IN ARRAY planes LOOP
            role := prefix || '_' || plane || '_' || token;
            {statements}
        END LOOP;
    END $$
"""
_ROLES = {
    "make_roles": """
            EXECUTE format('CREATE ROLE %I INHERIT', role);
            -- INHERIT brings the group's grants on shared tables; without SET nobody can act as the whole group.
            EXECUTE format('GRANT %I TO %I WITH INHERIT TRUE, SET FALSE', prefix || '_' || plane, role);
            EXECUTE format('GRANT %I TO %I WITH INHERIT FALSE, SET TRUE', role, prefix || '_login');
    """,
    "drop_roles": "EXECUTE format('DROP ROLE IF EXISTS %I', role);",
}


@dataclass(frozen=True, slots=True)
class Passwords:
    """Generated passwords of the two logins."""

    owner: str = field(repr=False)
    login: str = field(repr=False)


async def lay(connection: asyncpg.Connection, roles: RoleNames, passwords: Passwords) -> None:
    """Make one database ready for `owncall migrate`. May run again; passwords are then set anew.

    Args:
        connection: a superuser's, to the database itself, outside of a transaction.
        roles: names for this database.
        passwords: of the owner and the login.
    """
    async with connection.transaction():
        await _login(connection, roles.owner, passwords.owner)
        await _login(connection, roles.login, passwords.login)
        await _groups(connection, roles)
        await _maker(connection, roles)
        database = quoted(str(await connection.fetchval("SELECT current_database()")))
        owner, login = quoted(roles.owner), quoted(roles.login)
        await _each(
            connection,
            f"REVOKE ALL ON DATABASE {database} FROM PUBLIC",
            f"GRANT CONNECT ON DATABASE {database} TO {login}, {owner}",
            f"GRANT CREATE ON DATABASE {database} TO {owner}",
            *REVOKES,
            f"GRANT USAGE ON LANGUAGE sql TO {owner}",
            *await _shut(connection, owner),
            f"CREATE SCHEMA IF NOT EXISTS shared AUTHORIZATION {owner}",
        )


async def _shut(connection: asyncpg.Connection, owner: str) -> list[str]:
    """Return what takes SHUT from everybody; the owner and operators (pg_monitor) keep what they had."""
    functions = await connection.fetchval(
        """
        SELECT string_agg(format('pg_catalog.%I(%s)', proname, pg_get_function_identity_arguments(oid)), ', ')
        FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace AND proname LIKE ANY ($1::text[])
            AND EXISTS (SELECT FROM aclexplode(coalesce(proacl, acldefault('f', proowner))) WHERE grantee = 0)
        """,
        [pattern.replace("_", r"\_") for pattern in SHUT],
    )
    columns = await connection.fetchval(
        """
        SELECT string_agg(quote_ident(attname), ', ') FROM pg_attribute
        WHERE attrelid = 'pg_catalog.pg_class'::regclass AND attnum > 0 AND attname <> ALL ($1::text[])
        """,
        list(_TELLING_COLUMNS),
    )
    from_everybody = [f"REVOKE EXECUTE ON FUNCTION {functions} FROM PUBLIC"] if functions else []
    to_operators = [f"GRANT EXECUTE ON FUNCTION {functions} TO {owner}, pg_monitor"] if functions else []
    return [
        *from_everybody,
        *to_operators,
        "REVOKE SELECT ON pg_catalog.pg_class FROM PUBLIC",
        f"GRANT SELECT ({columns}) ON pg_catalog.pg_class TO PUBLIC",
        f"GRANT SELECT ON pg_catalog.pg_class TO {owner}, pg_monitor",
    ]


async def _login(connection: asyncpg.Connection, name: str, password: str) -> None:
    await _role_if_absent(connection, name)
    await _formatted(connection, "ALTER ROLE %I LOGIN NOINHERIT NOSUPERUSER NOCREATEROLE PASSWORD %L", name, password)


async def _groups(connection: asyncpg.Connection, roles: RoleNames) -> None:
    """Make each plane's role. The login may enter the single ones; of the others it enters tenants' roles alone."""
    for kind in ALL_PLANES:
        group = roles.group(kind)
        await _role_if_absent(connection, group)
        if kind not in TENANT_PLANES:
            await _each(connection, f"GRANT {quoted(group)} TO {quoted(roles.login)} WITH INHERIT FALSE, SET TRUE")


async def _maker(connection: asyncpg.Connection, roles: RoleNames) -> None:
    owner = quoted(roles.owner)
    await _each(connection, "CREATE SCHEMA IF NOT EXISTS foundation", "REVOKE ALL ON SCHEMA foundation FROM PUBLIC")
    for name, statements in _ROLES.items():
        await _each(
            connection,
            _OF_A_TENANT.format(name=name, statements=statements, planes=", ".join(f"'{k}'" for k in TENANT_PLANES)),
            f"REVOKE ALL ON FUNCTION foundation.{name}(text, text[]) FROM PUBLIC",
            f"GRANT EXECUTE ON FUNCTION foundation.{name}(text, text[]) TO {owner}",
        )
    await _each(connection, f"GRANT USAGE ON SCHEMA foundation TO {owner}")


async def _role_if_absent(connection: asyncpg.Connection, name: str) -> None:
    if not await connection.fetchval("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)", name):
        await _formatted(connection, "CREATE ROLE %I NOINHERIT", name)


async def _formatted(connection: asyncpg.Connection, template: str, *values: str) -> None:
    """Run DDL whose values Postgres itself quotes, since DDL takes no parameters."""
    places = ", ".join(f"${number}::text" for number in range(2, len(values) + 2))
    statement = await connection.fetchval(f"SELECT format($1::text, {places})", template, *values)
    await connection.execute(str(statement))


async def _each(connection: asyncpg.Connection, *statements: str) -> None:
    for statement in statements:
        await connection.execute(statement)
