"""Opening and deciding approvals, in the program plane."""

from uuid import UUID

from sqlalchemy import text

from libs import jobs
from libs.peer.approvals import queries
from libs.peer.approvals.errors import AlreadyDecidedError, ApprovalUnknownError
from libs.peer.approvals.models import ApprovalState, DeclineReason
from libs.peer.events import actions as events
from libs.tenancy.planes import ProgramSession

DECIDED = "approvals.decided"
"""The job that lets the callout go on, or tells the requester why not."""

_OPEN = text(
    """
    INSERT INTO shared.approval (id, region_id, coming_from, urgency, language, state, opened_at)
    VALUES (:id, :region_id, :coming_from, :urgency, :language, 'waiting', shared.clock())
    ON CONFLICT (id) DO NOTHING
    """
)
_CANCEL = text(
    """
    UPDATE shared.approval SET state = 'withdrawn', coming_from = '', language = '', decided_at = shared.clock()
    WHERE id = :id AND state = 'waiting'
    """
)
_DECIDE = text(
    """
    UPDATE shared.approval SET state = :state, decline_reason = :reason, decided_at = shared.clock()
    WHERE id = :id AND state = 'waiting' RETURNING region_id
    """
)


async def open_one(
    session: ProgramSession,
    approval_id: UUID,
    *,
    region_id: UUID,
    coming_from: str,
    urgency: str,
    language: str,
) -> None:
    """Put a decision before the program managers; the same one twice changes nothing."""
    values = {
        "id": approval_id,
        "region_id": region_id,
        "coming_from": coming_from,
        "urgency": urgency,
        "language": language,
    }
    await session.execute(_OPEN, values)
    session.signals.add(f"program:{region_id}")


async def cancel(session: ProgramSession, approval_id: UUID, *, region_id: UUID) -> None:
    """Take a decision off the page that is no longer needed; where it came from is forgotten."""
    await session.execute(_CANCEL, {"id": approval_id})
    session.signals.add(f"program:{region_id}")


async def decide(session: ProgramSession, approval_id: UUID, *, decline: DeclineReason | None) -> None:
    """Approve, or decline with a reason; exactly one decision counts.

    Args:
        session: program of the region.
        approval_id: which.
        decline: the reason; None approves.

    Raises:
        ApprovalUnknownError: not this region's, or none.
        AlreadyDecidedError: a colleague was quicker.
    """
    state = ApprovalState.APPROVED if decline is None else ApprovalState.DECLINED
    row = (await session.execute(_DECIDE, {"id": approval_id, "state": state, "reason": decline})).one_or_none()
    if row is None:
        raise AlreadyDecidedError if await queries.decision(session, approval_id) else ApprovalUnknownError
    await jobs.add(session, DECIDED, region_id=row.region_id, subject_id=approval_id)
    await events.record(session, f"approval.{state}", row.region_id)
    session.signals.add(f"program:{row.region_id}")
