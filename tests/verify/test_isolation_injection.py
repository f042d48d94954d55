"""T3: injected SQL. Each payload is first shown to work where it is let, then to gain nothing where it is not."""

import secrets
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import pytest

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
    """Two copies with the same canaries: one with every protection, one with the revokes undone."""

    guarded: Copy
    undone: Copy
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
    door, queue, audit = (
        Plane(kind, ROLES.group(kind)) for kind in (PlaneKind.DOOR, PlaneKind.QUEUE, PlaneKind.AUDIT)
    )
    request = (redbank.care_role, redbank.schema_name, "request", "language", _word())
    callout = ("shared", "callout", "coming_from")
    near, far = _word(), _word()
    return [
        Target("the employer's desk wants its own center's requests", desk, *request),
        Target("another agency's care wants requests", care, *request),
        Target("dispatch wants requests", dispatch, *request),
        Target("the door wants requests", door, *request),
        Target("audit wants requests", audit, *request),
        Target("a desk wants another's settings", desk, osprey.desk_role, osprey.schema_name, "setting", "value", _word()),
        Target("dispatch wants another region's callouts", dispatch, other.dispatch_role, *callout, far),
        Target("the manager wants the own region's callouts", program, home.dispatch_role, *callout, near),
        Target("the manager wants another region's roster", program, other.program_role, "shared", "member", "phone", _word()),
        Target("dispatch wants addresses of the roster", dispatch, home.program_role, "shared", "member", "email", _word()),
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
            "INSERT INTO shared.callout (id, region_id, coming_from, urgency, channel, language, team, center_wish, state)"
            " VALUES ($1, $2, $3, 'now', 'this_page', 'en', 'roving', 'another', 'closed')",
            [(uuid4(), tenants.region(slug).id, target.canary) for _ in range(2)],
        )
    everybody = "UPDATE shared.member SET phone = $2, email = $3 WHERE region_id = $1"
    await connection.execute(everybody, tenants.region("kansas-city").id, targets[8].canary, "elsewhere")
    await connection.execute(everybody, tenants.region("heartland").id, "elsewhere", targets[9].canary)
    await connection.execute("UPDATE shared.account SET name = $1", targets[10].canary)
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
    await connection.execute(f"COPY (SELECT '{canary}') TO '/tmp/{canary}'")
    route = (str(redbank.id), secrets.token_hex(16), str(redbank.region_id))
    await connection.execute(
        f"INSERT INTO shared.receipt_route VALUES ('{route[0]}', '\\x{route[1]}', '{route[2]}')"
    )
    return Surroundings(
        attacker=targets[0].attacker,
        care=Plane(PlaneKind.CARE, osprey.care_role, osprey.schema_name),
        home=targets[0],
        canary=canary,
        file=f"/tmp/{canary}",
        large_object=await connection.fetchval("SELECT lo_from_bytea(0, $1)", canary.encode()),
        statement=f"activity{canary}",
        rows=ROWS,
        bytes=await connection.fetchval("SELECT pg_relation_size($1::regclass)", targets[0].of),
        route=route,
        address=f"host={parts.hostname} port={parts.port} user={parts.username} password={parts.password}"
        f" dbname={parts.path[1:]}",
    )
