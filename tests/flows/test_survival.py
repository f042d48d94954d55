"""Nothing is lost and nothing happens twice, whoever dies in the middle."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from uuid import uuid4

import httpx2
import pytest

from infra.local import ports
from libs import jobs
from libs.jobs import claim
from libs.peer.callouts import queries as callouts
from libs.peer.callouts.models import State
from libs.peer.offers import actions as offers
from libs.peer.offers.errors import AlreadyTakenError
from libs.peer.receipts import rules as receipts
from libs.tenancy.errors import DatabaseAwayError
from tests.processes import api, ready, start, worker
from tests.verify import record
from tests.world import Requester, World

_PAGED_TWICE = """
    SELECT o.callout_id FROM shared.page p JOIN shared.offer o ON o.id = p.offer_id
    GROUP BY o.callout_id, o.epoch, o.peer_id, p.channel HAVING count(*) > 1
"""


async def _until(holds: Callable[[], Awaitable[bool]], within_s: float = 20) -> None:
    async with asyncio.timeout(within_s):
        while not await holds():
            await asyncio.sleep(0.05)


async def _ask(world: World, urgency: str = "now") -> Requester:
    """Ask, and leave the rest to a worker that runs beside."""
    client = world.client()
    response = await client.post("/v1/regions/heartland/requests", json={"center": "redbank", "urgency": urgency})
    assert response.status_code == 201
    return Requester(client, "heartland", response.json()["receipt"])


async def _nothing_twice(world: World) -> None:
    assert await world.rows(_PAGED_TWICE) == []
    both = "SELECT callout_id FROM shared.offer WHERE state = 'accepted' GROUP BY callout_id HAVING count(*) > 1"
    assert await world.rows(both) == []


async def test_worker_killed_and_redis_flushed_in_the_middle_of_paging(world: World) -> None:
    ana, ben = await world.person("ana"), await world.person("ben")
    first = await start("services.worker", world.copy)
    requester = await _ask(world)

    async def ana_is_paged() -> bool:
        return len(await ana.offers()) == 1

    async def ben_is_paged() -> bool:
        return len(await ben.offers()) == 1

    await _until(ana_is_paged)
    await first.kill()
    await world.redis.flushdb()
    await world.copy.push_clock(timedelta(seconds=61))
    await asyncio.sleep(0.3)
    assert not await ben_is_paged()

    async with worker(world.copy):
        await _until(ben_is_paged)
        assert (await ben.accepts()).status_code == 200

    assert await requester.state() == "accepted"
    assert [row[0] for row in await world.rows("SELECT state FROM shared.offer ORDER BY offered_at")] == [
        "expired",
        "accepted",
    ]
    await _nothing_twice(world)


async def test_a_worker_back_from_the_dead_writes_nothing_twice(world: World) -> None:
    """SIGSTOP one worker again and again under load; a second one takes over what it held."""
    zombie = await start("services.worker", world.copy)
    async with worker(world.copy):
        requesters = []
        for round_ in range(12):
            requesters.append(await _ask(world, urgency="today"))
            zombie.freeze() if round_ % 2 else zombie.thaw()
            await asyncio.sleep(0.1)
        zombie.freeze()

        async def all_looked_after() -> bool:
            waiting = "SELECT count(*) FROM shared.job WHERE due_at <= shared.clock()"
            return await world.rows(waiting) == [(0,)]

        await _until(all_looked_after, 30)
        zombie.thaw()
        await asyncio.sleep(0.5)
        await zombie.stop()
    states = {await requester.state() for requester in requesters}
    assert states <= {"paging", "with_coordinator"}
    await _nothing_twice(world)


async def test_a_job_row_that_was_lost_is_found_again_by_the_sweeper(world: World) -> None:
    await world.asks(urgency="now")
    world.rang("ana")
    await world.copy.superuser.execute("DELETE FROM shared.job")
    await world.copy.push_clock(timedelta(seconds=90))

    async def ben_is_paged() -> bool:
        return len(await (await world.person("ben")).offers()) == 1

    async with worker(world.copy):
        await _until(ben_is_paged, 40)
    await _nothing_twice(world)


@pytest.mark.timeout(1200)
async def test_ten_peers_accept_at_once_and_one_wins(world: World) -> None:
    """Waves come later, so the other nine are put beside the first by hand: the promise is the same."""
    rounds = record.size(1000, 20)
    for _ in range(rounds):
        await world.begin()
        requester = await world.asks(urgency="now")
        world.rang("ana")
        region = await world.heartland()
        callout = (await world.rows("SELECT id FROM shared.callout"))[0][0]
        await world.copy.superuser.execute(
            """
            INSERT INTO shared.offer
            SELECT gen_random_uuid(), $1, $2, 1, id, 'open', shared.clock(), shared.clock() + interval '1 minute'
            FROM shared.member ORDER BY id LIMIT 9 OFFSET 3
            """,
            callout,
            region.id,
        )
        put = await world.rows("SELECT id, peer_id FROM shared.offer")
        assert len(put) == 10

        answers = await asyncio.gather(*(_accept(world, offer, peer) for offer, peer in put))

        assert sorted(answers) == ["already_taken"] * 9 + ["won"]
        assert await requester.state() == State.ACCEPTED
        assert await world.rows("SELECT count(*) FROM shared.offer WHERE state = 'accepted'") == [(1,)]
        assert await world.rows("SELECT count(*) FROM shared.offer WHERE state = 'open'") == [(0,)]
    record.note("T6", f"10 peers accept at once, {rounds:,} times: other than one winner", "0")


async def _accept(world: World, offer_id: object, peer_id: object) -> str:
    try:
        async with world.planes.dispatch(await world.heartland()) as dispatch:
            await offers.accept(dispatch, offer_id, by=peer_id)  # type: ignore[arg-type]  # rows of the database
    except AlreadyTakenError:
        return "already_taken"
    return "won"


async def test_withdrawn_and_accepted_at_once_ends_in_one_of_the_two(world: World) -> None:
    for _ in range(20):
        await world.begin()
        requester = await world.asks()
        ana = await world.person("ana")
        offer = await ana.is_paged()
        world.phone(ana).expect_page()
        accepted, withdrawn = await asyncio.gather(ana.accepts(offer), requester.withdraws())
        state = (await world.rows("SELECT state FROM shared.callout"))[0][0]
        assert withdrawn.status_code == 204
        assert accepted.status_code in {200, 409}
        assert state == "withdrawn"
        assert await ana.contacts() == []


async def test_a_clock_set_back_delays_deadlines_and_loses_nothing(world: World) -> None:
    requester = await world.asks(urgency="now")
    ana, ben = await world.person("ana"), await world.person("ben")
    await ana.is_paged()
    world.phone(ana).expect_page()

    await world.advance(hours=-1)

    assert await requester.state() == "paging"
    other = await world.asks(urgency="now")
    assert await other.state() == "paging"
    await ben.is_paged()
    assert (await ben.accepts()).status_code == 200
    await other.confirms_contact()
    await world.advance(hours=1, seconds=61)
    await ana.is_not_paged()
    await (await world.person("cleo")).is_paged()
    assert await requester.state() == "paging"
    await _nothing_twice(world)
    world.rang("ben", "cleo")


async def test_a_lease_from_before_the_clock_was_set_back_does_not_hold(world: World) -> None:
    async with world.planes.door() as door:
        await jobs.add(door, "tests.work", region_id=(await world.heartland()).id, subject_id=uuid4())
    async with world.planes.queue() as queue:
        assert len(await claim.claim(queue, 1)) == 1
    await world.copy.superuser.execute("UPDATE shared.job SET due_at = due_at - interval '2 hours'")
    await world.copy.push_clock(timedelta(hours=-1))
    async with world.planes.queue() as queue:
        assert len(await claim.claim(queue, 1)) == 1


async def test_a_process_that_freezes_inside_a_transaction_holds_a_request_for_seconds_only(world: World) -> None:
    """As after SIGSTOP, or a network that is gone: the database ends the transaction, and the next one goes on."""
    requester = await world.asks()
    world.rang("ana")
    callout = (await world.rows("SELECT id FROM shared.callout"))[0][0]
    with suppress(DatabaseAwayError):
        async with world.planes.dispatch(await world.heartland()) as frozen:
            await callouts.locked(frozen, callout)
            await asyncio.sleep(11)
    assert (await requester.withdraws()).status_code == 204


async def test_an_api_killed_between_commit_and_answer_has_kept_the_request_once(world: World) -> None:
    """`kill -9` as soon as the row is there and before the answer was read; the same form again is the same request."""
    receipt = receipts.draw()
    address, body = "/v1/regions/heartland/requests", {"center": "redbank", "receipt": receipt}
    port = ports.any_free()
    base = f"http://localhost:{port}"
    settings = {"OWNCALL_PORT": str(port), "OWNCALL_PUBLIC_URL": base}
    killed = await start("services.api", world.copy, **settings)
    await ready(base)
    async with httpx2.AsyncClient(base_url=base) as client:
        asking = asyncio.create_task(client.post(address, json=body))

        async def is_kept() -> bool:
            return await world.rows("SELECT count(*) FROM shared.callout") == [(1,)]

        while not await is_kept():
            await asyncio.sleep(0)
        await killed.kill()
        with suppress(httpx2.TransportError):
            await asking
    async with api(world.copy) as again, httpx2.AsyncClient(base_url=again) as client:
        repeated = await client.post(address, json=body)
        assert (repeated.status_code, repeated.json()["receipt"]) == (200, None)
    assert await is_kept()
    await world.settle()
    await (await world.person("ana")).is_paged()
    world.rang("ana")
