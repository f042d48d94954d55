"""A requester's follow-ups, on the page and as JSON: moved, stopped and chosen by the receipt alone."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from libs.peer.followups import actions as followups
from libs.peer.followups.models import FollowUpKind
from libs.tenancy.directory import RegionRef
from services.api.checkins import looking
from services.api.declared import open_problems
from services.api.deps import NamedRegion, Spoken, Wired
from services.api.requests import pages, steps
from services.api.requests.pages import Found
from services.api.requests.schemas import FollowUpMoveIn, FollowUpOut, FollowUpsIn, FollowUpsOut, ReceiptIn
from services.api.wiring import Wiring

router = APIRouter(include_in_schema=False)
rest = APIRouter(prefix="/v1/regions/{region}/requests/follow-ups", tags=["requests"])

Kind = Annotated[FollowUpKind, Form()]


@router.post("/r/{region}/check-ins/move", dependencies=[Spoken])
async def move_check_in_page(
    request: Request, region: NamedRegion, wired: Wired, way: Found, kind: Kind, on: Annotated[date, Form()]
) -> Response:
    """Move one to another day."""
    async with wired.planes.dispatch(region) as dispatch:
        await followups.move(dispatch, way[1], kind, on, region_id=region.id)
    return await pages.standing_page(request, wired, region, *way)


@router.post("/r/{region}/check-ins/stop", dependencies=[Spoken])
async def stop_check_in_page(
    request: Request, region: NamedRegion, wired: Wired, way: Found, kind: Annotated[FollowUpKind | None, Form()] = None
) -> Response:
    """Stop one, or all of them."""
    async with wired.planes.dispatch(region) as dispatch:
        await followups.stop(dispatch, way[1], (kind,) if kind else tuple(FollowUpKind), region_id=region.id)
    return await pages.standing_page(request, wired, region, *way)


@router.post("/r/{region}/check-ins/choose", dependencies=[Spoken])
async def choose_check_in_page(request: Request, region: NamedRegion, wired: Wired, way: Found, kind: Kind) -> Response:
    """Wish for one that is not planned, or was stopped."""
    async with wired.planes.dispatch(region) as dispatch:
        await followups.choose(dispatch, way[1], (kind,))
    return await pages.standing_page(request, wired, region, *way)


@rest.post("", responses=open_problems(404))
async def list_follow_ups(region: NamedRegion, wired: Wired, body: ReceiptIn) -> FollowUpsOut:
    """List when somebody checks in again; by the receipt alone."""
    _words, callout_id = await steps.find(wired.planes, region, body.receipt)
    return await _all(wired, region, callout_id)


@rest.post("/move", responses=open_problems(404, 409))
async def move_follow_up(region: NamedRegion, wired: Wired, body: FollowUpMoveIn) -> FollowUpsOut:
    """Move one to another day."""
    _words, callout_id = await steps.find(wired.planes, region, body.receipt)
    async with wired.planes.dispatch(region) as dispatch:
        await followups.move(dispatch, callout_id, body.kind, body.on, region_id=region.id)
    return await _all(wired, region, callout_id)


@rest.post("/stop", responses=open_problems(404, 409))
async def stop_follow_ups(region: NamedRegion, wired: Wired, body: FollowUpsIn) -> FollowUpsOut:
    """Stop some, or all."""
    _words, callout_id = await steps.find(wired.planes, region, body.receipt)
    async with wired.planes.dispatch(region) as dispatch:
        await followups.stop(dispatch, callout_id, body.kinds, region_id=region.id)
    return await _all(wired, region, callout_id)


@rest.post("/choose", responses=open_problems(404, 409))
async def choose_follow_ups(region: NamedRegion, wired: Wired, body: FollowUpsIn) -> FollowUpsOut:
    """Wish for some that are not planned, or were stopped: 90 days and the anniversary are on wish."""
    _words, callout_id = await steps.find(wired.planes, region, body.receipt)
    async with wired.planes.dispatch(region) as dispatch:
        await followups.choose(dispatch, callout_id, body.kinds)
    return await _all(wired, region, callout_id)


async def _all(wired: Wiring, region: RegionRef, callout_id: UUID) -> FollowUpsOut:
    found = await looking.of_request(wired.planes, region, callout_id)
    return FollowUpsOut(
        data=[FollowUpOut(kind=one.kind, state=one.state, due_on=one.due_on, peer=one.peer_name) for one in found]
    )
