"""A live page ends when the session that opened it ends: by signing out, from afar, or by the clock."""

import asyncio

import anyio
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from libs.peer.accounts.queries import SignedIn
from libs.peer.sessions import actions, queries
from libs.tenancy.errors import DatabaseAwayError
from services.api.wiring import Wiring

LOOK_AGAIN_S = 60.0
"""A session that ends by the clock rings nothing; so often each live page also says that it is in use."""


class StreamsMiddleware:
    """Watches over every `text/event-stream` that somebody signed in has opened; a requester has no session."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call; what is no live page passes untouched."""
        if scope["type"] != "http" or not scope["path"].endswith("/live"):
            await self._app(scope, receive, send)
            return
        watching: list[asyncio.Task[None]] = []
        with anyio.CancelScope() as stream:

            async def send_watched(message: Message) -> None:
                await send(message)
                caller = scope["state"].get("caller")
                if _begins(message) and isinstance(caller, SignedIn):
                    watching.append(asyncio.create_task(_end_with(stream, scope["app"].state.wiring, caller)))

            try:
                await self._app(scope, receive, send_watched)
            finally:
                for task in watching:
                    task.cancel()
        if stream.cancelled_caught:
            await send({"type": "http.response.body", "body": b"", "more_body": False})


def _begins(message: Message) -> bool:
    if message["type"] != "http.response.start":
        return False
    return Headers(raw=message["headers"]).get("content-type", "").startswith("text/event-stream")


async def _end_with(stream: anyio.CancelScope, wired: Wiring, caller: SignedIn) -> None:
    """End the stream once the caller's session has ended, or nobody can watch over it any more."""
    try:
        with wired.live.hear(actions.signal(caller.sign_in_id)) as rung:
            while True:
                rung.clear()
                if not await _goes_on(wired, caller):
                    return
                with anyio.move_on_after(LOOK_AGAIN_S):
                    await rung.wait()
    finally:
        stream.cancel()


async def _goes_on(wired: Wiring, caller: SignedIn) -> bool:
    """Look whether the session is open; while the database is away the page has nothing to show anyway."""
    try:
        async with wired.planes.door() as door:
            return await queries.goes_on(door, caller)
    except DatabaseAwayError:
        return True
