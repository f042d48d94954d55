"""Live pages: look, send when it changed, wait for a signal or for the clock, look again."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Hashable
from contextlib import aclosing, suppress
from functools import partial
from typing import Any, Generic, Protocol, TypeVar

from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event
from starlette.responses import StreamingResponse

from libs.notify.live import Live
from libs.tenancy.errors import DatabaseAwayError

T = TypeVar("T")

LOOK_AGAIN_S = 15.0
"""The safety net when a signal was lost; while Redis is away, waiting pages are woken every second."""


async def changes(
    live: Live, names: tuple[str, ...], look: Callable[[], Awaitable[T]], essence: Callable[[T], object]
) -> AsyncIterator[T]:
    """Yield what `look` returns, at once and whenever its essence changes.

    Args:
        live: signals of this process.
        names: signals that mean "look".
        look: reads the current state, in a short transaction of its own.
        essence: what of it matters; a clock that only ticked does not.
    """
    beats = _beats(live, names, look, essence)
    async with aclosing(beats):
        async for current in beats:
            if current is not None:
                yield current


async def _beats(
    live: Live, names: tuple[str, ...], look: Callable[[], Awaitable[T]], essence: Callable[[T], object]
) -> AsyncGenerator[T | None, None]:
    """The same, and None whenever it has looked and nothing has changed."""
    seen: object = object()
    with live.hear(*names) as rung:
        while True:
            rung.clear()
            try:
                current = await look()
            except DatabaseAwayError:
                return  # the page says that it is not live, and comes back by itself
            new = essence(current)
            yield current if new != seen else None
            seen = new
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_AGAIN_S):
                    await rung.wait()


class Sight(Protocol):
    """What many pages are sent alike, made once for all of them."""

    @property
    def essence(self) -> object:
        """What of it matters."""

    @property
    def event(self) -> bytes:
        """What goes to the browsers, see `as_event`."""

    @property
    def is_last(self) -> bool:
        """Whether nothing comes after it."""


def as_event(fragment: str) -> bytes:
    """Return a fragment of a page as a server-sent event."""
    return format_sse_event(data_str=fragment, event="fragment")


class Stream(StreamingResponse):
    """A live page of which there may be a thousand: one task a page, and what goes out is made once.

    FastAPI's own way takes three tasks and two queues a page, and encodes the event for each.
    """

    media_type = "text/event-stream"

    def __init__(self, live: Live, names: tuple[str, ...], look: Callable[[], Awaitable[Sight]]) -> None:
        """Begin to look.

        Args:
            live: signals of this process.
            names: signals that mean "look".
            look: as for `changes`.
        """
        super().__init__(_events(live, names, look), headers={"x-accel-buffering": "no"})


async def _events(live: Live, names: tuple[str, ...], look: Callable[[], Awaitable[Sight]]) -> AsyncIterator[bytes]:
    beats = _beats(live, names, look, lambda seen: seen.essence)
    async with aclosing(beats):
        async for sight in beats:
            yield KEEPALIVE_COMMENT if sight is None else sight.event
            if sight is not None and sight.is_last:
                return


class _UnderWay(Generic[T]):
    """A look that has not come to its end; `rung`: what it will see may be old, once it is set."""

    rung: asyncio.Event | None = None
    task: asyncio.Task[T]

    async def go(self, live: Live, names: tuple[str, ...], look: Callable[[], Awaitable[T]]) -> T:
        with live.hear(*names) as self.rung:
            return await look()


class Looks:
    """Looks that are under way, so that a thousand pages that wait for the same thing look once.

    Nothing is kept once a look is through, and none is joined that began before the last signal: what a page sees is
    never older than what it would have seen by itself.
    """

    def __init__(self) -> None:
        self._under_way: dict[Hashable, _UnderWay[Any]] = {}

    def shared(
        self, live: Live, names: tuple[str, ...], key: Hashable, look: Callable[[], Awaitable[T]]
    ) -> Callable[[], Awaitable[T]]:
        """Return a `look` that joins the one under way.

        Args:
            live: signals of this process.
            names: signals that make a look that is under way too old to join.
            key: everything that what is seen depends on: the thing, who may see it, the language.
            look: the same for everybody with the same key.
        """

        async def joined() -> T:
            look_now: _UnderWay[T] | None = self._under_way.get(key)
            if look_now is None or (look_now.rung is not None and look_now.rung.is_set()):
                look_now = self._under_way[key] = _UnderWay()
                look_now.task = asyncio.create_task(look_now.go(live, names, look))
                look_now.task.add_done_callback(partial(self._through, key))
            # Whoever began it may leave; the others still want it.
            return await asyncio.shield(look_now.task)

        return joined

    def _through(self, key: Hashable, done: asyncio.Task[Any]) -> None:
        if key in self._under_way and self._under_way[key].task is done:
            del self._under_way[key]
        if not done.cancelled():
            done.exception()  # for whoever waits, and perhaps nobody does any more
