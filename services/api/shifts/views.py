"""What a peer's page of shifts shows. Times are instants; the page shows them in the person's zone, and says which."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from libs.peer.shifts.listing import OpenShift, Shift, SwapRow


@dataclass(frozen=True, slots=True)
class TeamLine:
    """Who answers right now for a team; no name is nobody."""

    kind: str
    name: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ShiftCard:
    """One of the person's own shifts.

    Attributes:
        hours: how long it really is.
        clocks: `back` or `forward` where the clocks change in it; None elsewhere.
        can_ask: it has a part to come that others could take, and was not asked for.
        first, last: the part that can be asked for, as a form's field has it.
    """

    id: UUID
    layer: str
    origin: str
    starts_at: datetime
    ends_at: datetime
    hours: float
    clocks: str | None
    swap: str | None
    has_begun: bool
    first: str
    last: str

    @property
    def can_ask(self) -> bool:
        """Whether others can be asked for it, or for a part."""
        return self.swap is None


@dataclass(frozen=True, slots=True)
class SwapCard:
    """A swap of the person's own, or one of a colleague that they can take."""

    id: UUID
    asker: str
    taker: str
    state: str
    starts_at: datetime
    ends_at: datetime
    is_mine: bool
    can_be_undone: bool


@dataclass(frozen=True, slots=True)
class MyShiftsPage:
    """The page.

    Attributes:
        zone: IANA name in which the person reads the clock.
        asked: swaps that colleagues ask for.
        swaps: the person's own.
        link: a calendar address that was just made, shown once; None otherwise.
        link_since: since when there is one; None without.
    """

    now: datetime
    zone: str
    teams: tuple[TeamLine, ...]
    shifts: tuple[ShiftCard, ...]
    asked: tuple[SwapCard, ...]
    swaps: tuple[SwapCard, ...]
    open_shifts: tuple[OpenShift, ...]
    mine_of_open: tuple[OpenShift, ...]
    link: str | None
    link_since: datetime | None
    notice: str | None


def shift_card(shift: Shift, now: datetime, zone: str) -> ShiftCard:
    """Turn a row into a card, in the person's zone."""
    first = max(shift.starts_at, now + timedelta(minutes=1))
    return ShiftCard(
        id=shift.id,
        layer=shift.layer,
        origin=shift.origin,
        starts_at=shift.starts_at,
        ends_at=shift.ends_at,
        hours=hours(shift.ends_at - shift.starts_at),
        clocks=clocks(shift.starts_at, shift.ends_at, zone),
        swap=shift.swap,
        has_begun=shift.starts_at <= now,
        first=field(first, zone),
        last=field(shift.ends_at, zone),
    )


def swap_cards(rows: Iterable[SwapRow], member: UUID, now: datetime) -> tuple[SwapCard, ...]:
    """Turn rows into cards."""
    return tuple(
        SwapCard(
            id=row.id,
            asker=row.asker,
            taker=row.taker,
            state=row.state,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            is_mine=row.peer_id == member,
            can_be_undone=row.state == "agreed" and row.starts_at > now,
        )
        for row in rows
    )


def field(moment: datetime, zone: str) -> str:
    """Return an instant as a form's field has it: the clock on the wall, to the minute."""
    return moment.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%dT%H:%M")


def hours(length: timedelta) -> float:
    """Return a length in hours, to a quarter."""
    return round(length.total_seconds() / 900) / 4


def clocks(begin: datetime, end: datetime, zone: str) -> str | None:
    """Say which way the clocks of a zone change between two instants; None when they do not."""
    before, after = (moment.astimezone(ZoneInfo(zone)).utcoffset() or timedelta() for moment in (begin, end))
    if before == after:
        return None
    return "back" if after < before else "forward"
