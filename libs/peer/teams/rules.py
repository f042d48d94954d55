"""Who counts as a trained, designated member in date."""

from collections.abc import Collection
from datetime import date, timedelta

from libs.peer.teams.models import Area

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
