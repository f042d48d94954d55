"""Live signals over Redis: pages hear that something changed, the worker hears that there is work.

A signal is a name with a random id in it and carries nothing. Losing one costs seconds: everybody who
listens also looks again by the clock.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

_PREFIX = "owncall:live:"
_AGAIN_S = 0.5
_RING_S = 0.5
"""A Redis that accepts and does not answer must not hold up an answer whose commit is through."""
log = structlog.get_logger()


class Live:
    """One subscription a process, however many pages wait on it."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._waiting: dict[str, set[asyncio.Event]] = {}

    async def ring(self, names: set[str]) -> None:
        """Tell everybody who hears one of `names`. Never raises: the commit is through already."""
        try:
            async with asyncio.timeout(_RING_S):
                await self._publish(names)
        except (RedisError, OSError, TimeoutError) as error:
            log.warning("live_signal_lost", error=type(error).__name__)

    async def _publish(self, names: set[str]) -> None:
        if len(names) == 1:  # an ask rings one: a pipeline costs it twice the time
            await self._redis.publish(_PREFIX + next(iter(names)), "")
            return
        async with self._redis.pipeline(transaction=False) as pipe:
            for name in names:
                pipe.publish(_PREFIX + name, "")
            await pipe.execute()

    @contextmanager
    def hear(self, *names: str) -> Iterator[asyncio.Event]:
        """Yield an event that is set whenever one of `names` rings; clear it before looking."""
        event = asyncio.Event()
        for name in names:
            self._waiting.setdefault(name, set()).add(event)
        try:
            yield event
        finally:
            for name in names:
                waiting = self._waiting[name]
                waiting.discard(event)
                if not waiting:
                    del self._waiting[name]

    def is_heard(self, name: str) -> bool:
        """Say whether anybody in this process listens for a signal."""
        return name in self._waiting

    async def run(self) -> None:
        """Listen until cancelled; while Redis is away, everybody is told to look by themselves."""
        while True:
            try:
                await self._listen()
            except (RedisError, OSError) as error:
                log.warning("live_signals_away", error=type(error).__name__)
            self._wake_all()
            await asyncio.sleep(_AGAIN_S)

    async def _listen(self) -> None:
        async with self._redis.pubsub() as subscription:
            await subscription.psubscribe(_PREFIX + "*")
            self._wake_all()
            async for message in subscription.listen():
                if message["type"] == "pmessage":
                    self._wake(message["channel"].decode().removeprefix(_PREFIX))

    def _wake(self, name: str) -> None:
        for event in self._waiting.get(name, ()):
            event.set()

    def _wake_all(self) -> None:
        for name in list(self._waiting):
            self._wake(name)
