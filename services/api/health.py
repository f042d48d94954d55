"""Liveness, readiness, and the pages behind a problem's `type`."""

import asyncio
from http import HTTPStatus
from itertools import chain

from fastapi import APIRouter, Request
from redis.exceptions import RedisError
from sqlalchemy import text
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from libs.peer import tables
from libs.tenancy import away, trees
from libs.tenancy.directory import CareHome, Tenants
from libs.tenancy.errors import TenancyError
from libs.tenancy.planes import DoorSession
from services.api import meanings, problems, rendering
from services.api.deps import Wired
from services.api.views import ProblemPage
from services.api.wiring import Wiring

router = APIRouter(include_in_schema=False)

_AWAY = (*away.FAILURES, TenancyError)
_WITHIN_S = 4.0
_AGAIN_S = "5"

# No plane reads the version's table, but everybody may read which columns there are.
_COLUMNS = text(
    """
    SELECT c.relname::text, a.attname::text
    FROM pg_namespace n JOIN pg_class c ON c.relnamespace = n.oid JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE n.nspname = 'shared' AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
    """
)
_EXPECTED = {
    (table.name, column.name)
    for table in tables.ALL[0].metadata.tables.values()
    if table.schema == "shared"
    for column in table.columns
}


@router.get("/livez")
async def livez() -> dict[str, str]:
    """Say that the process answers."""
    return {"status": "alive"}


@router.get("/readyz")
async def readyz(request: Request, wired: Wired) -> Response:
    """Say whether requests can be taken: the database must answer and be migrated; Redis may be away.

    A center whose own schema is behind waits alone, so it is counted here and no reason to turn others away.
    """
    try:
        async with asyncio.timeout(_WITHIN_S):
            tenants, is_behind = await _look(wired)
    except _AWAY:
        return _not_ready(request, "database_away")
    if is_behind:
        return _not_ready(request, "schema_behind")
    homes: list[CareHome] = [*tenants.everywhere, *chain.from_iterable(tenants.agencies_by_region.values())]
    return JSONResponse(
        {
            "status": "ready",
            "signals": await _signals(wired),
            "regions": len(tenants.regions),
            "schemas_behind": sum(trees.AGENCY.is_behind(home.schema_version) for home in homes),
        }
    )


@router.get("/problems/{code}")
async def problem_page(request: Request, code: str) -> Response:
    """Say what a problem means, and what to do about it."""
    meaning = meanings.every().get(code)
    if meaning is None:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    page = ProblemPage.of_code(meaning.status, meaning.title, meaning.advice)
    return rendering.page(request, "problem.html", page)


async def _look(wired: Wiring) -> tuple[Tenants, bool]:
    async with wired.planes.door() as door:
        is_behind = await _is_behind(door)
    if is_behind:
        return Tenants({}, {}, {}, {}, {}, {}), True
    wired.planes.forget_tenants()
    return await wired.planes.tenants(), False


async def _is_behind(door: DoorSession) -> bool:
    """Say whether schema `shared` lacks a column that the code knows; more of them than the code knows is fine."""
    there = {(table, column) for table, column in await door.execute(_COLUMNS)}
    return not there >= _EXPECTED


async def _signals(wired: Wiring) -> str:
    try:
        async with asyncio.timeout(1):
            await wired.redis.ping()
    except (RedisError, OSError, TimeoutError):
        return "away"
    return "ok"


def _not_ready(request: Request, code: str) -> Response:
    return problems.answer_at_once(request, code, {"Retry-After": _AGAIN_S})
