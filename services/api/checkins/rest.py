"""Follow-ups as JSON: a peer's own, and what is overdue."""

from uuid import UUID

from fastapi import APIRouter

from libs.peer.followups import actions as followups
from libs.peer.followups import queries
from services.api.checkins.schemas import MyFollowUpOut, MyFollowUpsOut, OverdueOut, OverduesOut
from services.api.declared import problems
from services.api.deps import DispatchTx, MyMember

router = APIRouter(prefix="/v1", tags=["follow-ups"])


@router.get("/follow-ups", responses=problems())
async def list_my_follow_ups(tx: DispatchTx, member: MyMember) -> MyFollowUpsOut:
    """List what the signed-in peer has planned, what is due first."""
    return MyFollowUpsOut(data=[MyFollowUpOut.model_validate(one) for one in await queries.of_peer(tx, member)])


@router.post("/follow-ups/{follow_up_id}/done", status_code=204, responses=problems(404))
async def follow_up_done(tx: DispatchTx, member: MyMember, follow_up_id: UUID) -> None:
    """They talked; counted, without whom."""
    await followups.done(tx, follow_up_id, by=member)


@router.post("/follow-ups/{follow_up_id}/tried", status_code=204, responses=problems(404))
async def follow_up_tried(tx: DispatchTx, member: MyMember, follow_up_id: UUID) -> None:
    """Nobody was reached: tried again a day later, and the second time is the last."""
    await followups.tried(tx, follow_up_id, by=member)


@router.post("/follow-ups/{follow_up_id}/pass-on", status_code=204, responses=problems(404))
async def pass_follow_up_on(tx: DispatchTx, member: MyMember, follow_up_id: UUID) -> None:
    """Somebody else shall do it."""
    await followups.pass_on(tx, follow_up_id, by=member)


@router.get("/waiting/follow-ups", responses=problems())
async def list_overdue_follow_ups(tx: DispatchTx, member: MyMember) -> OverduesOut:
    """List what is overdue, of what this coordinator may know of: never whose."""
    return OverduesOut(data=[OverdueOut.model_validate(one) for one in await queries.overdue_for(tx, member)])


@router.post("/waiting/follow-ups/{follow_up_id}/take", status_code=204, responses=problems(404))
async def take_follow_up(tx: DispatchTx, member: MyMember, follow_up_id: UUID) -> None:
    """Take one that is overdue."""
    await followups.take(tx, follow_up_id, by=member)
