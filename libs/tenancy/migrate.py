"""The migration runner: schema `shared` through Alembic, every tenant's schema by SQL rendered once.

One transaction a schema, its version row inside, so a kill leaves each schema before or after, never between.

Source: docs/decisions/0004-migrations.md
"""

import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, NullPool
from sqlalchemy.ext.asyncio import create_async_engine  # noqa: TID251 - the migrator's half of the door

from libs.tenancy import names, plane_table
from libs.tenancy.engine import asyncpg_url
from libs.tenancy.planes import PlaneKind, quoted

_TREES = Path(__file__).parent / "migrations"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a migration came.

    Attributes:
        at_head: tenant schemas already at the newest version.
        moved: tenant schemas that this run brought there.
        failed: schema name and the class of what went wrong.
    """

    at_head: int
    moved: int
    failed: tuple[tuple[str, str], ...]


@asynccontextmanager
async def owner_connection(url: str) -> AsyncIterator[asyncpg.Connection]:
    """Connect as the owner: for DDL, onboarding and the catalogue; never for the application."""
    connection: asyncpg.Connection = await asyncpg.connect(url, timeout=10)
    try:
        yield connection
    finally:
        await connection.close()


async def upgrade_shared(owner_url: str, roles: names.RoleNames) -> None:
    """Bring schema `shared` to its newest version and lay the plane table's grants."""
    engine = create_async_engine(asyncpg_url(owner_url), poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(_upgrade)
    finally:
        await engine.dispose()
    async with owner_connection(owner_url) as raw:
        await lay_grants(raw, roles)


async def upgrade_tenants(connection: asyncpg.Connection) -> Progress:
    """Bring every tenant's schema to its newest version; one that fails never stops the others."""
    head = newest_version()
    schemas = [row["schema_name"] for row in await connection.fetch(_TENANT_SCHEMAS)]
    at_head, moved, failed = 0, 0, []
    for schema in schemas:
        version = await connection.fetchval(f"SELECT version_num FROM {quoted(schema)}.alembic_version")  # noqa: S608 - our own opaque name
        if version == head:
            at_head += 1
            continue
        try:
            await _move(connection, schema, str(version), head)
        except asyncpg.PostgresError as error:
            failed.append((schema, type(error).__name__))
        else:
            moved += 1
    return Progress(at_head, moved, tuple(failed))


def newest_version() -> str:
    """Return the newest revision of the tenants' tree."""
    head = ScriptDirectory.from_config(_config("agency")).get_current_head()
    if head is None:
        raise LookupError("the tenants' tree has no revision")
    return head


def render(revisions: str = "head") -> str:
    """Return the SQL that brings an empty or older schema to `revisions` (`head` or `from:to`).

    Names in it carry no schema: they mean whatever the search path of the transaction says.
    """
    buffer = io.StringIO()
    config = _config("agency", buffer)
    command.upgrade(config, revisions, sql=True)
    return buffer.getvalue()


async def lay_grants(connection: asyncpg.Connection, roles: names.RoleNames) -> None:
    """Make the privileges on schema `shared` equal the plane table, whatever they were."""
    groups = [roles.group(kind) for kind in PlaneKind]
    everybody = ", ".join(quoted(group) for group in groups)
    async with connection.transaction():
        await connection.execute(f"GRANT USAGE ON SCHEMA shared TO {everybody}")
        await connection.execute(f"REVOKE ALL ON ALL TABLES IN SCHEMA shared FROM PUBLIC, {everybody}")
        for table, grants in plane_table.SHARED.items():
            for kind, privileges in grants.items():
                await connection.execute(grant(privileges, f"shared.{table}", roles.group(kind)))


def grant(privileges: tuple[str, ...], table: str, role: str) -> str:
    """Return the GRANT statement; the table by name, as ALL TABLES scans the whole catalog."""
    return f"GRANT {', '.join(privileges)} ON {table} TO {quoted(role)}"


_TENANT_SCHEMAS = """
    SELECT schema_name FROM shared.region UNION ALL SELECT schema_name FROM shared.agency ORDER BY schema_name
"""


async def _move(connection: asyncpg.Connection, schema: str, version: str, head: str) -> None:
    async with connection.transaction():
        await connection.execute(f"SET LOCAL search_path TO {quoted(schema)}; SET LOCAL lock_timeout TO '2s'")
        await connection.execute(render(f"{version}:{head}"))


def _upgrade(connection: Connection) -> None:
    config = _config("shared")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _config(tree: str, buffer: io.StringIO | None = None) -> Config:
    config = Config(output_buffer=buffer, stdout=io.StringIO())
    config.set_main_option("script_location", str(_TREES / tree))
    return config
