"""Redis away for a whole minute (10 s in `make test`), gone or silent: nobody notices but by the second.

No clock is pushed. The oracle is the drill's: what people were told must be true at the end.
"""

import asyncio
import os
import random
import signal
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from infra.local import ports
from infra.local.testing import ThrowawayServers, throwaway_servers
from libs.peer.receipts import rules as receipts
from tests import databases, processes
from tests.databases import Addresses
from tests.verify import record
from tests.verify.drill import Drill, sign_in_peers

AWAY_S = record.size(60, 10)
ASKS = AWAY_S
PEERS = record.size(40, 15)
ANSWERED_WITHIN_S = 2.0
"""A ring gives up after half a second; the rest is a busy machine's."""
PAGED_WITHIN_S = 5.0
SHOWN_WITHIN_S = 20.0
"""A page looks every 15 s by itself."""
ASK = "/v1/regions/heartland/requests"


@pytest.fixture
async def drill(tmp_path: Path) -> AsyncIterator[Drill]:
    """Servers of its own, since Redis goes away."""
    with throwaway_servers(Path(tempfile.gettempdir())) as servers:
        await databases.make_template(servers.superuser_url)
        async with databases.copied(Addresses(servers.superuser_url, servers.redis_url), "redis_away") as copy:
            made = Drill(servers, copy, ports.any_free(), random.Random(60), tmp_path / "mail")  # noqa: S311 - dice, not a secret
            await made.up()
            await processes.ready(made.base)
            yield made
            made.is_over = True
            await made.down()


def _go(servers: ThrowawayServers, how: str) -> None:
    if how == "gone":
        servers.valkey.kill()
    else:
        assert servers.valkey.process is not None
        os.kill(servers.valkey.process.pid, signal.SIGSTOP)


def _return(servers: ThrowawayServers, how: str) -> None:
    if how == "gone":
        servers.valkey.restart()
    else:
        assert servers.valkey.process is not None
        os.kill(servers.valkey.process.pid, signal.SIGCONT)


@pytest.mark.timeout(400)
@pytest.mark.parametrize("how", ["gone", "silent"])
async def test_redis_away_loses_nothing_and_holds_nobody_up(drill: Drill, how: str) -> None:
    peers = [asyncio.create_task(drill.answer(cookie)) for cookie in await sign_in_peers(drill.copy, PEERS)]
    _go(drill.servers, how)
    try:
        began_at_s = time.monotonic()
        shown = asyncio.create_task(_seconds_until_shown(drill, await drill.ask("now")))
        late = asyncio.create_task(_latest(drill, AWAY_S))
        followed, slowest_s = await _ask_all(drill)
        async with drill.browser() as client:
            ready = (await client.get("/readyz")).json()
        latest_s, shown_s = await late, await shown
        await asyncio.sleep(max(0.0, began_at_s + AWAY_S - time.monotonic()))
    finally:
        _return(drill.servers, how)
    async with asyncio.timeout(90):
        await asyncio.gather(*followed)
    drill.is_over = True
    await asyncio.gather(*peers)

    assert ready["signals"] == "away"
    assert slowest_s < ANSWERED_WITHIN_S
    assert latest_s < PAGED_WITHIN_S
    assert shown_s < SHOWN_WITHIN_S
    await _nothing_lost_and_nothing_twice(drill)
    shows = f"Redis {how} for {AWAY_S} s, {ASKS + 1} asks"
    measured = f"slowest answer {slowest_s:.2f} s, latest job {latest_s:.1f} s, page after {shown_s:.1f} s"
    record.note("T5", shows, f"0 lost, 0 twice; {measured}")


async def _ask_all(drill: Drill) -> tuple[list[asyncio.Task[None]], float]:
    """Ask once a second while Redis is away; returns what follows each to its end, and the slowest answer."""
    followed, slowest_s = [], 0.0
    async with drill.browser() as client:
        for _ in range(ASKS):
            receipt, asked_at_s = receipts.draw(), time.monotonic()
            answer = await client.post(ASK, json={"center": "redbank", "urgency": "now", "receipt": receipt})
            took_s = time.monotonic() - asked_at_s
            assert answer.status_code == 201, answer.text
            slowest_s = max(slowest_s, took_s)
            drill.told.kept.add(receipt)
            followed.append(asyncio.create_task(drill.follow(receipt)))
            await asyncio.sleep(max(0.0, 1.0 - took_s))
    return followed, slowest_s


async def _seconds_until_shown(drill: Drill, receipt: str) -> float:
    """Watch the page of the first ask, and return how long after a peer's yes it says so."""
    async with drill.browser() as client, asyncio.timeout(90):
        stream = client.stream("POST", "/r/heartland/live", data={"receipt": receipt}, timeout=httpx2.Timeout(90))
        async with stream as live:
            said = ""
            async for text in live.aiter_text():
                said += text
                if "peer said yes" in said.lower():
                    break
    since = "SELECT extract(epoch FROM shared.clock() - accepted_at)::float8 FROM shared.callout"
    [(shown_after_s,)] = await drill.look(f"{since} ORDER BY asked_at LIMIT 1")
    await drill.follow(receipt)
    return float(shown_after_s)


async def _latest(drill: Drill, for_s: float) -> float:
    """Return how late the oldest due job was, at the worst."""
    worst_s, over_at_s = 0.0, time.monotonic() + for_s
    while time.monotonic() < over_at_s:
        late = "SELECT coalesce(extract(epoch FROM shared.clock() - min(due_at)), 0)::float8 FROM shared.job"
        rows = await drill.look(f"{late} WHERE state = 'waiting' AND due_at <= shared.clock()")
        worst_s = max(worst_s, rows[0][0])
        await asyncio.sleep(0.3)
    return worst_s


async def _nothing_lost_and_nothing_twice(drill: Drill) -> None:
    asked = ASKS + 1
    assert len(drill.told.kept) == len(drill.told.ended) == asked
    assert await drill.look("SELECT count(*), count(*) FILTER (WHERE state = 'closed') FROM shared.callout") == [
        (asked, asked)
    ]
    twice = "SELECT callout_id FROM shared.offer WHERE state = 'accepted' GROUP BY callout_id HAVING count(*) > 1"
    assert await drill.look(twice) == []
    assert (await drill.letters()).repeated == 0
