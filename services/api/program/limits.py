"""What a region sets for all its peers: limits, rest, and how long the drives between centers take."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import Response

from libs.peer.limits import actions as limits
from libs.peer.limits import drives, queries
from libs.peer.limits.rules import MOST, Policy
from libs.tenancy.directory import RegionRef, Tenants
from services.api import rendering
from services.api.deps import MyRegion, ProgramTx, Spoken, Wired
from services.api.program.limits_views import DriveFault, RegionLimitsPage
from services.api.views import Choice

router = APIRouter(prefix="/program/limits", include_in_schema=False)
HERE = "/program/limits"
_DONE = {"set": "Saved. It holds from now on.", "drives": "Saved. It holds from now on."}


@router.get("")
async def region_limits_page(
    request: Request, region: MyRegion, tx: ProgramTx, wired: Wired, done: Annotated[str, Query(max_length=10)] = ""
) -> Response:
    """Show what holds for all peers of the region."""
    tenants = await wired.planes.tenants()
    typed = drives.written(await queries.drives(tx), _slugs(region, tenants))
    view = _view(region, tenants, await queries.policy(tx), typed, notice=_DONE.get(done))
    return rendering.page(request, "program/limits.html", view, zone=region.time_zone)


@router.post("", dependencies=[Spoken])
async def set_region_limits_page(
    request: Request,
    region: MyRegion,
    tx: ProgramTx,
    caseload: Annotated[int, Form(ge=1, le=MOST.caseload)],
    accepts_a_day: Annotated[int, Form(ge=1, le=MOST.accepts_a_day)],
    heavy_hours: Annotated[int, Form(ge=0, le=MOST.heavy_hours)],
    heaviest_hours: Annotated[int, Form(ge=0, le=MOST.heaviest_hours)],
    near_minutes: Annotated[int, Form(ge=1, le=MOST.near_minutes)],
) -> Response:
    """Set what holds for all peers."""
    policy = Policy(caseload, accepts_a_day, heavy_hours, heaviest_hours, near_minutes)
    await limits.set_policy(tx, region.id, policy)
    return rendering.back(request, HERE, done="set")


@router.post("/drives", dependencies=[Spoken])
async def set_drives_page(
    request: Request, region: MyRegion, tx: ProgramTx, wired: Wired, pairs: Annotated[str, Form(max_length=60_000)] = ""
) -> Response:
    """Set the drive times, all of them; with anything that cannot be read nothing changes, and what was typed stays."""
    tenants = await wired.planes.tenants()
    found, faults = drives.read(pairs, {slug: key for key, slug in _slugs(region, tenants).items()})
    if not faults:
        await limits.set_drives(tx, region.id, found)
        return rendering.back(request, HERE, done="drives")
    wrong = tuple(DriveFault(line, code) for line, code in faults)
    view = _view(region, tenants, await queries.policy(tx), pairs, faults=wrong)
    return rendering.page(request, "program/limits.html", view, zone=region.time_zone, status=422)


def _slugs(region: RegionRef, tenants: Tenants) -> drives.Slugs:
    return {agency.id: agency.slug for agency in tenants.agencies_of(region)}


def _view(
    region: RegionRef,
    tenants: Tenants,
    policy: Policy,
    pairs: str,
    *,
    notice: str | None = None,
    faults: tuple[DriveFault, ...] = (),
) -> RegionLimitsPage:
    centers = sorted(tenants.agencies_of(region), key=lambda agency: agency.name)
    return RegionLimitsPage(
        region_name=region.name,
        policy=policy,
        most=MOST,
        pairs=pairs,
        centers=tuple(Choice(agency.slug, agency.name) for agency in centers),
        faults=faults,
        notice=notice,
    )
