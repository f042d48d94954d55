"""A workstation's page: support is there. The same for everybody, but for one line while something was offered.

Nothing that is done here is written down, except that whoever sits there wants no offers, or a new address. The link to
ask is the poster's: nothing ties who asks to what was offered.
"""

from typing import Annotated

from fastapi import APIRouter, Form, Path, Query, Request
from starlette.responses import Response

from libs.peer.hardcalls import actions, queries
from services.api import rendering
from services.api.deps import DoorTx, Spoken, Wired
from services.api.hardcalls.views import StationPage

router = APIRouter(prefix="/w", include_in_schema=False)

Address = Annotated[str, Path(max_length=100)]


@router.get("/{token}")
async def station_page(
    request: Request, wired: Wired, tx: DoorTx, token: Address, said: Annotated[str, Query(max_length=10)] = ""
) -> Response:
    """Show the page of a workstation; that it was opened is not kept."""
    at = await queries.at_station(tx, token, wired.marks)
    tenants = await wired.planes.tenants()
    agency = tenants.agencies[at.agency_id]
    region = tenants.region_of(agency)
    view = StationPage(
        agency_name=agency.name,
        agency_slug=agency.slug,
        region_slug=region.slug,
        line_phone=rendering.phone(region.line_phone) if region.line_phone else None,
        address=token,
        is_offered=at.is_offered,
        is_noted=said == "noted",
        is_moved=said == "moved",
    )
    return rendering.page(request, "hardcalls/station.html", view, zone=region.time_zone)


@router.post("/{token}/quiet", dependencies=[Spoken])
async def quiet_station_page(
    request: Request, tx: DoorTx, token: Address, quiet: Annotated[bool, Form()] = True
) -> Response:
    """Want no offers here, or want them again; the page does not show which."""
    await actions.say_quiet(tx, token, is_quiet=quiet)
    return rendering.back(request, f"/w/{token}", said="noted")


@router.post("/{token}/move", dependencies=[Spoken])
async def move_station_page(request: Request, tx: DoorTx, token: Address) -> Response:
    """Give the page a new address, so that nobody who kept the old one looks in."""
    return rendering.back(request, f"/w/{await actions.move(tx, token)}", said="moved")
