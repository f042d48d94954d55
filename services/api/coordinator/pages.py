"""The coordinator's page: what waits, without who."""

from collections.abc import AsyncIterator
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent
from starlette.responses import Response

from libs.peer.agencies.models import Discipline
from libs.peer.approvals.models import DeclineReason
from libs.peer.limits import queries as limits
from libs.peer.paging import actions as paging
from libs.peer.teams import queries as teams
from libs.peer.teams.models import TeamKind
from services.api import feed, rendering
from services.api.coordinator import board
from services.api.coordinator.board import Board
from services.api.deps import DispatchTx, MyMember, MyRegion, Spoken, Wired
from services.api.peer import limiting
from services.api.peer.limits_views import Chosen

router = APIRouter(prefix="/coordinator", include_in_schema=False)


@router.get("")
async def board_page(request: Request, region: MyRegion, tx: DispatchTx, member: MyMember) -> Response:
    """Show what nobody has answered."""
    seen = await board.look(tx, member)
    view = board.view(seen, region.time_zone)
    return rendering.page(request, "coordinator/board.html", view, zone=seen.zone)


async def _chosen(
    q: Annotated[str, Query(max_length=100)] = "",
    team: Annotated[str, Query(max_length=20)] = "",
    discipline: Annotated[str, Query(max_length=20)] = "",
    free: Annotated[str, Query(max_length=5)] = "",
) -> Chosen:
    """Read the filter's form; what it does not offer narrows nothing."""
    return Chosen(
        q.strip(),
        team if team in set(TeamKind) else "",
        discipline if discipline in set(Discipline) else "",
        free if free in {"yes", "no"} else "",
    )


@router.get("/people")
async def people_page(
    request: Request,
    wired: Wired,
    region: MyRegion,
    tx: DispatchTx,
    chosen: Annotated[Chosen, Depends(_chosen)],
) -> Response:
    """Show who can be asked, and what keeps the others; never for whom."""
    now = await limits.now(tx)
    view = await limiting.people(tx, region.id, await teams.names(tx), await wired.planes.tenants(), now, chosen)
    return rendering.page(request, "coordinator/people.html", view, zone=region.time_zone)


@router.get("/live", response_class=EventSourceResponse)
async def board_live(
    request: Request, wired: Wired, region: MyRegion, member: MyMember
) -> AsyncIterator[ServerSentEvent]:
    """Send the page's live part whenever it changes."""

    async def look() -> Board:
        async with wired.planes.dispatch(region) as session:
            return await board.look(session, member)

    async for seen in feed.changes(wired.live, (f"peer:{member}",), look, lambda found: found.essence):
        view = board.view(seen, region.time_zone)
        html = rendering.fragment(request, "coordinator/_board.html", view, zone=seen.zone)
        yield ServerSentEvent(raw_data=html, event="fragment")


@router.post("/{callout_id}/take", dependencies=[Spoken])
async def take_page(request: Request, tx: DispatchTx, member: MyMember, callout_id: UUID) -> Response:
    """Take what nobody answered."""
    await paging.step_in(tx, callout_id, by=member)
    return rendering.back(request, "/peer")


@router.post("/{callout_id}/approve", dependencies=[Spoken])
async def let_in_page(
    request: Request, tx: DispatchTx, member: MyMember, region: MyRegion, callout_id: UUID
) -> Response:
    """Let a request from outside go on, when the program managers' time is over."""
    await paging.decide(tx, callout_id, by=member, region_id=region.id, decline=None)
    return rendering.back(request, "/coordinator")


@router.post("/{callout_id}/decline", dependencies=[Spoken])
async def turn_away_page(
    request: Request,
    tx: DispatchTx,
    member: MyMember,
    region: MyRegion,
    callout_id: UUID,
    reason: Annotated[DeclineReason, Form()],
) -> Response:
    """Decline one, with a reason that the requester is told."""
    await paging.decide(tx, callout_id, by=member, region_id=region.id, decline=reason)
    return rendering.back(request, "/coordinator")
