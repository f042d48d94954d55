"""Putting offers to peers, and what peers answer."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import TextClause, text

from libs import jobs
from libs.notify.channels import in_app
from libs.peer.callouts import actions as callouts
from libs.peer.callouts.queries import Locked
from libs.peer.events import actions as events
from libs.peer.offers import queries
from libs.peer.offers.errors import AlreadyTakenError, OfferExpiredError, OfferUnknownError
from libs.peer.offers.models import OfferState
from libs.tenancy.planes import DispatchSession

SEND = "pages.send"
"""The job that hands one page to a channel that is somebody else's."""

# One statement for everybody who is asked at once: the offers, the pages, and a job for each page that goes by
# somebody else's channel. The page of the channel that needs nobody is handed over by being there.
_PUT = text(
    """
    WITH put AS (
        INSERT INTO shared.offer (id, callout_id, region_id, epoch, peer_id, state, offered_at, expires_at)
        SELECT gen_random_uuid(), CAST(:callout_id AS uuid), CAST(:region_id AS uuid), CAST(:epoch AS integer),
            CAST(peer AS uuid), 'open', CAST(:now AS timestamptz), CAST(:expires_at AS timestamptz)
        FROM unnest(CAST(:peers AS text[])) AS peer
        ON CONFLICT (callout_id, epoch, peer_id) DO NOTHING RETURNING id, peer_id
    ), paged AS (
        INSERT INTO shared.page (id, offer_id, region_id, peer_id, channel, idempotency_key, state, created_at,
            handed_over_at)
        SELECT gen_random_uuid(), put.id, CAST(:region_id AS uuid), put.peer_id, way,
            concat_ws(':', CAST(:callout_id AS uuid), CAST(:epoch AS integer), put.peer_id, way),
            CASE WHEN way = :in_app THEN 'handed_over' ELSE 'waiting' END, CAST(:now AS timestamptz),
            CASE WHEN way = :in_app THEN CAST(:now AS timestamptz) END
        FROM put, unnest(CAST(:channels AS text[])) AS way RETURNING id, peer_id, channel
    ), send AS (
        INSERT INTO shared.job (id, kind, key, region_id, subject_id, due_at)
        SELECT gen_random_uuid(), CAST(:send AS text), concat(CAST(:send AS text), ':', id, ':'),
            CAST(:region_id AS uuid), id, CAST(:now AS timestamptz)
        FROM paged WHERE channel <> :in_app ON CONFLICT DO NOTHING
    )
    SELECT paged.peer_id, CASE WHEN c.approval_id IS NULL AND NOT EXISTS (
        SELECT FROM shared.offer b JOIN shared.page q ON q.offer_id = b.id
        WHERE b.callout_id = c.id AND q.handed_over_at IS NOT NULL)
        THEN extract(epoch FROM CAST(:now AS timestamptz) - c.asked_at)::float8 END AS first_after_s
    FROM paged JOIN shared.callout c ON c.id = CAST(:callout_id AS uuid) WHERE paged.channel = :in_app
    """
)
_PUT_TAKEN = text(
    """
    INSERT INTO shared.offer (id, callout_id, region_id, epoch, peer_id, state, offered_at, expires_at, answered_at)
    VALUES (:id, :callout_id, :region_id, :epoch, :peer_id, 'accepted', :now, :now, :now)
    ON CONFLICT (callout_id, epoch, peer_id) DO UPDATE SET state = 'accepted', answered_at = excluded.answered_at
    """
)
_ACCEPTED = text(
    """
    UPDATE shared.offer SET state = 'accepted', answered_at = shared.clock()
    WHERE id = :id AND state = 'open' AND expires_at > shared.clock() RETURNING id
    """
)
_PASS_ON = text(
    """
    UPDATE shared.offer SET state = :answer, answered_at = shared.clock()
    WHERE id = :id AND peer_id = :peer_id AND state = 'open' RETURNING callout_id, region_id
    """
)
_EXPIRE = text(
    """
    WITH ended AS (UPDATE shared.offer SET state = 'expired'
                   WHERE callout_id = :callout_id AND state = 'open' AND expires_at <= shared.clock()
                   RETURNING id, peer_id),
        off AS (UPDATE shared.page SET state = 'called_off' FROM ended
                WHERE page.offer_id = ended.id AND page.state = 'waiting')
    SELECT ARRAY(SELECT CAST(peer_id AS text) FROM ended),
        EXISTS (SELECT FROM shared.offer WHERE callout_id = :callout_id AND state = 'open'
                AND expires_at > shared.clock()),
        EXISTS (SELECT FROM shared.offer WHERE callout_id = :callout_id)
    """
)
_CALL_OFF = text(
    """
    WITH ended AS (UPDATE shared.offer SET state = 'called_off'
                   WHERE callout_id = :callout_id AND state = 'open' RETURNING id, peer_id),
        off AS (UPDATE shared.page SET state = 'called_off' FROM ended
                WHERE page.offer_id = ended.id AND page.state = 'waiting')
    SELECT peer_id FROM ended
    """
)
_RELEASE = text(
    """
    WITH ended AS (UPDATE shared.offer SET state = 'released'
                   WHERE callout_id = :callout_id AND state = 'accepted' RETURNING id, peer_id),
        off AS (UPDATE shared.page SET state = 'called_off' FROM ended
                WHERE page.offer_id = ended.id AND page.state = 'waiting')
    SELECT peer_id FROM ended
    """
)
_TAKE_BACK = text(
    """
    UPDATE shared.offer SET state = 'accepted', answered_at = shared.clock()
    WHERE callout_id = :callout_id AND peer_id = :peer_id AND epoch = :epoch AND state = 'released'
    """
)
_GIVE_UP = text("UPDATE shared.page SET state = 'undeliverable' WHERE id = :id AND state = 'waiting'")
_HANDED_OVER = text(
    """
    UPDATE shared.page p SET state = 'handed_over', handed_over_at = shared.clock()
    FROM shared.offer o JOIN shared.callout c ON c.id = o.callout_id
    WHERE p.id = :id AND p.state = 'waiting' AND o.id = p.offer_id
    RETURNING p.channel, CASE WHEN c.approval_id IS NULL AND NOT EXISTS (
        SELECT FROM shared.offer b JOIN shared.page q ON q.offer_id = b.id
        WHERE b.callout_id = c.id AND q.handed_over_at IS NOT NULL)
        THEN extract(epoch FROM shared.clock() - c.asked_at)::float8 END AS first_after_s
    """
)


@dataclass(frozen=True, slots=True)
class Asked:
    """How far the asking is.

    Attributes:
        is_open: somebody is being asked right now.
        was_anybody: somebody was asked at any time.
    """

    is_open: bool
    was_anybody: bool


@dataclass(frozen=True, slots=True)
class HandedOver:
    """What may be told of a page that was handed over.

    Attributes:
        channel: name of the channel.
        first_after_s: seconds since somebody asked, when it is the first page and waited for no approval.
    """

    channel: str
    first_after_s: float | None


async def put(
    session: DispatchSession, callout: Locked, peers: Collection[UUID], *, expires_at: datetime
) -> Sequence[HandedOver]:
    """Put a callout to peers, each of whom is asked once in an epoch; a second time changes nothing.

    Whoever has the dashboard open is rung when this transaction is through. Nothing else is needed for that channel:
    the row is the page, and a peer whose signal was lost sees it within seconds.

    Args:
        session: dispatch of its region.
        callout: locked by this transaction.
        peers: holders of a copy, asked at once; may be empty.
        expires_at: end of the time to answer.

    Returns:
        The pages that are handed over with this transaction.
    """
    values = {
        "callout_id": callout.id,
        "region_id": callout.region_id,
        "epoch": callout.epoch,
        "peers": [str(peer) for peer in peers],
        "channels": list(callout.channels),
        "in_app": in_app.NAME,
        "send": SEND,
        "now": callout.now,
        "expires_at": expires_at,
    }
    rows = (await session.execute(_PUT, values)).all()
    for row in rows:
        in_app.hand_over(session, row.peer_id)
    if any(channel != in_app.NAME for channel in callout.channels):
        session.signals.add(jobs.SIGNAL)
    # Asked at once, one of them is the first.
    return [HandedOver(in_app.NAME, None if number else row.first_after_s) for number, row in enumerate(rows)]


async def put_taken(session: DispatchSession, callout: Locked, peer_id: UUID) -> None:
    """Write down that a coordinator took a callout without being offered it: released like any other if need be."""
    values = {
        "id": uuid4(),
        "callout_id": callout.id,
        "region_id": callout.region_id,
        "epoch": callout.epoch,
        "peer_id": peer_id,
        "now": callout.now,
    }
    await session.execute(_PUT_TAKEN, values)


async def step_aside(session: DispatchSession, peer_id: UUID) -> None:
    """Pass on whatever a peer was offered and has not answered, as when going off call."""
    for offer in await queries.open_for(session, peer_id):
        await pass_on(session, offer.id, by=peer_id, answer=OfferState.DECLINED)


async def handed_over(session: DispatchSession, page_id: UUID) -> HandedOver | None:
    """Note that somebody else's channel has a page.

    Returns:
        What may be told of it; None for one that was called off or handed over before, which stays as it is.
    """
    row = (await session.execute(_HANDED_OVER, {"id": page_id})).one_or_none()
    return None if row is None else HandedOver(row.channel, row.first_after_s)


async def give_up(session: DispatchSession, page_id: UUID) -> None:
    """Note that a page cannot be delivered over its channel; the offer stands, other channels carry it."""
    await session.execute(_GIVE_UP, {"id": page_id})


async def accept(session: DispatchSession, offer_id: UUID, *, by: UUID) -> UUID:
    """Accept an offer, exactly once.

    Two phones may answer in the same second: the callout is compared and set first, so one wins and the
    others get AlreadyTakenError. The winner may tap twice.

    Returns:
        The callout that is now `by`'s.

    Raises:
        OfferUnknownError: never put to `by`.
        OfferExpiredError: the time to answer is over.
        AlreadyTakenError: somebody else has it, or it is no longer needed.
    """
    offer = await queries.answerable(session, offer_id, by)
    if offer is None:
        raise OfferUnknownError
    if offer.state is OfferState.ACCEPTED:
        return offer.callout_id
    if not offer.is_in_time:
        raise OfferExpiredError
    if offer.state is not OfferState.OPEN:
        raise AlreadyTakenError
    if not await callouts.accept(session, offer.callout_id, by=by, epoch=offer.epoch):
        raise AlreadyTakenError
    if (await session.execute(_ACCEPTED, {"id": offer_id})).one_or_none() is None:
        raise OfferExpiredError
    await call_off(session, offer.callout_id)
    await watch_contact(session, offer.callout_id, region_id=offer.region_id, epoch=offer.epoch)
    return offer.callout_id


async def watch_contact(session: DispatchSession, callout_id: UUID, *, region_id: UUID, epoch: int) -> None:
    """Start the clock from the yes to a confirmed contact, and note the event; rung for whoever accepted."""
    standing = await queries.contact_clock(session, callout_id)
    cause = f"contact:{epoch}"
    await jobs.add(
        session,
        callouts.ADVANCE,
        region_id=region_id,
        subject_id=callout_id,
        cause=cause,
        due_at=standing.next_at,
    )
    await events.record(session, "offer.accepted", region_id)
    session.signals.add(f"peer:{standing.accepted_by}")


async def pass_on(session: DispatchSession, offer_id: UUID, *, by: UUID, answer: OfferState) -> None:
    """Decline ("not now") or recuse (silently, for a reason of one's own); the next peer is asked at once.

    Raises:
        OfferUnknownError: never put to `by`, or answered already.
    """
    values = {"id": offer_id, "peer_id": by, "answer": answer}
    row = (await session.execute(_PASS_ON, values)).one_or_none()
    if row is None:
        raise OfferUnknownError
    await jobs.add(
        session,
        callouts.ADVANCE,
        region_id=row.region_id,
        subject_id=row.callout_id,
        cause=f"{answer}:{offer_id}",
    )
    session.signals.add(f"peer:{by}")


async def expire_due(session: DispatchSession, callout_id: UUID) -> Asked:
    """End the offers of a callout whose time is over; returns how far the asking is then."""
    ended, *asked = (await session.execute(_EXPIRE, {"callout_id": callout_id})).one()
    session.signals.update(f"peer:{peer}" for peer in ended)
    return Asked(*asked)


async def call_off(session: DispatchSession, callout_id: UUID) -> None:
    """Tell everybody else who was asked that they are no longer needed."""
    await _end(session, _CALL_OFF, callout_id)


async def release(session: DispatchSession, callout_id: UUID) -> None:
    """Take an accepted offer back from a peer who made no contact."""
    await _end(session, _RELEASE, callout_id)


async def take_back(session: DispatchSession, callout_id: UUID, peer_id: UUID, *, epoch: int) -> None:
    """Undo the release of a peer with whom the requester is talking after all."""
    await session.execute(_TAKE_BACK, {"callout_id": callout_id, "peer_id": peer_id, "epoch": epoch})


async def _end(session: DispatchSession, statement: TextClause, callout_id: UUID) -> None:
    peers = (await session.execute(statement, {"callout_id": callout_id})).scalars()
    session.signals.update(f"peer:{peer}" for peer in peers)
