"""(g) A request's state changes: how soon do a thousand pages that wait for it, or for others, know?"""

import asyncio
import random
import time
from contextlib import AsyncExitStack
from urllib.parse import urlencode
from uuid import UUID

from bench.ground import Ground
from bench.plain_http import connected
from bench.report import Figure, Section, Table, ms, percentile
from bench.stage import Stage, staged
from libs.peer.receipts import rules as receipts
from libs.telemetry.memory import settle
from libs.tenancy.planes import quoted

REACH_P99_S = 0.300
_PAGES = 1000
_PATIENCE_S = 20.0
_CALLOUT = "SELECT callout_id FROM {schema}.request WHERE lookup_hash = $1"
_CHANGE = "UPDATE shared.callout SET epoch = epoch + 1, next_at = now() + interval '1 minute' WHERE id = ANY($1)"
_SIGNAL = "owncall:live:callout:{}"


class Pages:
    """Waiting pages, each with its own stream, and when each last heard something."""

    def __init__(self) -> None:
        self.heard_at: list[float] = []
        self.tasks: list[asyncio.Task[None]] = []
        self._news = asyncio.Event()

    def open(self, stack: AsyncExitStack, base: str, path: str, receipt: str) -> None:
        """Open one page's stream."""
        number = len(self.heard_at)
        self.heard_at.append(0.0)
        self.tasks.append(asyncio.create_task(self._listen(stack, base, path, receipt, number)))

    async def _listen(self, stack: AsyncExitStack, base: str, path: str, receipt: str, number: int) -> None:
        connection = await stack.enter_async_context(connected(base))
        async for _event in connection.events(path, urlencode({"receipt": receipt}).encode()):
            self.heard_at[number] = time.perf_counter()
            self._news.set()

    async def all_after(self, instant: float, numbers: range) -> None:
        """Wait until each of these has heard something since `instant`.

        Raises:
            TimeoutError: one did not.
        """
        async with asyncio.timeout(_PATIENCE_S):
            while any(self.heard_at[number] <= instant for number in numbers):
                self._news.clear()
                await self._news.wait()


async def run(ground: Ground) -> Section:
    """Change one request that everybody waits for, and one at a time while a thousand others wait."""
    await ground.grow(min(ground.sizes.agencies))
    ground.make_durable(True)
    count, times = ground.sizes.pick(_PAGES, 20), ground.sizes.pick(10, 2)
    section = Section("g", "A change of state → the pages that wait")
    section.sizes = f"{count:,} streams open, one API process, commits wait for the disk; the client shares the cores"
    rows = []
    for name, requests in (
        (f"each of {count:,} requests changes alone, at 20 a second", count),
        (f"one request, {count:,} pages wait for it", 1),
    ):
        took = await _measure(ground, count, requests, times)
        p50, p99 = percentile(took, 50), percentile(took, 99)
        rows.append((name, str(len(took)), ms(p50), ms(p99), ms(max(took))))
        is_met = p99 <= REACH_P99_S
        section.figures.append(Figure(f"p99, {name}", f"≤ {ms(REACH_P99_S)} ms", f"{ms(p99)} ms", is_met))
    section.tables.append(Table(("what changes", "seen", "p50 ms", "p99 ms", "slowest ms"), rows))
    return section


async def _measure(ground: Ground, count: int, requests: int, times: int) -> list[float]:
    """Open `count` pages over so many requests, change them, and return how long each page took to hear, in seconds."""
    async with AsyncExitStack() as stack:
        stage = await stack.enter_async_context(staged(ground))
        asked = [await stage.ask() for _ in range(requests)]
        callouts = [await _callout(stage, one.receipt, one.home.schema_name) for one in asked]
        pages = Pages()
        base, path = str(stage.client.base_url).rstrip("/"), f"/r/{stage.region.slug}/live"
        for number in range(count):
            pages.open(stack, base, path, asked[number % requests].receipt)
            if number % 20 == 19:  # noqa: PLR2004 - not all in one instant
                await asyncio.sleep(0.1)
        await pages.all_after(0.0, range(count))
        settle()  # a search for garbage among our own thousand readers would be taken for a slow page
        took: list[float] = []
        for _ in range(times if requests == 1 else min(times * 20, requests)):
            which = random.randrange(requests)  # noqa: S311 - any
            mine = range(count) if requests == 1 else range(which, which + 1)
            changed_at = await _change(stage, callouts[which])
            await pages.all_after(changed_at, mine)
            took += [pages.heard_at[number] - changed_at for number in mine]
            await asyncio.sleep(0.05 if requests > 1 else 1.0)
        for task in pages.tasks:
            task.cancel()
        await asyncio.gather(*pages.tasks, return_exceptions=True)
        return took


async def _callout(stage: Stage, receipt: str, schema: str) -> UUID:
    lookup_hash = receipts.lookup_hash(receipt, stage.region.id)
    async with stage.ground.connected() as connection:
        found: UUID = await connection.fetchval(_CALLOUT.format(schema=quoted(schema)), lookup_hash)
        return found


async def _change(stage: Stage, callout: UUID) -> float:
    """Change a callout and ring, as a transaction of ours does after its commit; returns the instant of the commit."""
    async with stage.ground.connected() as connection:
        await connection.execute(_CHANGE, [callout])
        changed_at = time.perf_counter()
    await stage.redis.publish(_SIGNAL.format(callout), "")
    return changed_at
