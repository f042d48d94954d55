"""Reading approvals."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from libs.peer.approvals.models import ApprovalState
from libs.tenancy.planes import ProgramSession


@dataclass(frozen=True, slots=True)
class WaitingApproval:
    """What a program manager decides on: where from, how soon, which language, how long it waits."""

    id: UUID
    coming_from: str
    urgency: str
    language: str
    opened_at: datetime
    now: datetime


@dataclass(frozen=True, slots=True)
class Decision:
    """How an approval stands."""

    state: ApprovalState
    decline_reason: str | None


_WAITING = text(
    """
    SELECT id, coming_from, urgency, language, opened_at, shared.clock()
    FROM shared.approval WHERE state = 'waiting' ORDER BY opened_at
    """
)
_DECISION = text("SELECT state, decline_reason FROM shared.approval WHERE id = :id")


async def waiting(session: ProgramSession) -> Sequence[WaitingApproval]:
    """Return the region's undecided approvals, oldest first."""
    return [WaitingApproval(*row) for row in await session.execute(_WAITING)]


async def decision(session: ProgramSession, approval_id: UUID) -> Decision | None:
    """Return how an approval stands; None when it is not this region's, or none."""
    row = (await session.execute(_DECISION, {"id": approval_id})).one_or_none()
    return None if row is None else Decision(ApprovalState(row.state), row.decline_reason)
