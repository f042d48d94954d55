"""Very many ask at once: everybody is kept, nobody is refused; peers are spared, coordinators look first."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import pytest

from libs.peer.receipts import rules as receipts
from services.api.load import Load, bits_of
from tests.verify import record
from tests.world import Person, World


@pytest.fixture
def slept(world: World) -> Iterator[list[float]]:
    """The API is busy from the second ask in a minute; its waits are noted instead of waited."""
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    usual = world.app.state.wiring
    world.app.state.wiring = dataclasses.replace(usual, load=Load(1, sleep=sleep))
    yield waits
    world.app.state.wiring = usual


@pytest.fixture
async def flood_from(world: World) -> AsyncIterator[Callable[[int], Awaitable[None]]]:
    """Set from how many asks an hour it is a flood; set back afterwards."""

    async def set_it(count: int) -> None:
        await world.copy.superuser.execute("UPDATE shared.region SET flood_from = $1", count)

    yield set_it
    await set_it(10**6)


async def test_a_flood_is_kept_to_the_last_ask(world: World, slept: list[float]) -> None:
    count = record.size(2000, 200)
    clients = [world.client() for _ in range(20)]

    async def ask(number: int) -> int:
        client = clients[number % len(clients)]
        return (await client.post("/v1/regions/heartland/requests", json={"center": "redbank"})).status_code

    statuses = [await ask(number) for number in range(count - 20)]
    statuses += await asyncio.gather(*(ask(number) for number in range(20)))

    assert set(statuses) == {201}
    assert await world.rows("SELECT count(*) FROM shared.callout") == [(count,)]
    assert len(slept) > count / 2
    record.note("T18", f"{count} asks in a flood: refused", "0")


async def test_a_page_carries_work_and_who_did_it_does_not_wait(world: World, slept: list[float]) -> None:
    calm = await world.client().get("/a/redbank")
    assert "data-work" not in calm.text
    for _ in range(8):
        await world.client().post("/v1/regions/heartland/requests", json={})
    busy = await world.client().get("/a/redbank")
    assert "data-work" in busy.text
    assert 'name="proof"' in busy.text
    slept.clear()

    receipt = receipts.draw()
    proof = next(str(number) for number in range(2**22) if bits_of(receipt, str(number)) >= 18)
    asked = await world.client().post("/v1/regions/heartland/requests", json={"receipt": receipt, "proof": proof})
    assert asked.status_code == 201
    assert slept == []
    form = {"receipt": receipts.draw(), "center": "redbank"}
    assert (await world.client().post("/r/heartland/ask", data=form)).status_code == 200
    assert len(slept) == 1


async def board_of(person: Person) -> list[dict[str, object]]:
    found: list[dict[str, object]] = (await person.client.get("/v1/waiting/board")).json()["data"]
    return found


async def test_in_a_flood_one_coordinator_is_paged_first_and_peers_at_once_when_they_cannot(
    world: World, flood_from: Callable[[int], Awaitable[None]]
) -> None:
    await flood_from(1)
    ana, mara, jon = await world.on_call("ana") + [await world.person(slug) for slug in ("mara", "jon")]
    await jon.is_on_call(True)  # so he is asked before mara

    await (await world.asks(urgency="now", center="bluestem")).withdraws()
    await world.settle()
    requester = await world.asks(urgency="now", center="redbank")

    await jon.is_paged()
    for person in (ana, mara):
        await person.is_not_paged()
    assert [one["asking"] for one in await board_of(mara) if one["urgency"] == "now"] == [["coordinators"]]
    await jon.declines()
    await world.settle()
    await ana.is_paged()
    assert (await requester.standing())["state"] == "paging"


async def test_in_a_flood_nobody_waits_while_a_peer_is_free(
    world: World, flood_from: Callable[[int], Awaitable[None]]
) -> None:
    """One coordinator cannot hold hundreds of pages: what they cannot be asked goes to peers at once, and is told."""
    await flood_from(1)
    ana, ben, mara, jon = *await world.on_call("ana", "ben"), await world.person("mara"), await world.person("jon")
    await (await world.asks(urgency="now", center="bluestem")).withdraws()
    await world.settle()

    asked = [await world.asks(urgency="now", center="redbank") for _ in range(4)]

    for person in (mara, jon, ana, ben):
        await person.is_paged()
    assert [await one.state() for one in asked] == ["paging"] * 4
    third = (await world.client().post("/r/heartland/status", data={"receipt": asked[2].receipt})).text
    assert "We're asking a peer now." in third
    assert "No lead could be asked just now. So we went on at once." in third
    skipped = [one["skipped"] for one in await board_of(mara)]
    assert skipped == [[], [], ["coordinators"], ["coordinators"]]
    assert len((await jon.client.get("/v1/waiting")).json()["data"]) == 4, "whoever leads may step in at once"


async def test_in_a_flood_who_finds_nobody_is_told_at_once_and_is_next(
    world: World, flood_from: Callable[[int], Awaitable[None]]
) -> None:
    await flood_from(1)
    (ana,) = await world.on_call("ana")
    asked = [await world.asks(urgency="now", center="redbank") for _ in range(4)]
    await ana.is_paged()
    assert await asked[3].state() == "with_coordinator"
    assert (await board_of(await world.person("mara")))[-1]["skipped"][0] == "coordinators"  # type: ignore[index]  # JSON

    await ana.declines()
    await world.settle()

    await ana.is_paged()
    assert await asked[3].state() == "paging"


async def test_in_a_flood_what_somebody_said_yes_to_is_asked_as_usual(
    world: World, flood_from: Callable[[int], Awaitable[None]]
) -> None:
    await flood_from(1)
    (ana,), manager = await world.on_call("ana"), await world.person("manager")
    for _ in range(2):
        await (await world.asks(urgency="now", center="outside:elsewhere")).withdraws()
    await world.asks(urgency="now", center="outside:kansas-city")
    (item,) = (await manager.client.get("/v1/approvals")).json()["data"]
    assert (await manager.client.post(f"/v1/approvals/{item['id']}/approve")).status_code == 200

    await world.advance(seconds=10)

    await ana.is_paged()


async def test_talks_do_not_count_as_a_flood(world: World, flood_from: Callable[[int], Awaitable[None]]) -> None:
    await flood_from(1)
    ana, ben = await world.person("ana"), await world.person("ben")
    requester = await world.asks(urgency="now")
    await ana.accepts()
    await requester.confirms_contact()
    await world.asks(urgency="now")
    await ben.is_paged()


async def test_in_a_flood_a_lead_who_is_with_somebody_is_not_asked_first(
    world: World, flood_from: Callable[[int], Awaitable[None]]
) -> None:
    await flood_from(1)
    ana, mara, jon = *await world.on_call("ana"), await world.person("mara"), await world.person("jon")
    await (await world.asks(urgency="now", center="bluestem")).withdraws()
    await world.asks(urgency="now", leave_out_names=["Lindqvist"])
    assert (await jon.accepts()).status_code == 200

    await world.asks(urgency="now", leave_out_names=["Lindqvist"])

    await ana.is_paged()
    await jon.is_not_paged()
    await mara.is_not_paged()
