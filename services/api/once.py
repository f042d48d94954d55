"""Idempotency-Key: a POST that is sent twice is done once, and answered the same.

    @router.post("/…", status_code=201, responses=once.problems(404), openapi_extra=once.HEADER)
    async def create_something(tx: DeskTx, once: Once, body: SomethingIn) -> Response:
        return await once.answer(tx, 201, lambda: make(tx, body))

The key is taken in the transaction of what is done, so both are kept or neither. What fails is not kept: it changed
nothing, and is answered anew.

Source: draft-ietf-httpapi-idempotency-key-header-07
"""

import hashlib
import hmac
import re
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request
from pydantic import BaseModel
from starlette.responses import Response

from libs.peer.answers import actions as answers
from libs.peer.answers.actions import Answer, Asked
from libs.peer.answers.errors import KeyInFlightError, KeyMissingError
from libs.peer.clients.queries import Machine
from libs.tenancy.planes import DeskSession, ProgramSession
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

    async def answer(
        self, tx: DeskSession | ProgramSession, status: int, work: Callable[[], Awaitable[BaseModel]]
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
    return OneTime(Asked(client, request.scope["route"].name, key_hash, mac), wired.in_hand)


def _said(answer: Answer, headers: dict[str, str] | None = None) -> Response:
    return Response(answer.body, answer.status, headers=headers, media_type="application/json")


Once = Annotated[OneTime, Depends(once)]
