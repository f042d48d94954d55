"""The PSAP admin's pages: open an incident, and see the team that comes."""

from collections.abc import AsyncIterator

from fastapi import APIRouter, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent
from starlette.responses import Response

from libs.peer.deployments import queries
from libs.peer.incidents import actions as incidents
from libs.peer.incidents.errors import IncidentTimeError
from libs.peer.incidents.models import OpenedBy
from libs.tenancy.directory import AgencyRef, RegionRef
from libs.tenancy.planes import DeskSession
from services.api import feed, rendering
from services.api.deployments import forms
from services.api.deployments.desk_rest import AT_ONCE
from services.api.deployments.views import Coming, DeskIncidentsPage, OpenPage
from services.api.deps import DeskTx, MyAgency, MyRegion, Spoken, Wired

router = APIRouter(prefix="/desk/incidents", include_in_schema=False)

HOME = "/desk/incidents"


@router.get("")
async def incidents_page(request: Request, wired: Wired, tx: DeskTx, agency: MyAgency, region: MyRegion) -> Response:
    """Show the agency's incidents and the teams that come."""
    view = await _look(tx, agency, wired.settings.public_url)
    return rendering.page(request, "deployments/desk.html", view, zone=region.time_zone)


@router.get("/live", response_class=EventSourceResponse)
async def incidents_live(
    request: Request, wired: Wired, agency: MyAgency, region: MyRegion
) -> AsyncIterator[ServerSentEvent]:
    """Send the page's live part whenever it changes."""

    async def look() -> DeskIncidentsPage:
        async with wired.planes.desk(agency) as session:
            return await _look(session, agency, wired.settings.public_url)

    async for view in feed.changes(wired.live, (f"desk:{agency.id}",), look, _essence):
        html = rendering.fragment(request, "deployments/_desk.html", view, zone=region.time_zone)
        yield ServerSentEvent(raw_data=html, event="fragment")


@router.get("/new")
async def new_incident_page(request: Request, tx: DeskTx, agency: MyAgency, region: MyRegion) -> Response:
    """Show the form: what is needed and no more, for a phone and two minutes."""
    view = _open_page(agency, region, forms.empty(region, await queries.clock(tx)))
    return rendering.page(request, "deployments/new.html", view, zone=region.time_zone)


@router.post("/new", dependencies=[Spoken])
async def open_incident_page(request: Request, tx: DeskTx, agency: MyAgency, region: MyRegion) -> Response:
    """Open it; the coordinators are told at once. What is wrong is said, and what was chosen stays."""
    sent = {**forms.given(await request.form()), "agency": agency.slug}
    new, wrong = forms.incident(sent, [agency], region)
    if new is not None:
        try:
            await incidents.open_one(tx, new, region_id=region.id, opened_by=OpenedBy.DESK)
            return rendering.back(request, HOME)
        except IncidentTimeError:
            wrong = ("time",)
    view = _open_page(agency, region, sent, wrong)
    return rendering.page(request, "deployments/new.html", view, zone=region.time_zone, status=422)


def _open_page(agency: AgencyRef, region: RegionRef, given: dict[str, str], wrong: tuple[str, ...] = ()) -> OpenPage:
    return OpenPage(agency.name, f"{HOME}/new", HOME, (), forms.zones(region), given, wrong)


async def _look(session: DeskSession, agency: AgencyRef, public_url: str) -> DeskIncidentsPage:
    coming = [
        Coming(one, tuple(await queries.team_for_desk(session, one.id)))
        for one in await queries.listed(session, limit=AT_ONCE)
    ]
    fresh = tuple((row[1], row[2], row[3]) for row in await queries.without_deployment(session))
    address = f"/a/{agency.slug}"
    return DeskIncidentsPage(agency.name, tuple(coming), fresh, public_url + address, f"{address}/cards")


def _essence(page: DeskIncidentsPage) -> object:
    return page.fresh, tuple((each.one.id, each.one.state, each.one.starts_at, each.team) for each in page.coming)
