"""Moving a callout: one compare-and-set for every act, out of the one table of moves."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import text

from libs import jobs
from libs.peer.callouts import rules
from libs.peer.callouts.models import Urgency
from libs.peer.callouts.rules import Act
from libs.tenancy.planes import DispatchSession

ADVANCE = "callouts.advance"
"""The job that looks at a callout and does what is due."""
OPEN_APPROVAL = "approvals.open"
"""The job that puts a request from outside before the program managers."""
CANCEL_APPROVAL = "approvals.cancel"
"""The job that writes what became of a callout into the approval that it waited for."""
FORGET = "requests.forget"
"""The job that deletes the care side of a callout that has ended."""


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
_REOPENED = text("UPDATE shared.callout SET epoch = epoch + 1, accepted_by = NULL, accepted_at = NULL WHERE id = :id")
_CONTACT = text(
    """
    UPDATE shared.callout SET contact_at = shared.clock(), next_at = :next_at,
        accepted_at = coalesce(accepted_at, shared.clock()) WHERE id = :id
    """
)
_NO_COPIES = text("DELETE FROM shared.copy WHERE callout_id = :id")
_NEW_ROUND = text("UPDATE shared.callout SET epoch = epoch + 1 WHERE id = :id")
_CLEAR = text(
    """
    UPDATE shared.callout SET home_id = NULL, request_id = NULL, approval_id = NULL, coming_from = NULL
    WHERE id = :id AND state = ANY(:ended)
    """
)
_THIN = text("UPDATE shared.callout SET approval_id = NULL, coming_from = NULL WHERE id = :id AND state = ANY(:ended)")
_ENDED = text(
    "UPDATE shared.callout SET ended_at = shared.clock(), next_at = NULL, decline_reason = :reason WHERE id = :id"
)
_LOOK_AGAIN = text(
    """
    WITH clock AS (UPDATE shared.callout SET next_at = CAST(:at AS timestamptz) WHERE id = CAST(:id AS uuid))
    INSERT INTO shared.job (id, kind, key, region_id, subject_id, due_at)
    VALUES (:job_id, :kind, :key, :region_id, CAST(:id AS uuid), CAST(:at AS timestamptz)) ON CONFLICT DO NOTHING
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


async def reopen(session: DispatchSession, callout_id: UUID, epoch: int, *, act: Act = Act.REOPEN) -> bool:
    """Take it back from a peer who made no contact, for a new round; returns whether that was still so.

    Args:
        session: dispatch of its region.
        callout_id: which.
        epoch: the round that ends.
        act: REOPEN asks peers again, ESCALATE lets the coordinator have it first.
    """
    if await move(session, callout_id, act, epoch=epoch) is None:
        return False
    await session.execute(_REOPENED, {"id": callout_id})
    return True


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
    session: DispatchSession, callout_id: UUID, act: Act, *, region_id: UUID, reason: str | None = None
) -> bool:
    """Close, withdraw or decline; the care side is forgotten later, or at once when withdrawn.

    Returns:
        Whether it could be ended from where it stood.
    """
    moved = await move(session, callout_id, act)
    if moved is None:
        return False
    await session.execute(_ENDED, {"id": callout_id, "reason": reason})
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
