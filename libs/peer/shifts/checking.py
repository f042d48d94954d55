"""What can be wrong with a schedule as somebody enters it, field by field, with what to do about it."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from libs.peer.shifts import rules
from libs.peer.shifts.models import Unit
from libs.peer.shifts.rules import Layer, Period

LONGEST_NAME = 60
MOST_PLACES = 100
NEEDS = range(1, 10)
"""How many a team may want on duty at a time."""
MOST_TURN = {Unit.HOUR: 168, Unit.DAY: 366}
LONGEST_TEMPORARY = timedelta(days=92)
SHORTEST_SHIFT, LONGEST_SHIFT = timedelta(minutes=30), timedelta(days=14)
FURTHEST = timedelta(days=366)
"""Nobody plans single shifts further ahead."""
_FIRST, _LAST = date(2020, 1, 1), date(2100, 1, 1)


def rotation(name: str, layer: Layer, team: Collection[UUID]) -> dict[str, str]:
    """Say what is wrong with a rotation.

    Args:
        name: what the team calls it.
        layer: as entered.
        team: who is in the team.

    Returns:
        By field of the form what to do about it; empty when it is sound.
    """
    found: dict[str, str] = {}
    if not 0 < len(name.strip()) <= LONGEST_NAME or not name.isprintable():
        found["name"] = "Give it a name of up to 60 characters."
    if not layer.people:
        found["people"] = "Name at least one person: nobody would be on duty."
    elif len(layer.people) > MOST_PLACES:
        found["people"] = "There are at most 100 places in the order."
    elif not set(layer.people) <= set(team):
        found["people"] = "Everybody in the order has to be in this team."
    found |= _turn(layer)
    found |= _days(layer)
    return found


def _turn(layer: Layer) -> dict[str, str]:
    found: dict[str, str] = {}
    least = rules.SHORTEST_TURN_HOURS if layer.unit is Unit.HOUR else 1
    if not least <= layer.turn <= MOST_TURN[layer.unit]:
        found["turn"] = "A turn lasts 2 to 168 hours, or 1 to 366 days."
    if layer.unit is Unit.HOUR and (layer.daily is not None or layer.weekdays != rules.EVERY_DAY):
        found["daily_from"] = "Turns of hours go round the clock: leave hours and weekdays as they are."
    if not layer.weekdays or not layer.weekdays <= rules.EVERY_DAY:
        found["weekdays"] = "Choose at least one day of the week."
    return found


def _days(layer: Layer) -> dict[str, str]:
    found: dict[str, str] = {}
    if not all(_FIRST <= day < _LAST for day in (layer.starts_on, layer.ends_on or layer.starts_on)):
        found["starts_on"] = "Choose a day after 2020 and before 2100."
    elif not is_zone(layer.zone):
        found["zone"] = "There is no such time zone. Write it as in America/Chicago."
    elif layer.ends_on is not None and layer.ends_on <= layer.starts_on:
        found["ends_on"] = "The end has to be after the start."
    elif layer.is_temporary and (layer.ends_on is None or layer.ends_on - layer.starts_on > LONGEST_TEMPORARY):
        found["ends_on"] = "A temporary schedule needs an end, within 92 days."
    return found


def shifts(periods: Sequence[Period], now: datetime) -> dict[str, str]:
    """Say what is wrong with open shifts to put up."""
    if not 0 < len(periods) <= MOST_PLACES:
        return {"weeks": "Put up 1 to 100 shifts at a time."}
    for period in periods:
        wrong = shift(period, now)
        if wrong:
            return wrong
    return {}


def shift(period: Period, now: datetime) -> dict[str, str]:
    """Say what is wrong with when one shift is."""
    if not SHORTEST_SHIFT <= period.ends_at - period.starts_at <= LONGEST_SHIFT:
        return {"ends_at": "A shift lasts half an hour to 14 days, and its end is after its start."}
    if period.ends_at <= now:
        return {"starts_at": "That time is over. What has been cannot be changed."}
    if period.starts_at > now + FURTHEST:
        return {"starts_at": "That is more than a year ahead."}
    return {}


def is_zone(name: str) -> bool:
    """Say whether there is such a zone."""
    try:
        rules.instant(name, _FIRST, 0)
    except ValueError:
        return False
    return True
