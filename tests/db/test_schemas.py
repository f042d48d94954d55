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
from libs.tenancy import classified, migrate, names, onboarding, runner
from libs.tenancy.engine import asyncpg_url
from libs.tenancy.onboarding import NewAgency
from tests import schemas
from tests.databases import ROLES, Copy
from tests.verify import record

_COLUMNS = """
    SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = $1
"""


def _differences(connection: Connection, schema: str) -> list[object]:
    def include(_object: object, name: str | None, kind: str, *_rest: object) -> bool:
        # Alembic warns of what it cannot compare: a generated column. That it is there: the test of columns.
        return (kind, name) not in {("table", "alembic_version"), ("table", "test_clock"), ("column", "leads")}

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


async def test_every_tenant_is_alike_in_columns_constraints_indexes_and_privileges(copy: Copy) -> None:
    found = await schemas.fingerprints(copy.superuser)
    agencies = await schemas.fingerprints(copy.superuser, regions=False)
    assert len(found) == 56
    assert len(agencies) == 52
    assert len(set(agencies.values())) == 1
    assert len(set(found.values())) == 2
    agency, region = agencies.popitem()[1], (set(found.values()) - set(agencies.values())).pop()
    # A region has no desk, and that is all the difference.
    assert {line.split()[0] for line in set(agency.splitlines()) ^ set(region.splitlines())} == {"schema", "relation"}
    for kind in ("schema", "relation request", "column request 1 id uuid", "constraint request", "index request"):
        assert f"\n{kind}" in f"\n{agency}", kind


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE {schema}.setting ADD COLUMN odd text",
        "ALTER TABLE {schema}.setting ALTER COLUMN value DROP NOT NULL",
        "ALTER TABLE {schema}.setting ADD CONSTRAINT odd CHECK (value <> '')",
        "CREATE INDEX odd ON {schema}.setting (value)",
        "GRANT SELECT ON {schema}.setting TO {care}",
        "GRANT SELECT (lookup_hash) ON {schema}.request TO {desk}",
        "GRANT CREATE ON SCHEMA {schema} TO {care}",
        "ALTER TABLE {schema}.request ENABLE ROW LEVEL SECURITY",
    ],
)
async def test_a_fingerprint_notices(copy: Copy, change: str) -> None:
    row = await copy.superuser.fetchrow("SELECT schema_name, care_role, desk_role FROM shared.agency LIMIT 1")
    assert row is not None
    transaction = copy.superuser.transaction()
    await transaction.start()
    try:
        before = await schemas.fingerprints(copy.superuser)
        await copy.superuser.execute(change.format(schema=row[0], care=row[1], desk=row[2]))
        after = await schemas.fingerprints(copy.superuser)
    finally:
        await transaction.rollback()
    assert {schema for schema in before if before[schema] != after[schema]} == {row[0]}


async def test_every_column_of_the_real_database_is_classified(copy: Copy) -> None:
    agencies = await copy.superuser.fetch(
        "SELECT schema_name FROM shared.agency UNION SELECT schema_name FROM shared.region"
    )
    counted = 0
    for schema, said in [
        ("shared", classified.SHARED),
        *((row[0], classified.TENANT) for row in agencies),
    ]:
        found = {(row[0], row[1]) for row in await copy.superuser.fetch(_COLUMNS, schema)}
        assert found == {(table, column) for table, columns in said.items() for column in columns}, schema
        counted += len(found) if said is classified.SHARED or schema == agencies[0][0] else 0
    elsewhere = """
        SELECT table_schema || '.' || table_name FROM information_schema.tables WHERE table_schema <> ALL($1::text[])
    """
    known = ["shared", "pg_catalog", "information_schema", *(row[0] for row in agencies)]
    assert [row[0] for row in await copy.superuser.fetch(elsewhere, known)] == ["public.test_clock"]
    said_of = sum(len(t) for tree in (classified.SHARED, classified.TENANT) for t in tree.values())
    assert counted == said_of
    record.note("T20", "columns with purpose, plane, kind and retention", f"{said_of} of {counted} columns")


async def test_onboarding_that_fails_leaves_nothing_behind(copy: Copy) -> None:
    region = await copy.superuser.fetchval("SELECT id FROM shared.region LIMIT 1")
    namespaces = "SELECT count(*) FROM pg_namespace WHERE nspname NOT LIKE 'pg\\_%'"
    roles = "SELECT count(*) FROM pg_roles WHERE rolname LIKE '%' || $1"
    before = await copy.superuser.fetchval(namespaces)
    odd, token = NewAgency("odd", "Odd", "plumbing", "MO", "X", "Y"), names.new_token()
    async with migrate.owner_connection(copy.owner_url) as owner:
        with pytest.raises(asyncpg.CheckViolationError):
            await onboarding.create_agency(owner, ROLES, region, odd, token=token)
    assert await copy.superuser.fetchval(namespaces) == before
    assert await copy.superuser.fetchval(roles, token) == 0


async def test_onboarding_again_changes_nothing(copy: Copy) -> None:
    region = await copy.superuser.fetchval("SELECT region_id FROM shared.agency WHERE slug = 'redbank'")
    async with migrate.owner_connection(copy.owner_url) as owner:
        again = NewAgency("redbank", "Redbank", "dispatch", "MO", "Redbank", "Vesper Landing")
        assert not await onboarding.create_agency(owner, ROLES, region, again)
    progress = await runner.upgrade_tenants(copy.owner_url)
    assert progress.is_complete
    assert progress.moved == 0


async def test_the_owner_makes_tenants_roles_and_no_others(copy: Copy) -> None:
    make = "SELECT foundation.make_roles($1, $2)"
    async with migrate.owner_connection(copy.owner_url) as owner:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await owner.execute("CREATE ROLE test_care_of_nobody")
        for token, planes in (
            ("0123456789ab; DROP", ["care"]),
            ("0123456789AB", ["care"]),
            ("", ["care"]),
            ("0123456789ab", ["owner"]),
            ("0123456789ab", ["care", "queue"]),
        ):
            with pytest.raises(asyncpg.InvalidParameterValueError):
                await owner.execute(make, token, planes)
        known = await copy.superuser.fetchval("SELECT care_role FROM shared.agency LIMIT 1")
        with pytest.raises(asyncpg.DuplicateObjectError):
            await owner.execute(make, known[-12:], ["care"])
        # Nobody collects memberships but the login: every GRANT would walk through them.
        held = "SELECT count(*) FROM pg_auth_members WHERE member = $1::regrole"
        assert await owner.fetchval(held, ROLES.owner) == 0


async def test_the_makers_of_roles_are_the_owners_alone(copy: Copy) -> None:
    able = await copy.superuser.fetch(
        "SELECT rolname, proname FROM pg_roles, pg_proc WHERE pronamespace = 'foundation'::regnamespace"
        " AND NOT rolsuper AND has_function_privilege(rolname, pg_proc.oid, 'EXECUTE')"
    )
    assert {tuple(row) for row in able} == {(ROLES.owner, "make_roles"), (ROLES.owner, "drop_roles")}
