"""(l) What the edge of the API costs: who is calling and whether they may; and a list of 50 beside a bare route.

To reach: authentication and policy ≤ 0.5 ms a request, in the middle of those measured; the roster of 50 by a key
≥ 0.7 × the throughput of the same query behind a bare FastAPI route.
"""

import asyncio
import time
from contextlib import AsyncExitStack
from statistics import median

import httpx2
from fastapi import Request

from bench.bare import IN_A_TRANSACTION, PATH
from bench.ground import Ground
from bench.plain_http import Connection, connected
from bench.programs import running
from bench.report import Figure, Section, Table, ms, percentile, spread
from bench.stage import PATIENCE_S, Stage, staged, until
from infra.local import ports
from libs.peer.clients import actions as clients
from libs.peer.clients import rules
from libs.peer.clients.actions import NewClient
from libs.peer.clients.models import Scope
from services.api.app import create_app
from services.api.deps import Wired, authorize
from services.api.settings import Settings

REACH_EDGE_S = 0.0005
REACH_RATIO = 0.7
_LIST = "/v1/roster?limit=50"
_AT_A_TIME = 8


async def run(ground: Ground) -> Section:
    """Time the edge inside of one process, then the list over HTTP in alternating rounds."""
    await ground.grow(ground.sizes.agencies[-1])
    ground.make_durable(True)
    rounds, seconds = ground.sizes.pick(7, 1), ground.sizes.pick(4, 1)
    section = Section("l", "The edge of the API")
    async with staged(ground) as stage:
        token = await _token(stage)
        edge = await _edge(stage, token, ground.sizes.pick(3000, 50))
        port = str(ports.any_free())
        with running(ground, "bench.bare", port, ground.url(), str(stage.region.id)):
            bare, ours = f"http://localhost:{port}", str(stage.client.base_url).rstrip("/")
            await until(lambda: _answers(bare + PATH))
            ways = {
                "ours": (ours, _LIST, {"Authorization": f"Bearer {token}"}),
                "bare": (bare, f"{PATH}?limit=50", {}),
                "transaction": (bare, f"{IN_A_TRANSACTION}?limit=50", {}),
            }
            rates: dict[str, list[float]] = {name: [] for name in ways}
            for number in range(rounds + 1):
                for name, (base, path, headers) in ways.items():
                    rate = await _rate(base, path, headers, seconds)
                    if number:  # the first round warms up
                        rates[name].append(rate)
    section.sizes = (
        f"{len(ground.agencies):,} agencies; the edge: {len(edge):,} calls of one client, one after another, inside of "
        f"the process; the list: 50 of {len(stage.heard)} peers, {_AT_A_TIME} at a time, one process each, {rounds} "
        f"rounds of {seconds} s"
    )
    middle = percentile(edge, 50)
    ratios = [mine / theirs for mine, theirs in zip(rates["ours"], rates["bare"], strict=True)]
    section.figures += [
        Figure("authentication, limit and policy, p50", "≤ 0.5 ms", f"{ms(middle)} ms", middle <= REACH_EDGE_S),
        Figure("list of 50 ÷ a bare FastAPI route", f"≥ {REACH_RATIO}", spread(ratios), median(ratios) >= REACH_RATIO),
    ]
    section.tables += [
        Table(
            ("of the edge", "p50 ms", "p99 ms"),
            [("token → client, its limit in Redis, the table", ms(middle), ms(percentile(edge, 99)))],
        ),
        Table(
            ("list of 50", "a second"),
            [
                ("GET /v1/roster by a key", spread(rates["ours"])),
                ("asyncpg behind FastAPI", spread(rates["bare"])),
                ("the same in a transaction: two trips more", spread(rates["transaction"])),
            ],
        ),
    ]
    return section


async def _token(stage: Stage) -> str:
    """Make a client of the region, and an access token for it."""
    client = NewClient(rules.new_id(), stage.region.id, Scope.ROSTER_READ, secret=rules.new_secret(is_test=False))
    async with stage.ground.planes(1) as planes, planes.door() as door:
        await clients.put(door, client)
        return await clients.issue_access_token(door, client.id, client.scope)


async def _edge(stage: Stage, token: str, times: int) -> list[float]:
    """Return how long the dependency of every route took, in seconds."""
    took: list[float] = []
    ground = stage.ground
    settings = Settings(
        database_url=ground.login_url, redis_url=ground.servers.redis_url, demo=True, client_a_minute=1_000_000
    )
    app = create_app(settings)

    async def timed(request: Request, wired: Wired) -> None:
        began_at = time.perf_counter()
        await authorize(request, wired)
        took.append(time.perf_counter() - began_at)

    app.dependency_overrides[authorize] = timed
    transport = httpx2.ASGITransport(app=app)
    async with app.router.lifespan_context(app), httpx2.AsyncClient(transport=transport, base_url="http://l") as client:
        client.headers["Authorization"] = f"Bearer {token}"
        for _ in range(times):
            (await client.get("/v1/roster?limit=1")).raise_for_status()
    return took[times // 10 :]


async def _rate(base: str, path: str, headers: dict[str, str], seconds: float) -> float:
    """Return how many answers a second there were."""
    async with AsyncExitStack() as stack:
        connections = [await stack.enter_async_context(connected(base)) for _ in range(_AT_A_TIME)]
        until_, counts = time.perf_counter() + seconds, [0] * _AT_A_TIME

        async def again(number: int, connection: Connection) -> None:
            while time.perf_counter() < until_:
                status, body = await connection.get(path, headers)
                if status != httpx2.codes.OK:
                    raise ConnectionError(f"{status}: {body!r}")
                counts[number] += 1

        await asyncio.gather(*(again(number, connection) for number, connection in enumerate(connections)))
        return sum(counts) / seconds


async def _answers(url: str) -> bool:
    async with httpx2.AsyncClient(timeout=PATIENCE_S) as client:
        try:
            return (await client.get(url)).status_code == httpx2.codes.OK
        except httpx2.TransportError:
            return False
