"""The program manager's side as JSON."""

from uuid import UUID

from fastapi import APIRouter

from libs.peer.approvals import actions as approvals
from libs.peer.approvals import queries as approval_queries
from libs.peer.waits import queries as waits
from services.api.deps import ProgramTx
from services.api.program.schemas import ApprovalOut, ApprovalsOut, DeclineIn, UnansweredOut

router = APIRouter(prefix="/v1", tags=["program"])


@router.get("/approvals")
async def list_approvals(tx: ProgramTx) -> ApprovalsOut:
    """List the requests from outside the region that wait for a decision."""
    return ApprovalsOut(data=[ApprovalOut.model_validate(item) for item in await approval_queries.waiting(tx)])


@router.get("/unanswered")
async def read_unanswered(tx: ProgramTx) -> UnansweredOut:
    """Say whether anybody has waited too long, as of a quarter of an hour; never who, when, or how many."""
    late = await waits.late(tx)
    return UnansweredOut(is_late=late.is_late if late else None, looked_at=late.looked_at if late else None)


@router.post("/approvals/{approval_id}/approve", status_code=204)
async def approve(tx: ProgramTx, approval_id: UUID) -> None:
    """Approve; peers are asked from now on."""
    await approvals.decide(tx, approval_id, decline=None)


@router.post("/approvals/{approval_id}/decline", status_code=204)
async def decline(tx: ProgramTx, approval_id: UUID, body: DeclineIn) -> None:
    """Decline with a reason, which the requester is told."""
    await approvals.decide(tx, approval_id, decline=body.reason)
