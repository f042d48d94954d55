"""The coordinator's side as JSON."""

from uuid import UUID

from fastapi import APIRouter

from libs.peer.paging import actions as paging
from services.api.coordinator import board
from services.api.coordinator.schemas import WaitingItemOut, WaitingOut
from services.api.deps import DispatchTx, MyMember

router = APIRouter(prefix="/v1/waiting", tags=["coordinators"])


@router.get("")
async def list_waiting(tx: DispatchTx, member: MyMember) -> WaitingOut:
    """List what nobody has answered and this coordinator may take."""
    return WaitingOut(data=[WaitingItemOut.model_validate(item) for item in await board.look(tx, member)])


@router.post("/{callout_id}/take", status_code=204)
async def take_waiting(tx: DispatchTx, member: MyMember, callout_id: UUID) -> None:
    """Take it, exactly once."""
    await paging.step_in(tx, callout_id, by=member)
