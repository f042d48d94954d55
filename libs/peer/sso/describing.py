"""What a process holds of all providers: their keys, what they last said of themselves, and the seal."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from libs.peer.sso import attempts, rules
from libs.peer.sso.keys import Keys
from libs.peer.sso.rules import Provider
from libs.peer.sso.sealing import Seal


@dataclass(slots=True)
class SignOn:
    """Asks providers what they are, and not twice within a minute.

    Attributes:
        clock: seconds that only grow.
    """

    keys: Keys
    seal: Seal
    clock: Callable[[], float] = time.monotonic
    _said: dict[str, tuple[Provider, float]] = field(default_factory=dict)
    _locks: defaultdict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))

    async def describe(self, issuer: str, *, anew: bool = False) -> Provider:
        """Return what an issuer is; `anew`: by what it says now.

        Raises:
            ProviderUnusableError: it is none, or none that signs in safely; it names the field and the fix.
            ProviderAwayError: nobody there, or too slow.
        """
        async with self._locks[issuer]:  # one that is slow makes nobody else wait
            said = self._said.get(issuer)
            if said is not None and not anew and self.clock() - said[1] < rules.CONFIGURATION_KEPT_S:
                return said[0]
            provider = await attempts.provider_of(self.keys, issuer)
            self._said[issuer] = provider, self.clock()
            return provider
