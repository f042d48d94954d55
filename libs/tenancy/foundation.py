"""What only a superuser can lay, once a database: two logins, the planes' groups, and the revokes.

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
)


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
        await _login(connection, roles.owner, passwords.owner, "CREATEROLE")
        await _login(connection, roles.login, passwords.login, "NOCREATEROLE")
        await _groups(connection, roles)
        database = quoted(str(await connection.fetchval("SELECT current_database()")))
        owner, login = quoted(roles.owner), quoted(roles.login)
        await _each(
            connection,
            f"REVOKE ALL ON DATABASE {database} FROM PUBLIC",
            f"GRANT CONNECT ON DATABASE {database} TO {login}, {owner}",
            f"GRANT CREATE ON DATABASE {database} TO {owner}",
            *REVOKES,
            f"GRANT USAGE ON LANGUAGE sql TO {owner}",
            f"CREATE SCHEMA IF NOT EXISTS shared AUTHORIZATION {owner}",
        )


async def _login(connection: asyncpg.Connection, name: str, password: str, attribute: str) -> None:
    await _role_if_absent(connection, name)
    await _formatted(connection, f"ALTER ROLE %I LOGIN NOINHERIT NOSUPERUSER {attribute} PASSWORD %L", name, password)


async def _groups(connection: asyncpg.Connection, roles: RoleNames) -> None:
    """Make each plane's role. The login may enter the single ones; of the others it enters tenants' roles alone."""
    for kind in ALL_PLANES:
        group = roles.group(kind)
        await _role_if_absent(connection, group)
        if kind in TENANT_PLANES:
            # The owner hands out memberships when it onboards a tenant; it never needs to act as the group.
            await _each(
                connection,
                f"GRANT {quoted(group)} TO {quoted(roles.owner)} WITH ADMIN TRUE, INHERIT FALSE, SET FALSE",
            )
        else:
            await _each(connection, f"GRANT {quoted(group)} TO {quoted(roles.login)} WITH INHERIT FALSE, SET TRUE")


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
