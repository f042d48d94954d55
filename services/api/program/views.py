"""What the program manager's pages show. Nothing here can tell that a request exists, but for the approvals."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from libs.peer.waits.queries import Late
from services.api.views import Choice


@dataclass(frozen=True, slots=True)
class ApprovalCard:
    """A decision that waits.

    Attributes:
        coming_from: a region or place outside.
        waits_minutes: since it was opened.
        choice: approve, decline or hand_on, while it can be taken back or is on its way; None before.
        seconds_left: in which it can be taken back; 0 when it is on its way.
        takers: regions that it can be handed on to.
    """

    id: UUID
    coming_from: str
    urgency: str
    language: str
    waits_minutes: int
    choice: str | None
    seconds_left: int
    takers: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class DecidedRow:
    """What was decided in the last day.

    Attributes:
        state: approved, declined or handed_on.
        decided_by: manager or lead.
    """

    coming_from: str
    state: str
    decided_by: str
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class RotaRow:
    """Somebody who decides, in turn.

    Attributes:
        turn: first, deputy, then, or away.
    """

    name: str
    turn: str


@dataclass(frozen=True, slots=True)
class ApprovalsPage:
    """Requests from outside the region, before anybody is paged.

    Attributes:
        late: whether anybody at all waits too long; None before the first look.
        mine: how I stand on the rota: on, away or off; None in the part that changes by itself.
    """

    region_name: str
    waiting: tuple[ApprovalCard, ...]
    decided: tuple[DecidedRow, ...]
    notice: str | None
    late: Late | None
    rota: tuple[RotaRow, ...] = ()
    mine: str | None = None
