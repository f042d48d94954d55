"""What waits for a coordinator: read once, shown as a page, as a live part and as JSON."""

from uuid import UUID

from libs.peer.callouts import queries as callouts
from libs.peer.callouts.queries import Waiting
from libs.tenancy.planes import DispatchSession
from services.api.coordinator.views import BoardPage, WaitingCard


async def look(session: DispatchSession, member_id: UUID) -> tuple[Waiting, ...]:
    """Read what nobody has answered and this coordinator holds a copy of."""
    return tuple(await callouts.waiting_for(session, member_id))


def view(waiting: tuple[Waiting, ...], notice: str | None = None) -> BoardPage:
    """Turn it into the page."""
    return BoardPage(tuple(_card(item) for item in waiting), notice)


def essence(waiting: tuple[Waiting, ...]) -> object:
    """What of it matters for a live page."""
    return tuple(item.callout_id for item in waiting)


def _card(item: Waiting) -> WaitingCard:
    return WaitingCard(
        callout_id=item.callout_id,
        urgency=item.urgency.value,
        language=item.language,
        team=item.team,
        asked_at=item.asked_at,
        waits_minutes=int((item.now - item.asked_at).total_seconds() // 60),
    )
