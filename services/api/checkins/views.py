"""What the pages show of check-ins: the requester's own, a peer's, and what is overdue, without whose."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class CheckIn:
    """A check-in as the requester sees it.

    Attributes:
        state: planned, done, not_reached, stopped or lapsed; none when it was never planned.
        due_on: None when it was never planned.
        is_due: planned, and the time has come.
        peer_name, peer_phone: who checks in; None while nobody does.
    """

    kind: str
    state: str
    due_on: date | None
    is_due: bool
    peer_name: str | None
    peer_phone: str | None


@dataclass(frozen=True, slots=True)
class CheckInCard:
    """A check-in that a peer has.

    Attributes:
        tries: how often nobody was reached.
    """

    id: UUID
    kind: str
    due_at: datetime
    is_due: bool
    tries: int
    language: str


@dataclass(frozen=True, slots=True)
class OverdueCard:
    """A check-in that is overdue: never whose. `peer_name`: who has it; None when nobody does."""

    id: UUID
    kind: str
    late_minutes: int
    peer_name: str | None
