"""How many ask at once, and what is asked of a browser then: work that a machine does, never a refusal.

Counted in this process alone, in memory, without address or region. Below `busy_from` asks a minute nothing is
noticed of it. Above, a page carries a small piece of work that the browser does while somebody reads; whoever sends
none (no JavaScript, an old phone, a page that was open before) waits in a lane instead, seconds long at most.

Source: docs/decisions/0012-flood.md
"""

import asyncio
import hashlib
import math
import random
import time
from collections.abc import Awaitable, Callable

LEAST_BITS = 12
MOST_BITS = 18
"""2^18 hashes: about five seconds of an old phone, beside reading the page."""
_GRACE_BITS = 3
"""The load may have grown eightfold since the page was drawn."""
_HALF_LIFE_S = 30.0
_REDRAWN_AFTER_S = 600.0
_GAP_S = 0.25
LONGEST_WAIT_S = 15.0
_MEAN_LIFE_S = _HALF_LIFE_S / math.log(2)
_BITS_OF_A_DIGEST = 256


class Load:
    """The asks of the last minute, as a rate that fades."""

    def __init__(
        self,
        busy_from: int,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        dice: random.Random | None = None,
    ) -> None:
        """Begin with nobody asking.

        Args:
            busy_from: asks a minute from which work is asked for.
            clock: seconds that only grow.
            sleep: waits for seconds.
            dice: draws the threshold anew now and then, between `busy_from` and twice that: nobody can tell from
                it that one more has asked.
        """
        self._busy_from = busy_from
        self._clock, self._sleep, self._dice = clock, sleep, dice or random.SystemRandom()
        self._faded, self._seen_at = 0.0, clock()
        self._threshold, self._drawn_at = float(busy_from), -math.inf
        self._lane_free_at = 0.0

    def bits(self) -> int:
        """Return how much work is asked for now: 0, or LEAST_BITS to MOST_BITS, one more with each doubling."""
        ratio = self._a_minute() / self._now_busy_from()
        return 0 if ratio < 1 else min(LEAST_BITS + int(math.log2(ratio)), MOST_BITS)

    async def let_through(self, receipt: str, proof: str) -> None:
        """Count one who asks; return at once, or after a wait when it is busy and no work was done.

        Args:
            receipt: in its one spelling; work for one receipt is good for no other.
            proof: what the browser found; empty for none.
        """
        self._faded, self._seen_at = self._fade() + 1, self._clock()
        needed = self.bits()
        if needed and bits_of(receipt, proof) < needed - _GRACE_BITS:
            await self._sleep(self._place_in_lane())

    def _place_in_lane(self) -> float:
        now = self._clock()
        self._lane_free_at = min(max(now, self._lane_free_at) + _GAP_S, now + LONGEST_WAIT_S)
        return self._lane_free_at - now

    def _fade(self) -> float:
        return self._faded * math.exp(-(self._clock() - self._seen_at) / _MEAN_LIFE_S)

    def _a_minute(self) -> float:
        return self._fade() / _MEAN_LIFE_S * 60

    def _now_busy_from(self) -> float:
        if self._clock() - self._drawn_at > _REDRAWN_AFTER_S:
            self._threshold = self._dice.uniform(self._busy_from, 2 * self._busy_from)
            self._drawn_at = self._clock()
        return self._threshold


def bits_of(receipt: str, proof: str) -> int:
    """Return how many zero bits SHA-256 of `<receipt>:<proof>` begins with; 0 for no proof.

    `static/work.js` looks for one.
    """
    if not proof:
        return 0
    digest = int.from_bytes(hashlib.sha256(f"{receipt}:{proof}".encode()).digest())
    return _BITS_OF_A_DIGEST - digest.bit_length()
