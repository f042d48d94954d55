"""T3: injected SQL. Each payload is first shown to work where it is let, then to gain nothing where it is not."""

import secrets
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from libs.tenancy import foundation
from libs.tenancy.directory import Tenants
from libs.tenancy.engine import open_engine
from libs.tenancy.planes import Plane, PlaneKind, PlaneSession, quoted
from libs.tenancy.transactions import Planes
from tests import databases
from tests.databases import ROLES, Addresses, Copy
from tests.verify import record
from tests.verify.payloads import Payload, Surroundings, Target, all_of, single

ROWS = 4711


@dataclass
class Range:
    """A copy of the database with the canaries, and the payloads that are meant for it."""

    copy: Copy
    payloads: list[Payload]


def _word() -> str:
    """Draw a canary of letters alone."""
    return "canary" + "".join(secrets.choice("bcdfghjkmnpqrstvwxz") for _ in range(16))


def _targets(tenants: Tenants) -> list[Target]:
    redbank, osprey = tenants.agency("redbank"), tenants.agency("osprey")
    home, other = tenants.region("heartland"), tenants.region("kansas-city")
    desk = Plane(PlaneKind.DESK, redbank.desk_role, redbank.schema_name)
    care = Plane(PlaneKind.CARE, osprey.care_role, osprey.schema_name)
    dispatch = Plane(PlaneKind.DISPATCH, home.dispatch_role)
    program = Plane(PlaneKind.PROGRAM, home.program_role)
    door, queue, audit = (Plane(kind, ROLES.group(kind)) for kind in (PlaneKind.DOOR, PlaneKind.QUEUE, PlaneKind.AUDIT))
    request = (redbank.care_role, redbank.schema_name, "request", "language", _word())
    callout = ("shared", "callout", "coming_from")
    near, far = _word(), _word()
    return [
        Target("the employer's desk wants its own center's requests", desk, *request),
        Target("another agency's care wants requests", care, *request),
        Target("dispatch wants requests", dispatch, *request),
        Target("the door wants requests", door, *request),
        Target("audit wants requests", audit, *request),
        Target(
            "a desk wants another's settings", desk, osprey.desk_role, osprey.schema_name, "setting", "value", _word()
        ),
        Target("dispatch wants another region's callouts", dispatch, other.dispatch_role, *callout, far),
        Target("the manager wants the own region's callouts", program, home.dispatch_role, *callout, near),
        Target(
            "the manager wants another region's roster",
            program,
            other.program_role,
            "shared",
            "member",
            "phone",
            _word(),
        ),
        Target(
            "dispatch wants addresses of the roster", dispatch, home.program_role, "shared", "member", "email", _word()
        ),
        Target("the queue wants accounts", queue, door.role, "shared", "account", "name", _word()),
    ]


async def _plant(copy: Copy, tenants: Tenants, targets: list[Target]) -> None:
    """Put the canaries in, each twice, so that statistics hold them too."""
    find = {target.table if target.schema == "shared" else target.schema: target for target in targets}
    connection, redbank = copy.superuser, tenants.agency("redbank")
    request = find[redbank.schema_name]
    await connection.execute(
        f"INSERT INTO {request.of} SELECT gen_random_uuid(), uuid_send(gen_random_uuid()), gen_random_uuid(), $1, now()"
        " FROM generate_series(1, $2)",
        request.canary,
        ROWS,
    )
    setting = targets[5]
    await connection.execute(f"INSERT INTO {setting.of} VALUES ('a', $1), ('b', $1)", setting.canary)
    for target, slug in ((targets[6], "kansas-city"), (targets[7], "heartland")):
        await connection.executemany(
            "INSERT INTO shared.callout"
            " (id, region_id, coming_from, urgency, channel, language, team, center_wish, state)"
            " VALUES ($1, $2, $3, 'now', 'this_page', 'en', 'roving', 'another', 'closed')",
            [(uuid4(), tenants.region(slug).id, target.canary) for _ in range(2)],
        )
    await connection.execute("UPDATE shared.member SET email = $1", targets[9].canary)
    await connection.execute(
        "INSERT INTO shared.member (id, region_id, agency_id, name, rank, discipline, languages, email, phone,"
        " duty_phone, training_hours) SELECT gen_random_uuid(), $1, agency_id, name, rank, discipline, languages, '',"
        " $2, duty_phone, training_hours FROM shared.member LIMIT 2",
        tenants.region("kansas-city").id,
        targets[8].canary,
    )
    await connection.execute("UPDATE shared.account SET name = $1", targets[10].canary)
    await connection.execute("SELECT pg_stat_force_next_flush()")
    await connection.execute(f"ANALYZE {', '.join({target.of for target in targets})}")
    await connection.execute("SELECT pg_stat_force_next_flush()")


async def _undo(connection: asyncpg.Connection) -> None:
    """Give everybody what the foundation takes, in this copy alone."""
    functions = await connection.fetchval(
        "SELECT string_agg(format('pg_catalog.%I(%s)', proname, pg_get_function_identity_arguments(oid)), ', ')"
        " FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace AND proname LIKE ANY ($1::text[])",
        [*(pattern.replace("_", r"\_") for pattern in foundation.SHUT), r"set\_config"],
    )
    database = quoted(str(await connection.fetchval("SELECT current_database()")))
    await connection.execute(
        f"""
        GRANT EXECUTE ON FUNCTION {functions} TO PUBLIC;
        GRANT USAGE ON LANGUAGE plpgsql TO PUBLIC;
        GRANT USAGE ON LANGUAGE sql TO PUBLIC;
        GRANT TEMP ON DATABASE {database} TO PUBLIC;
        GRANT SELECT ON pg_catalog.pg_class TO PUBLIC;
        GRANT UPDATE ON pg_catalog.pg_settings TO PUBLIC
        """
    )


async def _surroundings(copy: Copy, tenants: Tenants, targets: list[Target]) -> Surroundings:
    connection, osprey, redbank = copy.superuser, tenants.agency("osprey"), tenants.agency("redbank")
    canary, parts = _word(), urlsplit(copy.login_url)
    file = f"{await connection.fetchval('SHOW data_directory')}/loot"
    await connection.execute(f"COPY (SELECT '{canary}') TO '{file}'")
    route = (str(redbank.id), secrets.token_hex(16), str(redbank.region_id))
    await connection.execute(f"INSERT INTO shared.receipt_route VALUES ('{route[0]}', '\\x{route[1]}', '{route[2]}')")
    return Surroundings(
        attacker=targets[0].attacker,
        care=Plane(PlaneKind.CARE, osprey.care_role, osprey.schema_name),
        home=targets[0],
        setting=targets[5],
        canary=canary,
        file=file,
        large_object=await connection.fetchval("SELECT lo_from_bytea(0, $1)", canary.encode()),
        statement=f"activity{canary}",
        rows=ROWS,
        bytes=await connection.fetchval("SELECT pg_relation_size($1::regclass)", targets[0].of),
        route=route,
        address=f"host={parts.hostname} port={parts.port} user={parts.username} password={parts.password}"
        f" dbname={parts.path[1:]}",
    )


@asynccontextmanager
async def _range(copy: Copy, targets: list[Target], tenants: Tenants) -> AsyncIterator[Range]:
    await _plant(copy, tenants, targets)
    around = await _surroundings(copy, tenants, targets)
    writing: asyncpg.Connection = await asyncpg.connect(copy.superuser_url)
    await writing.execute("BEGIN")
    await writing.execute(
        f"INSERT INTO {around.home.of} VALUES (gen_random_uuid(), '{around.statement}',"
        f" gen_random_uuid(), 'en', now()) /* {around.statement} */"
    )
    try:
        # Statistics first: the others leave dead rows, which count.
        can_xml = "xml" not in await _error_of(connection=copy.superuser, statement="SELECT xmlcomment('')")
        payloads = [*single(around), *all_of(targets)]
        yield Range(copy, [payload for payload in payloads if can_xml or not payload.needs_xml])
    finally:
        await writing.close()


@pytest.fixture(scope="module")
async def ranges(addresses: Addresses, worker_id: str) -> AsyncIterator[tuple[Range, Range]]:
    """The guarded range and the one whose revokes are undone."""
    async with AsyncExitStack() as stack:
        guarded = await stack.enter_async_context(databases.copied(addresses, f"{worker_id}_guarded"))
        undone = await stack.enter_async_context(databases.copied(addresses, f"{worker_id}_undone"))
        engine = open_engine(guarded.login_url, pool_size=1)
        tenants = await Planes(engine, ROLES).tenants()
        await engine.dispose()
        targets = _targets(tenants)
        await _undo(undone.superuser)
        yield (
            await stack.enter_async_context(_range(guarded, targets, tenants)),
            await stack.enter_async_context(_range(undone, targets, tenants)),
        )


async def _error_of(connection: asyncpg.Connection, statement: str) -> str:
    try:
        await connection.fetch(statement)
    except asyncpg.PostgresError as error:
        return str(error).lower()
    return ""


def _told(payload: Payload, rows: list[Any], error: Exception | None) -> bool:
    """Whether the attacker has what the payload is for."""
    if payload.gain is None:
        return error is None
    seen = [str(error), str(getattr(error, "detail", "")), *(str(tuple(row)) for row in rows)]
    return any(payload.gain in text for text in seen)


async def _raw(connection: asyncpg.Connection, payload: Payload, *, in_plane: bool) -> bool:
    """Send a payload past the door: the driver's bare connection, everything undone afterwards."""
    rows: list[Any] = []
    error: Exception | None = None
    try:
        await connection.execute(f"BEGIN; {payload.attacker.prelude if in_plane else ''}")
        for statement in payload.statements:
            if payload.is_simple:
                await connection.execute(statement)
            else:
                rows += await connection.fetch(statement)
    except (asyncpg.PostgresError, asyncpg.InterfaceError) as raised:
        error = raised
    await connection.execute("ROLLBACK")
    await connection.execute("DISCARD ALL")
    return _told(payload, rows, error)


async def _by_the_door(engine: AsyncEngine, payload: Payload) -> bool:
    """Send a payload through the application's own sessions."""
    rows: list[Any] = []
    try:
        async with PlaneSession(engine, payload.attacker) as session:
            for statement in payload.statements:
                rows += await session.execute(text(statement.replace(":", r"\:")))
    except Exception as error:  # noqa: BLE001 - whatever it is, it must not tell
        return _told(payload, rows, error)
    return _told(payload, rows, None)


async def test_every_payload_works_where_the_protections_are_undone(ranges: tuple[Range, Range]) -> None:
    _guarded, undone = ranges
    login: asyncpg.Connection = await asyncpg.connect(undone.copy.login_url, statement_cache_size=0)
    superuser: asyncpg.Connection = await asyncpg.connect(undone.copy.superuser_url, statement_cache_size=0)
    useless = [
        payload.name
        for payload in undone.payloads
        if not await _raw(
            login if payload.undone == "revokes" else superuser, payload, in_plane=payload.undone == "revokes"
        )
    ]
    await login.close()
    await superuser.close()
    assert useless == []
    assert len(undone.payloads) >= 200


async def test_no_payload_gains_anything_through_the_door(ranges: tuple[Range, Range]) -> None:
    guarded, _undone = ranges
    engine = open_engine(guarded.copy.login_url, pool_size=1)
    leaks = [payload.name for payload in guarded.payloads if await _by_the_door(engine, payload)]
    await engine.dispose()
    assert leaks == []
    families = Counter(payload.name.split(":")[0] for payload in guarded.payloads)
    record.note(
        "T3",
        "injected SQL, each payload first shown to work with the protections undone: foreign rows through the door",
        f"0 of {len(guarded.payloads):,} payloads ({len(families)} families)",
    )


async def test_what_the_database_stops_it_stops_alone(ranges: tuple[Range, Range]) -> None:
    guarded, _undone = ranges
    login: asyncpg.Connection = await asyncpg.connect(guarded.copy.login_url, statement_cache_size=0)
    payloads = [payload for payload in guarded.payloads if payload.stopped_by == "database"]
    leaks = [payload.name for payload in payloads if await _raw(login, payload, in_plane=True)]
    await login.close()
    assert leaks == []
    assert len(payloads) >= 200
    record.note(
        "T3",
        "the same by a bare driver, where only privileges, revokes and policies stand",
        f"0 of {len(payloads):,} payloads",
    )
