"""What the program manager's pages show. Nothing here can tell that a request exists, but for the approvals."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from libs.peer.waits.queries import Late
from services.api.views import Choice


@dataclass(frozen=True, slots=True)
class Law:
    """A state's law pack, as it was read.

    Attributes:
        state: two letters.
        citation: empty where there is no pack: the strictest holds.
    """

    state: str
    citation: str
    version_on: date | None
    is_confirmed: bool


@dataclass(frozen=True, slots=True)
class AskedElsewhere:
    """What another region was asked: how that stands, and no more."""

    place: str
    state: str
    outcome: str | None
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class ApprovalCard:
    """A decision that waits.

    Attributes:
        coming_from: a region or place outside.
        waits_minutes: since it was opened.
        choice: approve, decline or hand_on, while it can be taken back or is on its way; None before.
        seconds_left: in which it can be taken back; 0 when it is on its way.
        takers: regions that it can be handed on to.
        laws: of the states of both regions, where another region asks this one to help; else empty.
    """

    id: UUID
    coming_from: str
    urgency: str
    language: str
    waits_minutes: int
    choice: str | None
    seconds_left: int
    takers: tuple[Choice, ...]
    laws: tuple[Law, ...] = ()


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
        elsewhere: what other regions were asked lately.
        mine: how I stand on the rota: on, away or off; None in the part that changes by itself.
        has_agencies: whether any takes part; without one, what is to do first is to add them.
    """

    region_name: str
    waiting: tuple[ApprovalCard, ...]
    decided: tuple[DecidedRow, ...]
    notice: str | None
    late: Late | None
    elsewhere: tuple[AskedElsewhere, ...] = ()
    rota: tuple[RotaRow, ...] = ()
    mine: str | None = None
    has_agencies: bool = True
