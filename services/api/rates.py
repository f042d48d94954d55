"""How much is asked in a minute of the clock: by each client, and by a network of what proves nothing. Never who asks.

Counted in Redis, which all processes share, and in this process. While Redis is away this process's own number alone
counts: nobody is refused because Redis is away.

Source: docs/decisions/0031-limits.md
"""

import asyncio
import hmac
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address, ip_network

from redis.asyncio import Redis
from redis.exceptions import RedisError

from libs.peer.errors import Kind, PeerError

RATE_HEADERS = "rate_headers"
"""Where a request's state keeps what its answer says of the limit."""
WINDOW_S = 60
_PREFIX = "owncall:rate:"
_PATIENCE_S = 0.05
_NOT_TRIED_S = 1.0


class Counted(StrEnum):
    """What is counted, as `RateLimit` names it."""

    CLIENT = "client"
    """Requests of a client that has proved itself, taking tokens among them; by its id."""
    FAILED = "failed"
    """Calls for a token, or for its end, that failed; by network, as anybody can claim to be a client."""
    SIGN_ON = "sign_on"
    """Sign-ins begun with a provider: each leaves a row for ten minutes; by network."""


class TooManyRequestsError(PeerError):
    """This client has sent too many requests in this minute."""

    kind = Kind.TOO_MANY
    code = "too_many_requests"
    says = "Go on after `Retry-After` seconds. `RateLimit` says with each answer how many are left."

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(self.says)
        self.retry_after_s = retry_after_s


class TooManyFromHereError(TooManyRequestsError):
    """Too many tries have come from your network in this minute."""

    code = "too_many_from_here"
    says = "Try again in a minute."


@dataclass(frozen=True, slots=True)
class Standing:
    """What has been asked in this minute, with this request."""

    counted: Counted
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
        waits = {"retry-after": str(self.goes_on_in_s)} if self.is_over else {}
        return waits | {
            "ratelimit-policy": f'"{self.counted}";q={self.most};w={WINDOW_S}',
            "ratelimit": f'"{self.counted}";r={left};t={self.goes_on_in_s}',
        }


class Rates:
    """The requests of this minute, by what is counted and of whom."""

    def __init__(
        self,
        redis: Redis,
        most: Mapping[Counted, int],
        *,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin with nobody having asked.

        Args:
            redis: where all processes count.
            most: so many a minute, of one client or network.
            clock: seconds that all processes agree on, nearly.
            monotonic: seconds that only grow.
        """
        self._redis, self._most, self._clock, self._monotonic = redis, most, clock, monotonic
        self._minute, self._here = -1, Counter[str]()
        self._redis_from = 0.0

    async def count(self, counted: Counted, of: str) -> Standing:
        """Count one request of a client or network, and say where it stands."""
        minute, second = divmod(int(self._clock()), WINDOW_S)
        name = f"{counted}:{of}"
        here = self._count_here(name, minute)
        everywhere = await self._count_everywhere(name, minute)
        return Standing(counted, max(here, everywhere), self._most[counted], WINDOW_S - second)

    def _count_here(self, name: str, minute: int) -> int:
        if minute != self._minute:
            self._minute, self._here = minute, Counter()
        self._here[name] += 1
        return self._here[name]

    async def _count_everywhere(self, name: str, minute: int) -> int:
        """Return how many all processes have counted; 0 when Redis does not say."""
        if self._monotonic() < self._redis_from:
            return 0
        key = f"{_PREFIX}{name}:{minute}"
        try:
            async with asyncio.timeout(_PATIENCE_S), self._redis.pipeline(transaction=False) as pipe:
                pipe.incr(key)
                pipe.expire(key, 2 * WINDOW_S)
                counted, _ = await pipe.execute()
        except (RedisError, OSError, TimeoutError):  # the live signals say so in the log, and /readyz
            self._redis_from = self._monotonic() + _NOT_TRIED_S
            return 0
        return int(counted)


def network(address: str, key: bytes) -> str:
    """Return a mark of the network that an address is in; without the key nobody can tell which one.

    A /24, or a /48: what one site has, and more than one machine can change within.
    """
    try:
        found = ip_address(address)
    except ValueError:  # a socket of this machine, or a proxy's word that is none
        return _mark(address, key)
    found = getattr(found, "ipv4_mapped", None) or found
    prefix = 24 if found.version == 4 else 48  # noqa: PLR2004 - the two that there are
    return _mark(str(ip_network((found, prefix), strict=False)), key)


def _mark(said: str, key: bytes) -> str:
    return hmac.digest(key, said.encode(), "sha256")[:16].hex()
