"""(d) What a pooled connection's backend weighs after it has served every agency."""

import random
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from bench.ground import ROLES, Ground
from bench.report import Figure, Section, Table
from bench.transactions import in_a_plane
from libs.tenancy.directory import AgencyRef
from libs.tenancy.engine import open_engine
from libs.tenancy.transactions import Planes

REACH_MB = 300
_STOPS = (0, 100, 1000, 2500, 5000, 7500, 10_000)
_SEED = 911
_BACKEND = text("SELECT pg_backend_pid()")


@dataclass(frozen=True, slots=True)
class Weight:
    """Memory of one server process in MB.

    Attributes:
        rss: resident, with every page of the shared buffers that it has touched.
        pss: the same, with shared pages divided by who shares them.
        own: what is its own and nobody else's.
    """

    rss: float
    pss: float
    own: float


def weigh(pid: int) -> Weight:
    """Read a process' memory out of /proc."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()

    def megabytes(name: str) -> float:
        return sum(int(found) for found in re.findall(rf"^{name}:\s+(\d+) kB", rollup, re.MULTILINE)) / 1024

    return Weight(megabytes("Rss"), megabytes("Pss"), megabytes("Private_(?:Clean|Dirty)"))


async def run(ground: Ground) -> Section:
    """Serve all agencies over one connection, without recycling and then with it."""
    sizes = ground.sizes
    await ground.grow(sizes.agencies[-1])
    stops = _STOPS if not sizes.is_quick else (0, 50, 100)
    section = Section("d", f"Memory of a pooled connection after {stops[-1]:,} transactions")
    section.sizes = f"{len(ground.agencies):,} agencies drawn uniformly, one connection, shared buffers of 128 MB"
    without, seconds = await _serve(ground, stops, recycle_s=None)
    recycle_s = seconds / 4
    recycled, _ = await _serve(ground, stops, recycle_s=recycle_s)
    rows = []
    for stop, kept, renewed in zip(stops, without, recycled, strict=True):
        rows.append((f"{stop:,}", *_cells(kept), *_cells(renewed)))
    names = ("transactions", "RSS MB", "PSS", "own", "recycled: RSS MB", "PSS", "own")
    section.tables.append(Table(names, rows))
    section.notes.append(
        f"Recycled: the pool's age set to {recycle_s:.1f} s, a quarter of the run; the product's is 900 s, which at "
        "this rate is never reached."
    )
    for what, found in (("without recycling", without), ("with recycling", recycled)):
        worst = max(found, key=lambda weight: weight.rss)
        measured = f"{worst.rss:.0f} MB RSS, {worst.pss:.0f} MB PSS"
        section.figures.append(Figure(what, f"≤ {REACH_MB} MB", measured, worst.rss <= REACH_MB))
    return section


async def _serve(ground: Ground, stops: tuple[int, ...], recycle_s: float | None) -> tuple[list[Weight], float]:
    """Return the connection's weight at each stop, and the seconds that it all took."""
    rng = random.Random(_SEED)  # noqa: S311 - the same picks in every run
    engine = open_engine(ground.login_url, pool_size=1, application="owncall-bench")
    if recycle_s is not None:
        _recycle(engine, recycle_s)
    planes = Planes(engine, ROLES)
    work: Callable[[AgencyRef], Any] = in_a_plane(planes)
    weights, served, began_at = [], 0, time.monotonic()
    for stop in stops:
        for _ in range(stop - served):
            await work(rng.choice(ground.agencies))
        served = stop
        async with planes.door() as door:
            weights.append(weigh((await door.execute(_BACKEND)).scalar_one()))
    seconds = time.monotonic() - began_at
    await engine.dispose()
    return weights, seconds


def _recycle(engine: AsyncEngine, seconds: float) -> None:
    """Shorten the age at which the pool renews a connection, which the door itself does not let anybody choose."""
    pool: Any = engine.sync_engine.pool
    pool._recycle = seconds  # noqa: SLF001 - as above


def _cells(weight: Weight) -> tuple[str, ...]:
    return f"{weight.rss:.0f}", f"{weight.pss:.0f}", f"{weight.own:.0f}"
