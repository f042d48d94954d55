"""The peer's page: Now."""

from collections.abc import AsyncIterator
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent
from starlette.responses import Response

from libs.peer.attempts import actions as attempts
from libs.peer.attempts.models import AttemptKind
from libs.peer.limits import actions as limits
from libs.peer.offers import actions as offers
from libs.peer.offers.models import OfferState
from libs.peer.paging import actions as paging
from services.api import feed, rendering
from services.api.deps import DispatchTx, MyMember, MyRegion, Spoken, Wired
from services.api.peer import now

router = APIRouter(prefix="/peer", include_in_schema=False)


@router.get("")
async def peer_page(request: Request, wired: Wired, region: MyRegion, tx: DispatchTx, member: MyMember) -> Response:
    """Show what waits for this peer."""
    await limits.seen(tx, member, region_id=region.id)
    current = await now.look(tx, region.id, member)
    view = now.view(current, await wired.planes.tenants())
    return rendering.page(request, "peer/now.html", view, zone=current.zone or region.time_zone)


@router.get("/live", response_class=EventSourceResponse)
async def peer_live(
    request: Request, wired: Wired, region: MyRegion, member: MyMember
) -> AsyncIterator[ServerSentEvent]:
    """Send the page's live part whenever it changes."""

    async def look() -> now.Now:
        async with wired.planes.dispatch(region) as session:
            await limits.seen(session, member, region_id=region.id)
            return await now.look(session, region.id, member)

    async for current in feed.changes(wired.live, (f"peer:{member}",), look, lambda seen: seen.essence):
        view = now.view(current, await wired.planes.tenants())
        html = rendering.fragment(request, "peer/_now.html", view, zone=current.zone or region.time_zone)
        yield ServerSentEvent(raw_data=html, event="fragment")


@router.post("/availability", dependencies=[Spoken])
async def set_availability_page(
    request: Request, tx: DispatchTx, member: MyMember, region: MyRegion, is_available: Annotated[bool, Form()]
) -> Response:
    """Go on call, or off."""
    await paging.say_on_call(tx, member, region_id=region.id, is_available=is_available)
    return rendering.back(request, "/peer")


@router.post("/offers/{offer_id}/accept", dependencies=[Spoken])
async def accept_offer_page(request: Request, tx: DispatchTx, member: MyMember, offer_id: UUID) -> Response:
    """Accept."""
    await offers.accept(tx, offer_id, by=member)
    return rendering.back(request, "/peer")


@router.post("/offers/{offer_id}/decline", dependencies=[Spoken])
async def decline_offer_page(request: Request, tx: DispatchTx, member: MyMember, offer_id: UUID) -> Response:
    """Not now."""
    await offers.pass_on(tx, offer_id, by=member, answer=OfferState.DECLINED)
    return rendering.back(request, "/peer")


@router.post("/offers/{offer_id}/recuse", dependencies=[Spoken])
async def recuse_offer_page(request: Request, tx: DispatchTx, member: MyMember, offer_id: UUID) -> Response:
    """Step aside, silently."""
    await offers.pass_on(tx, offer_id, by=member, answer=OfferState.RECUSED)
    return rendering.back(request, "/peer")


@router.post("/contacts/{callout_id}/give-back", dependencies=[Spoken])
async def give_back_page(request: Request, tx: DispatchTx, member: MyMember, callout_id: UUID) -> Response:
    """Give back what one has said yes to."""
    await paging.give_back(tx, callout_id, by=member)
    return rendering.back(request, "/peer")


@router.post("/contacts/{callout_id}/hand-over", dependencies=[Spoken])
async def hand_over_page(
    request: Request, tx: DispatchTx, member: MyMember, callout_id: UUID, to: Annotated[UUID, Form()]
) -> Response:
    """Ask a named colleague to take over."""
    await paging.ask_to_take_over(tx, callout_id, by=member, to=to)
    return rendering.back(request, "/peer")


@router.post("/contacts/{callout_id}/attempts", dependencies=[Spoken])
async def note_attempt_page(
    request: Request,
    tx: DispatchTx,
    member: MyMember,
    callout_id: UUID,
    word: Annotated[Literal["tried", "talked"], Form()],
) -> Response:
    """Note that one tried, or talked."""
    await attempts.note(tx, callout_id, AttemptKind(word), by=member)
    return rendering.back(request, "/peer")
