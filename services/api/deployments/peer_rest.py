"""Invitations and teams as JSON: for the peer who is asked."""

from uuid import UUID

from fastapi import APIRouter

from libs.peer.deployments import answers, queries
from services.api.declared import problems
from services.api.deployments.schemas import MineListOut, MineOut, OutcomeOut, StepIn
from services.api.deps import DispatchTx, MyMember

router = APIRouter(prefix="/v1", tags=["peers"])


@router.get("/invitations", responses=problems())
async def list_invitations(tx: DispatchTx, member: MyMember) -> MineListOut:
    """List what waits for your answer, and the teams that you are on."""
    return MineListOut(data=[MineOut.model_validate(one) for one in await queries.mine(tx, member)])


@router.post("/invitations/{invitation_id}/accept", responses=problems(404, 409))
async def accept_invitation(tx: DispatchTx, member: MyMember, invitation_id: UUID) -> OutcomeOut:
    """Say yes: you are on the team, or a reserve when every place is taken."""
    return OutcomeOut(outcome=await answers.accept(tx, invitation_id, by=member))


@router.post("/invitations/{invitation_id}/decline", status_code=204, responses=problems(404, 409))
async def decline_invitation(tx: DispatchTx, member: MyMember, invitation_id: UUID) -> None:
    """Not now; no reason is asked."""
    await answers.decline(tx, invitation_id, by=member)


@router.post("/my-deployments/{deployment_id}/step", status_code=204, responses=problems(404, 409))
async def take_step(tx: DispatchTx, member: MyMember, deployment_id: UUID, body: StepIn) -> None:
    """On the way, there, or done there."""
    await answers.take_step(tx, deployment_id, body.step, by=member)


@router.post("/my-deployments/{deployment_id}/drop-out", status_code=204, responses=problems(404, 409))
async def drop_out(tx: DispatchTx, member: MyMember, deployment_id: UUID) -> None:
    """Say that you cannot come after all; somebody else is asked."""
    await answers.drop_out(tx, deployment_id, by=member)
