"""The demonstration's program lives: what a newcomer finds on each page of Heartland."""

from services.cli import demo
from services.cli.demo_program import CLINICIAN
from tests import in_house
from tests.databases import TODAY
from tests.world import Person, World


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
