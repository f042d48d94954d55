"""From the yes to a confirmed contact: when both are asked, when it is paged again, when it is closed as unreached."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from libs.peer.attempts.models import AttemptKind
from libs.peer.callouts.models import Urgency
from libs.peer.callouts.rules import CONTACT_WITHIN

COUNTED = frozenset({AttemptKind.MESSAGE, AttemptKind.BRIDGED})
"""Only what a channel knows. Source: design, section 3 "Contact"."""
NEEDED = 2
"""Counted attempts before a request may be closed without the requester's word. Source: domain, rule 6"""
NOW_APART = timedelta(hours=1)
"""Between two attempts that count for `now`; the others count on different days. Source: design, section 3 "Close"."""
WAIT_AFTER = {
    Urgency.NOW: timedelta(hours=12),
    Urgency.TODAY: timedelta(days=1),
    Urgency.THIS_WEEK: timedelta(days=3),
}
"""From the last attempt to the close: a shift, a day, some days."""


class Then(StrEnum):
    """What the clock's end means."""

    REPAGE = "repage"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class ContactClock:
    """When something happens to an accepted callout without a confirmed contact, and what."""

    at: datetime
    then: Then


def contact_clock(
    urgency: Urgency, accepted_at: datetime, attempts: Iterable[tuple[AttemptKind, datetime]], zone: ZoneInfo
) -> ContactClock:
    """Return what comes next when nobody says anything more.

    Args:
        urgency: of the request.
        accepted_at: aware; when the peer said yes.
        attempts: of that peer, any order, may be empty; those that do not count change nothing.
        zone: the region's, in which days are told apart.

    Returns:
        No counted attempt: paged again at the end of the time. One: the next is due an hour later, or by the end of the
        next day, else it is paged again. Two: closed after a waiting time.
    """
    counted = _apart(urgency, sorted(at for kind, at in attempts if kind in COUNTED), zone)
    if not counted:
        return ContactClock(accepted_at + CONTACT_WITHIN[urgency], Then.REPAGE)
    if len(counted) < NEEDED:
        return ContactClock(_next_by(urgency, counted[-1], zone), Then.REPAGE)
    return ContactClock(counted[NEEDED - 1] + WAIT_AFTER[urgency], Then.CLOSE)


def _apart(urgency: Urgency, attempts: list[datetime], zone: ZoneInfo) -> list[datetime]:
    """Keep those that are far enough from the one kept before."""
    kept: list[datetime] = []
    for at in attempts:
        if not kept or _is_apart(urgency, kept[-1], at, zone):
            kept.append(at)
    return kept


def _is_apart(urgency: Urgency, first: datetime, second: datetime, zone: ZoneInfo) -> bool:
    if urgency is Urgency.NOW:
        return second - first >= NOW_APART
    return second.astimezone(zone).date() > first.astimezone(zone).date()


def _next_by(urgency: Urgency, last: datetime, zone: ZoneInfo) -> datetime:
    if urgency is Urgency.NOW:
        return last + NOW_APART + CONTACT_WITHIN[urgency]
    day_after = last.astimezone(zone).date() + timedelta(days=2)
    return datetime.combine(day_after, time(), zone).astimezone(last.tzinfo)
