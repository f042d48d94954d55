"""The coordinator's side as JSON."""

from uuid import UUID

from fastapi import APIRouter

from libs.peer.paging import actions as paging
from services.api.coordinator import board
from services.api.coordinator.schemas import (
    BoardItemOut,
    BoardOut,
    TurnAwayIn,
    UndecidedItemOut,
    UndecidedOut,
    WaitingItemOut,
    WaitingOut,
)
from services.api.declared import problems
from services.api.deps import DispatchTx, MyMember, MyRegion

router = APIRouter(prefix="/v1/waiting", tags=["coordinators"])


@router.get("")
async def list_waiting(tx: DispatchTx, member: MyMember) -> WaitingOut:
    """List what nobody has answered and this coordinator may take."""
    return WaitingOut(data=[WaitingItemOut.model_validate(item) for item in (await board.look(tx, member)).waiting])


@router.get("/board")
async def list_board(tx: DispatchTx, member: MyMember) -> BoardOut:
    """List all that goes on and waits for a talk: state, urgency, wave, times; never whose, or who is asked."""
    return BoardOut(data=[BoardItemOut.model_validate(item) for item in (await board.look(tx, member)).going_on])


@router.post("/{callout_id}/take", status_code=204, responses=problems(409))
async def take_waiting(tx: DispatchTx, member: MyMember, callout_id: UUID) -> None:
    """Take it, exactly once."""
    await paging.step_in(tx, callout_id, by=member)


@router.get("/decisions")
async def list_undecided(tx: DispatchTx, member: MyMember) -> UndecidedOut:
    """List the requests from outside that the program managers have not decided in time."""
    undecided = (await board.look(tx, member)).undecided
    return UndecidedOut(data=[UndecidedItemOut.model_validate(item) for item in undecided])


@router.post("/{callout_id}/approve", status_code=204, responses=problems(409))
async def let_in(tx: DispatchTx, member: MyMember, region: MyRegion, callout_id: UUID) -> None:
    """Let one in; peers are asked from now on."""
    await paging.decide(tx, callout_id, by=member, region_id=region.id, decline=None)


@router.post("/{callout_id}/decline", status_code=204, responses=problems(409))
async def turn_away(tx: DispatchTx, member: MyMember, region: MyRegion, callout_id: UUID, body: TurnAwayIn) -> None:
    """Decline one with a reason, which the requester is told."""
    await paging.decide(tx, callout_id, by=member, region_id=region.id, decline=body.reason)
