"""The peer's page about teams: invitations, and what to say on the day."""

from collections.abc import AsyncIterator
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent
from starlette.responses import Response

from libs.peer.deployments import answers, queries
from libs.peer.deployments.answers import Step
from libs.peer.deployments.queries import Mine
from libs.tenancy.directory import Tenants
from services.api import feed, rendering
from services.api.deployments.views import MineCard, MinePage
from services.api.deps import DispatchTx, MyMember, MyRegion, Spoken, Wired

router = APIRouter(prefix="/peer", include_in_schema=False)

HOME = "/peer/deployments"


@router.get("/deployments")
async def my_deployments_page(
    request: Request, wired: Wired, region: MyRegion, tx: DispatchTx, member: MyMember
) -> Response:
    """Show what waits for an answer, and the teams that this peer is on."""
    view = _view(tuple(await queries.mine(tx, member)), await wired.planes.tenants())
    return rendering.page(request, "peer/deployments.html", view, zone=region.time_zone)


@router.get("/deployments/live", response_class=EventSourceResponse)
async def my_deployments_live(
    request: Request, wired: Wired, region: MyRegion, member: MyMember
) -> AsyncIterator[ServerSentEvent]:
    """Send the page's live part whenever it changes."""

    async def look() -> tuple[Mine, ...]:
        async with wired.planes.dispatch(region) as session:
            return tuple(await queries.mine(session, member))

    async for seen in feed.changes(wired.live, (f"peer:{member}",), look, _essence):
        view = _view(seen, await wired.planes.tenants())
        html = rendering.fragment(request, "peer/_deployments.html", view, zone=region.time_zone)
        yield ServerSentEvent(raw_data=html, event="fragment")


@router.post("/invitations/{invitation_id}/accept", dependencies=[Spoken])
async def accept_invitation_page(request: Request, tx: DispatchTx, member: MyMember, invitation_id: UUID) -> Response:
    """Say yes."""
    await answers.accept(tx, invitation_id, by=member)
    return rendering.back(request, HOME)


@router.post("/invitations/{invitation_id}/decline", dependencies=[Spoken])
async def decline_invitation_page(request: Request, tx: DispatchTx, member: MyMember, invitation_id: UUID) -> Response:
    """Not now."""
    await answers.decline(tx, invitation_id, by=member)
    return rendering.back(request, HOME)


@router.post("/deployments/{deployment_id}/step", dependencies=[Spoken])
async def take_step_page(
    request: Request, tx: DispatchTx, member: MyMember, deployment_id: UUID, step: Annotated[Step, Form()]
) -> Response:
    """On the way, there, or done there."""
    await answers.take_step(tx, deployment_id, step, by=member)
    return rendering.back(request, HOME)


@router.post("/deployments/{deployment_id}/drop-out", dependencies=[Spoken])
async def drop_out_page(request: Request, tx: DispatchTx, member: MyMember, deployment_id: UUID) -> Response:
    """Say that one cannot come after all."""
    await answers.drop_out(tx, deployment_id, by=member)
    return rendering.back(request, HOME)


def _view(seen: tuple[Mine, ...], tenants: Tenants) -> MinePage:
    return MinePage(tuple(_card(one, tenants) for one in seen))


def _card(one: Mine, tenants: Tenants) -> MineCard:
    agency = tenants.agencies.get(one.agency_id)
    left = max(0, round((one.expires_at - one.now).total_seconds())) if one.expires_at else 0
    return MineCard(one, agency.name if agency else "–", f"/a/{agency.slug}/cards" if agency else "", left)


def _essence(seen: tuple[Mine, ...]) -> object:
    return tuple((one.invitation_id, one.state, one.slot_state, one.starts_at, one.place) for one in seen)
