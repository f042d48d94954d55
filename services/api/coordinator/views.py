"""What the coordinator's page shows."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class WaitingCard:
    """Something waits: never whose it is."""

    callout_id: UUID
    urgency: str
    language: str
    team: str
    asked_at: datetime
    waits_minutes: int


@dataclass(frozen=True, slots=True)
class BoardPage:
    """What nobody has answered, and that this coordinator may take."""

    waiting: tuple[WaitingCard, ...]
    notice: str | None
