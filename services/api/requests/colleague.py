"""Asking for a colleague, and cards to hand on: what to say, what to leave out; the colleague decides.

Nothing of a colleague is asked for: no name, no number. What is handed on is the address of the page on which anybody
asks; a card tells nobody who gave it, or why.
"""

from fastapi import APIRouter, Request
from starlette.responses import Response

from libs.tenancy.directory import AgencyRef, RegionRef
from services.api import rendering
from services.api.deps import NamedAgency, NamedRegion, Wired
from services.api.requests import pages, standings
from services.api.requests.views import CardsPage
from services.api.wiring import Wiring

router = APIRouter(include_in_schema=False)


@router.get("/r/{region}/colleague")
async def colleague_region_page(request: Request, region: NamedRegion, wired: Wired) -> Response:
    """Ask for a colleague on the region's page."""
    return await pages.ask_page(request, wired, region, None, is_for_colleague=True)


@router.get("/a/{agency}/colleague")
async def colleague_agency_page(request: Request, agency: NamedAgency, wired: Wired) -> Response:
    """Ask for a colleague on a center's own page."""
    return await pages.ask_of_agency(request, wired, agency, is_for_colleague=True)


@router.get("/r/{region}/cards")
async def region_cards_page(request: Request, region: NamedRegion, wired: Wired) -> Response:
    """Show the cards of a region, to print and hand on."""
    return _cards(request, wired, region, None)


@router.get("/a/{agency}/cards")
async def agency_cards_page(request: Request, agency: NamedAgency, wired: Wired) -> Response:
    """Show the cards of a center, to print and hand on; of one that takes no requests, the region's."""
    region = await wired.planes.region(agency.region_id)
    return _cards(request, wired, region, agency if agency.is_active else None)


def _cards(request: Request, wired: Wiring, region: RegionRef, agency: AgencyRef | None) -> Response:
    view = CardsPage(
        region_slug=region.slug,
        region_name=region.name,
        line_phone=rendering.phone(region.line_phone) if region.line_phone else None,
        ask_url=standings.ask_url(wired, region, agency),
    )
    return rendering.page(request, "requests/cards.html", view)
