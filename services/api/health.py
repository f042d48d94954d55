"""Liveness, readiness, and the pages behind a problem's `type`."""

from http import HTTPStatus

from fastapi import APIRouter, Request
from redis.exceptions import RedisError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from services.api import problems, rendering
from services.api.deps import Wired
from services.api.views import ProblemPage

router = APIRouter(include_in_schema=False)


@router.get("/livez")
async def livez() -> dict[str, str]:
    """Say that the process answers."""
    return {"status": "alive"}


@router.get("/readyz")
async def readyz(wired: Wired) -> Response:
    """Say whether requests can be taken: the database must answer; Redis may be away, at the cost of seconds."""
    wired.planes.forget_tenants()
    tenants = await wired.planes.tenants()
    try:
        await wired.redis.ping()
        signals = "ok"
    except (RedisError, OSError):
        signals = "away"
    return JSONResponse({"status": "ready", "signals": signals, "regions": len(tenants.regions)})


@router.get("/problems/{code}")
async def problem_page(request: Request, code: str) -> Response:
    """Say what a problem means."""
    error = problems.catalogue().get(code)
    if error is None:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    status = problems.STATUS[error.kind]
    return rendering.page(
        request, "problem.html", ProblemPage.of(status, problems.title_of(error), "", request.url.path)
    )
