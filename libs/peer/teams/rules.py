"""Who counts as a trained, designated member in date."""

from collections.abc import Collection
from datetime import date

HOURS_NEEDED = 40
MODULES_NEEDED = frozenset({"stress_indicators", "scope", "resources", "de_escalation"})
"""APCO's four areas for peer teams.

Source: domain, "40+ hours of training".
"""


def what_is_missing(
    *,
    designated_on: date | None,
    lapses_on: date | None,
    training_hours: int,
    modules: Collection[str],
    today: date,
) -> tuple[str, ...]:
    """Say what keeps a member from getting offers.

    Args:
        designated_on: first day as an official member; None when not yet designated.
        lapses_on: first day on which the designation no longer counts; None when it has no end.
        training_hours: hours of training so far.
        modules: areas covered.
        today: the day of the decision.

    Returns:
        Codes: `designation`, `in_date`, `hours`, `module:<area>`; empty when nothing is missing.

    Source: domain, rule 11
    """
    missing = []
    if designated_on is None or designated_on > today:
        missing.append("designation")
    if lapses_on is not None and lapses_on <= today:
        missing.append("in_date")
    if training_hours < HOURS_NEEDED:
        missing.append("hours")
    missing += [f"module:{area}" for area in sorted(MODULES_NEEDED.difference(modules))]
    return tuple(missing)
