"""The PSAP admin's pages: offer support after a hard call, workstations, what follows from which type."""

import asyncio
from dataclasses import replace
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, File, Form, Query, Request, UploadFile
from starlette.responses import Response

from libs.peer.hardcalls import actions, queries, rules, sheet
from libs.peer.hardcalls.actions import Report, Reporting
from libs.peer.hardcalls.errors import HardCallsUnsoundError, StationTakenError
from libs.peer.hardcalls.models import Action
from libs.peer.hardcalls.rules import NOTHING, Rule
from libs.peer.incidents.errors import IncidentTimeError
from libs.peer.incidents.models import IncidentType, OpenedBy
from libs.tenancy.directory import AgencyRef
from libs.tenancy.planes import DeskSession
from services.api import rendering
from services.api.deps import DeskTx, MyAgency, MyRegion, Spoken, Wired
from services.api.hardcalls.desk_rest import address_of, every_type
from services.api.hardcalls.views import HardCallsPage, TypesPage

router = APIRouter(prefix="/desk/hard-calls", include_in_schema=False)

HOME = "/desk/hard-calls"
_MOST = 500


@router.get("")
async def hard_calls_page(
    request: Request, tx: DeskTx, agency: MyAgency, offered: Annotated[str, Query(max_length=5)] = ""
) -> Response:
    """Show the button and the workstations; never what became of an offer."""
    view = replace(await _look(tx, agency), is_offered=bool(offered))
    return rendering.page(request, "desk/hard_calls.html", view)


@router.post("/offer", dependencies=[Spoken])
async def offer_support_page(
    request: Request,
    wired: Wired,
    tx: DeskTx,
    agency: MyAgency,
    region: MyRegion,
    offer_id: Annotated[str, Form(max_length=60)] = "",
    station: Annotated[tuple[UUID, ...], Form(max_length=_MOST)] = (),
) -> Response:
    """Offer support at the chosen workstations; a double tap offers once."""
    await actions.offer(tx, Reporting(agency, region, wired.marks), f"button {offer_id or uuid4()}", station)
    return rendering.back(request, HOME, offered="yes")


@router.post("/list", dependencies=[Spoken])
async def report_list_page(
    request: Request,
    wired: Wired,
    tx: DeskTx,
    agency: MyAgency,
    region: MyRegion,
    file: Annotated[UploadFile | None, File()] = None,
) -> Response:
    """Take a list of hard calls in, all lines or none; the same line twice does nothing twice."""
    try:
        found = await asyncio.to_thread(sheet.read, await file.read() if file else b"")
        reports = [Report([call], positions) for call, positions in found]
        outcomes = await actions.report(tx, Reporting(agency, region, wired.marks), reports, OpenedBy.DESK)
    except (HardCallsUnsoundError, IncidentTimeError) as error:
        lines = tuple(str(one["line"]) for one in error.errors)
        view = replace(await _look(tx, agency), problem="list", wrong_lines=lines)
        return rendering.page(request, "desk/hard_calls.html", view, status=422)
    hard = sum(one.verdict.action is not Action.NOTHING for one in outcomes)
    view = replace(await _look(tx, agency), taken_in=len(outcomes), hard=hard)
    return rendering.page(request, "desk/hard_calls.html", view)


@router.post("/stations", dependencies=[Spoken])
async def add_station_page(
    request: Request, wired: Wired, tx: DeskTx, agency: MyAgency, position: Annotated[str, Form(max_length=200)] = ""
) -> Response:
    """Give a workstation a page and show its address, this once."""
    wanted = rules.position(position)
    if not wanted or " " in wanted or len(position.strip()) > rules.LONGEST_POSITION:
        view = replace(await _look(tx, agency), problem="position")
        return rendering.page(request, "desk/hard_calls.html", view, status=422)
    try:
        address = await actions.add_station(tx, agency.id, wanted)
    except StationTakenError:
        view = replace(await _look(tx, agency), problem="taken")
        return rendering.page(request, "desk/hard_calls.html", view, status=409)
    url = address_of(wired.settings.public_url, address)
    view = replace(await _look(tx, agency), new_url=url, new_position=wanted)
    return rendering.page(request, "desk/hard_calls.html", view, status=201)


@router.post("/stations/{station_id}/remove", dependencies=[Spoken])
async def remove_station_page(request: Request, tx: DeskTx, station_id: UUID) -> Response:
    """Take a workstation's page away."""
    await actions.remove_station(tx, station_id)
    return rendering.back(request, HOME)


@router.get("/types")
async def incident_types_page(
    request: Request,
    tx: DeskTx,
    agency: MyAgency,
    code: Annotated[str, Query(max_length=200)] = "",
    kept: Annotated[str, Query(max_length=5)] = "",
) -> Response:
    """Show what follows from which type, and a form for one of them."""
    view = replace(await _types(tx, agency, rules.spelled(code)), is_kept=bool(kept))
    return rendering.page(request, "desk/hard_call_types.html", view)


@router.post("/types", dependencies=[Spoken])
async def put_incident_type_page(
    request: Request,
    tx: DeskTx,
    agency: MyAgency,
    code: Annotated[str, Form(max_length=200)] = "",
    action: Annotated[str, Form(max_length=40)] = "",
    incident_type: Annotated[str, Form(max_length=40)] = "",
) -> Response:
    """Say what follows from one type."""
    wanted = rules.spelled(code)
    if not wanted or action not in set(Action) or incident_type not in set(IncidentType):
        view = replace(await _types(tx, agency, wanted), is_wrong=True)
        return rendering.page(request, "desk/hard_call_types.html", view, status=422)
    await actions.put_rule(tx, agency.id, wanted, Rule(Action(action), IncidentType(incident_type)))
    return rendering.back(request, f"{HOME}/types", kept="yes")


async def _look(session: DeskSession, agency: AgencyRef) -> HardCallsPage:
    return HardCallsPage(agency.name, await queries.stations(session), str(uuid4()))


async def _types(session: DeskSession, agency: AgencyRef, chosen: str) -> TypesPage:
    own, every = await queries.own_rules(session), await every_type(session)
    types = tuple((code, rule, code in own) for code, rule in every.items())
    return TypesPage(agency.name, types, chosen, every.get(chosen, NOTHING))
