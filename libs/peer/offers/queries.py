"""Reading offers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from libs.peer.callouts.models import Urgency
from libs.peer.offers.models import OfferState
from libs.tenancy.planes import DispatchSession


@dataclass(frozen=True, slots=True)
class OpenOffer:
    """An offer that waits for the peer's answer."""

    id: UUID
    urgency: Urgency
    language: str
    team: str
    offered_at: datetime
    expires_at: datetime
    now: datetime


@dataclass(frozen=True, slots=True)
class Answerable:
    """What accepting needs to know of an offer."""

    callout_id: UUID
    region_id: UUID
    epoch: int
    state: OfferState
    is_in_time: bool


@dataclass(frozen=True, slots=True)
class ContactClock:
    """Who has a callout, and until when contact should be confirmed."""

    accepted_by: UUID
    next_at: datetime


_OPEN = text(
    """
    SELECT o.id, c.urgency, c.language, c.team, o.offered_at, o.expires_at, shared.clock()
    FROM shared.offer o JOIN shared.callout c ON c.id = o.callout_id
    WHERE o.peer_id = :peer_id AND o.state = 'open' AND o.expires_at > shared.clock()
    ORDER BY o.expires_at
    """
)
_ANSWERABLE = text(
    """
    SELECT callout_id, region_id, epoch, state, expires_at > shared.clock() AND state <> 'expired'
    FROM shared.offer WHERE id = :id AND peer_id = :peer_id
    """
)
_CONTACT_CLOCK = text("SELECT accepted_by, next_at FROM shared.callout WHERE id = :id")


async def open_for(session: DispatchSession, peer_id: UUID) -> Sequence[OpenOffer]:
    """Return the offers that wait for this peer, most pressing first."""
    rows = await session.execute(_OPEN, {"peer_id": peer_id})
    return [OpenOffer(row.id, Urgency(row.urgency), *row[2:]) for row in rows]


async def answerable(session: DispatchSession, offer_id: UUID, peer_id: UUID) -> Answerable | None:
    """Return an offer that was put to this peer; None when there is none, whoever else's it may be."""
    row = (await session.execute(_ANSWERABLE, {"id": offer_id, "peer_id": peer_id})).one_or_none()
    if row is None:
        return None
    callout_id, region_id, epoch, state, is_in_time = row
    return Answerable(callout_id, region_id, epoch, OfferState(state), is_in_time)


async def contact_clock(session: DispatchSession, callout_id: UUID) -> ContactClock:
    """Return the clock of a callout that was just accepted."""
    return ContactClock(*(await session.execute(_CONTACT_CLOCK, {"id": callout_id})).one())
