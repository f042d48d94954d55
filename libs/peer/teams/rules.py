"""Who counts as a trained, designated member in date."""

import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from difflib import SequenceMatcher
from uuid import UUID

from libs.peer.teams.models import Area, TeamRole
from libs.peer.teams.ranks import Leads

COORDINATE = frozenset({TeamRole.COORDINATOR, TeamRole.DEPUTY})
"""Who steps in, decides what managers let wait, and sees the board."""
HOURS_NEEDED = 40
MODULES_NEEDED = frozenset(Area)
"""APCO's four areas for peer teams.

Source: domain, "40+ hours of training".
"""
NOTICE_DAYS = (60, 30, 7)
"""How long before something lapses its holder is told. Source: domain, "40+ hours of training"."""


def notices(lapses_on: date) -> tuple[date, ...]:
    """Return the days on which somebody is told that something of theirs lapses, the earliest first."""
    return tuple(lapses_on - timedelta(days) for days in NOTICE_DAYS)


def lapses_soon(lapses_on: date | None, today: date) -> bool:
    """Say whether something lapses so soon that the first notice is due, and has not lapsed yet."""
    return lapses_on is not None and notices(lapses_on)[0] <= today < lapses_on


_ALIKE = 0.8
_LONG_ENOUGH = 4


@dataclass(frozen=True, slots=True)
class Listed:
    """What asking needs to know of a member.

    Attributes:
        leads: by rank, may be somebody's supervisor at the own center.
        level: how high the rank is, see `ranks`; None for one that is not known.
        steps_in: coordinator, deputy or clinician, to whom a callout turns when nobody answers.
        is_in_house_only: of all that is asked, in the own center's team alone.
    """

    peer_id: UUID
    agency_id: UUID
    name: str
    leads: bool
    level: int | None = None
    steps_in: bool = False
    is_in_house_only: bool = False

    def ranks_with(self, leads: Leads) -> bool:
        """Whether the rank is the same or above; one that is not known is neither."""
        return self.level is not None and self.level >= leads.level


def is_called(name: str, typed: str) -> bool:
    """Say whether a member may be meant by what somebody typed: rather one too many than one too few.

    Args:
        name: as the roster has it.
        typed: a first name, a last name, both, an initial, without accents, with a slip of the finger.

    Returns:
        True when every typed word is the beginning of a word of the name, or nearly one of them. Nothing typed
        means nobody.

    Source: docs/decisions/0011-leaving-out.md
    """
    of_name, of_typed = _words(name), _words(typed)
    return bool(of_typed) and all(any(_is_near(word, known) for known in of_name) for word in of_typed)


def _words(text: str) -> list[str]:
    plain = "".join(mark for mark in unicodedata.normalize("NFKD", text) if not unicodedata.combining(mark))
    return "".join(mark if mark.isalpha() else " " for mark in plain.casefold()).split()


def _is_near(typed: str, known: str) -> bool:
    if known.startswith(typed):
        return True
    near = SequenceMatcher(None, typed, known, autojunk=False)
    return len(typed) >= _LONG_ENOUGH and near.real_quick_ratio() >= _ALIKE and near.ratio() >= _ALIKE


def what_is_missing(
    *,
    designated_on: date | None,
    lapses_on: date | None,
    training_hours: int,
    modules: Collection[str],
    today: date,
    lapsed_modules: Collection[str] = (),
    is_suspended: bool = False,
) -> tuple[str, ...]:
    """Say what keeps a member from getting offers of one team.

    Args:
        designated_on: first day as an official member of the team; None when not yet designated.
        lapses_on: first day on which the designation no longer counts; None when it has no end.
        training_hours: hours of training so far.
        modules: areas covered, and not lapsed.
        today: the day of the decision.
        lapsed_modules: areas that were covered once; told apart from those never covered.
        is_suspended: by the program's word.

    Returns:
        Codes: `suspended`, `designation`, `in_date`, `hours`, `module:<area>`, `module_lapsed:<area>`; empty when
        nothing is missing.

    Source: domain, rule 11
    """
    missing = ["suspended"] if is_suspended else []
    if designated_on is None or designated_on > today:
        missing.append("designation")
    if lapses_on is not None and lapses_on <= today:
        missing.append("in_date")
    if training_hours < HOURS_NEEDED:
        missing.append("hours")
    lapsed = set(lapsed_modules)
    missing += [
        f"module_lapsed:{area}" if area in lapsed else f"module:{area}"
        for area in sorted(MODULES_NEEDED.difference(modules))
    ]
    return tuple(missing)
