"""Tokens of integrators that this process has just looked up: good for five seconds more without asking again.

Source: docs/decisions/0035-keys-of-integrators.md
"""

import time
from collections.abc import Callable

from libs.peer.accounts.rules import hashed
from libs.peer.clients.queries import Machine

KEPT_S = 5.0
_COMMITS_WITHIN_S = 5.0
"""Whoever ends a token says so before the end is committed; what is looked up in between is not kept."""
_MOST = 1000


class KnownTokens:
    """Whose token is whose, for a moment; by the token's hash, as the database has it."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._known: dict[bytes, tuple[float, Machine]] = {}
        self._keeps_from = 0.0

    def find(self, token: str) -> Machine | None:
        """Return whose token this is, if that was looked up within the last moment."""
        until, found = self._known.get(hashed(token), (0.0, None))
        return found if self._clock() < until else None

    def keep(self, token: str, machine: Machine) -> None:
        """Remember what was just looked up, no longer than the token lives."""
        now = self._clock()
        if now < self._keeps_from:
            return
        if len(self._known) >= _MOST:
            self._known.clear()
        self._known[hashed(token)] = now + min(KEPT_S, machine.lives_s), machine

    def forget(self) -> None:
        """Forget all of them: a token, a key or a client ends."""
        self._known.clear()
        self._keeps_from = self._clock() + _COMMITS_WITHIN_S
