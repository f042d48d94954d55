"""Looks that pages share: one for all who are woken at once, and never one that began before the signal."""

import asyncio
from collections.abc import Awaitable
from typing import cast

import pytest
from redis.asyncio import Redis

from libs.notify.live import Live
from libs.tenancy.errors import DatabaseAwayError
from services.api.feed import Looks


class _Table:
    """Something that changes, and how often it was looked at; a look ends when `opened`."""

    def __init__(self) -> None:
        self.value, self.looks = 0, 0
        self.opened = asyncio.Event()

    async def look(self) -> int:
        self.looks += 1
        seen = self.value
        await self.opened.wait()
        return seen


def _live() -> Live:
    return Live(cast("Redis", None))


async def _begun(*looks: asyncio.Task[int]) -> None:
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert not any(look.done() for look in looks)


async def test_a_thousand_pages_look_once() -> None:
    table, looks = _Table(), Looks()
    look = looks.shared(_live(), ("one",), "one", table.look)
    waiting = [asyncio.create_task(_as_int(look())) for _ in range(1000)]
    await _begun(*waiting)
    table.opened.set()
    assert set(await asyncio.gather(*waiting)) == {0}
    assert table.looks == 1
    await look()
    assert table.looks == 2


async def test_a_look_that_began_before_the_signal_is_not_joined() -> None:
    table, looks, live = _Table(), Looks(), _live()
    look = looks.shared(live, ("one",), "one", table.look)
    early = asyncio.create_task(_as_int(look()))
    await _begun(early)
    table.value = 1
    live._wake("one")
    late = [asyncio.create_task(_as_int(look())) for _ in range(3)]
    await _begun(early, *late)
    table.opened.set()
    assert await early == 0
    assert await asyncio.gather(*late) == [1, 1, 1]
    assert table.looks == 2


async def test_another_key_is_another_look() -> None:
    table, looks = _Table(), Looks()
    table.opened.set()
    await asyncio.gather(*(looks.shared(_live(), ("one",), key, table.look)() for key in ("a", "b")))
    assert table.looks == 2


async def test_whoever_began_it_may_leave_and_what_goes_wrong_is_told_to_all() -> None:
    looks, opened = Looks(), asyncio.Event()

    async def fails() -> int:
        await opened.wait()
        raise DatabaseAwayError("test")

    look = looks.shared(_live(), ("one",), "one", fails)
    first, second, third = (asyncio.create_task(_as_int(look())) for _ in range(3))
    await _begun(first, second, third)
    first.cancel()
    await asyncio.sleep(0)
    opened.set()
    for one in (second, third):
        with pytest.raises(DatabaseAwayError):
            await one


async def _as_int(look: Awaitable[int]) -> int:
    return await look
