"""What the coordinator's page shows."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.api.checkins.views import OverdueCard


@dataclass(frozen=True, slots=True)
class WaitingCard:
    """Something waits: never whose it is."""

    callout_id: UUID
    urgency: str
    language: str
    team: str
    asked_at: datetime
    waits_minutes: int
    skipped: tuple[str, ...]
    was_back: int


@dataclass(frozen=True, slots=True)
class DecisionCard:
    """Somebody from outside waits for a decision: where from, how soon, which language; no more."""

    callout_id: UUID
    coming_from: str
    urgency: str
    language: str
    waits_minutes: int


@dataclass(frozen=True, slots=True)
class GoingOnRow:
    """Something goes on: how far, how long, never whose, and never who is asked."""

    state: str
    urgency: str
    team: str
    wave: int
    waits_minutes: int
    next_at: datetime | None
    asking: tuple[str, ...]
    skipped: tuple[str, ...]
    was_back: int


@dataclass(frozen=True, slots=True)
class BoardPage:
    """What nobody has answered, what nobody has decided in time, what goes on; all theirs alone who hold a copy.

    Attributes:
        other_zone: the coordinator's own clock, in which times are shown; empty where it is the region's.
    """

    waiting: tuple[WaitingCard, ...]
    decisions: tuple[DecisionCard, ...]
    going_on: tuple[GoingOnRow, ...]
    overdue: tuple[OverdueCard, ...]
    notice: str | None
    other_zone: str
