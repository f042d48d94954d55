"""Signing in with a center's or region's own account: the page, the way there, and the way back."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from libs.peer.errors import PeerError
from libs.peer.sso import arriving, queries
from libs.peer.sso.arriving import Purpose
from libs.peer.sso.errors import ProviderUnusableError, SignOnOffError, SignOnRefusedError
from services.api import cookies, meanings, rendering
from services.api.deps import Me, NamedAgency, NamedRegion, Spoken, Wired, keeping
from services.api.fresh import after_proof
from services.api.signon import places, trips
from services.api.signon.places import Place
from services.api.signon.trips import Back
from services.api.signon.views import EntryPage, Fault, TestedPage, claims_of
from services.api.wiring import Wiring

router = APIRouter(include_in_schema=False)


@router.get("/sign-in/center/{agency}")
async def center_sign_in_page(request: Request, wired: Wired, agency: NamedAgency) -> Response:
    """Show a center's own sign-in."""
    return await _entry(request, wired, places.of_agency(agency))


@router.get("/sign-in/region/{region}")
async def region_sign_in_page(request: Request, wired: Wired, region: NamedRegion) -> Response:
    """Show a region's own sign-in."""
    return await _entry(request, wired, places.of_region(region))


@router.post("/sign-in/center/{agency}", dependencies=[Spoken])
async def go_to_center_sign_in(request: Request, wired: Wired, agency: NamedAgency) -> Response:
    """Send the browser to a center's provider."""
    return await _go(request, wired, places.of_agency(agency))


@router.post("/sign-in/region/{region}", dependencies=[Spoken])
async def go_to_region_sign_in(request: Request, wired: Wired, region: NamedRegion) -> Response:
    """Send the browser to a region's provider."""
    return await _go(request, wired, places.of_region(region))


@router.get("/sign-in/center/{agency}/back")
async def back_from_center(request: Request, wired: Wired, agency: NamedAgency) -> Response:
    """Receive whoever comes back from a center's provider."""
    return await _back(request, wired, places.of_agency(agency))


@router.get("/sign-in/region/{region}/back")
async def back_from_region(request: Request, wired: Wired, region: NamedRegion) -> Response:
    """Receive whoever comes back from a region's provider."""
    return await _back(request, wired, places.of_region(region))


@router.post("/account/prove/sign-on", dependencies=[Spoken])
async def prove_by_sign_on_page(
    request: Request,
    wired: Wired,
    me: Me,
    next: Annotated[str, Form(max_length=200)] = "",  # noqa: A002 - its name in the address
) -> Response:
    """Send somebody who is signed in to their provider, to show there that it is them."""
    async with wired.planes.door() as door:
        setup = await queries.of_account(door, me.account_id)
    if setup is None:
        raise SignOnOffError("Use a passkey, or ask whoever runs OwnCall at your center or in your region.")
    place = await places.of_home(wired, setup.home)
    return await trips.go(request, wired, place, Purpose.PROVE, who=me, after=after_proof(next))


async def _entry(request: Request, wired: Wiring, place: Place, error: PeerError | None = None) -> Response:
    async with wired.planes.door() as door:
        setup = await queries.of_home(door, place.home)
    view = EntryPage(place.name, place.path, setup is not None and setup.is_on, error.code if error else "")
    status = 200 if error is None else meanings.STATUS[error.kind]
    return rendering.page(request, "signon/entry.html", view, status=status)


async def _go(request: Request, wired: Wiring, place: Place) -> Response:
    try:
        return await trips.go(request, wired, place, Purpose.SIGN_IN)
    except PeerError as error:
        return await _entry(request, wired, place, error)


async def _back(request: Request, wired: Wiring, place: Place) -> Response:
    try:
        back = await trips.take(request, wired, place)
    except PeerError as error:
        return await _entry(request, wired, place, error)
    if back.trip.purpose is Purpose.TEST:
        response = await _tested(request, wired, place, back)
    else:
        try:
            response = await _come_in(request, wired, place, back)
        except PeerError as error:
            response = await _entry(request, wired, place, error)
    cookies.drop_trip(response, wired.settings)
    return response


async def _come_in(request: Request, wired: Wiring, place: Place, back: Back) -> Response:
    arrival = await trips.examine(request, wired, place, back)
    async with keeping(wired.planes.door()) as door:
        if back.trip.purpose is Purpose.PROVE:
            begun = await arriving.prove(door, wired.sign_on.seal, arrival)
        else:
            browser = cookies.browser(request, wired.settings)
            begun = await arriving.sign_in(door, wired.sign_on.seal, arrival, browser)
    response = rendering.back(request, back.trip.after or "/dashboard")
    cookies.put(response, begun, wired.settings)
    return response


async def _tested(request: Request, wired: Wiring, place: Place, back: Back) -> Response:
    """Show whoever sets it up what came of it: what was said of them, or which check did not hold."""
    try:
        arrival = await trips.examine(request, wired, place, back)
        async with wired.planes.door() as door:
            is_linked = await arriving.tried(door, wired.sign_on.seal, arrival)
        view = TestedPage(
            claims=claims_of(arrival.identity.claims),
            group_claim=back.setup.group_claim,
            chosen=frozenset(back.setup.groups),
            is_linked=is_linked,
        )
    except ProviderUnusableError as error:
        view = TestedPage(fault=Fault(error.field, error.detail))
    except SignOnRefusedError as error:
        view = TestedPage(flaw=error.flaw.value)
    except PeerError as error:
        view = TestedPage(flaw=error.code)
    return rendering.page(request, "signon/tested.html", view)
