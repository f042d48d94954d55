"""Idempotency-Key: a POST that is sent twice is done once, and answered the same.

    @router.post("/…", status_code=201, responses=once.problems(404), openapi_extra=once.HEADER)
    async def create_something(tx: DeskTx, once: Once, body: SomethingIn) -> Response:
        return await once.answer(tx, 201, lambda: make(tx, body))

A secret in the answer is drawn from the key (`OneTime.token`) and put in on the way out (`shown`): the answer that is
kept for a day is without it, and the same request by the same key shows it again.

The key is taken in the transaction of what is done, so both are kept or neither. What fails is not kept: it changed
nothing, and is answered anew.

Source: draft-ietf-httpapi-idempotency-key-header-07
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import Depends, Request
from pydantic import BaseModel
from starlette.responses import Response

from libs.peer.answers import actions as answers
from libs.peer.answers.actions import Answer, Asked
from libs.peer.answers.errors import KeyInFlightError, KeyMissingError
from libs.peer.clients.queries import Machine
from libs.tenancy.planes import DeskSession, DoorSession, ProgramSession
from services.api import declared
from services.api.deps import Wired

_KEY = re.compile(r"[\x21-\x7e]{8,255}")
HEADER: dict[str, Any] = {
    "parameters": [
        {
            "name": "Idempotency-Key",
            "in": "header",
            "required": True,
            "description": "Drawn anew for each new request. The same request again by the same key is done once.",
            "schema": {"type": "string", "minLength": 8, "maxLength": 255},
        }
    ]
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the `responses` of a route that takes a key."""
    return declared.problems(400, 409, *statuses)


@dataclass(frozen=True, slots=True)
class OneTime:
    """One request by its key."""

    asked: Asked
    in_hand: set[bytes]
    draws_from: bytes = field(repr=False)

    def token(self, about: str) -> str:
        """Return 256 bits, URL-safe, for one thing that is made: the same for the same key, and unknown without it.

        Args:
            about: the id of what is made, drawn with it, so that no two things ever have the same.
        """
        drawn = hmac.new(self.draws_from, about.encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(drawn).rstrip(b"=").decode()

    async def answer(
        self, tx: DeskSession | ProgramSession | DoorSession, status: int, work: Callable[[], Awaitable[BaseModel]]
    ) -> Response:
        """Do the work and answer with it, or give the answer of the first time again.

        Raises:
            KeyReusedError: the key belongs to another request.
            KeyInFlightError: the first one is still being done.
        """
        with self._alone():
            before = await answers.take(tx, self.asked)
            if before is not None:
                return _said(before, {"idempotent-replayed": "true"})
            made = Answer(status, (await work()).model_dump_json())
            await answers.keep(tx, self.asked, made)
            return _said(made)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Refuse a second one in this process at once; another process waits at the row."""
        mark = hashlib.sha256(repr(self.asked.by_key).encode()).digest()
        if mark in self.in_hand:
            raise KeyInFlightError
        self.in_hand.add(mark)
        try:
            yield
        finally:
            self.in_hand.discard(mark)


async def once(request: Request, wired: Wired) -> OneTime:
    """Read the key of this request.

    Raises:
        KeyMissingError: there is none that can be used.
    """
    key = request.headers.get("idempotency-key", "")
    if not _KEY.fullmatch(key):
        raise KeyMissingError
    caller = request.state.caller
    client = f"client {caller.client_id}" if isinstance(caller, Machine) else f"account {caller.account_id}"
    sent = [request.url.path, request.url.query, request.headers.get("content-type", "")]
    mac = hmac.new(wired.marks, "\n".join(sent).encode() + b"\n" + await request.body(), hashlib.sha256).digest()
    key_hash = hmac.new(wired.marks, key.encode(), hashlib.sha256).digest()
    route = request.scope["route"].name
    # Of the key itself, which is stored nowhere. No key has a line's end, and no path begins so: it is told apart.
    draws_from = hmac.new(wired.marks, f"token\n{client}\n{route}\n{key}".encode(), hashlib.sha256).digest()
    return OneTime(Asked(client, route, key_hash, mac), wired.in_hand, draws_from)


def shown(answer: Response, whole: BaseModel) -> Response:
    """Return an answer with what is not kept of it: a secret."""
    replayed = {name: value for name, value in answer.headers.items() if name == "idempotent-replayed"}
    return Response(whole.model_dump_json(), answer.status_code, headers=replayed, media_type="application/json")


def _said(answer: Answer, headers: dict[str, str] | None = None) -> Response:
    return Response(answer.body, answer.status, headers=headers, media_type="application/json")


Once = Annotated[OneTime, Depends(once)]
