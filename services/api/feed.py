"""Live pages: look, send when it changed, wait for a signal or for the clock, look again."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

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
    unseen = object()
    seen: object = unseen
    with live.hear(*names) as rung:
        while True:
            rung.clear()
            try:
                current = await look()
            except DatabaseAwayError:
                return  # the page says that it is not live, and comes back by itself
            if essence(current) != seen:
                seen = essence(current)
                yield current
            with suppress(TimeoutError):
                await asyncio.wait_for(rung.wait(), LOOK_AGAIN_S)
