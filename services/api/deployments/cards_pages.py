"""The page of run cards and windows: what the region sends for what, and when."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import Response

from libs.peer.deployments import cards, region_cards
from libs.peer.deployments.cards import MOST_OF_A_ROLE, Card
from libs.peer.deployments.errors import WindowInvalidError
from libs.peer.deployments.models import Kind
from libs.peer.deployments.rules import Window
from libs.peer.incidents.models import IncidentType, Involved
from libs.tenancy.directory import RegionRef
from libs.tenancy.planes import ProgramSession
from services.api import rendering
from services.api.deployments.views import CardRow, CardsPage
from services.api.deps import MyRegion, ProgramTx, Spoken

router = APIRouter(prefix="/deployments/run-cards", include_in_schema=False)

HOME = "/deployments/run-cards"
Count = Annotated[int, Form(ge=0, le=MOST_OF_A_ROLE)]
Hours = Annotated[int, Form(ge=0, le=2000)]


@router.get("")
async def run_cards_page(
    request: Request, region: MyRegion, tx: ProgramTx, saved: Annotated[bool, Query()] = False
) -> Response:
    """Show what is sent for each type and size, and when each kind makes sense."""
    view = await _view(region, tx, is_saved=saved)
    return rendering.page(request, "deployments/cards.html", view, zone=region.time_zone)


@router.post("/card", dependencies=[Spoken])
async def put_run_card_page(
    request: Request,
    region: MyRegion,
    tx: ProgramTx,
    incident_type: Annotated[IncidentType, Form()],
    involved: Annotated[Involved, Form()],
    kind: Annotated[Kind, Form()],
    leads: Annotated[int, Form(ge=1, le=MOST_OF_A_ROLE)],
    peers: Count,
    clinicians: Count,
) -> Response:
    """Write the region's own card for one type and size."""
    await region_cards.put_card(tx, region.id, incident_type, involved, Card(kind, leads, peers, clinicians))
    return rendering.back(request, HOME, saved="true")


@router.post("/window", dependencies=[Spoken])
async def put_window_page(
    request: Request,
    region: MyRegion,
    tx: ProgramTx,
    kind: Annotated[Kind, Form()],
    from_hours: Hours,
    until_hours: Hours,
) -> Response:
    """Write the region's own window for one kind; one that ends before it begins is said."""
    try:
        await region_cards.put_window(tx, region.id, kind, Window(from_hours, until_hours))
    except WindowInvalidError:
        view = await _view(region, tx, is_wrong=True)
        return rendering.page(request, "deployments/cards.html", view, zone=region.time_zone, status=422)
    return rendering.back(request, HOME, saved="true")


async def _view(region: RegionRef, tx: ProgramSession, *, is_wrong: bool = False, is_saved: bool = False) -> CardsPage:
    own = await region_cards.own_cards(tx)
    rows = tuple(
        CardRow(kind, size, cards.card_for(own, kind, size), (kind, size) in own)
        for kind in IncidentType
        for size in Involved
    )
    return CardsPage(region.name, rows, tuple((await region_cards.windows(tx)).items()), is_wrong, is_saved)
