"""Check-ins on pages: requesters move, stop and choose them by receipt; peers and coordinators see to them."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from libs.peer.followups import actions as followups
from libs.peer.followups.models import FollowUpKind
from services.api import rendering
from services.api.deps import DispatchTx, MyMember, NamedRegion, Spoken, Wired
from services.api.requests import pages as request_pages
from services.api.requests.pages import Found

router = APIRouter(include_in_schema=False)

Kind = Annotated[FollowUpKind, Form()]


@router.post("/r/{region}/check-ins/move", dependencies=[Spoken])
async def move_check_in_page(
    request: Request, region: NamedRegion, wired: Wired, way: Found, kind: Kind, on: Annotated[date, Form()]
) -> Response:
    """Move one to another day."""
    async with wired.planes.dispatch(region) as dispatch:
        await followups.move(dispatch, way[1], kind, on, region_id=region.id)
    return await request_pages.standing_page(request, wired, region, *way)


@router.post("/r/{region}/check-ins/stop", dependencies=[Spoken])
async def stop_check_in_page(
    request: Request, region: NamedRegion, wired: Wired, way: Found, kind: Annotated[FollowUpKind | None, Form()] = None
) -> Response:
    """Stop one, or all of them."""
    async with wired.planes.dispatch(region) as dispatch:
        await followups.stop(dispatch, way[1], (kind,) if kind else tuple(FollowUpKind), region_id=region.id)
    return await request_pages.standing_page(request, wired, region, *way)


@router.post("/r/{region}/check-ins/choose", dependencies=[Spoken])
async def choose_check_in_page(request: Request, region: NamedRegion, wired: Wired, way: Found, kind: Kind) -> Response:
    """Wish for one that is not planned, or was stopped."""
    async with wired.planes.dispatch(region) as dispatch:
        await followups.choose(dispatch, way[1], (kind,))
    return await request_pages.standing_page(request, wired, region, *way)


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
