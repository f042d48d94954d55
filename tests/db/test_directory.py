"""The directory of tenants: read when something has changed, looked at otherwise."""

import asyncio

import pytest

from libs.tenancy import directory
from tests.world import World


async def test_what_has_not_changed_is_not_read_again(world: World) -> None:
    before = await world.planes.tenants()
    world.planes.forget_tenants()
    found = await asyncio.gather(*(world.planes.tenants() for _ in range(5)))
    assert all(one is before for one in found)


async def test_while_somebody_looks_ahead_the_others_go_on_with_what_is_known(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await world.planes.tenants()
    run, (was,) = (
        world.copy.superuser.execute,
        await world.rows("SELECT county FROM shared.agency WHERE slug = 'redbank'"),
    )
    monkeypatch.setattr(directory, "_DUE_S", 0.0)
    try:
        await run("UPDATE shared.agency SET county = 'Changed' WHERE slug = 'redbank'")
        assert await world.planes.tenants() is before
        async with asyncio.timeout(20):
            while (await world.planes.tenants()).agency("redbank").county != "Changed":
                await asyncio.sleep(0.01)
    finally:
        await run("UPDATE shared.agency SET county = $1 WHERE slug = 'redbank'", was[0])
        world.planes.forget_tenants()


async def test_any_change_of_any_tenant_shows(world: World) -> None:
    before = await world.planes.tenants()
    for table, column in (("agency", "county"), ("agency", "schema_version"), ("region", "name")):
        statement = f"UPDATE shared.{table} SET {column} = $2 || {column} WHERE slug = $1"
        slug = "redbank" if table == "agency" else "heartland"
        was = await world.rows(f"SELECT {column} FROM shared.{table} WHERE slug = $1", slug)
        await world.copy.superuser.execute(statement, slug, "9")
        try:
            world.planes.forget_tenants()
            found = await world.planes.tenants()
            tenant = found.agency(slug) if table == "agency" else found.region(slug)
            assert getattr(tenant, column) == "9" + was[0][0]
            assert found is not before
        finally:
            await world.copy.superuser.execute(
                f"UPDATE shared.{table} SET {column} = $2 WHERE slug = $1", slug, was[0][0]
            )
            world.planes.forget_tenants()
