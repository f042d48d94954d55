"""What the pages of a team's schedule show. Times are instants; a day is a day of the viewer's zone."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from libs.peer.shifts import rules
from libs.peer.shifts.coverage import Coverage, Gap
from libs.peer.shifts.listing import OpenShift, OverrideRow, RotationRow, Shift, SwapRow, TeamName
from libs.peer.shifts.queries import TeamPerson
from libs.peer.shifts.rules import Period

WEEK = 7
MOST_GAPS = 6
"""How many gaps the page names; of more it says how many."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Somebody on duty on a day, or nobody (`name` empty); `is_all_day` from midnight to midnight."""

    name: str
    layer: str
    origin: str
    starts_at: datetime
    ends_at: datetime
    is_all_day: bool


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the week."""

    day: date
    is_today: bool
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class LoadLine:
    """Somebody who carries too much: `burden` as in `coverage.Burden`, in hours."""

    name: str
    hours: int
    longest: int
    burden: str


@dataclass(frozen=True, slots=True)
class CoverageView:
    """The next four weeks: the score, and its reasons."""

    score: int
    gaps: tuple[Gap, ...]
    more_gaps: int
    overloaded: tuple[LoadLine, ...]


@dataclass(frozen=True, slots=True)
class SchedulesPage:
    """Which team."""

    teams: tuple[TeamName, ...]


@dataclass(frozen=True, slots=True)
class SchedulePage:
    """One team's schedule.

    Attributes:
        zone: IANA name in which the viewer reads the clock, and types.
        layers: what an override can be put on, by id.
        faults: by field, what to do about what was typed.
        typed: what was typed in a form that did not go through.
    """

    team: TeamName
    teams: tuple[TeamName, ...]
    zone: str
    now: datetime
    on_duty_now: tuple[str, ...]
    needs: int
    swaps_need_a_yes: bool
    days: tuple[Day, ...]
    before: date
    after: date
    coverage: CoverageView
    rotations: tuple[RotationRow, ...]
    overrides: tuple[OverrideRow, ...]
    open_shifts: tuple[OpenShift, ...]
    swaps: tuple[SwapRow, ...]
    people: tuple[TeamPerson, ...]
    notice: str | None
    faults: Mapping[str, str] = field(default_factory=dict)
    typed: Mapping[str, str] = field(default_factory=dict)

    @property
    def layers(self) -> tuple[tuple[UUID, str], ...]:
        """What an override can be put on."""
        return tuple((one.id, one.name) for one in self.rotations)


@dataclass(frozen=True, slots=True)
class RotationPage:
    """A rotation to enter or to change; `fields` are as typed, `places` the people in order, some empty."""

    team: TeamName
    rotation_id: UUID | None
    etag: str
    fields: Mapping[str, str]
    weekdays: frozenset[str]
    places: tuple[str, ...]
    people: tuple[TeamPerson, ...]
    faults: Mapping[str, str]
    has_changed: bool = False


def week_of(day: date) -> date:
    """Return the Monday of a day's week."""
    return day - timedelta(day.weekday())


def days(shifts: Iterable[Shift], gaps: Iterable[Gap], monday: date, today: date, zone: str) -> tuple[Day, ...]:
    """Lay a week out by day, with what is not covered among it."""
    rows = [(Period(one.starts_at, one.ends_at), one.name, one.layer, one.origin) for one in shifts]
    rows += [(gap.period, "", "", "gap") for gap in gaps if gap.there == 0]
    made = []
    for number in range(WEEK):
        day = monday + timedelta(number)
        whole = Period(rules.instant(zone, day, 0), rules.instant(zone, day + timedelta(1), 0))
        entries = [
            Entry(name, layer, origin, part.starts_at, part.ends_at, is_all_day=part == whole)
            for period, name, layer, origin in rows
            if (part := period.meet(whole)) is not None
        ]
        made.append(Day(day, day == today, tuple(sorted(entries, key=lambda one: (one.starts_at, one.layer)))))
    return tuple(made)


def coverage(seen: Coverage, people: Sequence[TeamPerson]) -> CoverageView:
    """Put names to the reasons."""
    names = {person.id: person.name for person in people}
    return CoverageView(
        score=seen.score,
        gaps=seen.gaps[:MOST_GAPS],
        more_gaps=max(0, len(seen.gaps) - MOST_GAPS),
        overloaded=tuple(
            LoadLine(
                names.get(load.peer_id, ""),
                round(load.on_duty.total_seconds() / 3600),
                round(load.longest.total_seconds() / 3600),
                str(load.burden),
            )
            for load in seen.overloaded
        ),
    )
