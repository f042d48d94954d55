"""How much each client asks in a minute of the clock. People are not counted: least of all those who ask for a peer.

Counted in Redis, which all processes share, and in this process. While Redis is away this process's own number alone
counts: nobody is refused because Redis is away.

Source: docs/decisions/0031-limits.md
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from redis.asyncio import Redis
from redis.exceptions import RedisError

from libs.peer.errors import Kind, PeerError

RATE_HEADERS = "rate_headers"
"""Where a request's state keeps what its answer says of the limit."""
WINDOW_S = 60
_PREFIX = "owncall:rate:"
_PATIENCE_S = 0.05
_NOT_TRIED_S = 1.0


class TooManyRequestsError(PeerError):
    """This client has sent too many requests in this minute."""

    kind = Kind.TOO_MANY
    code = "too_many_requests"

    def __init__(self, retry_after_s: int) -> None:
        super().__init__("Go on after `Retry-After` seconds. `RateLimit` says with each answer how many are left.")
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True)
class Standing:
    """What a client has asked in this minute, with this request."""

    asked: int
    most: int
    goes_on_in_s: int

    @property
    def is_over(self) -> bool:
        """Whether this request is one too many."""
        return self.asked > self.most

    def headers(self) -> dict[str, str]:
        """Return what the answer says of it, as draft-ietf-httpapi-ratelimit-headers-10 spells it."""
        left = max(0, self.most - self.asked)
        return {
            "ratelimit-policy": f'"client";q={self.most};w={WINDOW_S}',
            "ratelimit": f'"client";r={left};t={self.goes_on_in_s}',
        }


class Rates:
    """The requests of this minute, by client."""

    def __init__(
        self,
        redis: Redis,
        most: int,
        *,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin with nobody having asked.

        Args:
            redis: where all processes count.
            most: requests a minute of one client.
            clock: seconds that all processes agree on, nearly.
            monotonic: seconds that only grow.
        """
        self._redis, self._most, self._clock, self._monotonic = redis, most, clock, monotonic
        self._minute, self._here = -1, Counter[str]()
        self._redis_from = 0.0

    async def count(self, client_id: str) -> Standing:
        """Count one request of a client, and say where it stands."""
        minute, second = divmod(int(self._clock()), WINDOW_S)
        here = self._count_here(client_id, minute)
        everywhere = await self._count_everywhere(client_id, minute)
        return Standing(max(here, everywhere), self._most, WINDOW_S - second)

    def _count_here(self, client_id: str, minute: int) -> int:
        if minute != self._minute:
            self._minute, self._here = minute, Counter()
        self._here[client_id] += 1
        return self._here[client_id]

    async def _count_everywhere(self, client_id: str, minute: int) -> int:
        """Return how many all processes have counted; 0 when Redis does not say."""
        if self._monotonic() < self._redis_from:
            return 0
        key = f"{_PREFIX}{client_id}:{minute}"
        try:
            async with asyncio.timeout(_PATIENCE_S), self._redis.pipeline(transaction=False) as pipe:
                pipe.incr(key)
                pipe.expire(key, 2 * WINDOW_S)
                counted, _ = await pipe.execute()
        except (RedisError, OSError, TimeoutError):  # the live signals say so in the log, and /readyz
            self._redis_from = self._monotonic() + _NOT_TRIED_S
            return 0
        return int(counted)
