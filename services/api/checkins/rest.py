"""Follow-ups as JSON: the requester's by receipt, a peer's own, what is overdue."""

from uuid import UUID

from fastapi import APIRouter

from libs.peer.followups import actions as followups
from libs.peer.followups import queries
from libs.tenancy.directory import RegionRef
from services.api.checkins import looking
from services.api.checkins.schemas import (
    FollowUpMoveIn,
    FollowUpOut,
    FollowUpsIn,
    FollowUpsOut,
    MyFollowUpOut,
    MyFollowUpsOut,
    OverdueOut,
    OverduesOut,
)
from services.api.declared import problems
from services.api.deps import DispatchTx, MyMember, NamedRegion, Wired
from services.api.requests import steps
from services.api.requests.schemas import ReceiptIn
from services.api.wiring import Wiring

router = APIRouter(prefix="/v1", tags=["follow-ups"])


@router.post("/regions/{region}/requests/follow-ups")
async def list_follow_ups(region: NamedRegion, wired: Wired, body: ReceiptIn) -> FollowUpsOut:
    """List when somebody checks in again; by the receipt alone."""
    _words, callout_id = await steps.find(wired.planes, region, body.receipt)
    return await _all(wired, region, callout_id)


@router.post("/regions/{region}/requests/follow-ups/move")
async def move_follow_up(region: NamedRegion, wired: Wired, body: FollowUpMoveIn) -> FollowUpsOut:
    """Move one to another day."""
    _words, callout_id = await steps.find(wired.planes, region, body.receipt)
    async with wired.planes.dispatch(region) as dispatch:
        await followups.move(dispatch, callout_id, body.kind, body.on, region_id=region.id)
    return await _all(wired, region, callout_id)


@router.post("/regions/{region}/requests/follow-ups/stop")
async def stop_follow_ups(region: NamedRegion, wired: Wired, body: FollowUpsIn) -> FollowUpsOut:
    """Stop some, or all."""
    _words, callout_id = await steps.find(wired.planes, region, body.receipt)
    async with wired.planes.dispatch(region) as dispatch:
        await followups.stop(dispatch, callout_id, body.kinds, region_id=region.id)
    return await _all(wired, region, callout_id)


@router.post("/regions/{region}/requests/follow-ups/choose")
async def choose_follow_ups(region: NamedRegion, wired: Wired, body: FollowUpsIn) -> FollowUpsOut:
    """Wish for some that are not planned, or were stopped: 90 days and the anniversary are on wish."""
    _words, callout_id = await steps.find(wired.planes, region, body.receipt)
    async with wired.planes.dispatch(region) as dispatch:
        await followups.choose(dispatch, callout_id, body.kinds)
    return await _all(wired, region, callout_id)


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


async def _all(wired: Wiring, region: RegionRef, callout_id: UUID) -> FollowUpsOut:
    found = await looking.of_request(wired.planes, region, callout_id)
    return FollowUpsOut(
        data=[FollowUpOut(kind=one.kind, state=one.state, due_on=one.due_on, peer=one.peer_name) for one in found]
    )
