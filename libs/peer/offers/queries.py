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
    wishes: Sequence[str]
    offered_at: datetime
    expires_at: datetime
    now: datetime
    is_remote_only: bool


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


@dataclass(frozen=True, slots=True)
class ToSend:
    """A page that waits for a provider; the same key twice is the same message."""

    peer_id: UUID
    channel: str
    key: str


_OPEN = text(
    """
    SELECT o.id, c.urgency, c.language, c.team, c.wishes, o.offered_at, o.expires_at, shared.clock(),
        c.is_remote_only
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
_RELEASED = text(
    """
    SELECT peer_id, epoch FROM shared.offer
    WHERE callout_id = :callout_id AND state = 'released' AND (CAST(:epoch AS integer) IS NULL OR epoch = :epoch)
    ORDER BY epoch DESC LIMIT 1
    """
)
_RELEASES = text("SELECT count(*) FROM shared.offer WHERE callout_id = :callout_id AND state = 'released'")
_TO_SEND = text("SELECT peer_id, channel, idempotency_key FROM shared.page WHERE id = :id AND state = 'waiting'")
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


async def released(session: DispatchSession, callout_id: UUID, epoch: int | None) -> tuple[UUID, int] | None:
    """Return (peer, epoch) of whom a callout was taken back from, in a round or last of all; None when nobody."""
    row = (await session.execute(_RELEASED, {"callout_id": callout_id, "epoch": epoch})).one_or_none()
    return None if row is None else (row.peer_id, row.epoch)


async def releases(session: DispatchSession, callout_id: UUID) -> int:
    """Count how often a callout was taken back for want of contact."""
    count: int = (await session.execute(_RELEASES, {"callout_id": callout_id})).scalar_one()
    return count


async def to_send(session: DispatchSession, page_id: UUID) -> ToSend | None:
    """Return a page that still waits for its channel; None when it was called off or is through."""
    row = (await session.execute(_TO_SEND, {"id": page_id})).one_or_none()
    return None if row is None else ToSend(*row)
