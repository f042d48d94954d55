"""Check-ins on the pages of those who see to them: peers and coordinators."""

from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from libs.peer.followups import actions as followups
from services.api import rendering
from services.api.deps import DispatchTx, MyMember, Spoken

router = APIRouter(include_in_schema=False)


@router.post("/peer/check-ins/{follow_up_id}/done", dependencies=[Spoken])
async def check_in_done_page(request: Request, tx: DispatchTx, member: MyMember, follow_up_id: UUID) -> Response:
    """They talked."""
    await followups.done(tx, follow_up_id, by=member)
    return rendering.back(request, "/peer")


@router.post("/peer/check-ins/{follow_up_id}/tried", dependencies=[Spoken])
async def check_in_tried_page(request: Request, tx: DispatchTx, member: MyMember, follow_up_id: UUID) -> Response:
    """Nobody was reached."""
    await followups.tried(tx, follow_up_id, by=member)
    return rendering.back(request, "/peer")


@router.post("/peer/check-ins/{follow_up_id}/pass-on", dependencies=[Spoken])
async def pass_check_in_on_page(request: Request, tx: DispatchTx, member: MyMember, follow_up_id: UUID) -> Response:
    """Somebody else shall do it."""
    await followups.pass_on(tx, follow_up_id, by=member)
    return rendering.back(request, "/peer")


@router.post("/coordinator/check-ins/{follow_up_id}/take", dependencies=[Spoken])
async def take_check_in_page(request: Request, tx: DispatchTx, member: MyMember, follow_up_id: UUID) -> Response:
    """Take one that is overdue."""
    await followups.take(tx, follow_up_id, by=member)
    return rendering.back(request, "/peer")
