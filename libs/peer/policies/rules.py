"""What a policy means on the clock: when a wave may begin, until when it runs, and what a night looks like."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from libs.peer.callouts.models import Urgency
from libs.peer.policies.models import Hours, Policy, Step, Who

_EVERY_DAY = Hours(days=frozenset(range(7)), opens=time(8), closes=time(20))
_ALL_ROLES = (Who.DEPUTIES, Who.CLINICIANS)

DEFAULTS: dict[Urgency, Policy] = {
    # 3 at once, the next 3 after a minute, after 3 minutes more and the coordinators; then whoever there is.
    Urgency.NOW: Policy(
        steps=(
            Step(who=(Who.PEERS,), at_once=3, answer_within_s=60),
            Step(who=(Who.PEERS,), at_once=3, answer_within_s=120),
            Step(who=(Who.PEERS, Who.COORDINATORS), at_once=3, answer_within_s=120),
            Step(who=_ALL_ROLES, answer_within_s=120),
            Step(who=(Who.EVERYBODY,), answer_within_s=120),
            Step(who=(Who.PARTNER_REGION,), answer_within_s=600),
        ),
        own_center_s=180,
    ),
    # One at a time; after an hour without a yes the coordinators are asked, too.
    Urgency.TODAY: Policy(
        steps=(
            Step(who=(Who.PEERS,), answer_within_s=600, waves=6),
            Step(who=(Who.PEERS, Who.COORDINATORS), answer_within_s=600),
            Step(who=(Who.PEERS,), answer_within_s=600, waves=0),
            Step(who=_ALL_ROLES, answer_within_s=600),
            Step(who=(Who.PARTNER_REGION,), answer_within_s=3600),
        ),
        own_center_s=1800,
    ),
    # Nobody is woken for it; weekends are days like others to people who work shifts.
    Urgency.THIS_WEEK: Policy(
        steps=(
            Step(who=(Who.PEERS,), answer_within_s=4 * 3600, waves=6),
            Step(who=(Who.PEERS, Who.COORDINATORS), answer_within_s=4 * 3600),
            Step(who=(Who.PEERS,), answer_within_s=4 * 3600, waves=0),
            Step(who=_ALL_ROLES, answer_within_s=4 * 3600),
            Step(who=(Who.PARTNER_REGION,), answer_within_s=4 * 3600),
        ),
        hours=_EVERY_DAY,
        own_center_s=12 * 3600,
    ),
}
"""What holds until a region makes a policy of its own. Source: design, section 3 "Page"; decision 0015"""


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of a preview.

    Attributes:
        at: when, aware.
        who: whom; empty at the end, when nobody is left to ask.
        at_once: how many peers, where peers are asked.
        channels: over which; empty means all.
        until: to when they may answer.
        goes_on: the same again and again until no peer is left.
    """

    at: datetime
    who: tuple[Who, ...]
    at_once: int
    channels: tuple[str, ...]
    until: datetime
    goes_on: bool = False


def next_open(hours: Hours | None, zone: ZoneInfo, at: datetime) -> datetime:
    """Return the first instant, `at` or later, at which a wave may begin.

    Args:
        hours: None is always open.
        zone: the region's.
        at: aware.
    """
    return at if hours is None else max(at, next(_windows(hours, zone, at))[0])


def ends_at(hours: Hours | None, zone: ZoneInfo, start: datetime, span: timedelta) -> datetime:
    """Return when `span` of open time has gone by since `start`; closed hours do not count.

    Args:
        hours: None is always open.
        zone: the region's.
        start: aware.
        span: at least zero.
    """
    if hours is None:
        return start + span
    for opens, closes in _windows(hours, zone, start):
        begins = max(start, opens)
        if closes - begins >= span:
            return begins + span
        span -= closes - begins
    raise AssertionError("windows never end")


def _windows(hours: Hours, zone: ZoneInfo, at: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Yield the open stretches that end after `at`, as instants of its own zone; a day has 23 hours, 24 or 25."""
    day = at.astimezone(zone).date() - timedelta(days=1)
    while True:
        if day.weekday() in hours.days:
            # Arithmetic within one zone would count clock faces, not hours.
            opens, closes = (
                datetime.combine(day, face, zone).astimezone(at.tzinfo) for face in (hours.opens, hours.closes)
            )
            if max(opens, at) < closes:
                yield opens, closes
        day += timedelta(days=1)


def timeline(policy: Policy, zone: ZoneInfo, start: datetime) -> tuple[Moment, ...]:
    """Return what happens when somebody asks at `start` and nobody ever answers.

    Args:
        policy: any.
        zone: the region's.
        start: aware.

    Returns:
        A line a wave; a step that goes on until nobody is left is one line. Where no step asks the coordinators, they
        are asked at the end. The last line asks nobody: from then on it waits with the coordinator, who has been told,
        and whoever comes on call is asked.
    """
    lines, at = [], start
    for step in policy.steps if policy.asks_coordinators else policy.to_the_end:
        for _ in range(max(step.waves, 1)):
            at = next_open(policy.hours, zone, at)
            until = ends_at(policy.hours, zone, at, step.answer_within)
            lines.append(Moment(at, step.who, step.at_once, step.channels, until, goes_on=step.waves == 0))
            at = ends_at(policy.hours, zone, until, step.pause)
    lines.append(Moment(at, (), 0, (), at))
    return tuple(lines)
