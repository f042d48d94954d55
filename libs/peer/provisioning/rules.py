"""Limits of a center's directory, and what of a person it may say.

Source: docs/decisions/0034-scim.md
"""

import re
from datetime import timedelta

TOKEN_PREFIX = "scim_"  # noqa: S105 - what tokens begin with, so that they are found where they should not be
OVERLAP = timedelta(hours=24)
"""For how long a token goes on once a newer one is made."""
MOST_PEOPLE = 5_000
LONGEST = 255
MOST_IN_A_PAGE = 200
LAST_PLACE = 1_000_000
"""Further than this no list goes."""


def is_sound(value: str | None) -> bool:
    """Say whether a text can be kept: of a usual length, and made of characters that can be written."""
    if value is None:
        return True
    is_writable = re.sub("[\u200c\u200d]", "", value).isprintable()  # letters of Persian names are joined by these
    return len(value) <= LONGEST and bool(value.strip()) and is_writable


def name_of(user_name: str, display_name: str | None) -> str:
    """Return what an admin is called here; never an address of mail."""
    return (display_name or user_name.partition("@")[0] or user_name)[:120]
