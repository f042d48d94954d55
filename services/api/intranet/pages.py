"""The roster without login, for a center's intranet, and the page where the program manager says from where.

Source: docs/decisions/0042-the-roster-without-login.md
"""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, HTTPException, Query, Request
from starlette.responses import Response

from libs.peer.intranet import actions, queries, rules
from libs.peer.roster import public
from libs.peer.roster.public import Shown
from libs.tenancy.directory import RegionRef, Tenants
from services.api import rendering
from services.api.deps import MyRegion, NamedRegion, ProgramTx, Spoken, Wired
from services.api.intranet.views import IntranetPage, PlaceFault, ShownRosterPage, ShownRow
from services.api.middleware import content_policy
from services.api.views import Choice

router = APIRouter(include_in_schema=False)
settings = APIRouter(prefix="/program/intranet", include_in_schema=False)
HERE = "/program/intranet"
_DONE = {"set": "Saved. It holds from now on."}
_EVERYBODY = 2_000


@router.get("/r/{region}/roster")
async def shown_roster_page(request: Request, region: NamedRegion, wired: Wired) -> Response:
    """Show who the peers are to browsers in the networks that were set, and nothing to anybody else."""
    peer = request.client.host if request.client else None
    forwarded = request.headers.getlist("x-forwarded-for") + request.headers.getlist("forwarded")
    address = rules.client_address(peer, forwarded, wired.settings.proxies)
    async with wired.planes.program(region) as tx:
        place = rules.place_of(address, await queries.places(tx))
        if place is None:
            raise HTTPException(404)
        people, now = await public.page(tx, limit=_EVERYBODY), await public.now(tx)
    tenants = await wired.planes.tenants()
    view = ShownRosterPage(
        region_name=region.name,
        on_duty=tuple(_row(one, tenants) for one in people if one.is_on_duty),
        others=tuple(_row(one, tenants) for one in people if not one.is_on_duty),
        now=now,
    )
    headers = {"content-security-policy": content_policy(" ".join(place.origins) or "'none'")}
    return rendering.page(request, "intranet/roster.html", view, zone=region.time_zone, headers=headers)


@settings.get("")
async def intranet_page(
    request: Request, region: MyRegion, tx: ProgramTx, wired: Wired, done: Annotated[str, Query(max_length=10)] = ""
) -> Response:
    """Show from which networks, and in whose frames, the roster is seen."""
    tenants = await wired.planes.tenants()
    lines = rules.written(await queries.places(tx), {key: name for name, key in _names(region, tenants).items()})
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


def _row(one: Shown, tenants: Tenants) -> ShownRow:
    center = tenants.agencies.get(one.agency_id)
    words = one.name.split()
    initials = "".join(word[0] for word in (words[0], *words[1:][-1:])).upper() if words else ""
    return ShownRow(one.name, initials, center.name if center else "–", one.discipline, tuple(one.languages))


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
