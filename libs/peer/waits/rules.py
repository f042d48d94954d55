"""Bands of waiting, the median of a quarter, and when a request counts as unanswered."""

from collections.abc import Mapping
from datetime import date, timedelta

from libs.peer.callouts.models import Urgency

BANDS = (5, 10, 20, 30, 60, 120, 240, 480, 1440, 4320)
"""Upper bounds in minutes; whoever waits longer than the last, or never hears anybody, is in one band more."""
LONGER = len(BANDS)
ENOUGH = 20
"""How many it takes before a median is said. Source: design, section 7"""

LATE_AFTER = {
    Urgency.NOW: timedelta(minutes=30),
    Urgency.TODAY: timedelta(hours=4),
    Urgency.THIS_WEEK: timedelta(days=3),
}
"""How long without a yes until a manager's page says that something is unanswered: coarse on purpose."""
LOOKED_EVERY = timedelta(minutes=15)


def band(waited: timedelta) -> int:
    """Return in which band a wait is: the first whose upper bound is not below it."""
    minutes = waited.total_seconds() / 60
    return next((place for place, most in enumerate(BANDS) if minutes <= most), LONGER)


def median_band(counts: Mapping[int, int]) -> int | None:
    """Return the band of the lower median, or None when there are too few to say.

    Args:
        counts: how many in each band; a band that is not there has none.
    """
    in_all = sum(counts.values())
    if in_all < ENOUGH:
        return None
    so_far = 0
    for place in sorted(counts):
        so_far += counts[place]
        if so_far * 2 >= in_all:
            return place
    raise AssertionError("a median is somewhere")


def quarter_of(day: date) -> date:
    """Return the first day of the quarter that a day is in."""
    return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)


def quarter_before(day: date) -> date:
    """Return the first day of the last quarter that was over on a day."""
    return quarter_of(quarter_of(day) - timedelta(days=1))
