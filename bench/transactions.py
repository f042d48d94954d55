"""(a) A transaction in a plane against the same without tenancy, and no read from a wrong tenant."""

import asyncio
import random
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from itertools import accumulate
from pathlib import Path
from statistics import median
from uuid import uuid4

import asyncpg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    create_async_engine,  # noqa: TID251 - the baseline is what the door is measured against
)
from sqlmodel import col, select

from bench.ground import CANARY, MAPPED_LOGIN, PLAIN_LOGIN, Ground, server_cpu_s
from bench.report import Figure, Section, Table, ms, percentile, spread
from libs.peer.requests.models import Request
from libs.tenancy.directory import AgencyRef
from libs.tenancy.engine import asyncpg_url
from libs.tenancy.planes import PlaneSession
from libs.tenancy.transactions import Planes

REACH = 0.9
TRANSACTIONS = 100_000
_AT_A_TIME = 8
_DAY = date(2026, 1, 1)
_SEED = 911

_READ = text("SELECT language FROM request WHERE lookup_hash = :key")
_ADD = text(
    """
    INSERT INTO request (id, lookup_hash, callout_id, language, asked_on)
    VALUES (:id, :lookup_hash, :callout_id, :language, :asked_on)
    """
)

_READ_BY_HAND = "SELECT language FROM request WHERE lookup_hash = $1"
_ADD_BY_HAND = """
    INSERT INTO request (id, lookup_hash, callout_id, language, asked_on) VALUES ($1, $2, $3, $4, $5)
"""

Work = Callable[[AgencyRef], Awaitable[str]]
"""Reads an agency's canary and writes a request of its own; returns what the canary says."""


@dataclass
class Tally:
    """What the transactions in planes read.

    Attributes:
        transactions: how many looked at their tenant's canary.
        wrong: how many found another tenant's.
    """

    transactions: int = 0
    wrong: int = 0


@dataclass
class Rounds:
    """Rates of one way, round by round; every latency; and what it all cost.

    Attributes:
        client_cpu_s: of our own process, over all rounds.
        server_cpu_s: of PostgreSQL's processes together.
    """

    per_s: list[float] = field(default_factory=list)
    latency_s: list[float] = field(default_factory=list)
    client_cpu_s: float = 0.0
    server_cpu_s: float = 0.0


async def by_orm(session: AsyncSession, key: bytes) -> str:
    """Read and write through the ORM."""
    canary = (await session.execute(select(Request.language).where(col(Request.lookup_hash) == key))).scalar_one()
    session.add(
        Request(id=uuid4(), lookup_hash=secrets.token_bytes(32), callout_id=uuid4(), language="en", asked_on=_DAY)
    )
    await session.flush()
    return canary


async def by_text(session: AsyncSession | PlaneSession, key: bytes) -> str:
    """Read and write in named SQL, as the hot paths do."""
    canary: str = (await session.execute(_READ, {"key": key})).scalar_one()
    values = {"id": uuid4(), "lookup_hash": secrets.token_bytes(32), "callout_id": uuid4(), "language": "en"}
    await session.execute(_ADD, {**values, "asked_on": _DAY})
    return canary


Statements = Callable[[AsyncSession, bytes], Awaitable[str]]


def in_a_plane(planes: Planes) -> Work:
    """Work as the application does."""

    async def work(agency: AgencyRef) -> str:
        async with planes.care(agency) as session:
            return await by_text(session, CANARY)

    return work


def by_hand(pool: asyncpg.Pool) -> Work:
    """Work in the one table that everybody shares, with nothing between us and the driver."""

    async def work(agency: AgencyRef) -> str:
        async with pool.acquire() as connection, connection.transaction():
            canary: str = await connection.fetchval(_READ_BY_HAND, agency.schema_name.encode())
            await connection.execute(_ADD_BY_HAND, uuid4(), secrets.token_bytes(32), uuid4(), "en", _DAY)
            return canary

    return work


def without_tenancy(engine: AsyncEngine, statements: Statements) -> Work:
    """Work in the one table that everybody shares."""

    async def work(agency: AgencyRef) -> str:
        async with AsyncSession(engine, expire_on_commit=False, autoflush=False) as session, session.begin():
            return await statements(session, agency.schema_name.encode())

    return work


def by_schema_map(engine: AsyncEngine) -> Work:
    """Work with `schema_translate_map`, as a login that may use every schema."""

    async def work(agency: AgencyRef) -> str:
        mapped = engine.execution_options(schema_translate_map={None: agency.schema_name})
        async with AsyncSession(mapped, expire_on_commit=False, autoflush=False) as session, session.begin():
            return await by_orm(session, CANARY)

    return work


@asynccontextmanager
async def plain_engine(ground: Ground, login: str, pool_size: int = 10) -> AsyncIterator[AsyncEngine]:
    """Open an engine with the application's settings and without its planes."""
    engine = create_async_engine(
        asyncpg_url(ground.url(login)),
        pool_size=pool_size,
        max_overflow=0,
        pool_recycle=900,
        hide_parameters=True,
        connect_args={"timeout": 10},
    )
    try:
        yield engine
    finally:
        await engine.dispose()


def uniform(agencies: Sequence[AgencyRef], count: int, rng: random.Random) -> list[AgencyRef]:
    """Draw agencies that are all alike."""
    return rng.choices(agencies, k=count)


def skewed(agencies: Sequence[AgencyRef], count: int, rng: random.Random) -> list[AgencyRef]:
    """Draw agencies of which the n-th is wanted 1/n times as often as the first (Zipf)."""
    return rng.choices(
        agencies, cum_weights=list(accumulate(1 / rank for rank in range(1, len(agencies) + 1))), k=count
    )


async def carry_out(work: Work, picked: Sequence[AgencyRef], rounds: Rounds, tally: Tally | None = None) -> None:
    """Run one transaction for each picked agency, a few at a time."""
    waiting: Iterator[AgencyRef] = iter(picked)

    async def one_after_another() -> None:
        for agency in waiting:
            began_at = time.perf_counter()
            canary = await work(agency)
            rounds.latency_s.append(time.perf_counter() - began_at)
            if tally is not None:
                tally.transactions += 1
                tally.wrong += canary != agency.schema_name

    began_at = time.perf_counter()
    await asyncio.gather(*(one_after_another() for _ in range(_AT_A_TIME)))
    rounds.per_s.append(len(picked) / (time.perf_counter() - began_at))


async def run(ground: Ground) -> Section:
    """Measure at each size, in alternating rounds."""
    sizes = ground.sizes
    repetitions, count = sizes.pick(15, 2), sizes.pick(200, 40)
    section = Section("a", "A transaction in a plane ÷ the same without tenancy")
    section.sizes = (
        f"{repetitions} rounds of {count} transactions (one SELECT, one INSERT, commit), {_AT_A_TIME} at a time over a "
        "pool of 10, fsync off so that the disk hides nothing"
    )
    rng, tally, rows = random.Random(_SEED), Tally(), []  # noqa: S311 - the same picks in every run
    at_largest: dict[str, float] = {}
    for size in sizes.agencies:
        await ground.grow(size)
        ground.make_durable(False)
        for draw in (uniform, skewed):
            found = await _alternating(ground, partial(draw, ground.agencies, count, rng), repetitions, tally)
            rows += [_row(size, draw.__name__, way, base, found) for way, base in _COMPARED]
            at_largest |= {
                f"{draw.__name__}, ÷ {base}": median(_ratios(found, way, base))
                for way, base in _COMPARED
                if way == "plane"
            }
    section.tables.append(
        Table(
            (
                "agencies",
                "drawn",
                "way",
                "baseline",
                "÷ baseline",
                "per second",
                "p50 ms",
                "p99 ms",
                "CPU ms: client + server",
            ),
            rows,
        )
    )
    section.notes.append("In parentheses: the baseline, without tenancy. CPU time hardly depends on who else is there.")
    await _read_on(ground, sizes.pick(TRANSACTIONS, 400) - tally.transactions, rng, tally)
    for name, ratio in at_largest.items():
        what = f"at {sizes.agencies[-1]} agencies, {name}"
        section.figures.append(Figure(what, f"≥ {REACH}", f"{ratio:.2f}", ratio >= REACH))
    read = f"{tally.wrong} in {tally.transactions}"
    section.figures.append(Figure("wrong-tenant reads", f"0 in {TRANSACTIONS}", read, tally.wrong == 0))
    section.is_sound = tally.wrong == 0
    return section


_COMPARED = (
    ("plane", "none, SQLAlchemy's session"),
    ("plane", "none, the bare driver"),
    ("schema_translate_map", "none, ORM"),
)


async def _alternating(
    ground: Ground, draw: Callable[[], list[AgencyRef]], repetitions: int, tally: Tally
) -> dict[str, Rounds]:
    async with AsyncExitStack() as stack:
        planes = await stack.enter_async_context(ground.planes())
        plain = await stack.enter_async_context(plain_engine(ground, PLAIN_LOGIN))
        bare = await stack.enter_async_context(
            asyncpg.create_pool(ground.url(PLAIN_LOGIN), max_size=10, reset=_as_it_is)
        )
        mapped = await stack.enter_async_context(plain_engine(ground, MAPPED_LOGIN))
        ways = {
            "plane": in_a_plane(planes),
            "none, SQLAlchemy's session": without_tenancy(plain, by_text),
            "none, the bare driver": by_hand(bare),
            "schema_translate_map": by_schema_map(mapped),
            "none, ORM": without_tenancy(plain, by_orm),
        }
        await _warm_up(ways.values(), draw())
        found = {way: Rounds() for way in ways}
        for number in range(repetitions):
            picked = draw()
            for way in list(ways)[:: 1 if number % 2 == 0 else -1]:
                client_s, server_s = time.process_time(), _server_cpu_s(ground)
                await carry_out(ways[way], picked, found[way], tally if way.startswith("plane") else None)
                found[way].client_cpu_s += time.process_time() - client_s
                found[way].server_cpu_s += _server_cpu_s(ground) - server_s
    return found


def _server_cpu_s(ground: Ground) -> float:
    """Return the seconds on a core of every server process that there is."""
    process = ground.servers.postgres.process
    if process is None:
        return 0.0
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    return sum(server_cpu_s(int(pid)) for pid in children)


async def _as_it_is(_connection: object) -> None:
    """Give a connection back as it is: the application's pool asks the server nothing either."""


async def _warm_up(ways: Iterable[Work], picked: Sequence[AgencyRef]) -> None:
    for work in ways:
        await carry_out(work, picked[:40], Rounds())


def _ratios(found: dict[str, Rounds], way: str, base: str) -> list[float]:
    return [mine / plain for mine, plain in zip(found[way].per_s, found[base].per_s, strict=True)]


def _row(size: int, drawn: str, way: str, base: str, found: dict[str, Rounds]) -> tuple[str, ...]:
    mine, plain = found[way], found[base]
    latency = [
        f"{ms(percentile(mine.latency_s, percent))} ({ms(percentile(plain.latency_s, percent))})"
        for percent in (50, 99)
    ]
    rate = f"{median(mine.per_s):.0f} ({median(plain.per_s):.0f})"
    cpu = f"{_cpu(mine)} ({_cpu(plain)})"
    return f"{size:,}", drawn, way, base, spread(_ratios(found, way, base)), rate, *latency, cpu


def _cpu(rounds: Rounds) -> str:
    count = len(rounds.latency_s)
    return f"{ms(rounds.client_cpu_s / count)} + {ms(rounds.server_cpu_s / count)}"


class _TurnedBackError(Exception):
    """Ends a transaction with a rollback; nothing that the database would say itself."""


async def _read_on(ground: Ground, count: int, rng: random.Random, tally: Tally) -> None:
    """Read canaries in random order, with transactions in between that fail, until enough have been read."""
    async with ground.planes() as planes:

        async def work(agency: AgencyRef) -> str:
            async with planes.care(agency) as session:
                return await _read(session)

        async def work_and_fail(agency: AgencyRef) -> str:
            try:
                async with planes.care(agency) as session:
                    canary = await _read(session)
                    raise _TurnedBackError
            except _TurnedBackError:
                return canary

        for start in range(0, max(count, 0), 1000):
            picked = uniform(ground.agencies, min(1000, count - start), rng)
            await carry_out(work_and_fail if start % 5000 == 0 else work, picked, Rounds(), tally)


async def _read(session: PlaneSession) -> str:
    canary: str = (await session.execute(_READ, {"key": CANARY})).scalar_one()
    return canary
