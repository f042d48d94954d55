"""Very many ask at once: everybody is kept, nobody is refused; peers are spared, coordinators look first."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import pytest

from libs.peer.paging.rules import FLOOD_HOLDS
from libs.peer.receipts import rules as receipts
from services.api.load import Load, bits_of
from tests.verify import record
from tests.world import World, peer_id


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


async def test_in_a_flood_a_coordinator_is_paged_first_and_peers_after_five_minutes(
    world: World, flood_from: Callable[[int], Awaitable[None]]
) -> None:
    await flood_from(3)
    ana, jon = await world.person("ana"), await world.person("jon")
    before = [await world.asks(urgency="this_week", center="bluestem") for _ in range(3)]
    for slug in ("ben", "cleo"):
        await world.copy.superuser.execute(
            "UPDATE shared.availability SET is_available = false WHERE peer_id = $1", peer_id(slug)
        )
    await jon.is_on_call(True)

    requester = await world.asks(urgency="now", center="redbank")
    await jon.is_paged()
    await ana.is_not_paged()
    another = await world.asks(urgency="now", center="redbank")
    await (await world.person("mara")).is_paged()
    third = await world.asks(urgency="now", center="redbank")
    assert await third.state() == "with_coordinator"  # one page at a time, for coordinators too
    await ana.is_not_paged()

    await jon.declines()
    await world.advance(seconds=FLOOD_HOLDS.total_seconds() + 61)
    await ana.is_paged()
    assert {await one.state() for one in (requester, another, third)} <= {"paging", "with_coordinator"}
    assert {await one.state() for one in before} <= {"paging", "with_coordinator"}


async def test_talks_do_not_count_as_a_flood(world: World, flood_from: Callable[[int], Awaitable[None]]) -> None:
    await flood_from(1)
    ana, ben = await world.person("ana"), await world.person("ben")
    requester = await world.asks(urgency="now")
    await ana.accepts()
    await requester.confirms_contact()
    await world.asks(urgency="now")
    await ben.is_paged()
