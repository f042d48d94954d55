"""T5: nobody is lost and nobody is accepted twice, whatever is killed (security.md, T5; a sample in `make test`)."""

import asyncio
import random
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from infra.local import ports
from infra.local.testing import ThrowawayServers, throwaway_servers
from tests import databases
from tests.databases import Addresses
from tests.verify import record
from tests.verify.drill import Drill, sign_in_peers

DISPATCHES = record.size(2000, 12)
FAULTS = {
    "api": record.size(60, 1),
    "worker": record.size(140, 1),
    "redis": record.size(50, 1),
    "postgres": record.size(50, 1),
    "flush": record.size(50, 1),
    "freeze": record.size(50, 1),
}
"""How often each befalls: the first four are `kill -9`, 300 of them at full size; then FLUSHALL; then SIGSTOP."""
ASKED_EVERY_S = record.size(250, 200) / 1000
OPEN_AT_ONCE = 200
"""So many look at their page at once: with all who wait, a slow machine would do nothing but answer them."""
PEERS = record.size(40, 8)
FEWEST_RECOVERIES = 100
"""That are measured, while people ask, at full size; the few of a sample say nothing but how busy the machine is."""
RESUMES_WITHIN_S = 15.0
SEED = 20261122
# By the order of the commits: the hour in a row is that of its transaction's beginning, and the yes may begin before a
# page is handed over and end after it.
_PAGED_AFTER_THE_YES = """
    SELECT count(*) FROM shared.page p JOIN shared.offer o ON o.id = p.offer_id
    JOIN shared.offer w ON w.callout_id = o.callout_id AND w.epoch = o.epoch AND w.state = 'accepted' AND w.id <> o.id
    WHERE p.handed_over_at IS NOT NULL AND pg_xact_commit_timestamp(p.xmin) > pg_xact_commit_timestamp(w.xmin)
"""
"""A letter that was under way at that moment is no page handed over: "someone has it" follows it (`Drill.letters`)."""


@pytest.fixture
async def drill(tmp_path: Path) -> AsyncIterator[Drill]:
    """Servers of its own, since they die."""
    with throwaway_servers(Path(tempfile.gettempdir())) as servers:
        await _note_commits(servers)
        await databases.make_template(servers.superuser_url)
        async with databases.copied(Addresses(servers.superuser_url, servers.redis_url), "drill") as copy:
            made = Drill(servers, copy, ports.any_free(), random.Random(SEED), tmp_path / "mail")  # noqa: S311 - dice, not a secret
            await made.up()
            yield made
            made.is_over = True
            await made.down()


@pytest.mark.timeout(5400)
async def test_nothing_is_lost_and_nothing_happens_twice(drill: Drill) -> None:
    peers = [asyncio.create_task(drill.answer(cookie)) for cookie in await sign_in_peers(drill.copy, PEERS)]
    clock = asyncio.create_task(drill.time_passes())
    asking = asyncio.create_task(_everybody_asks(drill))
    for victim in drill.dice.sample(list(FAULTS), counts=list(FAULTS.values()), k=sum(FAULTS.values())):
        await asyncio.sleep(drill.dice.uniform(0.5, 1.5))
        await drill.fault(victim)
    await asking
    await asyncio.gather(*drill.zombies)
    sent = await drill.letters()
    assert sent.sent
    drill.is_over = True
    await asyncio.gather(*peers, clock, *drill.recoveries)

    assert drill.told.faults == FAULTS
    assert drill.told.woken == FAULTS["freeze"]
    assert len(drill.told.kept) == len(drill.told.ended) == DISPATCHES
    assert await drill.look("SELECT count(*) FROM shared.callout") == [(DISPATCHES,)]
    assert await drill.look("SELECT count(*) FROM shared.callout WHERE state <> 'closed'") == [(0,)]
    twice = (
        "SELECT callout_id FROM shared.offer WHERE state = 'accepted' GROUP BY callout_id, epoch HAVING count(*) > 1"
    )
    assert await drill.look(twice) == []
    told_yes = await drill.look("SELECT state FROM shared.offer WHERE id = ANY($1::uuid[])", list(drill.told.won))
    assert {state for (state,) in told_yes} <= {"accepted", "released"}
    waves = await drill.look(
        "SELECT max(count) FROM (SELECT count(*) FROM shared.offer GROUP BY callout_id, wave, epoch)"
    )
    assert waves[0][0] > 1
    assert await drill.look(_PAGED_AFTER_THE_YES) == [(0,)]
    resumed = sorted(drill.told.resumed_after_s)
    if record.is_full():
        assert len(resumed) >= FEWEST_RECOVERIES
        p99_s = resumed[int(len(resumed) * 0.99)]
        assert p99_s <= RESUMES_WITHIN_S
        record.note("T5", f"{len(resumed)} recoveries: the next page is handed over, p99", f"after {p99_s:.1f} s")
    faults = ", ".join(f"{name} {count}" for name, count in sorted(drill.told.faults.items()))
    record.note(
        "T5",
        f"{DISPATCHES} dispatches under {sum(FAULTS.values())} faults ({faults})",
        "0 lost, 0 accepted twice, 0 paged after the yes",
    )
    record.note(
        "T5",
        f"{len(sent.sent):,} letters to peers meanwhile; {sent.taken_back:,} were called off under way, and taken back",
        f"{sent.repeated:.2%} sent twice, under the same key",
    )


async def _note_commits(servers: ThrowawayServers) -> None:
    """Let the server keep when each transaction was committed."""
    superuser: asyncpg.Connection = await asyncpg.connect(servers.superuser_url, timeout=5)
    await superuser.execute("ALTER SYSTEM SET track_commit_timestamp = on")
    await superuser.close()
    servers.postgres.restart()


async def _everybody_asks(drill: Drill) -> None:
    places = asyncio.Semaphore(OPEN_AT_ONCE)

    async def one(number: int) -> None:
        await asyncio.sleep(number * ASKED_EVERY_S)
        async with places:
            receipt = await drill.ask(drill.dice.choice(("now", "today")))
            if number == DISPATCHES - 1:
                drill.is_asking = False
            await drill.follow(receipt)

    await asyncio.gather(*(one(number) for number in range(DISPATCHES)))
