"""Errors, translated once: RFC 9457 for `/v1`, a page for everything else.

Never an input, never an exception's text.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from scim2_models import SCIMException
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from libs.peer.errors import PeerError
from libs.peer.sessions.errors import ProveAgainError
from libs.tenancy.directory import RegionRef
from libs.tenancy.errors import DatabaseAwayError, TenantBehindError, UnknownTenantError
from services.api import meanings, rendering
from services.api.fresh import after_proof
from services.api.refused import Refused
from services.api.requests.errors import AskNotKeptError
from services.api.scim import refusals
from services.api.views import ProblemPage
from services.api.wiring import wiring

log = structlog.get_logger()

_UPDATED_WITHIN_S = "60"
_BACK_WITHIN_S = "5"
_OF_STATUS: dict[HTTPStatus, str] = {
    meaning.status: code
    for code, meaning in reversed(meanings.PROTOCOL.items())
    if meaning.status is not HTTPStatus.SERVICE_UNAVAILABLE
}
"""What the protocol refuses by its status alone: the first of the table's that has it."""


def install(app: FastAPI) -> None:
    """Answer every exception of the application in one of two ways, and what SCIM's routes refuse in its own."""
    app.add_exception_handler(SCIMException, refusals.expected)
    app.add_exception_handler(PeerError, _expected)
    app.add_exception_handler(TenantBehindError, _behind)
    app.add_exception_handler(DatabaseAwayError, _away)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)


async def _expected(request: Request, error: Exception) -> Response:
    assert isinstance(error, PeerError)  # noqa: S101 - the registration says so
    if isinstance(error, ProveAgainError) and not request.url.path.startswith("/v1/"):
        return rendering.back(request, "/account/prove", next=after_proof(request.url.path))
    headers = None if error.retry_after_s is None else {"Retry-After": str(error.retry_after_s)}
    return _answer(request, error.code, error.detail, headers, errors=error.errors)


async def _behind(request: Request, error: Exception) -> Response:
    """Say that this one center waits for its migration, that nothing was kept, and which line answers meanwhile."""
    assert isinstance(error, TenantBehindError)  # noqa: S101 - the registration says so
    tenants = await (await wiring(request)).planes.tenants()
    line = tenants.region_of(tenants.home(error.home_id)).line_phone
    detail = "" if request.method == "GET" else "Nothing was sent. Go back and send it again in a minute."
    return _answer(request, "being_updated", detail, {"Retry-After": _UPDATED_WITHIN_S}, line_phone=line)


async def _away(request: Request, error: Exception) -> Response:
    """Say plainly that it did not go through, or cannot be shown; sent again it happens once."""
    assert isinstance(error, DatabaseAwayError)  # noqa: S101 - the registration says so
    log.warning("database_away", error=error.cause, request_id=request.state.request_id)
    status, headers = HTTPStatus.SERVICE_UNAVAILABLE, {"Retry-After": _BACK_WITHIN_S}
    if refusals.is_asked_by_scim(request):
        return refusals.answer(status, headers=headers)
    if request.url.path.startswith("/v1/"):
        receipt = error.receipt if isinstance(error, AskNotKeptError) else None
        detail = "" if request.method == "GET" else "It may not be kept. Send it again in a few seconds."
        if receipt:
            detail = "Your request may not be kept. Send it again with this receipt: it asks only once."
        line = await _line(request)
        more = {"line_phone": line} if line else {}
        more |= {"receipt": receipt} if receipt else {}
        return _problem(request, "database_away", detail, headers, more)
    sent = await _sent(request)
    if sent:
        request.state.lang = dict(sent).get("lang")
    page = ProblemPage.of_away(request.url.path, sent)
    line = await _line(request)
    page = replace(page, line_phone=rendering.phone(line)) if line else page
    return rendering.page(request, "problem.html", page, status=status, headers=headers)


async def _sent(request: Request) -> tuple[tuple[str, str], ...] | None:
    """Return the fields of the form that was sent, to be sent again; None when none was.

    All of them: one that got lost on the way could page somebody whom the requester left out.
    """
    if request.method != "POST":
        return None
    form = await request.form()  # read before, so it is at hand
    return tuple((name, value) for name, value in form.multi_items() if isinstance(value, str))


async def _line(request: Request) -> str | None:
    """Return the peer line of the region or agency in the address, as far as it is known."""
    named = request.path_params
    try:
        tenants = await (await wiring(request)).planes.tenants()
        region: RegionRef | None = tenants.region(named["region"]) if "region" in named else None
        if "agency" in named:
            region = tenants.region_of(tenants.agency(named["agency"]))
    except (DatabaseAwayError, UnknownTenantError):
        return None
    return region.line_phone if region else None


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - the registration says so
    status, detail = HTTPStatus(error.status_code), error.detail if isinstance(error, Refused) else ""
    return _answer(request, _OF_STATUS[status], detail, error.headers, page_title=status.phrase)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - the registration says so
    fields = [
        {"pointer": "/" + "/".join(str(part) for part in item["loc"][1:]), "code": item["type"]}
        for item in error.errors()
    ]
    return _answer(request, "invalid", errors=fields)


def of_bug(request: Request) -> Response:
    """Return the answer to something that nobody expected; the edge has logged it."""
    return _answer(request, "internal_error")


def of_too_large(request: Request) -> Response:
    """Return the answer to a body that is larger than the operation takes."""
    return _answer(request, "content_too_large", "Nothing was kept of it. Send less.")


def of_another_site(request: Request) -> Response:
    """Return the answer to a change that another site's page asked for."""
    return _answer(request, "from_another_site", "Open the page here and try again.")


def answer_at_once(request: Request, code: str, headers: Mapping[str, str]) -> Response:
    """Return a problem as JSON wherever it was asked for."""
    return _problem(request, code, "", headers, {})


def _answer(
    request: Request,
    code: str,
    detail: str = "",
    headers: Any = None,  # noqa: ANN401 - Starlette's own type for them
    *,
    errors: Sequence[Mapping[str, object]] = (),
    line_phone: str | None = None,
    page_title: str | None = None,
) -> Response:
    """Answer in the way of whoever asks; a page has a next step of its own, and no advice for machines."""
    meaning = meanings.every()[code]
    if refusals.is_asked_by_scim(request):
        return refusals.answer(meaning.status, headers=headers)
    if request.url.path.startswith("/v1/"):
        more: dict[str, Any] = {"errors": list(errors)} if errors else {}
        more |= {"line_phone": line_phone} if line_phone else {}
        return _problem(request, code, detail, headers, more)
    page = ProblemPage.of(meaning.status, page_title or meaning.title, detail, request.url.path)
    page = replace(page, line_phone=rendering.phone(line_phone)) if line_phone else page
    return rendering.page(request, "problem.html", page, status=meaning.status, headers=headers)


def _problem(
    request: Request,
    code: str,
    detail: str,
    headers: Any,  # noqa: ANN401 - Starlette's own type for them
    more: Mapping[str, Any],
) -> Response:
    meaning = meanings.every()[code]
    body: dict[str, Any] = {
        "type": f"/problems/{code}",
        "title": meaning.title,
        "status": int(meaning.status),
        "request_id": request.state.request_id,
        "detail": detail or meaning.advice,
        **more,
    }
    return JSONResponse(body, meaning.status, media_type="application/problem+json", headers=headers)
