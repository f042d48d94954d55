"""What waits for a coordinator: read once, shown as a page, as a live part and as JSON."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from libs.peer.callouts import boards, deciding
from libs.peer.callouts.boards import OnBoard, Waiting
from libs.peer.callouts.deciding import Undecided
from libs.peer.followups import queries as followups
from libs.peer.followups.queries import Overdue
from libs.peer.shifts import listing
from libs.tenancy.planes import DispatchSession
from services.api.checkins import looking
from services.api.coordinator.views import BoardPage, DecisionCard, GoingOnRow, WaitingCard


@dataclass(frozen=True, slots=True)
class Board:
    """What nobody has answered, what nobody has decided in time, and what goes on beside."""

    waiting: tuple[Waiting, ...]
    undecided: tuple[Undecided, ...]
    going_on: tuple[OnBoard, ...]
    overdue: tuple[Overdue, ...]
    zone: str

    @property
    def essence(self) -> object:
        """What of it matters for a live page."""
        going_on = tuple((item.callout_id, item.state, item.wave, tuple(item.skipped)) for item in self.going_on)
        waits = tuple(item.callout_id for item in self.waiting), tuple(item.callout_id for item in self.undecided)
        return *waits, going_on, tuple((item.id, item.peer_name) for item in self.overdue)


async def look(session: DispatchSession, member_id: UUID) -> Board:
    """Read what waits and this coordinator holds a copy of."""
    return Board(
        tuple(await boards.waiting_for(session, member_id)),
        tuple(await deciding.undecided_for(session, member_id)),
        tuple(await boards.on_board(session, member_id)),
        tuple(await followups.overdue_for(session, member_id)),
        await listing.zone_of(session, member_id),
    )


def view(board: Board, home_zone: str, notice: str | None = None) -> BoardPage:
    """Turn it into the page, for a region whose clock is `home_zone`'s."""
    by_id = {item.callout_id: item for item in board.going_on}
    waiting = {item.callout_id for item in board.waiting}
    return BoardPage(
        waiting=tuple(_card(item, by_id.get(item.callout_id)) for item in board.waiting),
        decisions=tuple(_decision(item) for item in board.undecided),
        going_on=tuple(_going_on(item) for item in board.going_on if item.callout_id not in waiting),
        overdue=looking.overdue(board.overdue),
        notice=notice,
        other_zone=board.zone if board.zone != home_zone else "",
    )


def _going_on(item: OnBoard) -> GoingOnRow:
    return GoingOnRow(
        state=item.state.value,
        urgency=item.urgency.value,
        team=item.team,
        wave=item.wave,
        waits_minutes=_minutes(item.asked_at, item.now),
        next_at=item.next_at if item.next_at and item.next_at > item.now else None,
        asking=tuple(item.asking),
        skipped=tuple(item.skipped),
        was_back=item.was_back,
    )


def _card(item: Waiting, more: OnBoard | None) -> WaitingCard:
    return WaitingCard(
        callout_id=item.callout_id,
        urgency=item.urgency.value,
        language=item.language,
        team=item.team,
        asked_at=item.asked_at,
        waits_minutes=_minutes(item.asked_at, item.now),
        skipped=tuple(more.skipped) if more else (),
        was_back=more.was_back if more else 0,
    )


def _decision(item: Undecided) -> DecisionCard:
    waits = _minutes(item.asked_at, item.now)
    return DecisionCard(item.callout_id, item.coming_from, item.urgency.value, item.language, waits)


def _minutes(start: datetime, end: datetime) -> int:
    return int((end - start).total_seconds() // 60)
