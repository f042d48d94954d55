"""The roster's pages: who is in the program, and who is current. Nothing here can tell that a request exists."""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from libs.peer.roster import actions, listing, queries, writing
from libs.peer.roster.errors import NotARoster, RosterFaulty, RosterMovedOn
from libs.peer.roster.listing import Currency, Filter
from libs.peer.teams import queries as teams
from libs.peer.teams.models import TeamKind
from libs.tenancy.directory import RegionRef
from services.api import rendering
from services.api.cursors import After
from services.api.deps import MyRegion, ProgramTx, Wired
from services.api.roster import looking, upload
from services.api.roster.views import Chosen, ImportPage
from services.api.wiring import Wiring

router = APIRouter(prefix="/program", include_in_schema=False)
_ROWS = 100
_IMPORTED = "The roster is imported."


async def _chosen(
    q: Annotated[str, Query(max_length=100)] = "",
    team: Annotated[str, Query(max_length=20)] = "",
    agency: Annotated[str, Query(max_length=120)] = "",
    currency: Annotated[str, Query(max_length=20)] = "",
) -> Chosen:
    """Read the filter's form; what it does not offer narrows nothing."""
    kept = team if team in set(TeamKind) else "", agency, currency if currency in set(Currency) else ""
    return Chosen(q.strip(), *kept)


@router.get("/roster")
async def roster_page(
    request: Request,
    region: MyRegion,
    tx: ProgramTx,
    wired: Wired,
    chosen: Annotated[Chosen, Depends(_chosen)],
    cursor: After = None,
    done: Annotated[str, Query(max_length=10)] = "",
) -> Response:
    """Show the region's teams, and who is current."""
    tenants = await wired.planes.tenants()
    members = sorted(await teams.of_program(tx), key=listing.order)
    agency = tenants.agencies_by_slug.get(chosen.agency)
    kept = Filter(
        chosen.q,
        TeamKind(chosen.team) if chosen.team else None,
        agency.id if agency else None,
        Currency(chosen.currency) if chosen.currency else None,
    )
    found = [member for member in members if kept.keeps(member)]
    scope = f"roster page:{region.id}:{kept!r}"
    after = wired.cursors.decode(cursor, scope)
    rows = [member for member in found if after is None or listing.order(member) > after][: _ROWS + 1]
    page = wired.cursors.cut(rows, _ROWS, scope, key=listing.order)
    view = looking.roster(
        region,
        tenants,
        members,
        page,
        chosen=chosen,
        found=len(found),
        same_center=await teams.same_center(tx),
        notice=_IMPORTED if done == "import" else None,
    )
    return rendering.page(request, "roster/roster.html", view, zone=region.time_zone)


@router.get("/roster/import")
async def import_page(request: Request, region: MyRegion, tx: ProgramTx, wired: Wired) -> Response:
    """Show the way in: template, fill in, import."""
    view = await _import_view(wired, region, is_empty=not await teams.of_program(tx))
    return rendering.page(request, "roster/import.html", view, zone=region.time_zone)


@router.post("/roster/import/preview")
async def preview_page(request: Request, region: MyRegion, tx: ProgramTx, wired: Wired) -> Response:
    """Show what a file would change; change nothing, keep nothing."""
    try:
        content, _fields = await _form(request)
        return await _look(request, region, tx, wired, content)
    except NotARoster as error:
        return await _wrong(request, region, tx, wired, error)


@router.post("/roster/import")
async def apply_page(request: Request, region: MyRegion, tx: ProgramTx, wired: Wired) -> Response:
    """Import what was previewed, or show the preview again when it is another one by now."""
    try:
        content, fields = await _form(request)
        tenants = await wired.planes.tenants()
        _sheet, found, faults = await upload.understood(content, tenants, region, is_demo=wired.settings.demo)
        if faults:
            return await _look(request, region, tx, wired, content)
        await actions.carry_out(tx, region.id, found, digest=fields.get("digest", ""))
    except NotARoster as error:
        return await _wrong(request, region, tx, wired, error)
    except (RosterMovedOn, RosterFaulty):
        return await _look(request, region, tx, wired, content, has_moved_on=True)
    return rendering.back(request, "/program/roster", done="import")


@router.get("/roster/template.csv")
async def template_file() -> Response:
    """Give an empty roster file."""
    return upload.csv("roster-template.csv", writing.template())


@router.get("/roster/example.csv")
async def example_file(region: MyRegion, tx: ProgramTx, wired: Wired) -> Response:
    """Give ten invented peers of this region, to try the import with."""
    places = [place for place in queries.places(await wired.planes.tenants(), region) if place.is_ours]
    today = await queries.today(tx, region.id)
    return upload.csv("roster-example.csv", writing.example(places, today) if places else writing.template())


@router.get("/roster/export.csv")
async def export_file(tx: ProgramTx, wired: Wired) -> Response:
    """Give the roster as a file that imports to itself."""
    slugs = {agency.id: agency.slug for agency in (await wired.planes.tenants()).agencies.values()}
    return upload.csv("roster.csv", writing.roster((one.person for one in await queries.known(tx)), slugs))


async def _form(request: Request) -> tuple[bytes, dict[str, str]]:
    content, fields = await upload.of_form(request)
    request.state.lang = fields.get("lang", "")
    return content, fields


async def _look(
    request: Request,
    region: RegionRef,
    tx: ProgramTx,
    wired: Wiring,
    content: bytes,
    *,
    has_moved_on: bool = False,
) -> Response:
    """Show the preview, with what is wrong with the file."""
    tenants = await wired.planes.tenants()
    sheet, found, faults = await upload.understood(content, tenants, region, is_demo=wired.settings.demo)
    known = await queries.known(tx)
    preview = looking.preview(content, sheet, found, faults, known, tenants)
    view = await _import_view(wired, region, is_empty=not known)
    view = replace(view, preview=preview, has_moved_on=has_moved_on)
    status = 422 if preview.faults else 409 if has_moved_on else 200
    return rendering.page(request, "roster/import.html", view, zone=region.time_zone, status=status)


async def _wrong(request: Request, region: RegionRef, tx: ProgramTx, wired: Wiring, error: NotARoster) -> Response:
    view = await _import_view(wired, region, is_empty=not await teams.of_program(tx), wrong=error.detail)
    return rendering.page(request, "roster/import.html", view, zone=region.time_zone, status=422)


async def _import_view(wired: Wiring, region: RegionRef, *, is_empty: bool, wrong: str = "") -> ImportPage:
    tenants = await wired.planes.tenants()
    return ImportPage(
        region_name=region.name,
        is_empty=is_empty,
        has_agencies=bool(tenants.agencies_of(region)),
        is_demo=wired.settings.demo,
        preview=None,
        wrong=wrong,
    )
