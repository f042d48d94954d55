"""Errors as SCIM has them (RFC 7644, 3.12), in words of ours: they repeat nothing of what was sent."""

from collections.abc import Mapping
from http import HTTPStatus

from fastapi import Request
from fastapi.responses import JSONResponse
from scim2_models import Error, SCIMException
from scim2_server.responses import SCIM_MEDIA_TYPE
from starlette.responses import Response

_BY_TYPE = {
    "invalidFilter": "Filter by userName, externalId or id, with eq and a text.",
    "invalidPath": "A path in this cannot be read.",
    "invalidSyntax": "This cannot be read as JSON of the shape that SCIM has.",
    "invalidValue": "A value in this cannot be used. Texts have 1 to 255 characters; userName is required.",
    "mutability": "This attribute cannot be changed.",
    "noTarget": "The path names nothing that is there.",
    "uniqueness": "The directory names somebody by this userName already.",
}
_BY_STATUS = {
    HTTPStatus.UNAUTHORIZED: "The token is not one of this center, or no longer. An admin makes a new one.",
    HTTPStatus.FORBIDDEN: "This is not for whoever asks.",
    HTTPStatus.NOT_FOUND: "There is none.",
    HTTPStatus.CONFLICT: "The directory names as many people as it can.",
    HTTPStatus.PRECONDITION_FAILED: "It has changed since it was read. Read it again.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "This is too large. Nothing was kept of it.",
    HTTPStatus.NOT_IMPLEMENTED: "This part of SCIM is not supported; see /ServiceProviderConfig.",
    HTTPStatus.SERVICE_UNAVAILABLE: "It may not be kept. Send it again in a few seconds.",
    HTTPStatus.INTERNAL_SERVER_ERROR: "Something went wrong on our side.",
}


def is_asked_by_scim(request: Request) -> bool:
    """Say whether a route of SCIM was called, or what could be one."""
    return request.url.path.startswith("/scim/")


def answer(status: HTTPStatus, scim_type: str | None = None, headers: Mapping[str, str] | None = None) -> Response:
    """Return a refusal."""
    detail = _BY_TYPE.get(scim_type or "") or _BY_STATUS.get(status, status.phrase)
    body = Error(status=int(status), scim_type=scim_type, detail=detail).model_dump()
    return JSONResponse(body, status, headers, media_type=SCIM_MEDIA_TYPE)


async def expected(_request: Request, error: Exception) -> Response:
    """Answer what the protocol refuses."""
    assert isinstance(error, SCIMException)  # noqa: S101 - the registration says so
    return answer(HTTPStatus(error.status), error.scim_type or None)
