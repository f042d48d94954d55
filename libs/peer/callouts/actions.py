"""Moving a callout: one compare-and-set for every act, out of the one table of moves."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import text

from libs import jobs
from libs.peer.callouts import rules
from libs.peer.callouts.models import EndReason, Urgency
from libs.peer.callouts.rules import Act
from libs.tenancy.planes import DispatchSession

ADVANCE = "callouts.advance"
"""The job that looks at a callout and does what is due."""
FREED = "callouts.freed"
"""The job that looks whether anything waits for a peer who may be free now."""
OPEN_APPROVAL = "approvals.open"
"""The job that puts a request from outside before the program managers."""
CANCEL_APPROVAL = "approvals.cancel"
"""The job that writes what became of a callout into the approval that it waited for."""
FORGET = "requests.forget"
"""The job that deletes the care side of a callout that has ended."""
ARRIVED = "exchanges.arrived"
"""The job that ends a request where it waited, once it goes on in the region that helps."""


_MOVE = text(
    """
    UPDATE shared.callout SET state = :to, accepted_by = coalesce(CAST(:by AS uuid), accepted_by)
    WHERE id = :id AND state = ANY(:from) AND (CAST(:epoch AS integer) IS NULL OR epoch = :epoch)
    RETURNING urgency, shared.clock()
    """
)
_ACCEPTED = text(
    """
    UPDATE shared.callout SET accepted_at = shared.clock(), next_at = :next_at WHERE id = :id
    """
)
_REOPENED = text(
    """
    UPDATE shared.callout SET epoch = epoch + 1, accepted_by = NULL, accepted_at = NULL, next_at = shared.clock(),
        step = 0, step_waves = 0, wave = 0, asking = '{}', skipped = '{}', is_lead_asked = false,
        hand_to = NULL, hand_until = NULL
    WHERE id = :id
    """
)
_CONTACT = text(
    """
    UPDATE shared.callout SET contact_at = shared.clock(), next_at = :next_at, hand_to = NULL, hand_until = NULL,
        accepted_at = coalesce(accepted_at, shared.clock()) WHERE id = :id
    """
)
_NO_COPIES = text("DELETE FROM shared.copy WHERE callout_id = :id")
_NEW_ROUND = text(
    """
    UPDATE shared.callout SET epoch = epoch + 1, step = 0, step_waves = 0, wave = 0, asking = '{}', skipped = '{}'
    WHERE id = :id
    """
)
_RAN_OUT = text("UPDATE shared.callout SET asking = '{}', skipped = :skipped, is_lead_asked = true WHERE id = :id")
_ASK_TO_TAKE_OVER = text("UPDATE shared.callout SET hand_to = :to, hand_until = :until WHERE id = :id")
_TAKEN_OVER = text(
    """
    UPDATE shared.callout SET epoch = epoch + 1, accepted_at = shared.clock(), next_at = :next_at,
        hand_to = NULL, hand_until = NULL
    WHERE id = :id RETURNING epoch
    """
)
_CLEAR = text(
    """
    UPDATE shared.callout SET home_id = NULL, request_id = NULL, approval_id = NULL, coming_from = NULL,
        exchange_id = NULL
    WHERE id = :id AND state = ANY(:ended)
    """
)
_THIN = text(
    """
    UPDATE shared.callout SET approval_id = NULL, coming_from = NULL, exchange_id = NULL
    WHERE id = :id AND state = ANY(:ended)
    """
)
_ENDED = text(
    """
    UPDATE shared.callout SET ended_at = shared.clock(), next_at = NULL, decline_reason = :reason,
        end_reason = :end_reason, hand_to = NULL, hand_until = NULL
    WHERE id = :id
    """
)
_LOOK_AGAIN = text(
    """
    WITH clock AS (UPDATE shared.callout SET next_at = CAST(:at AS timestamptz) WHERE id = CAST(:id AS uuid))
    INSERT INTO shared.job (id, kind, key, region_id, subject_id, due_at)
    VALUES (:job_id, :kind, :key, :region_id, CAST(:id AS uuid), CAST(:at AS timestamptz)) ON CONFLICT DO NOTHING
    """
)

_SOMEBODY_WAITS = text(
    """
    SELECT shared.clock() WHERE EXISTS (
        SELECT FROM shared.callout WHERE region_id = :region_id AND state = 'with_coordinator')
    """
)
# Not passed over while somebody else looks at it: that look began before this peer was free. One that is about to be
# looked at comes last, as it will find this peer by itself.
_WAITS_LONGEST = text(
    """
    WITH oldest AS MATERIALIZED (
        SELECT c.id FROM shared.callout c
        JOIN shared.copy p ON p.home_id = c.home_id AND p.callout_id = c.id AND p.peer_id = :peer_id
        WHERE c.region_id = :region_id AND c.state = 'with_coordinator' AND NOT p.only_steps_in
          AND NOT EXISTS (SELECT FROM shared.offer o WHERE o.callout_id = c.id AND o.peer_id = p.peer_id)
        ORDER BY c.next_at <= shared.clock(), c.urgency <> 'now', c.asked_at LIMIT 1 FOR UPDATE OF c
    )
    UPDATE shared.callout c SET next_at = shared.clock() FROM oldest WHERE c.id = oldest.id
    RETURNING c.id, c.epoch, c.next_at
    """
)


async def move(
    session: DispatchSession, callout_id: UUID, act: Act, *, epoch: int | None = None, by: UUID | None = None
) -> tuple[Urgency, datetime] | None:
    """Compare and set: take `act` if the callout stands where the table of moves wants it.

    Args:
        session: dispatch of its region.
        callout_id: which.
        act: what happens.
        epoch: when given, the round of paging that the caller has seen.
        by: the peer who accepts; None for every other act.

    Returns:
        Its urgency and the instant of the move, or None when it stood elsewhere and nothing changed.
    """
    sources, target = rules.MOVES[act]
    values = {"id": callout_id, "to": target, "from": sorted(sources), "epoch": epoch, "by": by}
    row = (await session.execute(_MOVE, values)).one_or_none()
    if row is None:
        return None
    session.signals.add(f"callout:{callout_id}")
    return Urgency(row[0]), row[1]


async def accept(session: DispatchSession, callout_id: UUID, *, by: UUID, epoch: int | None) -> bool:
    """Give a callout to one peer, exactly once; returns whether it was still to be had."""
    moved = await move(session, callout_id, Act.ACCEPT, epoch=epoch, by=by)
    if moved is None:
        return False
    urgency, now = moved
    due = rules.contact_due(urgency, now)
    await session.execute(_ACCEPTED, {"id": callout_id, "next_at": due})
    return True


async def reopen(session: DispatchSession, callout_id: UUID, epoch: int) -> bool:
    """Take it back from a peer, for a new round from the policy's first step on; returns whether that was still so.

    Args:
        session: dispatch of its region.
        callout_id: which.
        epoch: the round that ends.
    """
    if await move(session, callout_id, Act.REOPEN, epoch=epoch) is None:
        return False
    await session.execute(_REOPENED, {"id": callout_id})
    return True


async def run_out(session: DispatchSession, callout_id: UUID, skipped: Collection[str]) -> None:
    """Note that nobody is left to ask: from now on it is the coordinators' to see; said again it changes nothing."""
    await move(session, callout_id, Act.RUN_OUT)
    await session.execute(_RAN_OUT, {"id": callout_id, "skipped": list(skipped)})


async def ask_to_take_over(session: DispatchSession, callout_id: UUID, to: UUID | None, until: datetime | None) -> None:
    """Note whom the peer who has it asks to take over, and until when; None for nobody any more."""
    await session.execute(_ASK_TO_TAKE_OVER, {"id": callout_id, "to": to, "until": until})
    session.signals.add(f"callout:{callout_id}")


async def take_over(session: DispatchSession, callout_id: UUID, *, by: UUID, epoch: int) -> int | None:
    """Give it to the colleague who was asked to take over; the contact clock begins anew.

    Returns:
        The new round, or None when it was no longer to be had.
    """
    moved = await move(session, callout_id, Act.TAKE_OVER, epoch=epoch, by=by)
    if moved is None:
        return None
    values = {"id": callout_id, "next_at": rules.contact_due(*moved)}
    found: int = (await session.execute(_TAKEN_OVER, values)).scalar_one()
    return found


async def resume(session: DispatchSession, callout_id: UUID) -> None:
    """Ask peers again for what waited with the coordinator, in a new round."""
    if await move(session, callout_id, Act.RESUME) is not None:
        await session.execute(_NEW_ROUND, {"id": callout_id})


async def confirm_contact(
    session: DispatchSession, callout_id: UUID, *, region_id: UUID, with_peer: UUID | None = None
) -> bool:
    """Note the requester's word that they are talking; returns whether it could be noted.

    The copies go: nobody else will be asked. A talk that is never closed closes by the clock.

    Args:
        session: dispatch of its region.
        callout_id: which.
        region_id: its region.
        with_peer: the peer from whom it was taken back and who gets it again; None for whoever has it.
    """
    act = Act.CONFIRM if with_peer is None else Act.TALK
    moved = await move(session, callout_id, act, by=with_peer)
    if moved is None:
        return False
    due = moved[1] + rules.TALK_ENDS_AFTER
    await session.execute(_CONTACT, {"id": callout_id, "next_at": due})
    await session.execute(_NO_COPIES, {"id": callout_id})
    await jobs.add(session, ADVANCE, region_id=region_id, subject_id=callout_id, cause="talk", due_at=due)
    return True


async def end(
    session: DispatchSession,
    callout_id: UUID,
    act: Act,
    *,
    region_id: UUID,
    reason: str | None = None,
    end_reason: EndReason | None = None,
) -> bool:
    """Close, withdraw or decline; the care side is forgotten later, or at once when withdrawn.

    Args:
        session: dispatch of its region.
        callout_id: which.
        act: how.
        region_id: its region.
        reason: why it was declined.
        end_reason: why it was closed without the requester's word.

    Returns:
        Whether it could be ended from where it stood.
    """
    moved = await move(session, callout_id, act)
    if moved is None:
        return False
    await session.execute(_ENDED, {"id": callout_id, "reason": reason, "end_reason": end_reason})
    due_at = None if act is Act.WITHDRAW else moved[1] + rules.TRACES_LIVE
    await jobs.add(session, FORGET, region_id=region_id, subject_id=callout_id, due_at=due_at)
    return True


async def clear(session: DispatchSession, callout_id: UUID) -> None:
    """Cut what ties an ended callout to a center, a request and whoever might have been asked."""
    await session.execute(_CLEAR, {"id": callout_id, "ended": sorted(rules.ENDED)})
    await session.execute(_NO_COPIES, {"id": callout_id})


async def thin(session: DispatchSession, callout_id: UUID) -> None:
    """Keep of an ended callout the way to reach alone, while a follow-up is planned: no copies, no place."""
    await session.execute(_THIN, {"id": callout_id, "ended": sorted(rules.ENDED)})
    await session.execute(_NO_COPIES, {"id": callout_id})


async def note_free(session: DispatchSession, region_id: UUID, peers: Collection[UUID]) -> None:
    """Have it looked whether anything that waits with the coordinators can ask people who become free now.

    By a job, which sees what this transaction has done: whatever looks at this moment does not.

    Args:
        session: dispatch of the region.
        region_id: which.
        peers: who may be free from now on.
    """
    now = (await session.execute(_SOMEBODY_WAITS, {"region_id": region_id})).scalar_one_or_none()
    if now is not None:
        for peer in peers:
            await jobs.add(session, FREED, region_id=region_id, subject_id=peer, cause=now.isoformat())


async def ask_somebody_free(session: DispatchSession, peer_id: UUID, *, region_id: UUID) -> None:
    """Look again at what has waited longest, the urgent first, and has not asked this peer yet.

    Whether they can be asked is for the match to say; what it passes over is looked at again within LOOK_AGAIN.
    """
    values = {"region_id": region_id, "peer_id": peer_id}
    for row in (await session.execute(_WAITS_LONGEST, values)).all():
        cause = f"{row.epoch}:freed:{row.next_at.isoformat()}"
        await jobs.add(session, ADVANCE, region_id=region_id, subject_id=row.id, cause=cause)


async def look_again_for_approval(session: DispatchSession, callout_id: UUID, *, region_id: UUID, at: datetime) -> None:
    """Set the clock by which it is made sure again that the decision lies before whoever decides."""
    await _come_back(session, callout_id, OPEN_APPROVAL, at, region_id=region_id, cause=at.isoformat())


async def look_again(session: DispatchSession, callout_id: UUID, at: datetime, *, region_id: UUID, epoch: int) -> None:
    """Note when something happens next, for everybody who looks, and ask for the job that does it: one statement."""
    await _come_back(session, callout_id, ADVANCE, at, region_id=region_id, cause=f"{epoch}:{at.isoformat()}")


async def _come_back(
    session: DispatchSession, callout_id: UUID, kind: str, at: datetime, *, region_id: UUID, cause: str
) -> None:
    values = {
        "id": callout_id,
        "at": at,
        "job_id": uuid4(),
        "kind": kind,
        "key": jobs.key(kind, callout_id, cause),
        "region_id": region_id,
    }
    await session.execute(_LOOK_AGAIN, values)
