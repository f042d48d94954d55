"""The PSAP admin's page: the agency's own data, and in words what it will never see."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from libs.peer.desk import queries as desk
from services.api import rendering
from services.api.deps import DeskTx, MyAgency, MyRegion, Wired
from services.api.desk.views import DeskPage

router = APIRouter(prefix="/desk", include_in_schema=False)


@router.get("")
async def desk_page(request: Request, tx: DeskTx, agency: MyAgency, region: MyRegion, wired: Wired) -> Response:
    """Show the agency's desk."""
    view = DeskPage(
        agency_name=agency.name,
        region_name=region.name,
        county=agency.county,
        state=agency.state,
        fcc_id=agency.fcc_id,
        ask_url=f"{wired.settings.public_url}/a/{agency.slug}",
        settings=await desk.settings(tx),
    )
    return rendering.page(request, "desk/overview.html", view, zone=region.time_zone)
