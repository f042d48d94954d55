"""T4: many tenants at once over a line that breaks, and clients that hang up: nobody sees anybody else's rows."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import event, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from libs.tenancy.directory import Tenants
from libs.tenancy.engine import open_engine
from libs.tenancy.errors import TenancyError
from libs.tenancy.planes import Plane, PlaneKind, PlaneSession, quoted
from libs.tenancy.transactions import Planes
from tests import databases
from tests.databases import ROLES, Addresses, Copy
from tests.verify import record
from tests.verify.fault_proxy import Faults, between

IN_FLIGHT = 64
CLEAN = (ROLES.login, "none", '"$user", public', 0)
_STATE = """
    SELECT current_user, current_setting('role'), current_setting('search_path'),
        (SELECT count(*) FROM pg_catalog.pg_cursors WHERE is_holdable)
"""


@dataclass(frozen=True, slots=True)
class Case:
    """One plane of one tenant: what it reads, and the only canary that may come back."""

    plane: Plane
    read: str
    canary: str


@dataclass
class Seen:
    """What the requests saw."""

    outcomes: Counter[str] = field(default_factory=Counter)
    foreign: list[tuple[str, str]] = field(default_factory=list)
    checkouts: int = 0
    dirty: list[Any] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Town:
    """A database in which every tenant has canaries of its own."""

    copy: Copy
    cases: list[Case]
    tenants: int


def _of_tenants(tenants: Tenants) -> list[Case]:
    """Care and desk of each agency in the own schema; dispatch and program of each region in shared rows."""
    cases = []
    request, setting = "SELECT language FROM request", "SELECT value FROM setting"
    callout, member = "SELECT coming_from FROM shared.callout", "SELECT phone FROM shared.member"
    for agency in tenants.agencies.values():
        schema = agency.schema_name
        cases.append(Case(Plane(PlaneKind.CARE, agency.care_role, schema), request, f"canary of care {schema}"))
        cases.append(Case(Plane(PlaneKind.DESK, agency.desk_role, schema), setting, f"canary of desk {schema}"))
    for region in tenants.regions.values():
        schema = region.schema_name
        cases.append(Case(Plane(PlaneKind.CARE, region.care_role, schema), request, f"canary of care {schema}"))
        # Regions are few; each comes up as often as twenty agencies.
        cases += [Case(Plane(PlaneKind.DISPATCH, region.dispatch_role), callout, f"canary callout {region.id}")] * 20
        cases += [Case(Plane(PlaneKind.PROGRAM, region.program_role), member, f"canary phone {region.id}")] * 20
    return cases


async def _plant(copy: Copy, tenants: Tenants, cases: list[Case]) -> None:
    for case in cases:
        if case.plane.schema and case.plane.kind is PlaneKind.CARE:
            request = f"INSERT INTO {quoted(case.plane.schema)}.request VALUES (gen_random_uuid(), $1::text::bytea,"
            await copy.superuser.execute(f"{request} gen_random_uuid(), $1, now())", case.canary)
        if case.plane.schema and case.plane.kind is PlaneKind.DESK:
            await copy.superuser.execute(
                f"INSERT INTO {quoted(case.plane.schema)}.setting VALUES ('a', $1)", case.canary
            )
    await copy.copy_member(id=uuid4())
    for region in tenants.regions.values():
        await copy.superuser.execute(
            "INSERT INTO shared.callout"
            " (id, region_id, coming_from, urgency, channel, language, team, center_wish, state) VALUES"
            " (gen_random_uuid(), $1, $2, 'now', 'this_page', 'en', 'roving', 'another', 'closed')",
            region.id,
            f"canary callout {region.id}",
        )
        await copy.copy_member(id=uuid4(), region_id=region.id)
    await copy.superuser.execute("UPDATE shared.member SET phone = 'canary phone ' || region_id")


@pytest.fixture(scope="module")
async def town(addresses: Addresses, worker_id: str) -> AsyncIterator[Town]:
    """A copy of its own, so that canaries meet no other test."""
    async with databases.copied(addresses, f"{worker_id}_town") as copy:
        engine = open_engine(copy.login_url, pool_size=1)
        tenants = await Planes(engine, ROLES).tenants()
        await engine.dispose()
        cases = _of_tenants(tenants)
        await _plant(copy, tenants, cases)
        yield Town(copy, cases, len(tenants.agencies))


def _watch_checkouts(engine: AsyncEngine, seen: Seen) -> None:
    """Look at each connection that the pool hands out, behind the door's own check."""

    def look(connection: DBAPIConnection, _entry: ConnectionPoolEntry, _proxy: PoolProxiedConnection) -> None:
        adapted: Any = connection
        driver: Any = connection.driver_connection
        ask: Callable[[Any], Any] = lambda raw: raw.fetchrow(_STATE)  # noqa: E731 - run_async takes a callable
        was = (driver.is_in_transaction(), driver.plane)
        try:
            state = tuple(adapted.run_async(ask))
        except Exception as error:
            driver.terminate()
            raise DisconnectionError from error
        seen.checkouts += 1
        if was != (False, None) or state != CLEAN:
            seen.dirty.append((was, state))

    event.listen(engine.sync_engine.pool, "checkout", look)


async def _request(engine: AsyncEngine, case: Case, rng: random.Random, seen: Seen) -> None:
    """What a request does: one to three statements in one plane, then a commit."""
    async with PlaneSession(engine, case.plane) as session, session.begin():
        for _ in range(rng.randint(1, 3)):
            found = set((await session.execute(text(case.read))).scalars())
            if found != {case.canary}:
                seen.foreign.append((case.canary, str(found)))
            if rng.random() < 0.3:
                await asyncio.sleep(rng.random() / 200)


async def _maybe_cancelled(engine: AsyncEngine, case: Case, rng: random.Random, seen: Seen) -> None:
    task = asyncio.create_task(_request(engine, case, rng, seen))
    if rng.random() < 0.1:
        await asyncio.sleep(rng.random() / 50)
        task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        seen.outcomes["cancelled"] += 1
    except Exception as error:  # noqa: BLE001 - what broke is counted, and looked at afterwards
        seen.outcomes["isolation failed" if isinstance(error, TenancyError) else "line broken"] += 1
    else:
        seen.outcomes["done"] += 1


async def _storm(engine: AsyncEngine, cases: list[Case], number: int, rng: random.Random) -> Seen:
    seen, left = Seen(), iter(range(number))
    _watch_checkouts(engine, seen)

    async def client() -> None:
        for _ in left:
            await _maybe_cancelled(engine, rng.choice(cases), rng, seen)

    async with asyncio.TaskGroup() as clients:
        for _ in range(IN_FLIGHT):
            clients.create_task(client())
    return seen


@pytest.mark.timeout(1800)
async def test_no_tenant_sees_another_over_a_line_that_breaks(town: Town) -> None:
    rng, number = random.Random(911), record.size(10_000, 600)  # noqa: S311 - repeatable, nothing secret
    async with between(town.copy.login_url, rng, Faults(delay=0.05, cut=0.004, reset=0.004)) as (proxy, url):
        engine = open_engine(url, pool_size=16)
        seen = await _storm(engine, town.cases, number, rng)
        left_out = engine.sync_engine.pool.checkedout()  # type: ignore[attr-defined]  # of QueuePool
        await engine.dispose()
    assert town.tenants >= 50
    assert seen.foreign == []
    assert seen.dirty == []
    assert left_out == 0
    assert seen.outcomes["isolation failed"] == 0
    assert sum(seen.outcomes.values()) == number
    assert seen.outcomes["done"] > number / 2
    assert min(proxy.done["cut"], proxy.done["reset"], seen.outcomes["cancelled"]) > 0
    broken = proxy.done["cut"] + proxy.done["reset"]
    record.note(
        "T4",
        f"{number:,} requests of {town.tenants} tenants, {IN_FLIGHT} in flight,"
        f" {seen.outcomes['cancelled']:,} cancelled, {broken:,} lines cut or reset, {proxy.done['delay']:,} delays",
        f"0 foreign canaries; 0 dirty of {seen.checkouts:,} checkouts",
    )


@pytest.mark.timeout(1800)
async def test_no_transaction_reads_a_wrong_tenant(town: Town) -> None:
    rng, number = random.Random(112), record.size(100_000, 2_000)  # noqa: S311 - repeatable, nothing secret
    engine = open_engine(town.copy.login_url, pool_size=8)
    wrong, left = [], iter(range(number))

    async def client() -> None:
        for _ in left:
            case = rng.choice(town.cases)
            async with PlaneSession(engine, case.plane) as session, session.begin():
                found = set((await session.execute(text(case.read))).scalars())
            if found != {case.canary}:
                wrong.append((case, found))

    async with asyncio.TaskGroup() as clients:
        for _ in range(8):
            clients.create_task(client())
    await engine.dispose()
    assert wrong == []
    record.note("T4", "random transactions over all tenants", f"0 wrong-tenant reads in {number:,}")
