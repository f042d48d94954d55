"""What an operation may answer when it does not do what was asked: declared, so that a client can count on it."""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel

from services.api.policy import POLICY, Entry, Principal


class Problem(BaseModel):
    """RFC 9457: what went wrong. `errors` names parts by JSON Pointer; nothing that was sent comes back in it."""

    type: str
    title: str
    status: int
    request_id: str
    detail: str = ""
    errors: list[dict[str, str | int]] = []


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
    503: "Out of reach for the moment; `Retry-After` says when to try again.",
}
_PROBLEM = "application/problem+json"


class Application(FastAPI):
    """An application whose document says of every operation of /v1 what holds for all of its kind."""

    def openapi(self) -> dict[str, Any]:
        """Return the whole document, made once."""
        if self.openapi_schema is None:
            for path, found in super().openapi()["paths"].items():
                for operation in found.values() if path.startswith("/v1/") else ():
                    _complete(operation, POLICY[operation["operationId"]])
        return super().openapi()


def _complete(operation: dict[str, Any], entry: Entry) -> None:
    """Declare what an operation may answer for what it takes and whom it is for; what else, it declares itself."""
    answers = operation["responses"]
    if _PROBLEM not in answers.get("422", {}).get("content", {_PROBLEM: {}}):
        del answers["422"]  # FastAPI's own idea of it
    for status, answer in _said(set(_always(operation, entry))).items():
        answers.setdefault(str(status), answer)


def _always(operation: dict[str, Any], entry: Entry) -> Iterator[int]:
    yield 503
    named = operation.get("parameters", [])
    if Principal.ANYBODY not in entry.principals:
        yield from (401, 403)
    if Principal.INTEGRATOR in entry.principals:
        yield 429
    if "requestBody" in operation:
        yield from (400, 413)
    if named or "requestBody" in operation:
        yield 422
    if any(one["in"] == "path" for one in named):
        yield 404


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the `responses` of a route behind sign-in: 401, 403, 422 and, for a client, 429 always, and `statuses`.

    What follows from what a route takes (400, 413, 503, 404 of an id) is declared for all of them, by `Application`.
    """
    return _said({401, 403, 422, 429, *statuses})


def open_problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the `responses` of a route that anybody may send something to: 400, 413, 422 always, and `statuses`."""
    return _said({400, 413, 422, *statuses})


def too_many() -> dict[int | str, dict[str, Any]]:
    """Return the `responses` of a route that anybody may call, and whose calls are counted."""
    return _said({429})


def content(model: type[BaseModel]) -> dict[str, Any]:
    """Return the `content` of a problem, with what its schema refers to in its place: `#/$defs` is nowhere here."""
    schema = model.model_json_schema()
    parts = schema.pop("$defs", {})

    def placed(value: object) -> object:
        if isinstance(value, dict):
            named = str(value.get("$ref", "")).rpartition("/")[2]
            return placed(parts[named]) if named else {key: placed(one) for key, one in value.items()}
        return [placed(one) for one in value] if isinstance(value, list) else value

    return {_PROBLEM: {"schema": placed(schema)}}


def _said(statuses: set[int]) -> dict[int | str, dict[str, Any]]:
    return {status: {"description": _SAID[status], "content": content(Problem)} for status in sorted(statuses)}
