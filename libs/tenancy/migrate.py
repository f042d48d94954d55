"""Rendering both trees, bringing schema `shared` to its newest version, and the plane table's grants.

What brings the tenants' schemas there is `runner.py`.

Source: docs/decisions/0004-migrations.md
"""

import asyncio
import io
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any

import asyncpg
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, NullPool, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine  # noqa: TID251 - the migrator's half of the door

from libs.tenancy import names, plane_table, trees
from libs.tenancy.engine import asyncpg_url
from libs.tenancy.planes import PlaneKind, quoted
from libs.tenancy.trees import Tree

LOCK_TIMEOUT_S = 2.0
"""Whoever waits for a lock on a table lets everybody behind it wait too: so never for long."""
_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(8127421)"
"""Two commands that change schema `shared` go one after the other."""
_PAUSES_S = (0.5, 1.0, 2.0, 4.0)
_PASSING_STATES = frozenset({"55P03", "40P01"})
"""Lock timeout and deadlock: somebody else's transaction was in the way."""


async def connect_as_owner(url: str, **server_settings: str) -> asyncpg.Connection:
    """Open a connection of the owner's that the caller closes."""
    connection: asyncpg.Connection = await asyncpg.connect(url, timeout=10, server_settings=server_settings)
    return connection


@asynccontextmanager
async def owner_connection(url: str) -> AsyncIterator[asyncpg.Connection]:
    """Connect as the owner: for DDL, onboarding and the catalogue; never for the application."""
    connection = await connect_as_owner(url)
    try:
        yield connection
    finally:
        await connection.close()


async def upgrade_shared(owner_url: str, roles: names.RoleNames, *, tree: Tree = trees.SHARED) -> None:
    """Bring schema `shared` to its newest version and lay the plane table's grants.

    One that is newer than this code is left alone, with its grants: that is how a rollback finds it.

    Raises:
        DBAPIError: it could not be moved, and stayed as it was.
    """
    async with owner_connection(owner_url) as raw:
        version = await shared_version(raw)
    if version is not None and version > tree.head:
        return
    engine = create_async_engine(asyncpg_url(owner_url), poolclass=NullPool)
    try:
        for pause_s in _PAUSES_S:
            try:
                await _upgrade_once(engine, tree)
                break
            except DBAPIError as error:
                if getattr(error.orig, "sqlstate", None) not in _PASSING_STATES:
                    raise
                await asyncio.sleep(pause_s)
        else:
            await _upgrade_once(engine, tree)
    finally:
        await engine.dispose()
    async with owner_connection(owner_url) as raw:
        await lay_grants(raw, roles)


def lock_timeout(seconds: float) -> str:
    """Return the statement that bounds every wait for a lock in this transaction."""
    return f"SET LOCAL lock_timeout TO '{round(seconds * 1000)}ms'"


async def shared_version(connection: asyncpg.Connection) -> str | None:
    """Return the version of schema `shared`, or None where nothing was migrated yet."""
    if await connection.fetchval("SELECT to_regclass('shared.alembic_version')") is None:
        return None
    version = await connection.fetchval("SELECT version_num FROM shared.alembic_version")
    return None if version is None else str(version)


def newest_version() -> str:
    """Return the newest revision of the tenants' tree."""
    return trees.AGENCY.head


@lru_cache(maxsize=64)
def render(revisions: str = "head", *, tree: Tree = trees.AGENCY) -> str:
    """Return the SQL of one tree, rendered once a process and range.

    Args:
        revisions: `head` for an empty schema, `from:to` for an older one.
        tree: whose; names in the tenants' tree carry no schema and mean what the transaction's search path says.
    """
    buffer = io.StringIO()
    command.upgrade(_config(tree, buffer), revisions, sql=True)
    return buffer.getvalue()


async def lay_grants(connection: asyncpg.Connection, roles: names.RoleNames) -> None:
    """Make the privileges on schema `shared` equal the plane table, whatever they were."""
    groups = [roles.group(kind) for kind in PlaneKind]
    everybody = ", ".join(quoted(group) for group in groups)
    async with connection.transaction():
        await connection.execute(_ONE_AT_A_TIME)
        await connection.execute(f"GRANT USAGE ON SCHEMA shared TO {everybody}")
        await connection.execute(f"REVOKE ALL ON ALL TABLES IN SCHEMA shared FROM PUBLIC, {everybody}")
        for table, grants in plane_table.SHARED.items():
            for kind, privileges in grants.items():
                await connection.execute(grant(privileges, f"shared.{table}", roles.group(kind)))


async def lay_tenant_grants(connection: asyncpg.Connection, roles: Mapping[PlaneKind, str]) -> None:
    """Make the privileges of a tenant's roles on its tables equal the plane table.

    Args:
        connection: inside a transaction whose search path is the tenant's schema.
        roles: the tenant's role of each plane that it has.
    """
    everybody = ", ".join(quoted(role) for role in roles.values())
    statements = [f"REVOKE ALL ON {', '.join(plane_table.TENANT)} FROM PUBLIC, {everybody}"]
    for kind, role in roles.items():
        for table, grants in plane_table.TENANT.items():
            statements += [grant(grants[kind], table, role)] if kind in grants else []
    await connection.execute("; ".join(statements))


def grant(privileges: tuple[str, ...], table: str, role: str) -> str:
    """Return the GRANT statement; the table by name, as ALL TABLES scans the whole catalog."""
    return f"GRANT {', '.join(privileges)} ON {table} TO {quoted(role)}"


async def _upgrade_once(engine: AsyncEngine, tree: Tree) -> None:
    async with engine.begin() as connection:
        await connection.execute(text(_ONE_AT_A_TIME))
        await connection.execute(text(lock_timeout(LOCK_TIMEOUT_S)))
        await connection.run_sync(_upgrade, tree)


def _upgrade(connection: Connection, tree: Tree) -> None:
    config = _config(tree)
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _config(tree: Tree, buffer: io.StringIO | None = None) -> Config:
    options: dict[str, Any] = {"stdout": io.StringIO(), "output_buffer": buffer}
    config = Config(**options)
    config.set_main_option("script_location", str(tree.folder).replace("%", "%%"))
    return config
