"""How well a schedule covers: gaps, who carries too much, and a score with its reasons. Plain values, no clock."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from itertools import pairwise
from uuid import UUID

from libs.peer.shifts.rules import Duty, Period, Plan, nobody_there

LOOK_AHEAD = timedelta(days=28)
"""Four whole weeks: every weekday counts alike."""
TOO_MUCH = 1.5
"""Times the average of all who are on duty, from which somebody carries too much."""
TOO_LONG = timedelta(days=8)
"""Longest time on duty without a break; a week and a day, so that a weekly rotation with a late hand-over passes."""
_POINTS_A_PERSON, _POINTS_AT_MOST = 5, 20


class Why(StrEnum):
    """Why nobody is on duty at a time, or fewer than the team needs."""

    TEMPORARY = "temporary"
    EVERYBODY_AWAY = "everybody_away"
    ENDED = "ended"
    NOT_BEGUN = "not_begun"
    NOT_PLANNED = "not_planned"


class Burden(StrEnum):
    """In what way somebody carries too much."""

    MORE_THAN_OTHERS = "more_than_others"
    WITHOUT_A_BREAK = "without_a_break"


@dataclass(frozen=True, slots=True)
class Gap:
    """Fewer are on duty than the team needs; `there` is how many are."""

    period: Period
    there: int
    why: Why


@dataclass(frozen=True, slots=True)
class Load:
    """What one person carries in the time looked at; `burden` None is fine."""

    peer_id: UUID
    on_duty: timedelta
    longest: timedelta
    burden: Burden | None


@dataclass(frozen=True, slots=True)
class Coverage:
    """How a schedule stands.

    Attributes:
        score: 0 to 100. The covered share in percent, rounded down, less 5 for each person who carries too much,
            20 at most; so 100 means no gap at all, and nobody overloaded.
        covered: share of the time with as many on duty as the team needs, 0 to 1.
        gaps: by begin.
        loads: everybody who is on duty in the time looked at, the most first.
    """

    period: Period
    score: int
    covered: float
    gaps: tuple[Gap, ...]
    loads: tuple[Load, ...]

    @property
    def overloaded(self) -> tuple[Load, ...]:
        """Those who carry too much."""
        return tuple(load for load in self.loads if load.burden is not None)


def of(plan: Plan, duties: Iterable[Duty], window: Period, *, needs: int) -> Coverage:
    """Look at what a plan comes to.

    Args:
        plan: what the team plans, for the reasons.
        duties: what it comes to in the window; parts outside do not count.
        window: the time looked at; not empty.
        needs: how many shall be on duty at any time. Somebody who is on duty twice is one person.
    """
    inside = [(duty.peer_id, part) for duty in duties if (part := duty.period.meet(window)) is not None]
    gaps = _gaps(plan, inside, window, needs)
    length = window.ends_at - window.starts_at
    open_for = sum((gap.period.ends_at - gap.period.starts_at for gap in gaps), timedelta())
    loads = _loads(inside)
    heavy = sum(load.burden is not None for load in loads)
    score = int(100 * ((length - open_for) / length)) - min(_POINTS_AT_MOST, _POINTS_A_PERSON * heavy)
    return Coverage(window, max(0, score), 1 - open_for / length, gaps, loads)


def _gaps(plan: Plan, inside: Sequence[tuple[UUID, Period]], window: Period, needs: int) -> tuple[Gap, ...]:
    away = nobody_there(plan, window)
    # Reasons change where a layer begins or ends, so that a gap is cut there.
    edges = [edge for layer in plan.layers for edge in (layer.in_force.starts_at, layer.in_force.ends_at)]
    ends = [edge for _peer, part in inside for edge in (part.starts_at, part.ends_at)]
    ends += [edge for part in away for edge in (part.starts_at, part.ends_at)]
    cuts = {edge for edge in (*edges, *ends) if window.starts_at < edge < window.ends_at}
    found: list[Gap] = []
    for begin, end in pairwise(sorted({*cuts, window.starts_at, window.ends_at})):
        part = Period(begin, end)
        there = len({peer_id for peer_id, period in inside if period.overlaps(part)})
        if there >= needs:
            continue
        gap = Gap(part, there, _why(plan, part, away))
        before = found[-1] if found else None
        if before and (before.period.ends_at, before.there, before.why) == (begin, there, gap.why):
            found[-1] = Gap(Period(before.period.starts_at, end), there, gap.why)
        else:
            found.append(gap)
    return tuple(found)


def _why(plan: Plan, part: Period, away: Sequence[Period]) -> Why:
    here = [layer for layer in plan.layers if layer.in_force.overlaps(part)]
    if any(layer.is_temporary and layer.leaves_open for layer in here):
        return Why.TEMPORARY
    if any(period.overlaps(part) for period in away):
        return Why.EVERYBODY_AWAY
    usual = [layer.in_force for layer in plan.layers if not layer.is_temporary]
    if any(period.overlaps(part) for period in usual) or not usual:
        return Why.NOT_PLANNED
    return Why.ENDED if any(period.ends_at <= part.starts_at for period in usual) else Why.NOT_BEGUN


def _loads(inside: Sequence[tuple[UUID, Period]]) -> tuple[Load, ...]:
    held: Mapping[UUID, list[Period]] = defaultdict(list)
    for peer_id, part in sorted(inside, key=lambda one: one[1]):
        mine = held[peer_id]
        if mine and part.starts_at <= mine[-1].ends_at:
            mine[-1] = Period(mine[-1].starts_at, max(mine[-1].ends_at, part.ends_at))
        else:
            mine.append(part)
    sums = {peer_id: sum((_length(part) for part in parts), timedelta()) for peer_id, parts in held.items()}
    average = sum(sums.values(), timedelta()) / len(sums) if sums else timedelta()
    loads = [
        Load(peer_id, sums[peer_id], longest, _burden(sums[peer_id], longest, average))
        for peer_id, parts in held.items()
        for longest in [max(_length(part) for part in parts)]
    ]
    return tuple(sorted(loads, key=lambda load: (-load.on_duty, load.peer_id)))


def _burden(on_duty: timedelta, longest: timedelta, average: timedelta) -> Burden | None:
    if on_duty > TOO_MUCH * average:
        return Burden.MORE_THAN_OTHERS
    return Burden.WITHOUT_A_BREAK if longest > TOO_LONG else None


def _length(period: Period) -> timedelta:
    return period.ends_at - period.starts_at
