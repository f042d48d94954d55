"""The few words that the launcher itself says to PostgreSQL: is it fit, and is our database there."""

import asyncio
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from infra.local.errors import LaunchError

NAME = "owncall"
OWNER, LOGIN = "owncall_owner", "owncall_login"
_OLDEST = 17
_CONNECT_S = 10.0
_FAILURES = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError, ValueError)


def create_if_absent(administrator_url: str) -> None:
    """Create the database `owncall`, unless it is there.

    Args:
        administrator_url: of a superuser, to another database of the server.

    Raises:
        LaunchError: the server refuses us.
    """
    try:
        asyncio.run(_create_if_absent(administrator_url))
    except _FAILURES as error:
        raise LaunchError(
            f"The local PostgreSQL refused to make the database {NAME} ({type(error).__name__}).",
            "If secrets.json was changed or lost, put it back, or remove all local data with: make reset",
        ) from None


def check_administrator(url: str) -> None:
    """Make sure that OWNCALL_DATABASE_URL names a superuser of a PostgreSQL that is new enough.

    Raises:
        LaunchError: it does not; the sentence never repeats the address, which holds a password.
    """
    if not url.startswith(("postgresql://", "postgres://")):
        raise LaunchError("OWNCALL_DATABASE_URL does not begin with postgresql://.", _HINT)
    try:
        version, is_superuser = asyncio.run(_ask_about(url))
    except _FAILURES as error:
        raise LaunchError(
            f"The database that OWNCALL_DATABASE_URL names cannot be reached ({type(error).__name__}).", _HINT
        ) from None
    if version < _OLDEST:
        raise LaunchError(f"OWNCALL_DATABASE_URL names PostgreSQL {version}; OwnCall needs {_OLDEST} or newer.", _HINT)
    if not is_superuser:
        raise LaunchError("OWNCALL_DATABASE_URL names an account that is not a superuser.", _HINT)


def address_for(url: str, user: str, password: str) -> str:
    """Return the same server and database for another account.

    Args:
        url: any postgresql:// address.
        user: needs no escaping.
        password: needs no escaping; see passwords.draw.
    """
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(scheme="postgresql", netloc=f"{user}:{password}@{host}"))


_HINT = "Correct it (postgresql://superuser:password@host:port/database), or unset it to use the database we bring."


async def _create_if_absent(url: str) -> None:
    connection = await asyncpg.connect(url, timeout=_CONNECT_S, ssl=False)
    try:
        if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", NAME):
            await connection.execute(f'CREATE DATABASE "{NAME}" TEMPLATE template0')
    finally:
        await connection.close(timeout=_CONNECT_S)


async def _ask_about(url: str) -> tuple[int, bool]:
    connection = await asyncpg.connect(url, timeout=_CONNECT_S)
    try:
        is_superuser = await connection.fetchval("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        return connection.get_server_version().major, bool(is_superuser)
    finally:
        await connection.close(timeout=_CONNECT_S)
