"""Migrations and models say the same; onboarding is one transaction; every tenant is alike."""

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, MetaData, NullPool, String
from sqlalchemy.ext.asyncio import create_async_engine  # noqa: TID251 - a test that looks past the door
from sqlmodel import SQLModel
from sqlmodel.sql.sqltypes import AutoString

from libs.peer import tables
from libs.tenancy import migrate, onboarding, runner
from libs.tenancy.engine import asyncpg_url
from libs.tenancy.onboarding import NewAgency
from tests.databases import ROLES, Copy

_FINGERPRINT = """
    SELECT string_agg(concat_ws(' ', table_name, column_name, data_type, is_nullable, column_default), E'\n'
        ORDER BY table_name, ordinal_position) FROM information_schema.columns WHERE table_schema = $1
"""


def _differences(connection: Connection, schema: str) -> list[object]:
    def include(_object: object, name: str | None, kind: str, *_rest: object) -> bool:
        return not (kind == "table" and name in {"alembic_version", "test_clock"})

    options = {
        "include_schemas": schema == "shared",
        "include_object": include,
        "include_name": lambda name, kind, _parents: (
            kind != "schema" or name == (schema if schema == "shared" else None)
        ),
        "compare_type": _is_other_type,
    }
    context = MigrationContext.configure(connection, opts=options)
    found = compare_metadata(context, _metadata(schema))
    return [
        item
        for item in found
        if isinstance(item, list) or item[0] not in {"remove_index", "add_index", "add_constraint", "remove_constraint"}
    ]


def _is_other_type(_context: object, _column: object, _meta: object, inspected: object, said: object) -> bool | None:
    """SQLModel says VARCHAR where we keep text; anything else Alembic compares itself."""
    return False if isinstance(inspected, String) and isinstance(said, AutoString) else None


def _metadata(schema: str) -> MetaData:
    part = MetaData()
    for table in SQLModel.metadata.tables.values():
        if (table.schema == "shared") == (schema == "shared"):
            table.to_metadata(part)
    return part


async def test_models_and_migrations_do_not_drift_apart(copy: Copy) -> None:
    assert tables.ALL
    tenant = await copy.superuser.fetchval("SELECT schema_name FROM shared.agency LIMIT 1")
    for schema in ("shared", tenant):
        engine = create_async_engine(
            asyncpg_url(copy.superuser_url),
            poolclass=NullPool,
            connect_args={"server_settings": {"search_path": schema if schema != "shared" else "pg_catalog"}},
        )
        async with engine.connect() as connection:
            assert await connection.run_sync(_differences, schema) == []
        await engine.dispose()


async def test_every_tenant_has_the_same_tables(copy: Copy) -> None:
    schemas = [
        row[0]
        for row in await copy.superuser.fetch(
            "SELECT schema_name FROM shared.agency UNION SELECT schema_name FROM shared.region"
        )
    ]
    fingerprints = {await copy.superuser.fetchval(_FINGERPRINT, schema) for schema in schemas}
    assert len(schemas) == 52
    assert len(fingerprints) == 1


async def test_the_tenants_tree_renders_offline_and_names_no_schema() -> None:
    sql = migrate.render()
    assert "CREATE TABLE request" in sql
    assert "shared." not in sql
    assert "REFERENCES" not in sql


async def test_onboarding_that_fails_leaves_nothing_behind(copy: Copy) -> None:
    region = await copy.superuser.fetchval("SELECT id FROM shared.region LIMIT 1")
    schemas = "SELECT count(*) FROM pg_namespace"
    roles = "SELECT count(*) FROM pg_roles"
    before = [await copy.superuser.fetchval(question) for question in (schemas, roles)]
    async with migrate.owner_connection(copy.owner_url) as owner:
        with pytest.raises(asyncpg.CheckViolationError):
            await onboarding.create_agency(owner, ROLES, region, NewAgency("odd", "Odd", "plumbing", "MO", "X", "Y"))
    assert [await copy.superuser.fetchval(question) for question in (schemas, roles)] == before


async def test_onboarding_again_changes_nothing(copy: Copy) -> None:
    region = await copy.superuser.fetchval("SELECT region_id FROM shared.agency WHERE slug = 'redbank'")
    async with migrate.owner_connection(copy.owner_url) as owner:
        again = NewAgency("redbank", "Redbank", "dispatch", "MO", "Redbank", "Vesper Landing")
        assert not await onboarding.create_agency(owner, ROLES, region, again)
    progress = await runner.upgrade_tenants(copy.owner_url)
    assert progress.is_complete
    assert progress.moved == 0
