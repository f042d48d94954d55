"""The requester's pages. They work without JavaScript; the receipt travels in forms, never in an address."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from libs.peer.callouts import rules as callout_rules
from libs.peer.callouts.errors import NobodyThereError
from libs.peer.callouts.models import CenterWish, Channel, Urgency, Wish
from libs.peer.callouts.queries import Standing
from libs.peer.callouts.rules import ENDED, Act
from libs.peer.followups.models import FollowUpState
from libs.peer.receipts import rules as receipts
from libs.peer.requests.actions import Ask
from libs.peer.teams.models import Team
from libs.peer.teams.ranks import Leads
from libs.peer.waits import queries as waits
from libs.tenancy.directory import AgencyRef, RegionRef
from services.api import feed, rendering
from services.api.checkins import looking
from services.api.deps import NamedAgency, NamedRegion, Spoken, Wired
from services.api.requests import outside, standings, steps
from services.api.requests.errors import ReceiptUnknownError
from services.api.requests.views import (
    AskPage,
    CodePage,
    EndedPage,
    LeftOutThere,
    PausedPage,
    TrustPage,
    WaitFigure,
)
from services.api.views import Choice, HomePage
from services.api.wiring import Wiring

router = APIRouter(include_in_schema=False)

Words = Annotated[str, Form(max_length=200)]
_MANY = 200


@dataclass(frozen=True, slots=True)
class MoreChoices:
    """What the ask form holds folded away.

    Attributes:
        leads: what the requester leads; None when they do not say. Used once and not kept.
        speak: the language to talk in; empty for the page's.
        leave_out_names: as typed; used once and not kept.
        channel: how to talk.
    """

    center_wish: CenterWish
    team: Team
    leads: Leads | None
    speak: str
    wish: tuple[Wish, ...]
    leave_out_center: tuple[str, ...]
    leave_out_names: str
    channel: Channel


async def more_choices(
    center_wish: Annotated[CenterWish, Form()] = CenterWish.ANOTHER,
    team: Annotated[Team, Form()] = Team.ROVING,
    leads: Annotated[Leads | None, Form()] = None,
    channel: Annotated[Channel, Form()] = Channel.THIS_PAGE,
    speak: Annotated[Literal["", "en", "es"], Form()] = "",
    wish: Annotated[tuple[Wish, ...], Form(max_length=len(Wish))] = (),
    ring: Annotated[Literal["", "safe_to_ring", "ring_off_shift"], Form()] = "",
    leave_out_center: Annotated[tuple[str, ...], Form(max_length=_MANY)] = (),
    leave_out_names: Annotated[str, Form(max_length=800)] = "",
) -> MoreChoices:
    """Read what the ask form holds folded away; `ring` is of a colleague, whether they may be called."""
    wishes = callout_rules.settled((*wish, Wish(ring)) if ring else wish)
    return MoreChoices(center_wish, team, leads, speak, wishes, leave_out_center, leave_out_names, channel)


async def found(region: NamedRegion, wired: Wired, receipt: Words = "") -> tuple[str, UUID]:
    """Follow the form's receipt before anything is answered."""
    return await steps.find(wired.planes, region, receipt)


Found = Annotated[tuple[str, UUID], Depends(found)]


class Seen:
    """Where a request stands, and what a page is sent of it: rendered when the first page wants it, once for all."""

    def __init__(self, standing: Standing, render: Callable[[], str]) -> None:
        self.standing = standing
        self._render = render

    @cached_property
    def essence(self) -> object:
        """What of it matters: not the clock."""
        return standings.without_now(self.standing)

    @cached_property
    def event(self) -> bytes:
        """What goes to the browser."""
        return feed.as_event(self._render())

    @property
    def is_last(self) -> bool:
        """Whether it has ended."""
        return self.standing.state in ENDED


@router.get("/")
async def home(request: Request, wired: Wired) -> Response:
    """Choose a region."""
    regions = (await wired.planes.tenants()).regions_by_slug.values()
    choices = tuple(Choice(region.slug, region.name) for region in sorted(regions, key=lambda region: region.name))
    return rendering.page(request, "home.html", HomePage(choices))


@router.get("/r/{region}")
async def ask_region_page(request: Request, region: NamedRegion, wired: Wired) -> Response:
    """Ask on the region's page, which then asks for the center."""
    return await ask_page(request, wired, region, None)


@router.get("/a/{agency}")
async def ask_agency_page(request: Request, agency: NamedAgency, wired: Wired) -> Response:
    """Ask on a center's own page; one that takes no requests says where else they are taken."""
    return await ask_of_agency(request, wired, agency)


@router.get("/r/{region}/trust")
async def trust_page(request: Request, region: NamedRegion, wired: Wired) -> Response:
    """Say what an agency can see, and how long it took to reach a human in the last quarter."""
    async with wired.planes.door() as door:
        figures = await waits.last_published(door, region.id)
    shown = tuple(WaitFigure(one.urgency.value, one.quarter_on, one.most_minutes) for one in figures)
    view = TrustPage(region.slug, region.name, standings.line(region), shown)
    return rendering.page(request, "requests/trust.html", view)


@router.get("/r/{region}/code")
async def code_page(request: Request, region: NamedRegion) -> Response:
    """Come back with a code."""
    view = CodePage(region.slug, region.name, standings.line(region), is_unknown=False)
    return rendering.page(request, "requests/code.html", view)


@router.post("/r/{region}/ask", dependencies=[Spoken])
async def ask(
    request: Request,
    region: NamedRegion,
    wired: Wired,
    more: Annotated[MoreChoices, Depends(more_choices)],
    receipt: Words = "",
    center: Annotated[str, Form(max_length=120)] = "",
    urgency: Annotated[Urgency, Form()] = Urgency.NOW,
    proof: Annotated[str, Form(max_length=40)] = "",
) -> Response:
    """Ask for a peer. A double click asks once: the receipt was drawn with the page."""
    tenants = await wired.planes.tenants()
    where = await outside.center(wired.planes, tenants, region, center)
    without = steps.left_out(tenants, region, more.leave_out_center, more.leave_out_names)
    words = receipts.normalized(receipt)
    if words is None:
        raise ReceiptUnknownError("Open the page anew and press the button again. Nothing was lost.")
    language = more.speak or rendering.language(request)
    await wired.load.let_through(words, proof)
    choices = Ask(urgency, language, more.team, more.center_wish, more.wish, where.coming_from, channel=more.channel)
    choices = await outside.within_agreement(wired.planes, region, where, choices)
    new = await steps.ask(
        wired.planes,
        region,
        choices,
        rosters=wired.rosters,
        where=where,
        receipt=words,
        without=without,
        leads=more.leads,
    )
    if new is None:
        _words, callout_id = await steps.find(wired.planes, region, words)
        return await standing_page(request, wired, region, words, callout_id, is_new=True)
    view = await standings.view_of(wired, region, words, new, is_new=True)
    return rendering.page(request, "requests/standing.html", view, zone=region.time_zone)


@router.post("/r/{region}/status", dependencies=[Spoken])
async def status_page(request: Request, region: NamedRegion, wired: Wired, receipt: Words = "") -> Response:
    """Say where a request stands; a wrong code and an expired one look alike."""
    try:
        words, callout_id = await steps.find(wired.planes, region, receipt)
        return await standing_page(request, wired, region, words, callout_id)
    except ReceiptUnknownError:
        view = CodePage(region.slug, region.name, standings.line(region), is_unknown=True)
        return rendering.page(request, "requests/code.html", view, status=404)


@router.post("/r/{region}/live", dependencies=[Spoken])
async def status_live(request: Request, region: NamedRegion, wired: Wired, way: Found) -> Response:
    """Send the page's live part whenever it changes, until the last word."""
    words, callout_id = way

    async def look() -> Seen:
        standing = await steps.standing(wired.planes, region, callout_id)
        view = await standings.view_of(wired, region, words, standing)
        return Seen(
            standing, lambda: rendering.fragment(request, "requests/_standing.html", view, zone=region.time_zone)
        )

    # Whoever holds the same receipt, proved when the page connected, and reads the same language sees the same.
    key = callout_id, words, rendering.language(request)
    signals = (f"callout:{callout_id}",)
    return feed.Stream(wired.live, signals, wired.looks.shared(wired.live, signals, key, look))


@router.post("/r/{region}/confirm", dependencies=[Spoken])
async def confirm_page(
    request: Request,
    region: NamedRegion,
    wired: Wired,
    way: Found,
    epoch: Annotated[int | None, Form(ge=1, le=1_000_000)] = None,
) -> Response:
    """Hear that the two are talking."""
    await steps.confirm_contact(wired.planes, region, way[1], epoch)
    return await standing_page(request, wired, region, *way)


@router.post("/r/{region}/ask-again", dependencies=[Spoken])
async def ask_again_page(
    request: Request,
    region: NamedRegion,
    wired: Wired,
    way: Found,
    epoch: Annotated[int, Form(ge=1, le=1_000_000)],
) -> Response:
    """Hear that nobody has reached them."""
    await steps.ask_again(wired.planes, region, way[1], epoch)
    return await standing_page(request, wired, region, *way)


@router.post("/r/{region}/go-there", dependencies=[Spoken])
async def go_there_page(
    request: Request,
    region: NamedRegion,
    wired: Wired,
    way: Found,
    leads: Annotated[Leads | None, Form()] = None,
    leave_out_center: Annotated[tuple[str, ...], Form(max_length=_MANY)] = (),
    leave_out_names: Annotated[str, Form(max_length=800)] = "",
) -> Response:
    """Take the offer of another region; the receipt goes along in the form, never in an address."""
    try:
        there = await steps.go_there(
            wired.planes,
            region,
            way,
            rosters=wired.rosters,
            without_centers=filter(None, leave_out_center),  # who works elsewhere has chosen none
            without_names=leave_out_names,
            leads=leads,
        )
    except NobodyThereError:
        without = LeftOutThere(leave_out_names, leave_out_center)
        return await standing_page(request, wired, region, *way, left_out=without)
    return RedirectResponse(f"/r/{there.slug}/status", 307)


@router.post("/r/{region}/close", dependencies=[Spoken])
async def close_page(request: Request, region: NamedRegion, wired: Wired, way: Found) -> Response:
    """Close."""
    return await _end(request, wired, region, way[1], Act.CLOSE)


@router.post("/r/{region}/withdraw", dependencies=[Spoken])
async def withdraw_page(request: Request, region: NamedRegion, wired: Wired, way: Found) -> Response:
    """Stop asking."""
    return await _end(request, wired, region, way[1], Act.WITHDRAW)


@router.post("/leave")
async def leave(wired: Wired) -> Response:
    """Leave at once: the browser forgets this site's cache and storage and goes somewhere neutral."""
    headers = {"clear-site-data": '"cache", "cookies", "storage"'}
    return RedirectResponse(wired.settings.leave_url, 303, headers)


async def _end(request: Request, wired: Wiring, region: RegionRef, callout_id: UUID, act: Act) -> Response:
    await steps.end(wired.planes, region, callout_id, act)
    check_ins = await looking.of_request(wired.planes, region, callout_id) if act is Act.CLOSE else ()
    is_planned = any(one.state is FollowUpState.PLANNED for one in check_ins)
    view = EndedPage(region.slug, region.name, standings.line(region), act.value, is_planned)
    return rendering.page(request, "requests/ended.html", view)


async def ask_of_agency(
    request: Request, wired: Wiring, agency: AgencyRef, *, is_for_colleague: bool = False
) -> Response:
    """Show the form on a center's own page, or where else requests are taken."""
    region = await wired.planes.region(agency.region_id)
    if not agency.is_active:
        view = PausedPage(region.slug, region.name, standings.line(region), agency.name)
        return rendering.page(request, "requests/paused.html", view)
    return await ask_page(request, wired, region, agency, is_for_colleague=is_for_colleague)


async def ask_page(
    request: Request, wired: Wiring, region: RegionRef, agency: AgencyRef | None, *, is_for_colleague: bool = False
) -> Response:
    """Show the form on which somebody asks, for themselves or for a colleague."""
    tenants = await wired.planes.tenants()
    view = AskPage(
        region_slug=region.slug,
        region_name=region.name,
        line_phone=standings.line(region),
        agency=Choice(agency.slug, agency.name) if agency else None,
        agencies=tuple(Choice(item.slug, item.name) for item in tenants.agencies_of(region)),
        outside=() if agency else await outside.choices(wired.planes, tenants, region),
        receipt=receipts.draw(),
        work=wired.load.bits(),
        is_for_colleague=is_for_colleague,
        ask_url=standings.ask_url(wired, region, agency),
    )
    return rendering.page(request, "requests/colleague.html" if is_for_colleague else "requests/ask.html", view)


async def standing_page(
    request: Request,
    wired: Wiring,
    region: RegionRef,
    receipt: str,
    callout_id: UUID,
    *,
    is_new: bool = False,
    left_out: LeftOutThere | None = None,
) -> Response:
    """Show where a request stands."""
    standing = await steps.standing(wired.planes, region, callout_id)
    view = await standings.view_of(wired, region, receipt, standing, is_new=is_new)
    view = replace(view, left_out=left_out)
    return rendering.page(
        request, "requests/standing.html", view, zone=region.time_zone, status=200 if left_out is None else 409
    )
