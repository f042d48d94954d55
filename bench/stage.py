"""The scene of the benchmarks of dispatch: an API, peers on call, and somebody who listens whom the channel rings."""

import asyncio
import json
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TypeVar
from uuid import UUID, uuid4

import httpx2
from redis.asyncio import Redis

from bench.ground import Ground
from bench.plain_http import Connections, as_json
from bench.programs import running
from infra.local import ports
from libs.notify.live import Live
from libs.peer.receipts import rules as receipts
from libs.peer.teams.rules import MODULES_NEEDED
from libs.tenancy.directory import AgencyRef, RegionRef
from libs.tenancy.planes import quoted

PEERS = 120
PATIENCE_S = 20.0
WORKER = "services.worker"

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
_LEAD = """
    UPDATE shared.membership SET role = 'coordinator'
    WHERE member_id IN (SELECT id FROM shared.member WHERE region_id = $1 ORDER BY id LIMIT $2)
"""
_FLOOD_FROM = """
    UPDATE shared.region SET flood_from = CASE WHEN id = $1 AND $2 THEN 30 ELSE 1000000000 END
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
T = TypeVar("T")


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
        async with self.ground.connected() as connection, asyncio.timeout(PATIENCE_S):
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
async def staged(
    ground: Ground, region: RegionRef | None = None, *, peers: int = PEERS, leads: int = 0, has_floods: bool = False
) -> AsyncIterator[Stage]:
    """Open an API, with so many peers on call in a region at least, the first one when none is named; no worker yet.

    Args:
        ground: what stands.
        region: where they are.
        peers: how many.
        leads: how many of them are coordinators of the team, too.
        has_floods: many asks are taken for a flood there, as in any region; else nothing is.
    """
    region = region or min(ground.regions, key=lambda found: found.slug)
    homes = [agency for agency in ground.agencies if agency.region_id == region.id]
    async with ground.connected() as connection:
        await connection.execute(_TEAM, region.id)
        there = await connection.fetchval("SELECT count(*) FROM shared.member WHERE region_id = $1", region.id)
        for number in range(peers - there):
            peer, home = uuid4(), homes[number % len(homes)]
            await connection.execute(_MEMBER, peer, region.id, home.id, sorted(MODULES_NEEDED))
            await connection.execute(_AVAILABLE, peer, region.id)
        everybody = await connection.fetch("SELECT id FROM shared.member WHERE region_id = $1", region.id)
        await connection.execute(_LEAD, region.id, leads)
        await connection.execute(_FLOOD_FROM, region.id, has_floods)
    async with AsyncExitStack() as stack:
        redis = await stack.enter_async_context(Redis.from_url(ground.servers.redis_url))
        base = f"http://localhost:{(port := ports.any_free())}"
        stack.enter_context(running(ground, "services.api", OWNCALL_PORT=str(port), OWNCALL_PUBLIC_URL=base))
        client = await stack.enter_async_context(httpx2.AsyncClient(base_url=base, timeout=PATIENCE_S))
        stage = Stage(ground, region, homes, redis, client, Connections(base, stack))
        live = Live(redis)
        listening = [
            asyncio.create_task(live.run()),
            *(asyncio.create_task(_listen(stage, live, row["id"])) for row in everybody),
        ]
        stack.push_async_callback(cancel, *listening)
        await until(lambda: _is_ready(client))
        yield stage


async def load(stage: Stage, rate: int, seconds: int) -> list[Paged]:
    """Ask so often a second, while whoever was paged is let go; returns how long each page took."""
    letting_go = asyncio.create_task(stage.let_go())
    asked = await paced(stage.ask, rate, seconds)
    found = [await stage.paged(one) for one in asked]
    await cancel(letting_go)
    return found


async def pages(stage: Stage) -> bool:
    """Ask once, and wait until a worker has paged somebody."""
    letting_go = asyncio.create_task(stage.let_go())
    await stage.paged(await stage.ask())
    await asyncio.sleep(0.5)
    await cancel(letting_go)
    return True


async def paced(ask: Callable[[], Awaitable[T]], rate: int, seconds: int) -> list[T]:
    """Ask by the clock, whether or not earlier ones were answered."""
    loop, tasks = asyncio.get_running_loop(), []
    start = loop.time()
    for number in range(rate * seconds):
        await asyncio.sleep(start + number / rate - loop.time())
        tasks.append(asyncio.ensure_future(ask()))
    return list(await asyncio.gather(*tasks))


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


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Wait for something to hold.

    Raises:
        TimeoutError: it never did.
    """
    async with asyncio.timeout(3 * PATIENCE_S):
        while not await holds():  # noqa: ASYNC110 - other processes set no event of ours
            await asyncio.sleep(0.05)


async def cancel(*tasks: asyncio.Task[None]) -> None:
    """End tasks, and wait until they have."""
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
