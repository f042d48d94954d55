"""From what a team plans to who is on duty when: plain values in, aware instants out.

Everything that people plan is said by the clock on the wall of a zone, and becomes an instant here alone. A time that
the spring change skips is taken an hour later; of one that the autumn change repeats the first counts. The same wall
time is always the same instant, so what one person ends with the next begins with: no hole, no overlap.

Source: docs/decisions/0016-shifts.md; RFC 5545, 3.3.5 (times in a gap and in a fold)
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from itertools import count, pairwise
from uuid import UUID

from whenever import Date, Time

from libs.peer.shifts.models import Origin, SwapState, Unit

MOVES: dict[str, tuple[frozenset[SwapState], SwapState]] = {
    # Where the team's swaps need a yes, else at once.
    "take": (frozenset({SwapState.OPEN}), SwapState.TAKEN),
    "take_at_once": (frozenset({SwapState.OPEN}), SwapState.AGREED),
    "approve": (frozenset({SwapState.TAKEN}), SwapState.AGREED),
    # The coordinator says no, or the taker thinks better of it: the others are asked again.
    "put_back": (frozenset({SwapState.TAKEN}), SwapState.OPEN),
    # Until the shift begins, by either of the two or the coordinator: the shift is whose it was.
    "undo": (frozenset({SwapState.AGREED}), SwapState.UNDONE),
    "cancel": (frozenset({SwapState.OPEN, SwapState.TAKEN}), SwapState.CANCELLED),
    # The shift begins, and nobody took it: the original stays.
    "lapse": (frozenset({SwapState.OPEN, SwapState.TAKEN}), SwapState.LAPSED),
    # The schedule was changed, and the shift is no longer theirs.
    "lose": (frozenset({SwapState.OPEN, SwapState.TAKEN, SwapState.AGREED}), SwapState.CANCELLED),
}
EVERY_DAY = frozenset(range(1, 8))
SHORTEST_TURN_HOURS = 2
"""Longer than any clock change, so that two hand-overs never change places."""
_MINUTES = {Unit.HOUR: 60, Unit.DAY: 24 * 60}
_A_DAY = _MINUTES[Unit.DAY]
_ANY_CHANGE = timedelta(hours=26)
"""No zone's clock is ever set by more than this."""


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """From one aware instant until another, which is not included."""

    starts_at: datetime
    ends_at: datetime

    def overlaps(self, other: "Period") -> bool:
        """Say whether the two have an instant in common."""
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at

    def meet(self, other: "Period") -> "Period | None":
        """Return what both have in common; None when it is nothing."""
        begin, end = max(self.starts_at, other.starts_at), min(self.ends_at, other.ends_at)
        return Period(begin, end) if begin < end else None

    def without(self, others: Iterable["Period"]) -> Iterator["Period"]:
        """Yield what is left of it, in order."""
        begin = self.starts_at
        for other in sorted(other for other in others if other.overlaps(self)):
            if begin < other.starts_at:
                yield Period(begin, other.starts_at)
            begin = max(begin, other.ends_at)
        if begin < self.ends_at:
            yield Period(begin, self.ends_at)


@dataclass(frozen=True, slots=True)
class Layer:
    """A rotation: people in order, each for a turn; fields as in `models.Rotation`.

    `daily` are the hours of a day in which it has people on duty, from and until; None is round the clock.
    """

    id: UUID
    people: tuple[UUID, ...]
    zone: str
    starts_on: date
    hand_over: time
    turn: int = 1
    unit: Unit = Unit.DAY
    ends_on: date | None = None
    daily: tuple[time, time] | None = None
    weekdays: frozenset[int] = EVERY_DAY
    is_temporary: bool = False
    leaves_open: bool = False

    @property
    def in_force(self) -> Period:
        """From its first hand-over until its last."""
        end = datetime.max.replace(tzinfo=self.boundary(0).tzinfo) if self.ends_on is None else self.at(self.ends_on)
        return Period(self.boundary(0), end)

    def at(self, day: date, minutes: int | None = None) -> datetime:
        """Return the instant of a wall time: `minutes` after the midnight that `day` begins with, or the hand-over."""
        return instant(self.zone, day, _minutes(self.hand_over) if minutes is None else minutes)

    def boundary(self, turn: int) -> datetime:
        """Return the instant at which a turn begins, the first being 0."""
        return self.at(self.starts_on, _minutes(self.hand_over) + turn * self.turn * _MINUTES[self.unit])


@dataclass(frozen=True, slots=True)
class Duty:
    """Somebody is on duty."""

    layer_id: UUID
    peer_id: UUID
    origin: Origin
    period: Period


@dataclass(frozen=True, slots=True)
class Instead:
    """This person instead, on one layer; `instead_of` None means whoever is on duty there, and where nobody is, too."""

    layer_id: UUID
    peer_id: UUID
    period: Period
    instead_of: UUID | None = None
    is_swap: bool = False


@dataclass(frozen=True, slots=True)
class SignedUp:
    """Somebody has taken an open shift, which is a layer of its own."""

    id: UUID
    peer_id: UUID
    period: Period


@dataclass(frozen=True, slots=True)
class Plan:
    """All that a team plans.

    Attributes:
        layers: usual and temporary rotations, in any order.
        sign_ups: open shifts that somebody has taken.
        instead: overrides, the earlier made first; the later one counts.
        away: by person, when they are not there; whoever left the team is away for good.
    """

    layers: tuple[Layer, ...] = ()
    sign_ups: tuple[SignedUp, ...] = ()
    instead: tuple[Instead, ...] = ()
    away: Mapping[UUID, Sequence[Period]] = field(default_factory=dict)


def instant(zone: str, day: date, minutes: int) -> datetime:
    """Return the aware UTC instant of a wall time in a zone.

    Args:
        zone: IANA name.
        day: local day.
        minutes: after its midnight, by the clock on the wall; may reach into other days.

    Raises:
        whenever.TimeZoneNotFoundError: there is no such zone; a ValueError.
    """
    days, minutes = divmod(minutes, _A_DAY)
    wall = Date(day + timedelta(days)).at(Time(*divmod(minutes, 60)))
    return wall.assume_tz(zone, disambiguation="compatible").to_instant().to_stdlib()


def expand(plan: Plan, window: Period) -> tuple[Duty, ...]:
    """Say who is on duty when.

    Args:
        plan: what the team plans.
        window: aware instants.

    Returns:
        Every duty that has a part in the window, whole, by begin. A layer never overlaps itself; where its turn's
        person is away the next one in order stands in, and where everybody is, nobody is on duty. The same plan
        gives the same duties, whatever the window.
    """
    usual = [duty for layer in plan.layers if not layer.is_temporary for duty in _of_layer(layer, plan, window)]
    wide = _around(usual, window)
    temporary = [layer for layer in plan.layers if layer.is_temporary]
    instead = [duty for layer in temporary for duty in _of_layer(layer, plan, wide)]
    taken = [layer.in_force for layer in temporary if layer.leaves_open] + [duty.period for duty in instead]
    usual = [replace(duty, period=part) for duty in usual for part in duty.period.without(taken)]
    signed_up = [duty for sign_up in plan.sign_ups for duty in _of_sign_up(sign_up, plan)]
    found = [duty for duty in (*usual, *instead, *signed_up) if duty.period.overlaps(window)]
    return tuple(sorted(found, key=lambda duty: (duty.period, duty.layer_id, duty.peer_id)))


def nobody_there(plan: Plan, window: Period) -> tuple[Period, ...]:
    """Return when a layer's turn finds everybody of its order away, by begin."""
    found = [
        part
        for layer in plan.layers
        for index, turn in _turns(layer, window)
        for part, peer_id in _whose(layer, index, turn, plan.away)
        if peer_id is None
    ]
    return tuple(sorted(found))


def clipped(duties: Iterable[Duty], window: Period) -> tuple[Duty, ...]:
    """Return the parts of duties that are in the window."""
    return tuple(replace(duty, period=part) for duty in duties if (part := duty.period.meet(window)) is not None)


def _around(duties: Sequence[Duty], window: Period) -> Period:
    begins = [duty.period.starts_at for duty in duties] + [window.starts_at]
    ends = [duty.period.ends_at for duty in duties] + [window.ends_at]
    return Period(min(begins), max(ends))


def _of_layer(layer: Layer, plan: Plan, window: Period) -> Iterator[Duty]:
    """Yield a layer's duties in the window, overrides applied."""
    origin = Origin.TEMPORARY if layer.is_temporary else Origin.ROTATION
    found = [
        Duty(layer.id, peer_id, origin if peer_id == _holder(layer, index) else Origin.STAND_IN, part)
        for index, turn in _turns(layer, window)
        for part, peer_id in _whose(layer, index, turn, plan.away)
        if peer_id is not None
    ]
    yield from _with_instead(found, layer.id, plan, window)


def _of_sign_up(sign_up: SignedUp, plan: Plan) -> list[Duty]:
    parts = sign_up.period.without(plan.away.get(sign_up.peer_id, ()))
    found = [Duty(sign_up.id, sign_up.peer_id, Origin.SIGN_UP, part) for part in parts]
    return _with_instead(found, sign_up.id, plan, sign_up.period)


def _holder(layer: Layer, index: int) -> UUID:
    return layer.people[index % len(layer.people)]


def _turns(layer: Layer, window: Period) -> Iterator[tuple[int, Period]]:
    """Yield the parts of turns in which the layer has somebody on duty, with the turn's number."""
    if not layer.people:
        return
    in_force = layer.in_force
    length = timedelta(minutes=layer.turn * _MINUTES[layer.unit])
    first = max(0, (window.starts_at - in_force.starts_at - _ANY_CHANGE) // length - 1)
    for index in count(first):
        turn = Period(layer.boundary(index), layer.boundary(index + 1)).meet(in_force)
        if turn is None and layer.boundary(index) >= min(in_force.ends_at, window.ends_at):
            return
        if turn is not None:
            if turn.starts_at >= window.ends_at:
                return
            yield from ((index, part) for part in _hours(layer, turn) if part.overlaps(window))


def _hours(layer: Layer, turn: Period) -> list[Period]:
    """Return the parts of a turn on the layer's weekdays and in its hours, those that touch as one."""
    if layer.daily is None and layer.weekdays == EVERY_DAY:
        return [turn]
    begin, end = map(_minutes, layer.daily or (layer.hand_over, layer.hand_over))
    end += _A_DAY if end <= begin else 0
    # A day around on either side: the turn's local days are not its days in UTC.
    first, last = turn.starts_at.date() - timedelta(3), turn.ends_at.date() + timedelta(1)
    parts: list[Period] = []
    for number in range((last - first).days + 1):
        day = first + timedelta(number)
        if day.isoweekday() in layer.weekdays:
            part = Period(layer.at(day, begin), layer.at(day, end)).meet(turn)
            if part is not None and parts and parts[-1].ends_at == part.starts_at:
                parts[-1] = Period(parts[-1].starts_at, part.ends_at)
            elif part is not None:
                parts.append(part)
    return parts


def _whose(
    layer: Layer, index: int, turn: Period, away: Mapping[UUID, Sequence[Period]]
) -> Iterator[tuple[Period, UUID | None]]:
    """Yield who has which part of a turn: the one whose turn it is, else the next in order who is there."""
    begin = index % len(layer.people)
    order = layer.people[begin:] + layer.people[:begin]
    cuts = {turn.starts_at, turn.ends_at}
    for peer_id in order:
        for gone in away.get(peer_id, ()):
            part = gone.meet(turn)
            cuts |= {part.starts_at, part.ends_at} if part else set()
    held: tuple[Period, UUID | None] | None = None
    for starts_at, ends_at in pairwise(sorted(cuts)):
        part = Period(starts_at, ends_at)
        there = next((one for one in order if not any(gone.overlaps(part) for gone in away.get(one, ()))), None)
        if held is not None and held[1] == there:
            held = Period(held[0].starts_at, ends_at), there
            continue
        if held is not None:
            yield held
        held = part, there
    if held is not None:
        yield held


def _with_instead(duties: list[Duty], layer_id: UUID, plan: Plan, window: Period) -> list[Duty]:
    """Return a layer's duties with its overrides; one does not count while its own person is away."""
    for instead in plan.instead:
        if instead.layer_id != layer_id or not instead.period.overlaps(_around(duties, window)):
            continue
        origin = Origin.SWAP if instead.is_swap else Origin.OVERRIDE
        for part in instead.period.without(plan.away.get(instead.peer_id, ())):
            kept: list[Duty] = []
            given: list[Period] = [] if instead.instead_of else [part]
            for duty in duties:
                shared = duty.period.meet(part)
                if shared is None or instead.instead_of not in {None, duty.peer_id}:
                    kept.append(duty)
                    continue
                kept += [replace(duty, period=left) for left in duty.period.without([part])]
                given += [shared] if instead.instead_of else []
            duties = kept + [Duty(layer_id, instead.peer_id, origin, period) for period in given]
    return duties


def _minutes(moment: time) -> int:
    return moment.hour * 60 + moment.minute


def covers(duties: Iterable[Duty], layer_id: UUID, peer_id: UUID, period: Period) -> bool:
    """Say whether somebody is on duty on a layer for the whole of a period."""
    mine = [duty.period for duty in duties if (duty.layer_id, duty.peer_id) == (layer_id, peer_id)]
    return next(period.without(mine), None) is None


def difference(
    written: Mapping[UUID, Duty], wanted: Iterable[Duty], now: datetime
) -> tuple[frozenset[UUID], tuple[Duty, ...]]:
    """Say how the rows that are not over become what is wanted, without a change to what has been.

    Args:
        written: by id, duties that end after now; of a layer no two overlap.
        wanted: whole duties; only what is after now is taken from them.
        now: aware instant.

    Returns:
        Ids of rows that go, and duties that come. A row that is still right stays. Of one that has begun, the part
        until now stays as it was: cut off there, or continued as it is wanted now.
    """
    begun = {(duty.layer_id, duty.peer_id): duty for duty in written.values() if duty.period.starts_at < now}
    comes: set[Duty] = set()
    for duty in wanted:
        if duty.period.starts_at >= now:
            comes.add(duty)
        elif duty.period.ends_at > now:
            before = begun.pop((duty.layer_id, duty.peer_id), None)
            begin = before.period.starts_at if before else now
            comes.add(replace(duty, period=Period(begin, duty.period.ends_at)))
    comes |= {replace(duty, period=Period(duty.period.starts_at, now)) for duty in begun.values()}
    kept = {row_id for row_id, duty in written.items() if duty in comes}
    comes -= {written[row_id] for row_id in kept}
    return frozenset(written) - kept, tuple(sorted(comes, key=lambda duty: (duty.period, duty.layer_id)))
