"""Ranks as ordered levels: so that somebody who leads can be given somebody of the same level or above.

The levels are data (`ranks.toml`). Dispatch learns a member's level, never the rank.
"""

import tomllib
from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

HIGHEST = 4
"""Leads an agency."""


class Leads(StrEnum):
    """What somebody leads, as they say it themselves when they ask."""

    SHIFT = "shift"
    SEVERAL = "several"
    DIVISION = "division"
    AGENCY = "agency"

    @property
    def level(self) -> int:
        """The level of whoever leads that."""
        return 1 + tuple(Leads).index(self)


def level(discipline: str, rank: str) -> int | None:
    """Return a rank's level.

    Args:
        discipline: dispatch, fire, ems or law.
        rank: as the roster has it; case and blanks at the ends do not matter.

    Returns:
        0 (the floor, the street) to HIGHEST; None for a rank that is not known, which is never taken for a high one.
    """
    return _levels().get((discipline, " ".join(rank.casefold().split())))


@lru_cache(maxsize=1)
def _levels() -> Mapping[tuple[str, str], int]:
    table = tomllib.loads(Path(__file__).with_name("ranks.toml").read_text())
    return {
        (discipline, rank): int(step)
        for discipline, steps in table.items()
        for step, ranks in steps.items()
        for rank in ranks
    }
