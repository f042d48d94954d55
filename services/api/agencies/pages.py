"""The program manager's pages about agencies: who takes part, who shall, and what the FCC's file says otherwise."""

from collections.abc import AsyncIterator
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent
from starlette.responses import RedirectResponse, Response

from libs.peer.agencies import actions, queries, rules
from libs.peer.agencies.errors import AgencyOnItsWayError
from libs.peer.registry import catalogue
from libs.peer.registry.catalogue import Search
from libs.peer.registry.differences import Difference
from libs.peer.registry.rules import LARGEST_ID, Standing, plain_text
from libs.tenancy.directory import RegionRef
from libs.tenancy.planes import ProgramSession
from services.api import feed, rendering
from services.api.agencies.rest import CHANGEABLE
from services.api.agencies.schemas import MOST_AT_ONCE
from services.api.agencies.views import AddPage, AgenciesPage, AgencyPage, ByHandPage, PreviewPage, RegistryPage
from services.api.cursors import After
from services.api.deps import Me, MyRegion, ProgramTx, Spoken, Wired
from services.api.wiring import Wiring

router = APIRouter(prefix="/program/agencies", include_in_schema=False)

HOME = "/program/agencies"
_A_PAGE = 100
_FOUND_AT_ONCE = 25
_ASKED_AT_ONCE = 1000
_ANY = "any"

Words = Annotated[str, Form(max_length=200)]
Psaps = Annotated[list[Annotated[int, Form(ge=1, le=LARGEST_ID)]], Form(max_length=MOST_AT_ONCE)]


@router.get("")
async def agencies_page(
    request: Request, region: MyRegion, tx: ProgramTx, wired: Wired, cursor: After = None
) -> Response:
    """Show the region's agencies, and those that are about to take part."""
    # Whoever was onboarded a moment ago has a page by the time that its link is pressed.
    wired.planes.forget_tenants()
    view = await _agencies(wired, region, tx, cursor)
    return rendering.page(request, "agencies/list.html", view, zone=region.time_zone)


@router.get("/live", response_class=EventSourceResponse)
async def agencies_live(request: Request, wired: Wired, region: MyRegion) -> AsyncIterator[ServerSentEvent]:
    """Send the first page's live part whenever it changes."""

    async def look() -> AgenciesPage:
        async with wired.planes.program(region) as session:
            return await _agencies(wired, region, session, None)

    async for view in feed.changes(wired.live, (f"program:{region.id}",), look, lambda view: view):
        wired.planes.forget_tenants()
        html = rendering.fragment(request, "agencies/_list.html", view, zone=region.time_zone)
        yield ServerSentEvent(raw_data=html, event="fragment")


@router.get("/add")
async def add_agencies_page(
    request: Request,
    wired: Wired,
    region: MyRegion,
    tx: ProgramTx,
    q: Annotated[str, Query(max_length=120)] = "",
    state: Annotated[str, Query(max_length=2)] = "",
    standing: Annotated[str, Query(max_length=20)] = Standing.ACTIVE_PRIMARY.value,
    cursor: After = None,
    none_chosen: Annotated[bool, Query()] = False,
) -> Response:
    """Search the FCC's registry, to choose who shall take part."""
    words, code = plain_text(q), state.upper()
    kind = Standing(standing) if standing in set(Standing) else None
    states = await catalogue.states(tx)
    rows, next_url = None, None
    if words or code:
        scope = f"add:{region.id}:{words}:{code}:{kind}"
        after = wired.cursors.decode(cursor, scope)
        found = await catalogue.search(
            tx,
            Search(words, code or None, kind),
            limit=_FOUND_AT_ONCE + 1,
            after=(str(after[0]), int(after[1])) if after else None,
        )
        page = wired.cursors.cut(found, _FOUND_AT_ONCE, scope, key=lambda row: (row.name, row.psap_id))
        rows = tuple(page.data)
        asked = {"q": words, "state": code, "standing": standing}
        next_url = _url(request, f"{HOME}/add", asked, page.next_cursor)
    view = AddPage(
        region.name, words, code, kind.value if kind else _ANY, states, rows, next_url, not states, none_chosen
    )
    return rendering.page(request, "agencies/add.html", view, zone=region.time_zone)


@router.post("/preview", dependencies=[Spoken])
async def preview_agencies_page(
    request: Request,
    region: MyRegion,
    tx: ProgramTx,
    psap: Psaps = [],  # noqa: B006 - FastAPI copies it
    shown: Psaps = [],  # noqa: B006 - as above
    every: Annotated[bool, Form()] = False,
    q: Words = "",
    state: Annotated[str, Form(max_length=2)] = "",
    standing: Annotated[str, Form(max_length=20)] = "",
) -> Response:
    """Show what would be onboarded; changes nothing."""
    chosen = await catalogue.by_id(tx, shown if every else psap)
    asked = {"q": q, "state": state, "standing": standing, "lang": rendering.language(request)}
    if not chosen:
        return RedirectResponse(f"{HOME}/add?{urlencode({**asked, 'none_chosen': 'true'})}", 303)
    view = PreviewPage(region.name, tuple(chosen), f"{HOME}/add?{urlencode(asked)}")
    return rendering.page(request, "agencies/preview.html", view, zone=region.time_zone)


@router.post("/onboard", dependencies=[Spoken])
async def onboard_agencies_page(request: Request, me: Me, region: MyRegion, tx: ProgramTx, psap: Psaps) -> Response:
    """Ask that these take part; the registrar takes it up within seconds."""
    await actions.ask_for_psaps(tx, psap, region_id=region.id, by=me.account_id)
    return rendering.back(request, HOME)


@router.get("/by-hand")
async def by_hand_page(request: Request, region: MyRegion, tx: ProgramTx) -> Response:
    """Describe an agency that the FCC does not know."""
    view = ByHandPage(region.name, await catalogue.states(tx))
    return rendering.page(request, "agencies/by_hand.html", view, zone=region.time_zone)


@router.post("/by-hand", dependencies=[Spoken])
async def add_by_hand_page(
    request: Request,
    me: Me,
    region: MyRegion,
    tx: ProgramTx,
    name: Words = "",
    discipline: Words = "",
    state: Words = "",
    county: Words = "",
    city: Words = "",
) -> Response:
    """Ask that it takes part; what is missing is said, and what was written stays."""
    wanted, wrong = rules.by_hand(name, discipline, state, county, city)
    if wanted is None:
        given = {"name": name, "discipline": discipline, "state": state, "county": county, "city": city}
        view = ByHandPage(region.name, await catalogue.states(tx), given, tuple(wrong))
        return rendering.page(request, "agencies/by_hand.html", view, zone=region.time_zone, status=422)
    await actions.ask(tx, [wanted], region_id=region.id, by=me.account_id)
    return rendering.back(request, HOME)


@router.post("/onboardings/put-away", dependencies=[Spoken])
async def put_all_away_page(request: Request, region: MyRegion, tx: ProgramTx) -> Response:
    """Take everything off the list that is decided."""
    await actions.put_all_away(tx, region_id=region.id)
    return rendering.back(request, HOME)


@router.post("/onboardings/{onboarding_id}/put-away", dependencies=[Spoken])
async def put_away_page(request: Request, region: MyRegion, tx: ProgramTx, onboarding_id: UUID) -> Response:
    """Take one off the list."""
    await actions.put_away(tx, onboarding_id, region_id=region.id)
    return rendering.back(request, HOME)


@router.get("/registry")
async def registry_page(request: Request, region: MyRegion, tx: ProgramTx) -> Response:
    """Show what the last import of the FCC's file changed, and which of the region's agencies that touches."""
    last = await catalogue.last_import(tx)
    found = last.differences if last else {}
    kinds = tuple((kind.value, found[kind.value]) for kind in Difference if found.get(kind.value))
    view = RegistryPage(region.name, last, tuple(await catalogue.touched(tx)), kinds)
    return rendering.page(request, "agencies/registry.html", view, zone=region.time_zone)


@router.get("/{agency_id}")
async def agency_page(request: Request, region: MyRegion, tx: ProgramTx, wired: Wired, agency_id: UUID) -> Response:
    """Show one agency."""
    view = await _agency(wired, region, tx, agency_id)
    return rendering.page(request, "agencies/one.html", view, zone=region.time_zone)


@router.post("/{agency_id}/rename", dependencies=[Spoken])
async def rename_agency_page(
    request: Request, region: MyRegion, tx: ProgramTx, wired: Wired, agency_id: UUID, name: Words = ""
) -> Response:
    """Give an agency another name; its address stays."""
    if not plain_text(name):
        view = await _agency(wired, region, tx, agency_id, is_name_empty=True)
        return rendering.page(request, "agencies/one.html", view, zone=region.time_zone, status=422)
    return await _change(request, wired, tx, agency_id, name=plain_text(name)[: rules.LONGEST_NAME])


@router.post("/{agency_id}/suspend", dependencies=[Spoken])
async def suspend_agency_page(request: Request, tx: ProgramTx, wired: Wired, agency_id: UUID) -> Response:
    """Let an agency's own page take no new request."""
    return await _change(request, wired, tx, agency_id, status="suspended")


@router.post("/{agency_id}/resume", dependencies=[Spoken])
async def resume_agency_page(request: Request, tx: ProgramTx, wired: Wired, agency_id: UUID) -> Response:
    """Let an agency's own page take requests again."""
    return await _change(request, wired, tx, agency_id, status="active")


async def _change(
    request: Request,
    wired: Wiring,
    tx: ProgramSession,
    agency_id: UUID,
    *,
    name: str | None = None,
    status: str | None = None,
) -> Response:
    was = await queries.agency(tx, agency_id)
    if was.status not in CHANGEABLE:
        raise AgencyOnItsWayError
    await actions.change(tx, was, name=name or was.name, status=status or was.status)
    wired.planes.forget_tenants()
    return rendering.back(request, f"{HOME}/{agency_id}")


async def _agency(
    wired: Wiring, region: RegionRef, tx: ProgramSession, agency_id: UUID, *, is_name_empty: bool = False
) -> AgencyPage:
    agency = await queries.agency(tx, agency_id)
    ask_url = f"{wired.settings.public_url}/a/{agency.slug}"
    return AgencyPage(region.name, region.slug, agency, ask_url, is_name_empty)


async def _agencies(wired: Wiring, region: RegionRef, tx: ProgramSession, cursor: str | None) -> AgenciesPage:
    scope = f"agencies-page:{region.id}"
    after = wired.cursors.decode(cursor, scope)
    rows = await queries.agencies(tx, limit=_A_PAGE + 1, after=(str(after[0]), str(after[1])) if after else None)
    page = wired.cursors.cut(rows, _A_PAGE, scope, key=lambda row: (row.name, row.slug))
    asked = await queries.asked(tx, limit=_ASKED_AT_ONCE)
    return AgenciesPage(
        region_name=region.name,
        region_slug=region.slug,
        rows=tuple(page.data),
        asked=tuple(asked) if cursor is None else (),
        next_url=f"{HOME}?{urlencode({'cursor': page.next_cursor})}" if page.next_cursor else None,
        touched=len(await catalogue.touched(tx)),
    )


def _url(request: Request, path: str, asked: dict[str, str], cursor: str | None) -> str | None:
    """Return the address of the next page; None on the last one."""
    if cursor is None:
        return None
    return f"{path}?{urlencode({**asked, 'cursor': cursor, 'lang': rendering.language(request)})}"
