"""The program manager's pages: approvals, and who decides. Nothing here can tell that a request exists."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent
from starlette.responses import Response

from libs.peer.approvals import actions as approvals
from libs.peer.approvals import queries as approval_queries
from libs.peer.approvals.actions import Verdict
from libs.peer.approvals.models import Choice, DeclineReason
from libs.peer.teams.models import Team
from services.api import feed, rendering
from services.api.deps import Me, MyRegion, ProgramTx, Spoken, Wired
from services.api.program import looking
from services.api.program.looking import Seen

router = APIRouter(prefix="/program", include_in_schema=False)
_DONE = {"undone": "Taken back. Nothing has gone out.", "rota": "Changed."}


@router.get("")
async def approvals_page(
    request: Request,
    wired: Wired,
    region: MyRegion,
    tx: ProgramTx,
    me: Me,
    done: Annotated[str, Query(max_length=10)] = "",
) -> Response:
    """Show what waits for a decision, and whose turn it is."""
    everybody = await approval_queries.rota(tx)
    in_order = await approval_queries.in_turn(tx, region.id)
    view = replace(
        looking.view(await wired.planes.tenants(), region, await looking.look(tx, region), _DONE.get(done)),
        rota=looking.rota(everybody, in_order),
        mine=looking.mine(everybody, me.account_id),
    )
    return rendering.page(request, "program/approvals.html", view, zone=region.time_zone)


@router.get("/live", response_class=EventSourceResponse)
async def approvals_live(request: Request, wired: Wired, region: MyRegion) -> AsyncIterator[ServerSentEvent]:
    """Send the page's live part whenever it changes."""

    async def look() -> Seen:
        async with wired.planes.program(region) as session:
            return await looking.look(session, region)

    async for seen in feed.changes(wired.live, (f"program:{region.id}",), look, lambda found: found.essence):
        view = looking.view(await wired.planes.tenants(), region, seen)
        html = rendering.fragment(request, "program/_approvals.html", view, zone=region.time_zone)
        yield ServerSentEvent(raw_data=html, event="fragment")


@router.post("/approvals/{approval_id}/approve", dependencies=[Spoken])
async def approve_page(
    request: Request,
    tx: ProgramTx,
    approval_id: UUID,
    is_remote_only: Annotated[bool, Form()] = False,
    team: Annotated[Team | Literal[""], Form()] = "",
) -> Response:
    """Let a request from outside go on, within limits if need be."""
    await approvals.decide(tx, approval_id, Verdict(Choice.APPROVE, is_remote_only=is_remote_only, team=team or None))
    return rendering.back(request, "/program")


@router.post("/approvals/{approval_id}/decline", dependencies=[Spoken])
async def decline_page(
    request: Request, tx: ProgramTx, approval_id: UUID, reason: Annotated[DeclineReason, Form()]
) -> Response:
    """Decline, with a reason that the requester is told."""
    await approvals.decide(tx, approval_id, Verdict(Choice.DECLINE, reason))
    return rendering.back(request, "/program")


@router.post("/approvals/{approval_id}/hand-on", dependencies=[Spoken])
async def hand_on_page(
    request: Request,
    tx: ProgramTx,
    region: MyRegion,
    wired: Wired,
    approval_id: UUID,
    partner: Annotated[UUID, Form()],
) -> Response:
    """Ask a partner region to help; it goes on waiting here until the one who asked takes the offer."""
    other = (await wired.planes.tenants()).regions.get(partner)
    await approvals.decide(tx, approval_id, await looking.handing_on(tx, region, approval_id, other))
    return rendering.back(request, "/program")


@router.post("/approvals/{approval_id}/undo", dependencies=[Spoken])
async def undo_page(request: Request, tx: ProgramTx, approval_id: UUID) -> Response:
    """Take a decision back, within ten seconds: nobody has been paged."""
    await approvals.undo(tx, approval_id)
    return rendering.back(request, "/program", done="undone")


@router.post("/rota", dependencies=[Spoken])
async def rota_page(
    request: Request, tx: ProgramTx, region: MyRegion, me: Me, standing: Annotated[Literal["on", "away", "off"], Form()]
) -> Response:
    """Take part in the rota of those who decide, be away, or leave it."""
    await looking.stand(tx, region, me, standing)
    return rendering.back(request, "/program", done="rota")
