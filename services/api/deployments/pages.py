"""Pages of those who lead deployments: the list, opening one, one with its team."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent
from starlette.responses import Response

from libs.peer.deployments import actions, queries, region_cards
from libs.peer.deployments.actions import Changes
from libs.peer.deployments.errors import DeploymentMovedOnError, StartInvalidError
from libs.peer.deployments.models import Answer, CancelReason, InvitationState, Kind, SlotRole, SlotState
from libs.peer.incidents import actions as incidents
from libs.peer.incidents.errors import IncidentTimeError
from libs.tenancy.directory import RegionRef, Tenants
from libs.tenancy.planes import ProgramSession
from services.api import feed, rendering
from services.api.cursors import After
from services.api.deployments import forms
from services.api.deployments.rest import found, opened_by
from services.api.deployments.schemas import MOST_ATTENDEES
from services.api.deployments.views import Asked, ListPage, OnePage, OpenPage, Row
from services.api.deps import Me, MyRegion, ProgramTx, Spoken, Wired
from services.api.views import Choice
from services.api.wiring import Wiring

router = APIRouter(prefix="/deployments", include_in_schema=False)

HOME = "/deployments"
_A_PAGE = 50

Local = Annotated[str, Form(max_length=40)]
Place = Annotated[str, Form(max_length=forms.LONGEST_PLACE)]


@router.get("")
async def deployments_page(
    request: Request, wired: Wired, region: MyRegion, tx: ProgramTx, cursor: After = None
) -> Response:
    """Show the region's deployments."""
    view = await _list(wired, region, tx, cursor)
    return rendering.page(request, "deployments/list.html", view, zone=region.time_zone)


@router.get("/live", response_class=EventSourceResponse)
async def deployments_live(request: Request, wired: Wired, region: MyRegion) -> AsyncIterator[ServerSentEvent]:
    """Send the list whenever it changes."""

    async def look() -> ListPage:
        async with wired.planes.program(region) as session:
            return await _list(wired, region, session, None)

    async for view in feed.changes(wired.live, (f"deployments:{region.id}",), look, _essence):
        html = rendering.fragment(request, "deployments/_list.html", view, zone=region.time_zone)
        yield ServerSentEvent(raw_data=html, event="fragment")


@router.get("/new")
async def new_deployment_page(request: Request, wired: Wired, region: MyRegion, tx: ProgramTx) -> Response:
    """Show the form that opens an incident."""
    view = _open_page(await wired.planes.tenants(), region, forms.empty(region, await queries.clock(tx)))
    return rendering.page(request, "deployments/new.html", view, zone=region.time_zone)


@router.post("/new", dependencies=[Spoken])
async def open_deployment_page(request: Request, caller: Me, wired: Wired, region: MyRegion, tx: ProgramTx) -> Response:
    """Open an incident; a team is proposed at once. What is wrong is said, and what was chosen stays."""
    sent = forms.given(await request.form())
    tenants = await wired.planes.tenants()
    new, wrong = forms.incident(sent, tenants.agencies_of(region), region)
    if new is not None:
        try:
            await incidents.open_one(tx, new, region_id=region.id, opened_by=opened_by(caller))
            made = await actions.open_for(tx, new.id)
            return rendering.back(request, f"{HOME}/{made}")
        except IncidentTimeError:
            wrong = ("time",)
    view = _open_page(tenants, region, sent, wrong)
    return rendering.page(request, "deployments/new.html", view, zone=region.time_zone, status=422)


@router.get("/{deployment_id}")
async def deployment_page(
    request: Request, wired: Wired, region: MyRegion, tx: ProgramTx, deployment_id: UUID
) -> Response:
    """Show one deployment."""
    view = await _one(wired, region, tx, deployment_id)
    return rendering.page(request, "deployments/one.html", view, zone=view.row.one.time_zone)


@router.get("/{deployment_id}/live", response_class=EventSourceResponse)
async def deployment_live(
    request: Request, wired: Wired, region: MyRegion, deployment_id: UUID
) -> AsyncIterator[ServerSentEvent]:
    """Send one deployment whenever it changes."""

    async def look() -> OnePage:
        async with wired.planes.program(region) as session:
            return await _one(wired, region, session, deployment_id)

    async for view in feed.changes(wired.live, (f"deployments:{region.id}",), look, _essence_of_one):
        html = rendering.fragment(request, "deployments/_one.html", view, zone=view.row.one.time_zone)
        yield ServerSentEvent(raw_data=html, event="fragment")


@router.post("/{deployment_id}/propose", dependencies=[Spoken])
async def propose_team_page(request: Request, tx: ProgramTx, deployment_id: UUID) -> Response:
    """Have the proposal filled up."""
    await actions.propose(tx, deployment_id)
    return _back(request, deployment_id)


@router.post("/{deployment_id}/pass-over", dependencies=[Spoken])
async def pass_over_page(
    request: Request, tx: ProgramTx, deployment_id: UUID, member_id: Annotated[UUID, Form()]
) -> Response:
    """Take somebody out of the proposal."""
    await actions.pass_over(tx, deployment_id, member_id)
    return _back(request, deployment_id)


@router.post("/{deployment_id}/fill", dependencies=[Spoken])
async def fill_team_page(request: Request, tx: ProgramTx, deployment_id: UUID) -> Response:
    """Ask the proposed team."""
    await actions.fill(tx, deployment_id)
    return _back(request, deployment_id)


@router.post("/{deployment_id}/ask", dependencies=[Spoken])
async def ask_member_page(
    request: Request,
    tx: ProgramTx,
    deployment_id: UUID,
    member_id: Annotated[UUID, Form()],
    role: Annotated[SlotRole, Form()],
    why_own_agency: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Ask somebody by name."""
    await actions.ask_by_name(tx, deployment_id, member_id, role=role, why_own_agency=why_own_agency)
    return _back(request, deployment_id)


@router.post("/{deployment_id}/replace", dependencies=[Spoken])
async def replace_member_page(
    request: Request, tx: ProgramTx, deployment_id: UUID, member_id: Annotated[UUID, Form()]
) -> Response:
    """Take somebody off the team."""
    await actions.replace(tx, deployment_id, member_id)
    return _back(request, deployment_id)


@router.post("/{deployment_id}/go-with-fewer", dependencies=[Spoken])
async def go_with_fewer_page(request: Request, tx: ProgramTx, deployment_id: UUID) -> Response:
    """Go with those who have said yes."""
    await actions.go_with_fewer(tx, deployment_id)
    return _back(request, deployment_id)


@router.post("/{deployment_id}/change", dependencies=[Spoken])
async def change_deployment_page(
    request: Request,
    tx: ProgramTx,
    deployment_id: UUID,
    starts_at: Local,
    dispatchers_included: Annotated[Answer, Form()],
    backfill: Annotated[Answer, Form()],
    place: Place = "",
) -> Response:
    """Change time, place and the two answers."""
    summary = await found(tx, deployment_id)
    start = forms.moment(starts_at, summary.time_zone)
    if start is None:
        raise StartInvalidError("Write day and time, such as 2026-11-26T14:00.")
    words = "".join(mark for mark in place if mark.isprintable())
    await actions.change(tx, deployment_id, Changes(start, words, dispatchers_included, backfill))
    return _back(request, deployment_id)


@router.post("/{deployment_id}/another", dependencies=[Spoken])
async def another_page(
    request: Request,
    tx: ProgramTx,
    deployment_id: UUID,
    another_id: Annotated[UUID, Form()],
    kind: Annotated[Kind, Form()],
) -> Response:
    """Send another team for the same incident."""
    summary = await found(tx, deployment_id)
    made = await actions.open_for(tx, summary.incident_id, deployment_id=another_id, kind=kind)
    return _back(request, made)


@router.post("/{deployment_id}/finish", dependencies=[Spoken])
async def finish_page(
    request: Request,
    tx: ProgramTx,
    deployment_id: UUID,
    attendees: Annotated[int, Form(ge=0, le=MOST_ATTENDEES)],
) -> Response:
    """Note that it is done, and how many came."""
    await actions.finish(tx, deployment_id, attendees=attendees)
    return _back(request, deployment_id)


@router.post("/{deployment_id}/cancel", dependencies=[Spoken])
async def cancel_page(
    request: Request, tx: ProgramTx, deployment_id: UUID, reason: Annotated[CancelReason, Form()]
) -> Response:
    """Call it off."""
    await actions.cancel(tx, deployment_id, reason=reason)
    return _back(request, deployment_id)


@router.post("/{deployment_id}/debriefed", dependencies=[Spoken])
async def note_debrief_page(request: Request, tx: ProgramTx, deployment_id: UUID) -> Response:
    """Note that the team has talked; noted before is noted."""
    try:
        await actions.note_debrief(tx, deployment_id)
    except DeploymentMovedOnError:
        await found(tx, deployment_id)
    return _back(request, deployment_id)


@router.post("/{deployment_id}/one-on-ones", dependencies=[Spoken])
async def note_one_on_ones_page(
    request: Request, tx: ProgramTx, deployment_id: UUID, were_offered: Annotated[bool, Form()]
) -> Response:
    """Note whether one-on-ones were offered; noted before is noted."""
    try:
        await actions.note_one_on_ones(tx, deployment_id, were_offered=were_offered)
    except DeploymentMovedOnError:
        await found(tx, deployment_id)
    return _back(request, deployment_id)


def _back(request: Request, deployment_id: UUID) -> Response:
    return rendering.back(request, f"{HOME}/{deployment_id}")


def _open_page(tenants: Tenants, region: RegionRef, given: dict[str, str], wrong: tuple[str, ...] = ()) -> OpenPage:
    agencies = sorted(tenants.agencies_of(region), key=lambda agency: agency.name)
    choices = tuple(Choice(agency.slug, agency.name) for agency in agencies)
    return OpenPage(region.name, f"{HOME}/new", HOME, choices, forms.zones(region), given, wrong)


async def _list(wired: Wiring, region: RegionRef, tx: ProgramSession, cursor: str | None) -> ListPage:
    scope = f"deployments page:{region.id}"
    after = wired.cursors.decode(cursor, scope)
    before = (datetime.fromisoformat(str(after[0])), UUID(str(after[1]))) if after else None
    rows = await queries.listed(tx, limit=_A_PAGE + 1, before=before)
    page = wired.cursors.cut(rows, _A_PAGE, scope, key=lambda row: (row.opened_at.isoformat(), str(row.id)))
    tenants = await wired.planes.tenants()
    next_url = f"{HOME}?cursor={page.next_cursor}" if page.next_cursor else None
    return ListPage(region.name, tuple(Row(one, _name(tenants, one.agency_id)) for one in page.data), next_url)


async def _one(wired: Wiring, region: RegionRef, tx: ProgramSession, deployment_id: UUID) -> OnePage:
    summary = await found(tx, deployment_id)
    tenants = await wired.planes.tenants()
    team = tuple(await queries.team(tx, deployment_id))
    invited = await queries.invited(tx, deployment_id)
    window = (await region_cards.windows(tx))[summary.kind]
    agency = tenants.agencies.get(summary.agency_id)
    address = f"/a/{agency.slug}" if agency and agency.is_active else f"/r/{region.slug}"
    return OnePage(
        row=Row(summary, _name(tenants, summary.agency_id)),
        team=team,
        asked=tuple(
            Asked(one, _name(tenants, one.agency_id)) for one in invited if one.state is not InvitationState.ACCEPTED
        ),
        people=tuple(
            Choice(str(id_), f"{name}, {_name(tenants, agency_id)}")
            for id_, name, agency_id in await queries.roster(tx)
        ),
        open_roles=tuple(dict.fromkeys(slot.role for slot in team if slot.state is SlotState.OPEN)),
        warnings=summary.warnings(window),
        window=window,
        why={one.member_id: one.why_own_agency for one in invited if one.why_own_agency},
        starts_at=summary.starts_at.astimezone(ZoneInfo(summary.time_zone)).strftime("%Y-%m-%dT%H:%M"),
        another_id=str(uuid4()),
        ask_url=wired.settings.public_url + address,
        cards_path=f"{address}/cards",
    )


def _name(tenants: Tenants, agency_id: UUID) -> str:
    agency = tenants.agencies.get(agency_id)
    return agency.name if agency else "–"


def _essence(page: ListPage) -> object:
    return tuple((row.one.id, row.one.state, row.one.filled, row.one.is_late) for row in page.rows)


def _essence_of_one(page: OnePage) -> object:
    one = page.row.one
    late = one.is_late, one.is_after_start, one.is_debrief_overdue
    moving = (one.state, late, one.starts_at, one.place, page.warnings)
    after = one.one_on_ones_offered, one.is_offer_overdue, one.debriefed_at
    return moving, after, page.team, tuple((each.one.id, each.one.state) for each in page.asked)
