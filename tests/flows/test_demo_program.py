"""The demonstration's program lives: what a newcomer finds on each page of Heartland."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from services.cli import demo, shifts
from services.cli.demo_deployments import DONE, OPEN
from services.cli.demo_program import CLINICIAN
from tests import databases, in_house
from tests.databases import TODAY, Addresses
from tests.deploying import now
from tests.world import Person, World, open_world, peer_id

_CHICAGO = ZoneInfo("America/Chicago")


@pytest.fixture(scope="module")
async def fresh(addresses: Addresses, worker_id: str) -> AsyncIterator[World]:
    """The demonstration as it was seeded, on a copy of its own with the clock as it runs: no story has emptied it."""
    async with databases.copied(addresses, f"fresh_{worker_id}") as copy, AsyncExitStack() as stack:
        await copy.superuser.execute("UPDATE public.test_clock SET pushed = interval '0'")
        world = await open_world(stack, copy)
        await demo.enliven(world.planes, TODAY)
        await world.settle()
        yield world


async def _page(person: Person, path: str) -> str:
    answer = await person.client.get(path)
    assert answer.status_code == 200, path
    return answer.text


async def test_a_newcomer_sees_a_living_program_and_twice_is_once(world: World) -> None:
    async with in_house.cleared(world):
        await demo.enliven(world.planes, TODAY)
        await world.settle()
        before = await world.rows("SELECT count(*) FROM shared.callout")
        await demo.enliven(world.planes, TODAY)
        assert await world.rows("SELECT count(*) FROM shared.callout") == before
        manager, mara, ana = [await world.person(slug) for slug in ("manager", "mara", "ana")]

        (waiting,) = (await manager.client.get("/v1/approvals")).json()["data"]
        assert waiting["urgency"] == "this_week"
        assert "De otro lugar" in await _page(manager, "/program?lang=es")
        rota = (await manager.client.get("/v1/approvers")).json()["data"]
        assert {one["turn"] for one in rota} == {"first", "deputy"}
        agreements = (await manager.client.get("/v1/agreements")).json()["data"]
        assert {one["phase"] for one in agreements} >= {"ends_soon", "in_force"}
        board = await _page(mara, "/coordinator")
        assert "Dawn Eastridge" in board
        assert "Ana Reyes" not in board, "hers is due, and not overdue yet"
        assert "We talked" in await _page(ana, "/peer")
        people = await _page(mara, "/coordinator/people")
        reasons = ("Marcus Delacroix", "Heidi Kowalczyk", "Tyrell Hammond")
        assert all(name in people for name in reasons)
        clinician = world.client(await world.signs_in(CLINICIAN))
        assert (await clinician.get("/peer")).status_code == 200
        own_team = (await manager.client.get("/v1/members?team=in_house")).json()["data"]
        assert {one["name"] for one in own_team} > {"Opal Trask"}
        assert not [part for one in own_team for part in one["parts"] if part["missing"]]
        assert "Opal Trask" in await _page(mara, "/coordinator/people?team=in_house")
        await world.nothing_unexpected()
        world.rang("manager", "ana", "dawn-eastridge")  # a decision, and check-ins of the day


async def test_a_freshly_seeded_region_shows_a_schedule_a_team_a_decision_and_check_ins_that_are_due(
    fresh: World,
) -> None:
    manager, ana = [await fresh.person(slug) for slug in ("manager", "ana")]

    teams = {one["kind"]: one["id"] for one in (await manager.client.get("/v1/schedules")).json()["data"]}
    for kind in ("roving", "command_level"):
        assert await _on_duty(fresh, teams[kind]), kind
    assert "on duty now" in await _page(await fresh.person("manager"), f"/schedule/{teams['roving']}")

    deployments = {one["id"]: one for one in (await manager.client.get("/v1/deployments")).json()["data"]}
    being_filled, done = deployments[str(OPEN)], deployments[str(DONE)]
    assert being_filled["state"] == "filling"
    assert 0 < being_filled["filled"] < being_filled["slots"]
    assert (done["state"], done["attendees"]) == ("done", 14)
    assert "are still open." in await _page(await fresh.person("manager"), f"/deployments/{OPEN}")

    (_waiting,) = (await manager.client.get("/v1/approvals")).json()["data"]
    assert "We talked" in await _page(ana, "/peer"), "a check-in of hers is due"
    assert "Dawn Eastridge" in await _page(await fresh.person("mara"), "/coordinator"), "and one is overdue"


@pytest.mark.parametrize(("weekday", "hour"), [(6, 20), (0, 3), (0, 12)], ids=["Sunday evening", "Monday 3", "noon"])
async def test_whenever_it_is_seeded_somebody_is_on_duty(fresh: World, weekday: int, hour: int) -> None:
    local = (await now(fresh)).astimezone(_CHICAGO)
    then = (local + timedelta((weekday - local.weekday()) % 7)).replace(hour=hour)
    await fresh.copy.push_clock(then - local)
    await fresh.copy.superuser.execute("TRUNCATE shared.schedule CASCADE")
    cast = {
        slug: peer_id(slug)
        for slug in ("ana", "ben", "cleo", "dev", "tanya-whitlock", "luz-marroquin", "jamal-fenwick")
    }

    await shifts.seed(fresh.planes, await fresh.heartland(), cast, then.date())

    teams = await fresh.rows("SELECT team_id FROM shared.schedule")
    assert len(teams) == 2
    assert all([await _on_duty(fresh, team_id) for (team_id,) in teams])


async def _on_duty(world: World, team_id: object) -> list[str]:
    manager = await world.signed_in_anew("manager")
    found: list[str] = (await manager.client.get(f"/v1/schedules/{team_id}")).json()["on_duty_now"]
    return found
