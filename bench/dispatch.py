"""(e) From pressing the button to the page at its channel, through the real API and worker; idle, and after a kill."""

import asyncio
import json
import os
import random
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median
from typing import TypeVar
from uuid import UUID, uuid4

import httpx2
from redis.asyncio import Redis

from bench import polled
from bench.ground import Ground
from bench.plain_http import Connections, as_json
from bench.programs import cpu_s, free_port, running
from bench.report import Figure, Section, Table, ms, percentile
from infra.local.processes import Process
from libs.notify.live import Live
from libs.peer.receipts import rules as receipts
from libs.peer.teams.rules import MODULES_NEEDED
from libs.tenancy.directory import AgencyRef, RegionRef
from libs.tenancy.planes import quoted

REACH_P50_S, REACH_P99_S = 0.020, 0.080
REACH_IDLE = 0.01
REACH_TAKEN_UP_S = 5.0
_RATES = (1, 20)
T = TypeVar("T")
_PEERS = 52
_PATIENCE_S = 20.0
_WORKER = "services.worker"

_TEAM = """
    INSERT INTO shared.team (id, region_id, kind, name) VALUES (gen_random_uuid(), $1, 'roving', '')
    ON CONFLICT DO NOTHING
"""
_MEMBER = """
    WITH person AS (
        INSERT INTO shared.member (id, region_id, agency_id, name, rank, discipline, languages, email, phone,
            duty_phone, training_hours)
        VALUES ($1, $2, $3, 'Somebody', '', 'dispatch', '{en}', '', '', '', 60) RETURNING id, region_id
    ), trained AS (
        INSERT INTO shared.training_module (member_id, area, region_id)
        SELECT id, area, region_id FROM person, unnest($4::text[]) area
    )
    INSERT INTO shared.membership (member_id, team_id, region_id, designated_on, role)
    SELECT person.id, t.id, person.region_id, DATE '2020-01-01', 'peer'
    FROM person JOIN shared.team t ON t.region_id = person.region_id AND t.kind = 'roving'
"""
_AVAILABLE = """
    WITH reached AS (INSERT INTO shared.reach (peer_id, region_id, verified, seen_at)
                     VALUES ($1, $2, '{}', now() + interval '1 day'))
    INSERT INTO shared.availability VALUES ($1, $2, true, now())
"""
# Peers would run out otherwise: whoever was paged is let go at once, past the application, so that it costs nothing.
_LET_GO = """
    WITH off AS (UPDATE shared.offer o SET state = 'called_off' FROM shared.page p
                 WHERE p.offer_id = o.id AND p.state = 'handed_over' AND o.state = 'open' RETURNING o.callout_id)
    UPDATE shared.callout c SET state = 'withdrawn', ended_at = now(), home_id = NULL, request_id = NULL
        FROM off WHERE c.id = off.callout_id
"""
_LATER = "DELETE FROM shared.job WHERE due_at > now() + interval '5 s'"
_PAGED = """
    SELECT o.peer_id, c.asked_at, p.handed_over_at
    FROM {schema}.request r JOIN shared.callout c ON c.id = r.callout_id
    JOIN shared.offer o ON o.callout_id = c.id JOIN shared.page p ON p.offer_id = o.id
    WHERE r.lookup_hash = $1 AND p.handed_over_at IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that was answered with a receipt; `began_at` is seconds of the wall clock."""

    home: AgencyRef
    receipt: str
    began_at: float


@dataclass(frozen=True, slots=True)
class Paged:
    """How long each step took, in seconds; the database's own instants are the starts of transactions."""

    to_row: float
    to_advance: float
    to_channel: float

    @property
    def whole(self) -> float:
        """From the button to the channel."""
        return self.to_row + self.to_advance + self.to_channel


@dataclass
class Stage:
    """A region with peers on call, and somebody who listens whom the channel rings."""

    ground: Ground
    region: RegionRef
    homes: list[AgencyRef]
    redis: Redis
    client: httpx2.AsyncClient
    callers: Connections
    heard: dict[UUID, list[float]] = field(default_factory=dict)

    @property
    def _path(self) -> str:
        return f"/v1/regions/{self.region.slug}/requests"

    async def ask(self) -> Asked:
        """Ask as the API's callers do."""
        home, began_at = random.choice(self.homes), time.time()  # noqa: S311 - anybody
        status, answer = await self.callers.post(self._path, as_json({"center": home.slug}))
        if status != httpx2.codes.CREATED:
            raise ConnectionError(f"an ask was answered {status}")
        return Asked(home, json.loads(answer)["receipt"], began_at)

    async def paged(self, asked: Asked) -> Paged:
        """Return how long it took until the page was at its channel.

        Raises:
            TimeoutError: nobody was paged.
        """
        lookup_hash = receipts.lookup_hash(asked.receipt, self.region.id)
        async with self.ground.connected() as connection, asyncio.timeout(_PATIENCE_S):
            while True:
                row = await connection.fetchrow(_PAGED.format(schema=quoted(asked.home.schema_name)), lookup_hash)
                rung = self._rung(row["peer_id"], row["handed_over_at"].timestamp()) if row else None
                if row is not None and rung is not None:
                    inside = (row[name].timestamp() for name in ("asked_at", "handed_over_at"))
                    instants = (asked.began_at, *inside, rung)
                    return Paged(*(after - before for before, after in pairwise(instants)))
                await asyncio.sleep(0.05)

    def _rung(self, peer_id: UUID, handed_over_at: float) -> float | None:
        return next((at for at in self.heard[peer_id] if at >= handed_over_at), None)

    async def let_go(self) -> None:
        """Free the peers again, a few times a second, until cancelled."""
        async with self.ground.connected() as connection:
            while True:
                await connection.execute(_LET_GO)
                await connection.execute(_LATER)
                await asyncio.sleep(0.2)

    async def subscribers(self) -> int:
        """Count who listens for live signals."""
        return sum(client["psub"] != "0" for client in await self.redis.client_list())


@asynccontextmanager
async def staged(ground: Ground) -> AsyncIterator[Stage]:
    """Put peers on call in the first region, and open an API there; no worker yet."""
    region = min(ground.regions, key=lambda found: found.slug)
    homes = [agency for agency in ground.agencies if agency.region_id == region.id]
    peers = [uuid4() for _ in range(_PEERS)]
    async with ground.connected() as connection:
        await connection.execute(_TEAM, region.id)
        for number, peer in enumerate(peers):
            home = homes[number % len(homes)]
            await connection.execute(_MEMBER, peer, region.id, home.id, sorted(MODULES_NEEDED))
            await connection.execute(_AVAILABLE, peer, region.id)
        await connection.execute("UPDATE shared.region SET flood_from = 1000000000")
    async with AsyncExitStack() as stack:
        redis = await stack.enter_async_context(Redis.from_url(ground.servers.redis_url))
        base = f"http://localhost:{(port := free_port())}"
        stack.enter_context(running(ground, "services.api", OWNCALL_PORT=str(port), OWNCALL_PUBLIC_URL=base))
        client = await stack.enter_async_context(httpx2.AsyncClient(base_url=base, timeout=_PATIENCE_S))
        stage = Stage(ground, region, homes, redis, client, Connections(base, stack))
        live = Live(redis)
        listening = [asyncio.create_task(live.run()), *(asyncio.create_task(_listen(stage, live, p)) for p in peers)]
        stack.push_async_callback(_cancel, *listening)
        await _until(lambda: _is_ready(client))
        yield stage


async def run(ground: Ground) -> Section:
    """Load it beside arq at its default poll, let it idle, and kill it with work in hand."""
    sizes = ground.sizes
    await ground.grow(sizes.agencies[-1])
    ground.make_durable(True)
    section = Section("e", "Ask → page handed to the channel")
    seconds = {1: sizes.pick(45, 2), 20: sizes.pick(20, 1)}
    section.sizes = (
        f"{len(ground.agencies):,} agencies in {len(ground.regions)} regions, {_PEERS} peers on call, one API and one "
        f"worker process, commits wait for the disk; 2 rounds each of {seconds[1]} s at 1 and {seconds[20]} s at 20 "
        "a second"
    )
    async with staged(ground) as stage:
        with running(ground, _WORKER) as worker, running(ground, "bench.polled", ground.servers.redis_url):
            await _until(lambda: _pages(stage))
            for rate in _RATES:
                await _at_rate(stage, section, rate, seconds[rate])
            section.figures.append(await _idle(worker, sizes.pick(20, 2)))
        section.figures.append(await _after_kills(stage, sizes.pick(5, 1)))
    return section


async def _at_rate(stage: Stage, section: Section, rate: int, seconds: int) -> None:
    """Alternate between OwnCall and arq alone, and note both."""
    ours: list[Paged] = []
    theirs: list[float] = []
    for _ in range(2):
        ours += await _load(stage, rate, seconds)
        theirs += await _load_polled(stage, rate, min(seconds, 20))
    of_button = [paged.whole for paged in ours]
    rows = [
        _row(rate, "OwnCall, from the button (HTTP) to the channel", of_button),
        _row(rate, "– button → request's transaction begins", [paged.to_row for paged in ours]),
        _row(rate, "– → `callouts.advance` begins", [paged.to_advance for paged in ours]),
        _row(rate, "– → the offer is kept, and the channel has rung", [paged.to_channel for paged in ours]),
        _row(rate, "arq alone, default poll, jobs that do nothing", theirs),
    ]
    section.tables.append(Table(("a second", "way", "asks", "p50 ms", "p90 ms", "p99 ms", "slowest ms"), rows))
    p50, p99 = percentile(of_button, 50), percentile(of_button, 99)
    section.figures += [
        Figure(f"p50 at {rate} a second", f"≤ {ms(REACH_P50_S)} ms", f"{ms(p50)} ms", p50 <= REACH_P50_S),
        Figure(f"p99 at {rate} a second", f"≤ {ms(REACH_P99_S)} ms", f"{ms(p99)} ms", p99 <= REACH_P99_S),
    ]


async def _load(stage: Stage, rate: int, seconds: int) -> list[Paged]:
    letting_go = asyncio.create_task(stage.let_go())
    asked = await _paced(stage.ask, rate, seconds)
    found = [await stage.paged(one) for one in asked]
    await _cancel(letting_go)
    return found


async def _load_polled(stage: Stage, rate: int, seconds: int) -> list[float]:
    began_at: dict[int, float] = {}
    taken: list[float] = []
    redis = await polled.connect(stage.ground.servers.redis_url)
    async with stage.redis.pubsub() as subscription:
        await subscription.psubscribe(polled.CHANNEL + "*")

        async def ask() -> None:
            number = len(began_at)
            began_at[number] = time.time()
            await polled.ask(redis, number)

        async def hear() -> None:
            async for message in subscription.listen():
                if message["type"] == "pmessage":
                    number = int(message["channel"].decode().removeprefix(polled.CHANNEL))
                    taken.append(time.time() - began_at[number])
                    if len(taken) == rate * seconds:
                        return

        async with asyncio.timeout(seconds + _PATIENCE_S):
            await asyncio.gather(_paced(ask, rate, seconds), hear())
    await redis.aclose()
    return taken


async def _paced(ask: Callable[[], Awaitable[T]], rate: int, seconds: int) -> list[T]:
    """Ask by the clock, whether or not earlier ones were answered."""
    loop, tasks = asyncio.get_running_loop(), []
    start = loop.time()
    for number in range(rate * seconds):
        await asyncio.sleep(start + number / rate - loop.time())
        tasks.append(asyncio.ensure_future(ask()))
    return list(await asyncio.gather(*tasks))


async def _idle(worker: Process, seconds: int) -> Figure:
    await asyncio.sleep(1.0)
    before, began_at = cpu_s(worker), time.monotonic()
    await asyncio.sleep(seconds)
    share = (cpu_s(worker) - before) / (time.monotonic() - began_at)
    what = f"idle worker, of a core, over {seconds} s"
    return Figure(what, f"≤ {REACH_IDLE:.0%}", f"{share:.2%}", share <= REACH_IDLE)


async def _after_kills(stage: Stage, repetitions: int) -> Figure:
    """Kill a worker that holds a job, again and again; another one is there, and was looking away."""
    taken = [await _after_kill(stage) for _ in range(repetitions)]
    measured = f"{median(taken):.1f} s, {max(taken):.1f} s at worst of {len(taken)}"
    what = "a killed worker's page, after the kill"
    return Figure(what, f"≤ {REACH_TAKEN_UP_S:.0f} s", measured, max(taken) <= REACH_TAKEN_UP_S)


async def _after_kill(stage: Stage) -> float:
    before = await stage.subscribers()
    with running(stage.ground, _WORKER) as first, running(stage.ground, _WORKER) as second:
        await _until(lambda: _listen_too(stage, before + 2))
        os.kill(second.pid, signal.SIGSTOP)
        async with stage.ground.connected() as connection, connection.transaction():
            # The job's first step waits here, so that the worker dies with it in hand.
            await connection.execute("LOCK TABLE shared.offer IN ACCESS EXCLUSIVE MODE")
            asking = asyncio.create_task(stage.ask())
            await _until(lambda: _is_claimed(stage))
            first.kill()
            first.wait()
            killed_at = time.time()
            os.kill(second.pid, signal.SIGCONT)
        asked = await asking
        paged = await stage.paged(asked)
        letting_go = asyncio.create_task(stage.let_go())
        await asyncio.sleep(0.5)
        await _cancel(letting_go)
    return asked.began_at + paged.whole - killed_at


async def _listen(stage: Stage, live: Live, peer: UUID) -> None:
    rung = stage.heard.setdefault(peer, [])
    with live.hear(f"peer:{peer}") as bell:
        while True:
            await bell.wait()
            rung.append(time.time())
            bell.clear()


async def _is_ready(client: httpx2.AsyncClient) -> bool:
    with suppress(httpx2.TransportError):
        return (await client.get("/readyz")).status_code == httpx2.codes.OK
    return False


async def _pages(stage: Stage) -> bool:
    letting_go = asyncio.create_task(stage.let_go())
    await stage.paged(await stage.ask())
    await asyncio.sleep(0.5)
    await _cancel(letting_go)
    return True


async def _listen_too(stage: Stage, count: int) -> bool:
    return await stage.subscribers() >= count


async def _is_claimed(stage: Stage) -> bool:
    async with stage.ground.connected() as connection:
        return bool(await connection.fetchval("SELECT EXISTS (SELECT FROM shared.job WHERE lease_until > now())"))


async def _until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(3 * _PATIENCE_S):
        while not await holds():  # noqa: ASYNC110 - other processes set no event of ours
            await asyncio.sleep(0.05)


async def _cancel(*tasks: asyncio.Task[None]) -> None:
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def _row(rate: int, way: str, taken: list[float]) -> tuple[str, ...]:
    return (
        str(rate),
        way,
        str(len(taken)),
        *(ms(percentile(taken, percent)) for percent in (50, 90, 99)),
        ms(max(taken)),
    )
