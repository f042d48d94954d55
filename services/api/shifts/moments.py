"""What somebody types as a time, in the zone in which the page speaks."""

from datetime import date, datetime

from libs.peer.shifts import rules
from libs.peer.shifts.errors import ScheduleNotSound
from libs.peer.shifts.rules import Period


def instant(typed: str, zone: str, name: str) -> datetime:
    """Return the instant of a form's field, `2026-11-23T20:00`.

    Raises:
        ScheduleNotSound: it is none; the field is named.
    """
    day, _, clock = typed.strip().partition("T")
    hour, _, minute = clock.partition(":")
    try:
        minutes = int(hour) * 60 + int(minute[:2])
        found = rules.instant(zone, date.fromisoformat(day), minutes)
    except (ValueError, OverflowError) as error:
        raise ScheduleNotSound({name: "Give a day and a time."}) from error
    return found


def period(begin: str, end: str, zone: str) -> Period:
    """Return what is between two fields.

    Raises:
        ScheduleNotSound: one of them is no time.
    """
    return Period(instant(begin, zone, "starts_at"), instant(end, zone, "ends_at"))
