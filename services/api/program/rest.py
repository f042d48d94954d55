"""The program manager's side as JSON."""

from uuid import UUID

from fastapi import APIRouter

from libs.peer.approvals import actions as approvals
from libs.peer.approvals import queries as approval_queries
from libs.peer.approvals.actions import Verdict
from libs.peer.approvals.models import Choice
from libs.peer.waits import queries as waits
from services.api.declared import problems
from services.api.deps import Me, MyRegion, ProgramTx, Wired
from services.api.program import looking
from services.api.program.schemas import (
    ApprovalOut,
    ApprovalsOut,
    ApproveIn,
    DeclineIn,
    HandOnIn,
    HeldOut,
    RotaOut,
    RotaRowOut,
    StandIn,
    UnansweredOut,
)

router = APIRouter(prefix="/v1", tags=["program"])


@router.get("/approvals")
async def list_approvals(tx: ProgramTx) -> ApprovalsOut:
    """List the requests from outside the region that wait for a decision, or whose decision can be taken back."""
    return ApprovalsOut(data=[ApprovalOut.model_validate(item) for item in await approval_queries.waiting(tx)])


@router.get("/unanswered")
async def read_unanswered(tx: ProgramTx) -> UnansweredOut:
    """Say whether anybody has waited too long, as of a quarter of an hour; never who, when, or how many."""
    late = await waits.late(tx)
    return UnansweredOut(is_late=late.is_late if late else None, looked_at=late.looked_at if late else None)


@router.post("/approvals/{approval_id}/approve", responses=problems(404, 409))
async def approve(tx: ProgramTx, approval_id: UUID, body: ApproveIn | None = None) -> HeldOut:
    """Approve; peers are asked once it can no longer be undone."""
    limits = body or ApproveIn()
    verdict = Verdict(Choice.APPROVE, is_remote_only=limits.is_remote_only, team=limits.team)
    return HeldOut.of(await approvals.decide(tx, approval_id, verdict))


@router.post("/approvals/{approval_id}/decline", responses=problems(404, 409))
async def decline(tx: ProgramTx, approval_id: UUID, body: DeclineIn) -> HeldOut:
    """Decline with a reason, which the requester is told once it can no longer be undone."""
    return HeldOut.of(await approvals.decide(tx, approval_id, Verdict(Choice.DECLINE, body.reason)))


@router.post("/approvals/{approval_id}/hand-on", responses=problems(404, 409))
async def hand_on(tx: ProgramTx, region: MyRegion, wired: Wired, approval_id: UUID, body: HandOnIn) -> HeldOut:
    """Ask a partner region to help; it goes on waiting here until the one who asked takes the offer."""
    other = (await wired.planes.tenants()).regions_by_slug.get(body.region)
    return HeldOut.of(await approvals.decide(tx, approval_id, await looking.handing_on(tx, region, approval_id, other)))


@router.post("/approvals/{approval_id}/undo", status_code=204, responses=problems(404, 409))
async def undo_decision(tx: ProgramTx, approval_id: UUID) -> None:
    """Take a decision back, within ten seconds."""
    await approvals.undo(tx, approval_id)


@router.get("/approvers")
async def list_approvers(tx: ProgramTx, region: MyRegion) -> RotaOut:
    """List who decides, in today's turn: the first, the deputy, all others, then whoever is away."""
    rows = looking.rota(await approval_queries.rota(tx), await approval_queries.in_turn(tx, region.id))
    return RotaOut(data=[RotaRowOut.model_validate(row) for row in rows])


@router.put("/approvers/me", status_code=204, responses=problems())
async def stand_on_rota(tx: ProgramTx, region: MyRegion, me: Me, body: StandIn) -> None:
    """Take part in deciding, be away, or take no part."""
    await looking.stand(tx, region, me, body.standing)
