"""What an operation may answer when it does not do what was asked: declared, so that a client can count on it."""

from typing import Any

from pydantic import BaseModel


class Problem(BaseModel):
    """RFC 9457: what went wrong. `errors` names parts by JSON Pointer; nothing that was sent comes back in it."""

    type: str
    title: str
    status: int
    request_id: str
    detail: str = ""
    errors: list[dict[str, str]] = []


_SAID = {
    400: "It cannot be read, or the cursor is of another list.",
    401: "Nobody is signed in.",
    403: "Somebody else is.",
    404: "There is none, or it is another region's.",
    409: "It is not in the state for this.",
    412: "It has changed since it was read.",
    413: "It is too large.",
    422: "Something in it cannot be used.",
    428: "Say with `If-Match` which version is meant.",
    429: "Too many requests in this minute; `Retry-After` says when it goes on.",
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the `responses` of a route behind sign-in: 401, 403, 422 and, for a client, 429 always, and `statuses`."""
    return _said({401, 403, 422, 429, *statuses})


def open_problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the `responses` of a route that anybody may send something to: 400, 413, 422 always, and `statuses`."""
    return _said({400, 413, 422, *statuses})


def too_many() -> dict[int | str, dict[str, Any]]:
    """Return the `responses` of a route that anybody may call, and whose calls are counted."""
    return _said({429})


def _said(statuses: set[int]) -> dict[int | str, dict[str, Any]]:
    schema = {"application/problem+json": {"schema": Problem.model_json_schema()}}
    return {status: {"description": _SAID[status], "content": schema} for status in sorted(statuses)}
