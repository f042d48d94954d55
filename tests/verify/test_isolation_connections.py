"""What a pooled connection does at the edges: its life, its BEGIN, what it refuses, and what it costs on the wire."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Any

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine  # noqa: TID251 - to compare with

from libs.tenancy.engine import StatementRefusedError, asyncpg_url, open_engine
from libs.tenancy.errors import NoPlaneError, NothingKeptError, PlaneRefusedError
from libs.tenancy.planes import Plane, PlaneKind, PlaneSession
from tests.databases import ROLES, Copy
from tests.verify import record
from tests.verify.fault_proxy import Faults, between

DOOR = Plane(PlaneKind.DOOR, ROLES.group(PlaneKind.DOOR))
QUEUE = Plane(PlaneKind.QUEUE, ROLES.group(PlaneKind.QUEUE))
_PID = text("SELECT pg_backend_pid()")


@pytest.fixture
async def engine(copy: Copy) -> AsyncIterator[AsyncEngine]:
    """An engine with a single connection, so that the next user gets what the last one left."""
    made = open_engine(copy.login_url, pool_size=1)
    yield made
    await made.dispose()


async def _backend(engine: AsyncEngine) -> int:
    """Return the server's process of the connection, and insist that it works."""
    async with PlaneSession(engine, DOOR) as session, session.begin():
        assert (await session.execute(text("SELECT current_user"))).scalar_one() == DOOR.role
        return int((await session.execute(_PID)).scalar_one())


async def _driver(engine: AsyncEngine) -> Any:  # noqa: ANN401 - asyncpg's connection behind two adapters
    taken = await engine.raw_connection()
    driver = taken.driver_connection
    taken.close()
    return driver


async def test_a_plane_that_does_not_exist_discards_the_connection(engine: AsyncEngine) -> None:
    before = await _backend(engine)
    for wrong in (
        Plane(PlaneKind.DESK, "nobody"),
        Plane(PlaneKind.CARE, ROLES.owner),
        Plane(PlaneKind.DESK, "postgres"),
    ):
        with pytest.raises(PlaneRefusedError):
            async with PlaneSession(engine, wrong) as session:
                await session.execute(_PID)
        after = await _backend(engine)
        assert after != before
        before = after


async def test_a_transaction_without_a_plane_raises_and_spoils_nothing(engine: AsyncEngine) -> None:
    await _backend(engine)
    with pytest.raises(NoPlaneError):
        async with AsyncSession(engine) as session:
            await session.execute(text("SELECT 1"))
    # asyncpg would take the next BEGIN for a savepoint.
    await _backend(engine)


async def test_a_statement_without_a_transaction_raises(engine: AsyncEngine) -> None:
    await _backend(engine)
    async with engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        with pytest.raises(NoPlaneError):
            await connection.execute(text("SELECT 1"))
    await _backend(engine)


@pytest.mark.parametrize(
    "statement",
    [
        'SET LOCAL ROLE "test_queue"',
        " \n reset role",
        "/* a word before */ SET ROLE test_queue",
        "-- and a line\nSET ROLE test_queue",
        "DISCARD ALL",
        "COMMIT",
        "ROLLBACK",
        "DO $$ BEGIN END $$",
        "CALL anything()",
        "COPY (SELECT 1) TO STDOUT",
        "EXPLAIN SELECT 1",
        "LISTEN anything",
        "PREPARE p AS SELECT 1",
        "CREATE TEMP TABLE t (x int)",
        "SELECT 1; SET ROLE test_queue",
        "SAVEPOINT s",
        "ROLLBACK TO s",
        "selection",
    ],
)
async def test_a_plane_reads_and_writes_data_and_nothing_else(engine: AsyncEngine, statement: str) -> None:
    with pytest.raises(
        (StatementRefusedError, asyncpg.PostgresError), match=r"permission denied|cannot insert multiple|syntax"
    ):
        async with PlaneSession(engine, DOOR) as session:
            await session.execute(text(statement))
    await _backend(engine)


async def test_a_transaction_that_failed_is_never_taken_for_a_kept_one(engine: AsyncEngine) -> None:
    async with PlaneSession(engine, DOOR) as session:
        with suppress(asyncpg.InsufficientPrivilegeError):
            await session.execute(text("SELECT FROM shared.training_module"))
        with pytest.raises(NothingKeptError):
            await session.commit()
    await _backend(engine)


@pytest.mark.parametrize(
    "script",
    ["SELECT 1", "COMMIT; SET ROLE test_queue;", "ROLLBACK;SET ROLE test_queue", "BEGIN; SET ROLE test_queue;"],
)
async def test_the_simple_protocol_is_for_the_ends_of_transactions_alone(engine: AsyncEngine, script: str) -> None:
    driver = await _driver(engine)
    with pytest.raises(StatementRefusedError):
        await driver.execute(script)


async def test_a_connection_left_inside_a_transaction_is_not_handed_out(engine: AsyncEngine) -> None:
    before = await _backend(engine)
    driver = await _driver(engine)
    await driver.fetch("BEGIN")
    assert await _backend(engine) != before


async def test_connections_are_recycled_by_age(engine: AsyncEngine) -> None:
    pool: Any = engine.sync_engine.pool
    assert 60 <= pool._recycle <= 3600
    before = await _backend(engine)
    assert await _backend(engine) == before
    async with engine.connect() as connection:
        fairy: Any = await connection.get_raw_connection()
        fairy._connection_record.starttime -= pool._recycle + 1
    assert await _backend(engine) != before


async def test_a_begin_that_is_cancelled_ends_its_connection(copy: Copy) -> None:
    rng = random.Random(1)  # noqa: S311 - nothing secret
    async with between(copy.login_url, rng) as (proxy, url):
        engine = open_engine(url, pool_size=1)
        before = await _backend(engine)
        proxy.faults = Faults(delay=1.0, delay_s=0.5)
        task = asyncio.create_task(_backend(engine))
        await asyncio.sleep(0.02)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        proxy.faults = Faults()
        assert await _backend(engine) != before
        await engine.dispose()


async def test_a_plane_costs_no_round_trip(copy: Copy) -> None:
    async def in_a_plane(engine: AsyncEngine) -> None:
        async with PlaneSession(engine, QUEUE) as session, session.begin():
            await session.execute(text("SELECT 1"))
            await session.execute(text("SELECT 2"))

    async def without(engine: AsyncEngine) -> None:
        async with AsyncSession(engine) as session, session.begin():
            await session.execute(text("SELECT 1"))
            await session.execute(text("SELECT 2"))

    async with between(copy.login_url, random.Random(1)) as (proxy, url):  # noqa: S311 - nothing secret

        async def counted(engine: AsyncEngine, transaction: Callable[[AsyncEngine], Awaitable[None]]) -> dict[str, int]:
            await transaction(engine)
            await transaction(engine)
            proxy.messages.clear()
            await transaction(engine)
            found = dict(proxy.messages)
            await engine.dispose()
            return found

        planes = await counted(open_engine(url, pool_size=1), in_a_plane)
        plain = await counted(create_async_engine(asyncpg_url(url), pool_size=1), without)
    assert planes == plain
    assert planes["Q"] == 2  # BEGIN and COMMIT
    assert planes["S"] >= 2
    record.note(
        "T4",
        "frontend messages of a transaction with two statements, in a plane and without",
        f"{sum(planes.values())} and {sum(plain.values())}",
    )
