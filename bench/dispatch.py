"""(e) From pressing the button to the page at its channel, through the real API and worker; idle, and after a kill."""

import asyncio
import os
import signal
import time
from statistics import median

from bench import polled
from bench.ground import Ground
from bench.programs import cpu_s, running
from bench.report import Figure, Section, Table, ms, percentile
from bench.stage import PATIENCE_S, PEERS, WORKER, Paged, Stage, cancel, load, paced, pages, staged, until
from infra.local.processes import Process

REACH_S = {1: (0.020, 0.080), 20: (0.015, 0.060)}
"""p50 and p99 by asks a second."""
REACH_IDLE = 0.01
REACH_TAKEN_UP_S = 5.0


async def run(ground: Ground) -> Section:
    """Load it beside arq at its default poll, let it idle, and kill it with work in hand."""
    sizes = ground.sizes
    await ground.grow(sizes.agencies[-1])
    ground.make_durable(True)
    section = Section("e", "Ask → page handed to the channel")
    seconds = {1: sizes.pick(45, 2), 20: sizes.pick(20, 1)}
    section.sizes = (
        f"{len(ground.agencies):,} agencies in {len(ground.regions)} regions, {PEERS} peers on call, one API and one "
        f"worker process, commits wait for the disk; 2 rounds each of {seconds[1]} s at 1 and {seconds[20]} s at 20 "
        "a second"
    )
    async with staged(ground) as stage:
        with running(ground, WORKER) as worker, running(ground, "bench.polled", ground.servers.redis_url):
            await until(lambda: pages(stage))
            for rate in REACH_S:
                await _at_rate(stage, section, rate, seconds[rate])
            section.figures.append(await _idle(worker, sizes.pick(20, 2)))
        section.figures.append(await _after_kills(stage, sizes.pick(5, 1)))
    return section


async def _at_rate(stage: Stage, section: Section, rate: int, seconds: int) -> None:
    """Alternate between OwnCall and arq alone, and note both."""
    ours: list[Paged] = []
    theirs: list[float] = []
    for _ in range(2):
        ours += await load(stage, rate, seconds)
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
    reach_p50_s, reach_p99_s = REACH_S[rate]
    section.figures += [
        Figure(f"p50 at {rate} a second", f"≤ {ms(reach_p50_s)} ms", f"{ms(p50)} ms", p50 <= reach_p50_s),
        Figure(f"p99 at {rate} a second", f"≤ {ms(reach_p99_s)} ms", f"{ms(p99)} ms", p99 <= reach_p99_s),
    ]


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

        async with asyncio.timeout(seconds + PATIENCE_S):
            await asyncio.gather(paced(ask, rate, seconds), hear())
    await redis.aclose()
    return taken


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
    with running(stage.ground, WORKER) as first, running(stage.ground, WORKER) as second:
        await until(lambda: _listen_too(stage, before + 2))
        os.kill(second.pid, signal.SIGSTOP)
        async with stage.ground.connected() as connection, connection.transaction():
            # The job's first step waits here, so that the worker dies with it in hand.
            await connection.execute("LOCK TABLE shared.offer IN ACCESS EXCLUSIVE MODE")
            asking = asyncio.create_task(stage.ask())
            await until(lambda: _is_claimed(stage))
            first.kill()
            first.wait()
            killed_at = time.time()
            os.kill(second.pid, signal.SIGCONT)
        asked = await asking
        paged = await stage.paged(asked)
        letting_go = asyncio.create_task(stage.let_go())
        await asyncio.sleep(0.5)
        await cancel(letting_go)
    return asked.began_at + paged.whole - killed_at


async def _listen_too(stage: Stage, count: int) -> bool:
    return await stage.subscribers() >= count


async def _is_claimed(stage: Stage) -> bool:
    async with stage.ground.connected() as connection:
        return bool(await connection.fetchval("SELECT EXISTS (SELECT FROM shared.job WHERE lease_until > now())"))


def _row(rate: int, way: str, taken: list[float]) -> tuple[str, ...]:
    return (
        str(rate),
        way,
        str(len(taken)),
        *(ms(percentile(taken, percent)) for percent in (50, 90, 99)),
        ms(max(taken)),
    )
