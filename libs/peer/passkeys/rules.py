"""How long a challenge is good, how many passkeys one may have, and when a counter tells of a copy."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Protocol
from uuid import UUID

CHALLENGE_LIVES = timedelta(minutes=5)
MOST_PASSKEYS = 10
LONGEST_NAME = 40


class Key(Protocol):
    """A passkey, as far as it matters here."""

    @property
    def id(self) -> UUID:
        """Which one."""

    @property
    def doubted_on(self) -> date | None:
        """Since when it is refused."""


def work_without(keys: Iterable[Key], removed: UUID) -> bool:
    """Say whether somebody can still sign in when one of their passkeys is gone."""
    return any(key.doubted_on is None for key in keys if key.id != removed)


def is_copy(stored: int, shown: int) -> bool:
    """Say whether a counter that did not go up means that somebody else has a copy of the passkey.

    Args:
        stored: the counter at the last use; 0 where the device has none.
        shown: the counter that the device shows now.

    Source: Web Authentication Level 3, section 6.1.1
    """
    return (stored > 0 or shown > 0) and shown <= stored


def name(typed: str, device: str) -> str:
    """Return what a passkey is called: as typed, else by its device, in one line and not too long."""
    plain = " ".join("".join(letter if letter.isprintable() else " " for letter in typed).split())
    return (plain or device)[:LONGEST_NAME].strip()
