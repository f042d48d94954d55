"""What coordinators see of callouts: what waits for them, and what goes on; never whose it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from libs.peer.callouts.models import State, Urgency
from libs.peer.callouts.rules import REOPENS_BEFORE_COORDINATOR
from libs.tenancy.planes import DispatchSession


@dataclass(frozen=True, slots=True)
class Waiting:
    """A callout that waits for a coordinator: never whose it is."""

    callout_id: UUID
    urgency: Urgency
    language: str
    team: str
    asked_at: datetime
    now: datetime
    epoch: int


@dataclass(frozen=True, slots=True)
class OnBoard:
    """A callout that goes on, as a coordinator who holds a copy sees it: never whose it is, or who is asked.

    Attributes:
        wave: how many waves its round has had.
        asking, skipped: kinds of people who are asked, and who of them was not there.
        was_back: how often a peer who had said yes does not have it any more.
    """

    callout_id: UUID
    state: State
    urgency: Urgency
    language: str
    team: str
    asked_at: datetime
    next_at: datetime | None
    now: datetime
    wave: int
    asking: Sequence[str]
    skipped: Sequence[str]
    was_back: int


# By the roster's word of this instant: the door let them in a moment ago, and a peer holds copies, too.
_WAITING = text(
    """
    SELECT c.id, c.urgency, c.language, c.team, c.asked_at, shared.clock(), c.epoch
    FROM shared.callout c
    JOIN shared.copy p ON p.home_id = c.home_id AND p.callout_id = c.id AND p.peer_id = :peer_id
    JOIN shared.member m ON m.id = p.peer_id AND m.suspended_on IS NULL
    WHERE (c.state = 'with_coordinator' OR c.state = 'paging' AND (c.is_lead_asked OR :reopens <= (
        SELECT count(*) FROM shared.offer o
        WHERE o.callout_id = c.id AND o.state = 'released' AND o.reason <> 'handed_over')))
      AND EXISTS (SELECT FROM shared.membership s WHERE s.member_id = m.id AND s.role IN ('coordinator', 'deputy'))
    ORDER BY c.asked_at
    """
)
_ON_BOARD = text(
    """
    SELECT c.id, c.state, c.urgency, c.language, c.team, c.asked_at, c.next_at, shared.clock(), c.wave, c.asking,
        c.skipped, (SELECT count(*) FROM shared.offer o WHERE o.callout_id = c.id AND o.state = 'released')
    FROM shared.callout c
    JOIN shared.copy p ON p.home_id = c.home_id AND p.callout_id = c.id AND p.peer_id = :peer_id
    JOIN shared.member m ON m.id = p.peer_id AND m.suspended_on IS NULL
    WHERE c.state IN ('paging', 'with_coordinator', 'accepted')
      AND EXISTS (SELECT FROM shared.membership s WHERE s.member_id = m.id AND s.role IN ('coordinator', 'deputy'))
    ORDER BY c.asked_at
    """
)


async def waiting_for(session: DispatchSession, coordinator_id: UUID) -> Sequence[Waiting]:
    """Return what waits for a coordinator: only what the coordinator holds a copy of exists for them."""
    values = {"peer_id": coordinator_id, "reopens": REOPENS_BEFORE_COORDINATOR}
    rows = await session.execute(_WAITING, values)
    return [Waiting(row.id, Urgency(row.urgency), *row[2:]) for row in rows]


async def on_board(session: DispatchSession, coordinator_id: UUID) -> Sequence[OnBoard]:
    """Return everything that waits for a talk and a coordinator holds a copy of, the oldest first."""
    rows = await session.execute(_ON_BOARD, {"peer_id": coordinator_id})
    return [OnBoard(row.id, State(row.state), Urgency(row.urgency), *row[3:]) for row in rows]
