"""A program manager asks on the page; a process that alone holds the owner's address makes it so."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import asyncpg
import pytest
from sqlalchemy import text

from services.cli import demo
from tests import databases, processes
from tests.databases import Addresses
from tests.world import World, open_world


@pytest.fixture(scope="module")
async def own_world(addresses: Addresses, worker_id: str) -> AsyncIterator[World]:
    """A world in which agencies may be made."""
    async with databases.copied(addresses, f"registrar_{worker_id}") as copy, AsyncExitStack() as stack:
        yield await open_world(stack, copy)


@pytest.fixture
async def world(own_world: World) -> World:
    await own_world.begin()
    await own_world.copy.superuser.execute("DELETE FROM shared.onboarding")
    return own_world


async def _free(world: World, count: int, state: str = "OR") -> list[int]:
    rows = await world.rows(
        """
        SELECT psap_id FROM shared.psap_catalogue WHERE state = $1 AND standing = 'active_primary'
        AND psap_id NOT IN (SELECT fcc_id FROM shared.agency WHERE fcc_id IS NOT NULL) ORDER BY psap_id LIMIT $2
        """,
        state,
        count,
    )
    return [row[0] for row in rows]


async def _outcomes(world: World) -> list[str]:
    return [row[0] for row in await world.rows("SELECT outcome FROM shared.onboarding ORDER BY outcome")]


async def _until_decided(world: World, within_s: float = 30) -> None:
    async with asyncio.timeout(within_s):
        while "waiting" in await _outcomes(world):
            await asyncio.sleep(0.05)


async def test_from_search_to_agencies_that_take_part(world: World) -> None:
    client = world.client(await world.signs_in(demo.YOUR_MANAGER))
    found = await client.get("/program/agencies/add", params={"q": "multnomah or"})
    assert found.status_code == 200
    ids = await _free(world, 3)
    preview = await client.post("/program/agencies/preview", data={"psap": ids})
    assert "Add 3 agencies?" in preview.text
    assert await _outcomes(world) == []
    async with processes.registrar(world.copy):
        asked = await client.post("/program/agencies/onboard", data={"psap": ids})
        assert asked.status_code == 303
        await _until_decided(world)
    assert await _outcomes(world) == ["done"] * 3
    page = await client.get("/program/agencies")
    assert "Takes part now" in page.text
    slug = (await world.rows("SELECT slug FROM shared.agency WHERE fcc_id = $1", ids[0]))[0][0]
    assert (await client.get(f"/a/{slug}")).status_code == 200

    cleared = await client.post("/program/agencies/onboardings/put-away")
    assert cleared.status_code == 303
    assert await _outcomes(world) == []


async def test_asked_again_it_is_known_and_one_of_another_region_is_said_to_be_there(world: World) -> None:
    client = world.client(await world.signs_in(demo.YOUR_MANAGER))
    other = (await world.rows("SELECT fcc_id FROM shared.agency WHERE fcc_id IS NOT NULL AND state = 'KS' LIMIT 1"))[0][
        0
    ]
    mine = (await _free(world, 1, "ID"))[0]
    async with processes.registrar(world.copy):
        for _ in range(2):
            answer = await client.post("/v1/onboardings", json={"psap_ids": [mine, other]})
            assert answer.status_code == 202
            await _until_decided(world)
    assert await _outcomes(world) == ["elsewhere", "known"]
    page = await client.get("/program/agencies")
    assert "Takes part in Kansas City (registry)." in page.text


async def test_killed_in_the_middle_nothing_is_lost_or_made_twice(world: World) -> None:
    client = world.client(await world.signs_in(demo.YOUR_MANAGER))
    ids = await _free(world, 30, "NE")
    assert len(ids) == 30
    assert (await client.post("/v1/onboardings", json={"psap_ids": ids})).status_code == 202
    for _ in range(2):
        already = (await _outcomes(world)).count("done")
        async with processes.registrar(world.copy) as running:
            while (await _outcomes(world)).count("done") < already + 4:
                await asyncio.sleep(0.01)
            os.kill(running.process.pid, signal.SIGKILL)
            await running.process.wait()
    async with processes.registrar(world.copy):
        await _until_decided(world)
    assert await _outcomes(world) == ["done"] * 30
    made = await world.rows("SELECT count(*) FROM shared.agency WHERE fcc_id = ANY($1)", ids)
    assert made == [(30,)]


async def test_one_that_cannot_be_made_is_tried_again_and_then_shown_and_stops_no_other(world: World) -> None:
    client = world.client(await world.signs_in(demo.YOUR_MANAGER))
    bad, good = await _free(world, 2, "UT")
    assert (await client.post("/v1/onboardings", json={"psap_ids": [bad, good]})).status_code == 202
    await world.copy.superuser.execute("UPDATE shared.onboarding SET name = NULL WHERE false")
    await world.copy.superuser.execute(
        "ALTER TABLE shared.agency ADD CONSTRAINT odd CHECK (fcc_id IS DISTINCT FROM %d) NOT VALID" % bad  # noqa: UP031 - DDL
    )
    try:
        async with processes.registrar(world.copy):
            async with asyncio.timeout(40):
                while await _outcomes(world) != ["done", "failed"]:
                    await world.copy.superuser.execute(
                        "UPDATE shared.onboarding SET due_at = shared.clock() WHERE outcome = 'waiting' AND attempt > 0"
                    )
                    await asyncio.sleep(0.05)
    finally:
        await world.copy.superuser.execute("ALTER TABLE shared.agency DROP CONSTRAINT odd")
    assert "It did not work." in (await client.get("/program/agencies")).text


async def test_without_a_registrar_the_page_says_that_it_takes_longer(world: World) -> None:
    client = world.client(await world.signs_in(demo.YOUR_MANAGER))
    await client.post("/v1/onboardings", json={"psap_ids": await _free(world, 1, "NV")})
    await world.advance(seconds=20)
    assert "This takes longer than it should." in (await client.get("/program/agencies")).text
    listed = (await client.get("/v1/onboardings")).json()["data"]
    assert [each["outcome"] for each in listed] == ["waiting"]
    assert (await client.delete(f"/v1/onboardings/{listed[0]['id']}")).status_code == 204
    assert (await client.delete(f"/v1/onboardings/{listed[0]['id']}")).status_code == 404


async def test_a_program_asks_for_its_own_region_alone_and_decides_nothing(world: World) -> None:
    tenants = await world.planes.tenants()
    mine, foreign = tenants.region("your-region"), tenants.region("heartland")
    values = "(gen_random_uuid(), :region, gen_random_uuid(), 'x', 'X', 'fire', 'MO', '', '')"
    columns = "(id, region_id, asked_by, slug, name, discipline, state, county, city)"
    insert = text(f"INSERT INTO shared.onboarding {columns} VALUES {values}")
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
        async with world.planes.program(mine) as program:
            await program.execute(insert, {"region": foreign.id})
    async with world.planes.program(mine) as program:
        await program.execute(insert, {"region": mine.id})
    async with world.planes.program(foreign) as program:
        assert (await program.execute(text("SELECT count(*) FROM shared.onboarding"))).scalar_one() == 0
        gone = await program.execute(text("DELETE FROM shared.onboarding"))
        assert gone.rowcount == 0
    for statement in (
        "UPDATE shared.onboarding SET outcome = 'done'",
        (
            "INSERT INTO shared.onboarding"
            " (id, region_id, asked_by, slug, name, discipline, state, county, city, outcome)"
            " SELECT gen_random_uuid(), id, id, 'y', 'Y', 'fire', 'MO', '', '', 'done' FROM shared.region"
        ),
        "INSERT INTO shared.agency (id) VALUES (gen_random_uuid())",
        "DELETE FROM shared.agency",
        "UPDATE shared.agency SET region_id = region_id",
        "UPDATE shared.psap_catalogue SET name = 'x'",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with world.planes.program(mine) as program:
                await program.execute(text(statement))
    async with world.planes.program(mine) as program:
        changed = await program.execute(
            text("UPDATE shared.agency SET name = 'Taken over' WHERE region_id = :region"), {"region": foreign.id}
        )
        assert changed.rowcount == 0
