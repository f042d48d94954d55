"""The program manager's pages: approvals. Nothing here can tell that a request exists."""

from collections.abc import AsyncIterator
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent
from starlette.responses import Response

from libs.peer.approvals import actions as approvals
from libs.peer.approvals import queries as approval_queries
from libs.peer.approvals.models import DeclineReason
from libs.peer.approvals.queries import WaitingApproval
from libs.peer.waits import queries as waits
from libs.peer.waits.queries import Late
from libs.tenancy.directory import RegionRef
from libs.tenancy.planes import ProgramSession
from services.api import feed, rendering
from services.api.deps import MyRegion, ProgramTx, Spoken, Wired
from services.api.program.views import ApprovalCard, ApprovalsPage

router = APIRouter(prefix="/program", include_in_schema=False)

Seen = tuple[tuple[WaitingApproval, ...], Late | None]


@router.get("")
async def approvals_page(request: Request, region: MyRegion, tx: ProgramTx) -> Response:
    """Show what waits for a decision."""
    view = _view(region, *await _look(tx))
    return rendering.page(request, "program/approvals.html", view, zone=region.time_zone)


@router.get("/live", response_class=EventSourceResponse)
async def approvals_live(request: Request, wired: Wired, region: MyRegion) -> AsyncIterator[ServerSentEvent]:
    """Send the page's live part whenever it changes."""

    async def look() -> Seen:
        async with wired.planes.program(region) as session:
            return await _look(session)

    async for seen in feed.changes(wired.live, (f"program:{region.id}",), look, _essence):
        html = rendering.fragment(request, "program/_approvals.html", _view(region, *seen), zone=region.time_zone)
        yield ServerSentEvent(raw_data=html, event="fragment")


@router.post("/approvals/{approval_id}/approve", dependencies=[Spoken])
async def approve_page(request: Request, tx: ProgramTx, approval_id: UUID) -> Response:
    """Let a request from outside go on."""
    await approvals.decide(tx, approval_id, decline=None)
    return rendering.back(request, "/program")


@router.post("/approvals/{approval_id}/decline", dependencies=[Spoken])
async def decline_page(
    request: Request, tx: ProgramTx, approval_id: UUID, reason: Annotated[DeclineReason, Form()]
) -> Response:
    """Decline, with a reason that the requester is told."""
    await approvals.decide(tx, approval_id, decline=reason)
    return rendering.back(request, "/program")


async def _look(session: ProgramSession) -> Seen:
    return tuple(await approval_queries.waiting(session)), await waits.late(session)


def _view(region: RegionRef, waiting: tuple[WaitingApproval, ...], late: Late | None) -> ApprovalsPage:
    return ApprovalsPage(region.name, tuple(_card(item) for item in waiting), None, late)


def _essence(seen: Seen) -> object:
    waiting, late = seen
    return tuple(item.id for item in waiting), late


def _card(item: WaitingApproval) -> ApprovalCard:
    minutes = int((item.now - item.opened_at).total_seconds() // 60)
    return ApprovalCard(item.id, item.coming_from, item.urgency, item.language, minutes)
