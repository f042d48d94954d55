"""Reading offers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from libs.peer.callouts.models import Channel, Urgency
from libs.peer.callouts.rules import way_to_talk
from libs.peer.offers.models import OfferState
from libs.tenancy.planes import DispatchSession


@dataclass(frozen=True, slots=True)
class OpenOffer:
    """An offer that waits for the peer's answer.

    Attributes:
        is_remote_only: not in person, by the word of whoever let it in.
        wished_channel, unmet: how the requester would like to talk, and what nobody keeps who is asked now.
    """

    id: UUID
    urgency: Urgency
    language: str
    team: str
    wishes: Sequence[str]
    offered_at: datetime
    expires_at: datetime
    now: datetime
    is_hand_over: bool
    is_remote_only: bool
    wished_channel: str
    unmet: Sequence[str]

    @property
    def channel(self) -> Channel:
        """How they would talk, as it stands."""
        return way_to_talk(self.wished_channel, self.unmet, is_remote_only=self.is_remote_only)


@dataclass(frozen=True, slots=True)
class Answerable:
    """What accepting needs to know of an offer.

    Attributes:
        state: `expired` as soon as its time is over.
        is_asked_on: nobody has it, and others are asked.
    """

    callout_id: UUID
    region_id: UUID
    epoch: int
    state: OfferState
    is_hand_over: bool
    is_asked_on: bool


@dataclass(frozen=True, slots=True)
class ContactClock:
    """Who has a callout, and until when contact should be confirmed."""

    accepted_by: UUID
    next_at: datetime


@dataclass(frozen=True, slots=True)
class StandingBy:
    """Who said yes too late, in whatever round; and who was silent in this one."""

    reserves: frozenset[UUID]
    silent: frozenset[UUID]


_OPEN = text(
    """
    SELECT o.id, c.urgency, c.language, c.team, c.wishes, o.offered_at, o.expires_at, shared.clock(),
           o.is_hand_over, c.is_remote_only, c.channel, c.unmet
    FROM shared.offer o JOIN shared.callout c ON c.id = o.callout_id
    WHERE o.peer_id = :peer_id AND o.state = 'open' AND o.expires_at > shared.clock()
    ORDER BY o.expires_at
    """
)
_ANSWERABLE = text(
    """
    SELECT o.callout_id, o.region_id, o.epoch,
           CASE WHEN o.state = 'open' AND o.expires_at <= shared.clock() THEN 'expired' ELSE o.state END,
           o.is_hand_over, c.state IN ('paging', 'with_coordinator')
    FROM shared.offer o JOIN shared.callout c ON c.id = o.callout_id
    JOIN shared.member m ON m.id = o.peer_id AND m.suspended_on IS NULL
    WHERE o.id = :id AND o.peer_id = :peer_id
    """
)
_RELEASED = text(
    """
    SELECT peer_id, epoch FROM shared.offer
    WHERE callout_id = :callout_id AND state = 'released' AND (CAST(:epoch AS integer) IS NULL OR epoch = :epoch)
    ORDER BY epoch DESC LIMIT 1
    """
)
_RELEASES = text(
    """
    SELECT count(*) FROM shared.offer
    WHERE callout_id = :callout_id AND state = 'released' AND reason <> 'handed_over'
    """
)
_STANDING_BY = text(
    """
    SELECT peer_id, state, epoch FROM shared.offer WHERE callout_id = :callout_id AND state IN ('reserve', 'expired')
    """
)
_MAY_TAKE_OVER = text(
    """
    SELECT NOT EXISTS (SELECT FROM shared.offer WHERE callout_id = :callout_id AND peer_id = :peer_id
                       AND state IN ('open', 'accepted', 'declined', 'recused', 'released'))
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
    callout_id, region_id, epoch, state, is_hand_over, is_asked_on = row
    return Answerable(callout_id, region_id, epoch, OfferState(state), is_hand_over, is_asked_on)


async def contact_clock(session: DispatchSession, callout_id: UUID) -> ContactClock:
    """Return the clock of a callout that was just accepted."""
    return ContactClock(*(await session.execute(_CONTACT_CLOCK, {"id": callout_id})).one())


async def released(session: DispatchSession, callout_id: UUID, epoch: int | None) -> tuple[UUID, int] | None:
    """Return (peer, epoch) of whom a callout was taken back from, in a round or last of all; None when nobody."""
    row = (await session.execute(_RELEASED, {"callout_id": callout_id, "epoch": epoch})).one_or_none()
    return None if row is None else (row.peer_id, row.epoch)


async def releases(session: DispatchSession, callout_id: UUID) -> int:
    """Count how often a callout came back from a peer who had said yes, other than by handing it over."""
    count: int = (await session.execute(_RELEASES, {"callout_id": callout_id})).scalar_one()
    return count


async def standing_by(session: DispatchSession, callout_id: UUID, epoch: int) -> StandingBy:
    """Return who said yes too late, and who has said nothing in this round."""
    rows = (await session.execute(_STANDING_BY, {"callout_id": callout_id})).all()
    return StandingBy(
        frozenset(row.peer_id for row in rows if row.state == OfferState.RESERVE),
        frozenset(row.peer_id for row in rows if row.state == OfferState.EXPIRED and row.epoch == epoch),
    )


async def may_take_over(session: DispatchSession, callout_id: UUID, peer_id: UUID) -> bool:
    """Say whether a peer has not said no to a callout, and is not asked or has it already."""
    values = {"callout_id": callout_id, "peer_id": peer_id}
    return bool((await session.execute(_MAY_TAKE_OVER, values)).scalar_one())
