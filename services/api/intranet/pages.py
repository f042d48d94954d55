"""The roster without login, for a center's intranet, and the page where the program manager says from where.

Source: docs/decisions/0039-the-roster-on-an-intranet.md
"""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, HTTPException, Query, Request
from starlette.responses import Response

from libs.peer.intranet import actions, queries, rules
from libs.peer.intranet.rules import Place
from libs.peer.roster import public
from libs.peer.roster.public import Shown
from libs.tenancy.directory import RegionRef, Tenants
from libs.tenancy.planes import IntranetSession
from services.api import rendering
from services.api.deps import MyRegion, NamedRegion, ProgramTx, Spoken, Wired, caller_address
from services.api.intranet.photos import of_peer
from services.api.intranet.views import IntranetPage, PlaceFault, ShownRosterPage, ShownRow
from services.api.middleware import content_policy
from services.api.views import Choice
from services.api.wiring import Wiring

router = APIRouter(include_in_schema=False)
settings = APIRouter(prefix="/program/intranet", include_in_schema=False)
HERE = "/program/intranet"
_DONE = {"set": "Saved. It holds from now on."}
_EVERYBODY = 2_000


@router.get("/r/{region}/roster")
async def shown_roster_page(request: Request, region: NamedRegion, wired: Wired) -> Response:
    """Show who the peers are to browsers in the networks that were set, and nothing to anybody else."""
    async with wired.planes.intranet() as tx:
        place = await _place(request, region, wired, tx)
        view = await _roster(tx, region, await wired.planes.tenants(), request.url.path)
    headers = {"content-security-policy": content_policy(" ".join(place.origins) or "'none'")}
    return rendering.page(request, "intranet/roster.html", view, zone=region.time_zone, headers=headers)


@router.get("/r/{region}/roster/{member_id}/photo")
async def shown_photo(request: Request, region: NamedRegion, wired: Wired, member_id: UUID) -> Response:
    """Show the photo of a peer on that page, to the same browsers."""
    async with wired.planes.intranet() as tx:
        await _place(request, region, wired, tx)
        return of_peer(await public.photo(tx, region.id, member_id))


async def _place(request: Request, region: RegionRef, wired: Wiring, tx: IntranetSession) -> Place:
    """Return where a browser is.

    Raises:
        HTTPException: 404 when it is in no network that was set for the region.
    """
    place = rules.place_of(caller_address(request, wired), await queries.places(tx, region.id))
    if place is None:
        raise HTTPException(404)
    return place


@settings.get("/roster")
async def intranet_roster_page(request: Request, region: MyRegion, tx: ProgramTx, wired: Wired) -> Response:
    """Show the same page to the program manager, to look at and to print."""
    view = await _roster(tx, region, await wired.planes.tenants(), request.url.path)
    return rendering.page(request, "intranet/roster.html", view, zone=region.time_zone)


@settings.get("/roster/{member_id}/photo")
async def intranet_photo(region: MyRegion, tx: ProgramTx, member_id: UUID) -> Response:
    """Show the photo of a peer on it."""
    return of_peer(await public.photo(tx, region.id, member_id))


@settings.get("")
async def intranet_page(
    request: Request, region: MyRegion, tx: ProgramTx, wired: Wired, done: Annotated[str, Query(max_length=10)] = ""
) -> Response:
    """Show from which networks, and in whose frames, the roster is seen."""
    tenants = await wired.planes.tenants()
    lines = rules.written(
        await queries.places(tx, region.id), {key: name for name, key in _names(region, tenants).items()}
    )
    view = _view(region, tenants, lines, wired.settings.public_url, notice=_DONE.get(done))
    return rendering.page(request, "program/intranet.html", view, zone=region.time_zone)


@settings.post("", dependencies=[Spoken])
async def set_intranet_page(
    request: Request, region: MyRegion, tx: ProgramTx, wired: Wired, lines: Annotated[str, Form(max_length=60_000)] = ""
) -> Response:
    """Set it, all of it; with anything that cannot be read nothing changes, and what was typed stays."""
    tenants = await wired.planes.tenants()
    places, faults = rules.read(lines, _names(region, tenants))
    if not faults:
        await actions.show_at(tx, region.id, places)
        return rendering.back(request, HERE, done="set")
    wrong = tuple(PlaceFault(line, code) for line, code in faults)
    view = _view(region, tenants, lines, wired.settings.public_url, faults=wrong)
    return rendering.page(request, "program/intranet.html", view, zone=region.time_zone, status=422)


async def _roster(tx: public.Session, region: RegionRef, tenants: Tenants, path: str) -> ShownRosterPage:
    people = [
        _row(one, tenants, f"{path}/{one.id}/photo") for one in await public.page(tx, region.id, limit=_EVERYBODY)
    ]
    return ShownRosterPage(
        region_name=region.name,
        region_slug=region.slug,
        on_duty=tuple(one for one in people if one.is_on_duty),
        others=tuple(one for one in people if not one.is_on_duty),
        now=await public.now(tx),
    )


def _row(one: Shown, tenants: Tenants, photo: str) -> ShownRow:
    center = tenants.agencies.get(one.agency_id)
    return ShownRow(
        name=one.name,
        initials=rules.initials(one.name),
        photo=photo if one.has_photo else None,
        center=center.name if center else "–",
        discipline=one.discipline,
        languages=tuple(one.languages),
        is_on_duty=one.is_on_duty,
    )


def _names(region: RegionRef, tenants: Tenants) -> dict[str, UUID]:
    # A center may be called as its region is; the center's lines then stand for the region's, which lets in no more.
    return {region.slug: region.id} | {agency.slug: agency.id for agency in tenants.agencies_of(region)}


def _view(
    region: RegionRef,
    tenants: Tenants,
    lines: str,
    public_url: str,
    *,
    notice: str | None = None,
    faults: tuple[PlaceFault, ...] = (),
) -> IntranetPage:
    centers = sorted(tenants.agencies_of(region), key=lambda agency: agency.name)
    return IntranetPage(
        region_name=region.name,
        here=f"{public_url.rstrip('/')}/r/{region.slug}/roster",
        region_slug=region.slug,
        lines=lines,
        centers=tuple(Choice(agency.slug, agency.name) for agency in centers),
        faults=faults,
        notice=notice,
    )
