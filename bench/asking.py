"""(f) The ask endpoint, over HTTP, against the same rows inserted by hand with asyncpg."""

import asyncio
import itertools
import secrets
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from statistics import median
from uuid import uuid4

import asyncpg

from bench.ground import ROLES, Ground
from bench.plain_http import as_json, connected
from bench.report import Figure, Section, Table, ms, percentile, spread
from bench.stage import Stage, staged
from libs.tenancy.directory import AgencyRef
from libs.tenancy.planes import Plane, PlaneKind, quoted

REACH = 0.5
_AT_A_TIME = 8
_REQUEST = """
    INSERT INTO {schema}.request (id, lookup_hash, callout_id, language, asked_on) VALUES ($1, $2, $3, 'en', $4)
"""
_ROUTE = "INSERT INTO shared.receipt_route (home_id, lookup_hash, region_id) VALUES ($1, $2, $3)"
_CALLOUT = """
    INSERT INTO shared.callout (id, region_id, home_id, request_id, urgency, channel, language, team, center_wish,
        state)
    VALUES ($1, $2, $3, $4, 'now', 'this_page', 'en', 'roving', 'another', 'paging')
"""
_COPIES = """
    INSERT INTO shared.copy (home_id, callout_id, peer_id, region_id)
    SELECT $1, $2, CAST(peer AS uuid), $3 FROM unnest($4::text[]) AS peer
"""
_JOB = """
    INSERT INTO shared.job (id, kind, key, region_id, subject_id, due_at)
    VALUES ($1, 'callouts.advance', $2, $3, $4, now()) ON CONFLICT DO NOTHING
"""

Ask = Callable[[AgencyRef], Awaitable[None]]


async def run(ground: Ground) -> Section:
    """Alternate between the endpoint and the bare inserts."""
    await ground.grow(min(ground.sizes.agencies))
    ground.make_durable(True)
    rounds, seconds = ground.sizes.pick(3, 1), ground.sizes.pick(4, 1)
    section = Section("f", "Asking over HTTP against the same inserts by hand")
    async with AsyncExitStack() as stack:
        stage = await stack.enter_async_context(staged(ground))
        ways_of = {"ours": _over_http, "by hand": _by_hand, "in the plane": _by_hand_in_the_plane}
        rates: dict[str, list[float]] = {name: [] for name in ways_of}
        latencies: dict[str, list[float]] = {name: [] for name in ways_of}
        for number in range(rounds + 1):
            for name, way in ways_of.items():
                # Connections of the round's own: uvicorn ends those that are silent for five seconds.
                async with AsyncExitStack() as of_round:
                    ways = [await way(of_round, stage) for _ in range(_AT_A_TIME)]
                    await _for(ways, stage.homes, 0.5)
                    took = await _for(ways, stage.homes, seconds)
                if number:  # the first round warms up
                    rates[name].append(len(took) / seconds)
                    latencies[name] += took
    section.sizes = (
        f"{len(ground.agencies):,} agencies, {len(stage.heard)} peers on the roster, {_AT_A_TIME} at a time, one "
        f"API process, commits wait for the disk, {rounds} rounds of {seconds} s each way"
    )
    for name, said in (("by hand", "as superuser"), ("in the plane", "in the plane, too")):
        ratios = [mine / other for mine, other in zip(rates["ours"], rates[name], strict=True)]
        what = f"asks a second / by hand, {said}"
        section.figures.append(Figure(what, f"≥ {REACH}", spread(ratios), median(ratios) >= REACH))
    section.tables.append(
        Table(
            ("way", "a second", "p50 ms", "p99 ms"),
            [
                _row("POST /v1/regions/…/requests", rates["ours"], latencies["ours"]),
                _row("asyncpg, the same rows in one transaction", rates["by hand"], latencies["by hand"]),
                _row(
                    "the same, with the role and the policies of the plane",
                    rates["in the plane"],
                    latencies["in the plane"],
                ),
            ],
        )
    )
    return section


def _row(name: str, rates: Sequence[float], latencies: Sequence[float]) -> tuple[str, str, str, str]:
    return name, spread(rates), ms(percentile(latencies, 50)), ms(percentile(latencies, 99))


async def _for(ways: Sequence[Ask], homes: Sequence[AgencyRef], seconds: float) -> list[float]:
    """Let every way ask again and again; returns how long each ask took, in seconds."""
    until, took, turns = time.perf_counter() + seconds, [], itertools.cycle(homes)

    async def again(ask: Ask) -> None:
        while (began_at := time.perf_counter()) < until:
            await ask(next(turns))
            took.append(time.perf_counter() - began_at)

    await asyncio.gather(*(again(ask) for ask in ways))
    return took


async def _over_http(stack: AsyncExitStack, stage: Stage) -> Ask:
    connection = await stack.enter_async_context(connected(str(stage.client.base_url).rstrip("/")))

    async def ask(home: AgencyRef) -> None:
        path = f"/v1/regions/{stage.region.slug}/requests"
        status, body = await connection.post(path, as_json({"center": home.slug}))
        if status != 201:  # noqa: PLR2004 - HTTP
            raise ConnectionError(f"{status}: {body!r}")

    return ask


async def _by_hand(stack: AsyncExitStack, stage: Stage) -> Ask:
    connection: asyncpg.Connection = await stack.enter_async_context(stage.ground.connected())
    insert = await _inserts(stage, connection)

    async def ask(home: AgencyRef) -> None:
        async with connection.transaction():
            await insert(home)

    return ask


async def _by_hand_in_the_plane(stack: AsyncExitStack, stage: Stage) -> Ask:
    """The same inserts by the application's login, isolated as the application is."""
    connection: asyncpg.Connection = await stack.enter_async_context(stage.ground.connected(ROLES.login))
    async with stage.ground.connected() as superuser:
        insert = await _inserts(stage, superuser, connection)

    async def ask(home: AgencyRef) -> None:
        await connection.execute(f"BEGIN; {Plane(PlaneKind.CARE, home.care_role, home.schema_name).prelude}")
        await insert(home)
        await connection.execute("COMMIT")

    return ask


async def _inserts(stage: Stage, reader: asyncpg.Connection, writer: asyncpg.Connection | None = None) -> Ask:
    """Return what writes the rows of one ask; the roster is read once, ahead."""
    connection, region_id = writer or reader, stage.region.id
    rows = await reader.fetch("SELECT id, agency_id FROM shared.member WHERE region_id = $1", region_id)
    peers = {home.id: [str(row["id"]) for row in rows if row["agency_id"] != home.id] for home in stage.homes}
    today = datetime.now(UTC).date()  # noqa: TID251 - a day for the row

    async def insert(home: AgencyRef) -> None:
        request, callout, lookup_hash = uuid4(), uuid4(), secrets.token_bytes(32)
        schema = quoted(home.schema_name)
        await connection.execute(_REQUEST.format(schema=schema), request, lookup_hash, callout, today)
        await connection.execute(_ROUTE, home.id, lookup_hash, region_id)
        await connection.execute(_CALLOUT, callout, region_id, home.id, request)
        await connection.execute(_COPIES, home.id, callout, region_id, peers[home.id])
        await connection.execute(_JOB, uuid4(), f"callouts.advance:{callout}:", region_id, callout)

    return insert
