"""Codes that prove a channel: how they look, how long they live, and what may be proven."""

import hashlib
import hmac
import re
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

CODE_LIVES = timedelta(minutes=10)
MOST_TRIES = 5
"""Wrong answers to one code; then it is dead."""
MOST_DRAWS = 5
"""How often one asking may end in a letter: each try of the job draws anew, as the code is kept nowhere."""
NOT_BEFORE = timedelta(minutes=1)
"""From one asking to the next."""
MOST_ASKED, COUNTED_FOR = 5, timedelta(hours=1)
"""So 25 guesses an hour, of a million. Source: docs/decisions/0033-a-way-counts-once-a-code-came-back.md"""
GOES_OUT_WITHIN = timedelta(minutes=1)
"""Then the page says that it has not gone out."""
_DIGITS = 6


class Stands(StrEnum):
    """Where the proof of a channel stands."""

    UNPROVEN = "unproven"
    ON_ITS_WAY = "on_its_way"
    SENT = "sent"
    PROVEN = "proven"


def written(number: int) -> str:
    """Return a drawn number as a code: six digits, with the zeros in front.

    Args:
        number: 0 to 999,999, evenly drawn.
    """
    return f"{number:0{_DIGITS}d}"


def typed(text: str) -> str:
    """Return the digits of what somebody typed or pasted, wherever spaces or dashes stand."""
    return re.sub(r"[^0-9]", "", text)


def hashed(key: bytes, code_id: UUID, code: str) -> bytes:
    """Return what is kept of a code.

    Args:
        key: of the processes; a million codes are soon tried, so the row alone must not be enough.
        code_id: the asking's, so that the same code never looks the same.
        code: its digits.
    """
    return hmac.digest(key, code_id.bytes + code.encode(), hashlib.sha256)


def stands(
    *, is_proven: bool, asked_at: datetime | None, expires_at: datetime | None, tries: int, now: datetime
) -> Stands:
    """Say where the proof of a channel stands.

    Args:
        is_proven: a code came back.
        asked_at: when one was asked for last; None when never, or when it was used.
        expires_at: its end, once it was drawn to be sent.
        tries: wrong answers to it.
        now: aware.
    """
    if is_proven:
        return Stands.PROVEN
    if expires_at is not None:
        return Stands.SENT if expires_at > now and tries < MOST_TRIES else Stands.UNPROVEN
    is_going = asked_at is not None and now - asked_at < GOES_OUT_WITHIN
    return Stands.ON_ITS_WAY if is_going else Stands.UNPROVEN
