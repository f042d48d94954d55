"""(m) Webhooks: 10,000 deliveries to 100 addresses, one of them dead and one slow.

To reach: p99 of the others ≤ 5 s from the event on. Two ways to fall due: all in one instant, and evenly over a time in
which they can be carried; beside them the same posts by hand over as many connections, without signatures and rows.
"""

import asyncio
import time
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID, uuid4

from bench import receiver
from bench.ground import Ground
from bench.plain_http import connected
from bench.programs import running
from bench.report import Figure, Section, Table, ms, percentile
from bench.stage import WORKER, until
from infra.local import ports
from libs.peer.clients import actions as clients
from libs.peer.clients.actions import NewClient
from libs.peer.clients.models import Scope
from libs.peer.webhooks import actions, rules
from libs.peer.webhooks.models import EventType
from libs.tenancy.directory import RegionRef
from libs.tenancy.transactions import Planes

REACH_P99_S = 5.0
_ADDRESSES, _EVENTS = 100, 100
_EVENLY_S = 20.0
_PATIENCE_S = 90.0
_AT_ONCE = 200
_KIND = EventType.MEMBER_CHANGED
_CLIENT = "bench_hooks"
_WAITING = """
    SELECT count(*) FROM shared.webhook_delivery d JOIN shared.webhook_endpoint e ON e.id = d.endpoint_id
    WHERE d.outcome = 'waiting' AND e.url LIKE '%/in/%'
"""
_THERE = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'owncall-worker')"


async def run(ground: Ground) -> Section:
    """Let them fall due at once, then evenly; then post by hand."""
    await ground.grow(min(ground.sizes.agencies))
    ground.make_durable(True)
    region = ground.regions[0]
    addresses, events = ground.sizes.pick(_ADDRESSES, 10), ground.sizes.pick(_EVENTS, 5)
    with TemporaryDirectory(prefix="owncall-bench-") as folder:
        async with ground.planes(2) as planes:
            at_once = await _told(ground, planes, region, Path(folder) / "once", addresses, events, over_s=0.0)
            over_s = ground.sizes.pick(int(_EVENLY_S), 1)
            evenly = await _told(ground, planes, region, Path(folder) / "evenly", addresses, events, over_s=over_s)
        by_hand = await _by_hand(ground, Path(folder) / "hand", addresses * events)
    section = Section("m", "Webhooks")
    section.sizes = (
        f"{events} events to {addresses} addresses of a region, one of them dead, one answers after 14 s; one worker; "
        "all receivers in one process on the same cores; commits wait for the disk"
    )
    rows = [
        _row("all in one instant", at_once),
        _row(f"evenly over {over_s} s", evenly),
        _row(f"posts alone, by hand, {_AT_ONCE} at a time", by_hand),
    ]
    section.tables.append(Table(("fall due", "arrived", "p50 ms", "p99 ms", "last ms"), rows))
    expected = (addresses - 2) * events
    for name, took in (("in one instant", at_once), (f"evenly over {over_s} s", evenly)):
        p99 = percentile(took, 99)
        what = f"p99 of the other addresses, {name}"
        section.figures += [
            Figure(what, f"≤ {REACH_P99_S:.0f} s", f"{p99:.1f} s", p99 <= REACH_P99_S),
            Figure(f"arrived at them, {name}", f"{expected:,}", f"{len(took):,}", len(took) >= expected),
        ]
    return section


def _row(way: str, took: list[float]) -> tuple[str, ...]:
    return way, f"{len(took):,}", ms(percentile(took, 50)), ms(percentile(took, 99)), ms(max(took))


async def _told(
    ground: Ground, planes: Planes, region: RegionRef, file: Path, addresses: int, events: int, *, over_s: float
) -> list[float]:
    """Publish events to addresses of their own; returns how long each took to come, in seconds, of those alive."""
    port = ports.any_free()
    with ExitStack() as stack:
        stack.enter_context(running(ground, "bench.receiver", str(port), str(file)))
        made = await _addresses(planes, region, port, addresses)
        stack.enter_context(running(ground, WORKER, OWNCALL_WEBHOOK_LOOPBACK="1"))
        await until(lambda: _works(ground))
        began_at = time.perf_counter()
        for number in range(events):
            await asyncio.sleep(began_at + number * over_s / events - time.perf_counter())
            async with planes.program(region) as program:
                await actions.publish(program, _KIND, uuid4())
        async with ground.connected() as connection, asyncio.timeout(_PATIENCE_S):
            while await connection.fetchval(_WAITING):  # noqa: ASYNC110 - other processes set no event of ours
                await asyncio.sleep(0.2)
        stack.close()
        async with planes.program(region) as program:
            for endpoint_id in made:
                await actions.delete(program, endpoint_id, client_id=_CLIENT)
    return [took for path, took in receiver.read(file) if path.startswith("/in/")]


async def _addresses(planes: Planes, region: RegionRef, port: int, count: int) -> list[UUID]:
    """Add them: one where nobody listens, one that is slow, and the others."""
    async with planes.door() as door:
        await clients.put(door, NewClient(_CLIENT, region.id, Scope.WEBHOOKS_WRITE))
    alive = [f"http://127.0.0.1:{port}/in/{number}" for number in range(count - 2)]
    urls = [f"http://127.0.0.1:{ports.any_free()}/dead", f"http://127.0.0.1:{port}{receiver.SLOW}", *alive]
    async with planes.program(region) as program:
        return [
            await actions.add(program, region_id=region.id, client_id=_CLIENT, url=url, event_types=[_KIND])
            for url in urls
        ]


async def _works(ground: Ground) -> bool:
    """Whether the worker is at the database."""
    async with ground.connected() as connection:
        return bool(await connection.fetchval(_THERE))


async def _by_hand(ground: Ground, file: Path, count: int) -> list[float]:
    port = ports.any_free()
    with running(ground, "bench.receiver", str(port), str(file)):
        base = f"http://127.0.0.1:{port}"
        await until(lambda: _listens(base))
        body = rules.body(_KIND, datetime.now(UTC), uuid4())  # noqa: TID251 - one machine, one clock
        at_once = asyncio.Semaphore(_AT_ONCE)

        async def post() -> None:
            async with at_once, connected(base) as connection:
                await connection.post("/in/0", body)

        await asyncio.gather(*(post() for _ in range(count)))
    return [took for _path, took in receiver.read(file)]


async def _listens(base: str) -> bool:
    with suppress(OSError):
        async with connected(base):
            return True
    return False
