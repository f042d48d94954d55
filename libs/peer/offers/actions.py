"""What peers answer to offers, and what becomes of the pages that carry them."""

from collections.abc import Sequence
from uuid import UUID, uuid4

from sqlalchemy import TextClause, text

from libs import jobs
from libs.peer.callouts import actions as callouts
from libs.peer.callouts import queries as callout_queries
from libs.peer.callouts.queries import Locked
from libs.peer.events import actions as events
from libs.peer.offers import queries
from libs.peer.offers.errors import AlreadyTakenError, OfferExpiredError, OfferUnknownError
from libs.peer.offers.models import OfferState, Reason
from libs.peer.offers.putting import HandedOver, Sending
from libs.peer.offers.queries import Answerable
from libs.peer.offers.rules import LATE_YES
from libs.tenancy.planes import DispatchSession

_PUT_TAKEN = text(
    """
    INSERT INTO shared.offer (id, callout_id, region_id, epoch, peer_id, state, offered_at, expires_at, answered_at)
    VALUES (:id, :callout_id, :region_id, :epoch, :peer_id, 'accepted', :now, :now, :now)
    ON CONFLICT (callout_id, epoch, peer_id) DO UPDATE SET state = 'accepted', answered_at = excluded.answered_at
    """
)
_ACCEPTED = text(
    """
    UPDATE shared.offer SET state = 'accepted', answered_at = shared.clock(),
        epoch = coalesce(CAST(:epoch AS integer), epoch)
    WHERE id = :id AND state IN ('open', 'expired') RETURNING id
    """
)
_STAND_BY = text(
    """
    UPDATE shared.offer o SET state = 'reserve', answered_at = shared.clock() FROM shared.callout c
    WHERE o.id = :id AND o.state IN ('open', 'expired', 'called_off') AND c.id = o.callout_id
      AND (c.state = 'accepted' OR c.state IN ('paging', 'with_coordinator') AND o.epoch < c.epoch)
    RETURNING o.id
    """
)
_PASS_ON = text(
    """
    UPDATE shared.offer SET state = :answer, answered_at = shared.clock()
    WHERE id = :id AND peer_id = :peer_id AND state = 'open' RETURNING callout_id, region_id, is_hand_over
    """
)
_EXPIRE = text(
    """
    WITH ended AS (UPDATE shared.offer SET state = 'expired'
                   WHERE callout_id = :callout_id AND state = 'open' AND expires_at <= shared.clock() AND :is_due
                   RETURNING id, peer_id),
        off AS (UPDATE shared.page SET state = 'called_off' FROM ended
                WHERE page.offer_id = ended.id AND page.state = 'waiting')
    SELECT (SELECT region_id FROM shared.callout WHERE id = :callout_id),
        ARRAY(SELECT CAST(peer_id AS text) FROM ended),
        EXISTS (SELECT FROM shared.offer WHERE callout_id = :callout_id AND state = 'open'
                AND (expires_at > shared.clock() OR NOT :is_due))
    """
)
_CALL_OFF = text(
    """
    WITH ended AS (UPDATE shared.offer SET state = 'called_off'
                   WHERE callout_id = :callout_id AND state = 'open' RETURNING id, peer_id, region_id),
        off AS (UPDATE shared.page SET state = 'called_off' FROM ended
                WHERE page.offer_id = ended.id AND page.state = 'waiting')
    SELECT peer_id, region_id FROM ended
    """
)
_RELEASE = text(
    """
    WITH ended AS (UPDATE shared.offer SET state = 'released', reason = :reason
                   WHERE callout_id = :callout_id AND state = 'accepted' RETURNING id, peer_id, region_id),
        off AS (UPDATE shared.page SET state = 'called_off' FROM ended
                WHERE page.offer_id = ended.id AND page.state = 'waiting')
    SELECT peer_id, region_id FROM ended
    """
)
_TAKE_BACK = text(
    """
    UPDATE shared.offer SET state = 'accepted', answered_at = shared.clock(), reason = NULL
    WHERE callout_id = :callout_id AND peer_id = :peer_id AND epoch = :epoch AND state = 'released'
    """
)
# An offer that was answered or ran out before its page was sent needs none. Whoever dies with a page in hand leaves
# `sending_at`: the peer may have it, so whoever comes next has to send the word that takes it back.
_BEGIN_SENDING = text(
    """
    UPDATE shared.page p SET
        state = CASE WHEN o.state = 'open' AND o.expires_at > shared.clock() THEN p.state ELSE 'called_off' END,
        sending_at = CASE WHEN p.state = 'waiting' AND o.state = 'open' AND o.expires_at > shared.clock()
            THEN coalesce(p.sending_at, shared.clock()) ELSE p.sending_at END
    FROM shared.offer o WHERE p.id = :id AND p.state IN ('waiting', 'called_off') AND o.id = p.offer_id
    RETURNING p.peer_id, p.channel, p.idempotency_key, p.state = 'waiting',
        p.sending_at IS NOT NULL AND (p.state = 'waiting' OR o.state IN ('called_off', 'expired')
            OR o.state = 'open' AND o.expires_at <= shared.clock())
    """
)
_GIVE_UP = text("UPDATE shared.page SET state = 'undeliverable' WHERE id = :id AND state = 'waiting'")
# By an array, not by a join: as long as the server takes both tables for short, that is a loop over all in a loop.
_HANDED_OVER = text(
    """
    UPDATE shared.page p SET state = 'handed_over', handed_over_at = shared.clock()
    FROM shared.offer o JOIN shared.callout c ON c.id = o.callout_id
    WHERE p.id = :id AND p.state = 'waiting' AND o.id = p.offer_id
    RETURNING p.channel, CASE WHEN c.approval_id IS NULL AND NOT EXISTS (
        SELECT FROM shared.page q WHERE q.handed_over_at IS NOT NULL
          AND q.offer_id = ANY(ARRAY(SELECT b.id FROM shared.offer b WHERE b.callout_id = c.id)))
        THEN extract(epoch FROM shared.clock() - c.asked_at)::float8 END AS first_after_s
    """
)


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


async def begin_sending(session: DispatchSession, page_id: UUID) -> Sending | None:
    """Take a page in hand for its channel, or call off one whose offer is over or answered; None when it is through."""
    row = (await session.execute(_BEGIN_SENDING, {"id": page_id})).one_or_none()
    return None if row is None else Sending(*row)


async def give_up(session: DispatchSession, page_id: UUID) -> None:
    """Note that a page cannot be delivered over its channel; the offer stands, other channels carry it."""
    await session.execute(_GIVE_UP, {"id": page_id})


async def accept(session: DispatchSession, offer_id: UUID, *, by: UUID) -> UUID:
    """Accept an offer, exactly once.

    Two phones may answer in the same second: the callout is compared and set first, so one wins. A late yes counts
    while nobody has it; else it is written down as a reserve's, who is asked first when it is paged again. The winner
    may tap twice.

    Returns:
        The callout that is now `by`'s.

    Raises:
        OfferUnknownError: never put to `by`.
        OfferExpiredError: others are asked by now; if they cannot, `by` is asked first.
        AlreadyTakenError: somebody else has it, or it is no longer needed.
    """
    offer = await queries.answerable(session, offer_id, by)
    if offer is None:
        raise OfferUnknownError
    if offer.state is OfferState.ACCEPTED:
        return offer.callout_id
    if offer.state in LATE_YES and await _takes(session, offer, offer_id, by=by):
        return offer.callout_id
    if offer.state in {*LATE_YES, OfferState.CALLED_OFF}:
        await session.execute(_STAND_BY, {"id": offer_id})
    raise OfferExpiredError if offer.state is OfferState.EXPIRED and offer.is_asked_on else AlreadyTakenError


async def _takes(session: DispatchSession, offer: Answerable, offer_id: UUID, *, by: UUID) -> bool:
    """Take it, or take it over; returns whether it was still to be had."""
    epoch: int | None = offer.epoch
    if offer.is_hand_over:
        epoch = await callouts.take_over(session, offer.callout_id, by=by, epoch=offer.epoch)
        if epoch is None:
            return False
        await release(session, offer.callout_id, reason=Reason.HANDED_OVER)
    elif not await callouts.accept(session, offer.callout_id, by=by, epoch=offer.epoch):
        return False
    await session.execute(_ACCEPTED, {"id": offer_id, "epoch": epoch})
    await call_off(session, offer.callout_id)
    await watch_contact(session, offer.callout_id, region_id=offer.region_id, epoch=epoch or offer.epoch)
    return True


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
    if row.is_hand_over:
        await callouts.ask_to_take_over(session, row.callout_id, None, None)
        session.signals.add(f"peer:{await callout_queries.accepted_by(session, row.callout_id)}")
    await _free(session, row.region_id, [by])


async def expire_due(session: DispatchSession, callout_id: UUID, *, is_due: bool = True) -> bool:
    """End the offers of a callout whose time is over; returns whether anybody is still being asked.

    Args:
        session: dispatch of its region.
        callout_id: which.
        is_due: False while a pause lasts: nobody is told that the time is over, and a late yes just wins.
    """
    values = {"callout_id": callout_id, "is_due": is_due}
    region_id, ended, is_open = (await session.execute(_EXPIRE, values)).one()
    await _free(session, region_id, ended)
    return bool(is_open)


async def call_off(session: DispatchSession, callout_id: UUID) -> None:
    """Tell everybody else who was asked that they are no longer needed."""
    await _end(session, _CALL_OFF, callout_id)


async def release(session: DispatchSession, callout_id: UUID, *, reason: Reason) -> None:
    """Take an accepted offer back from a peer, for a reason."""
    await _end(session, _RELEASE, callout_id, reason=reason)


async def take_back(session: DispatchSession, callout_id: UUID, peer_id: UUID, *, epoch: int) -> None:
    """Undo the release of a peer with whom the requester is talking after all."""
    await session.execute(_TAKE_BACK, {"callout_id": callout_id, "peer_id": peer_id, "epoch": epoch})


async def _end(session: DispatchSession, statement: TextClause, callout_id: UUID, **more: str) -> None:
    rows = (await session.execute(statement, {"callout_id": callout_id, **more})).all()
    if rows:
        await _free(session, rows[0].region_id, [row.peer_id for row in rows])


async def _free(session: DispatchSession, region_id: UUID, peers: Sequence[UUID]) -> None:
    """Tell people that they are asked for this no longer: others who wait may ask them."""
    session.signals.update(f"peer:{peer}" for peer in peers)
    if peers:
        await callouts.note_free(session, region_id, peers)
