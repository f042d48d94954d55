"""What waits for a coordinator: read once, shown as a page, as a live part and as JSON."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from libs.peer.callouts import queries as callouts
from libs.peer.callouts.queries import Undecided, Waiting
from libs.peer.followups import queries as followups
from libs.peer.followups.queries import Overdue
from libs.tenancy.planes import DispatchSession
from services.api.checkins import looking
from services.api.coordinator.views import BoardPage, DecisionCard, WaitingCard


@dataclass(frozen=True, slots=True)
class Board:
    """What nobody has answered, and what nobody has decided in time."""

    waiting: tuple[Waiting, ...]
    undecided: tuple[Undecided, ...]
    overdue: tuple[Overdue, ...]

    @property
    def essence(self) -> object:
        """What of it matters for a live page."""
        waiting = tuple(item.callout_id for item in self.waiting), tuple(item.callout_id for item in self.undecided)
        return waiting, tuple((item.id, item.peer_name) for item in self.overdue)


async def look(session: DispatchSession, member_id: UUID) -> Board:
    """Read what waits and this coordinator holds a copy of."""
    return Board(
        tuple(await callouts.waiting_for(session, member_id)),
        tuple(await callouts.undecided_for(session, member_id)),
        tuple(await followups.overdue_for(session, member_id)),
    )


def view(board: Board, notice: str | None = None) -> BoardPage:
    """Turn it into the page."""
    return BoardPage(
        tuple(_card(item) for item in board.waiting),
        tuple(_decision(item) for item in board.undecided),
        looking.overdue(board.overdue),
        notice,
    )


def _card(item: Waiting) -> WaitingCard:
    return WaitingCard(
        callout_id=item.callout_id,
        urgency=item.urgency.value,
        language=item.language,
        team=item.team,
        asked_at=item.asked_at,
        waits_minutes=_minutes(item.asked_at, item.now),
    )


def _decision(item: Undecided) -> DecisionCard:
    waits = _minutes(item.asked_at, item.now)
    return DecisionCard(item.callout_id, item.coming_from, item.urgency.value, item.language, waits)


def _minutes(start: datetime, end: datetime) -> int:
    return int((end - start).total_seconds() // 60)
