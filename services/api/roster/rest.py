"""The roster as JSON: a region's own, for its program managers."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from libs.peer.roster import actions, columns, listing, queries, writing
from libs.peer.roster.cells import Cells
from libs.peer.roster.errors import MemberUnknown, RosterFaulty
from libs.peer.roster.listing import Currency, Filter
from libs.peer.roster.reading import Sheet
from libs.peer.roster.rules import Entry, Plan
from libs.peer.teams import queries as teams
from libs.peer.teams.models import TeamKind
from libs.peer.teams.queries import MemberOfProgram
from services.api import cursors, preconditions
from services.api.cursors import After, Limit
from services.api.declared import content, problems
from services.api.deps import MyRegion, ProgramTx, Wired
from services.api.preconditions import IfMatch, insist
from services.api.roster import editing, upload
from services.api.roster.errors import MemberChangedError
from services.api.roster.schemas import ChangeOut, FaultyOut, MemberOut, MemberPatch, MembersOut, PlanOut

router = APIRouter(prefix="/v1", tags=["roster"])
_FILE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "CSV (comma, semicolon or tab; UTF-8 or Windows-1252) or XLSX, up to 12 MB.",
        "content": {
            name: {"schema": {"type": "string", "format": "binary"}}
            for name in ("text/csv", "application/octet-stream")
        },
    }
}
_CSV: dict[int | str, dict[str, Any]] = {
    **problems(),
    200: {"content": {"text/csv": {"schema": {"type": "string"}}}},
}
_FAULTY: dict[int | str, dict[str, Any]] = {
    422: {
        "description": "Some of it cannot be used; nothing was changed.",
        "content": content(FaultyOut),
    }
}


async def _filter(
    q: Annotated[str, Query(max_length=100, description="Part of a name, e-mail, number or roster key.")] = "",
    team: TeamKind | None = None,
    agency_id: UUID | None = None,
    currency: Currency | None = None,
) -> Filter:
    return Filter(q, team, agency_id, currency)


@router.get("/members", responses=problems(400))
async def list_members(
    request: Request,
    response: Response,
    wired: Wired,
    region: MyRegion,
    tx: ProgramTx,
    chosen: Annotated[Filter, Depends(_filter)],
    limit: Limit = 20,
    cursor: After = None,
) -> MembersOut:
    """List the region's roster by name, with what keeps each member from offers."""
    scope = f"members:{region.id}:{chosen!r}"
    after = wired.cursors.decode(cursor, scope)
    kept = sorted((one for one in await teams.of_program(tx) if chosen.keeps(one)), key=listing.order)
    rows = [one for one in kept if after is None or listing.order(one) > after][: limit + 1]
    page = wired.cursors.cut(rows, limit, scope, key=listing.order)
    cursors.tell_next(request, response, page.next_cursor)
    return MembersOut(data=[MemberOut.model_validate(one) for one in page.data], next_cursor=page.next_cursor)


@router.get("/members/template", responses=_CSV, response_class=Response)
async def read_template() -> Response:
    """Return an empty roster file to fill in."""
    return upload.csv("roster-template.csv", writing.template())


@router.get("/members/export", responses=_CSV, response_class=Response)
async def export_members(wired: Wired, tx: ProgramTx) -> Response:
    """Return the roster as a file that imports to itself."""
    slugs = {agency.id: agency.slug for agency in (await wired.planes.tenants()).agencies.values()}
    return upload.csv("roster.csv", writing.roster((one.person for one in await queries.known(tx)), slugs))


@router.post("/members/import/preview", openapi_extra=_FILE, responses={**problems(413), **_FAULTY})
async def preview_import(request: Request, wired: Wired, region: MyRegion, tx: ProgramTx) -> PlanOut:
    """Say what a roster file would change; change nothing."""
    sheet, found = await _understood(request, wired, region)
    return _plan(sheet, await actions.look(tx, found))


@router.post("/members/import", openapi_extra=_FILE, responses={**problems(409, 413), **_FAULTY})
async def import_members(
    request: Request,
    wired: Wired,
    region: MyRegion,
    tx: ProgramTx,
    digest: Annotated[str | None, Query(max_length=64, description="Of the preview: import this or nothing.")] = None,
) -> PlanOut:
    """Import a roster file, all or nothing; the same file again changes nothing."""
    sheet, found = await _understood(request, wired, region)
    return _plan(sheet, await actions.carry_out(tx, region.id, found, digest=digest))


@router.get("/members/{member_id}", responses=problems(404))
async def read_member(response: Response, tx: ProgramTx, member_id: UUID) -> MemberOut:
    """Return one member, with an ETag to change it by."""
    member = await _one(tx, member_id)
    response.headers["etag"] = etag(member)
    return MemberOut.model_validate(member)


@router.patch("/members/{member_id}", responses={**problems(400, 404, 412, 413, 428), **_FAULTY})
async def change_member(
    response: Response,
    wired: Wired,
    region: MyRegion,
    tx: ProgramTx,
    member_id: UUID,
    patch: MemberPatch,
    if_match: IfMatch = None,
) -> MemberOut:
    """Change some fields of a member, by merge patch and If-Match."""
    await actions.hold(tx, region.id)
    member = await _one(tx, member_id)
    insist(if_match, etag(member), MemberChangedError)
    cells = Cells(queries.places(await wired.planes.tenants(), region), is_demo=wired.settings.demo)
    known = queries.known_of([member])[0]
    after = editing.patched(known.person, patch.model_dump(exclude_unset=True, exclude={"is_suspended"}), cells)
    if after != known.person:
        await actions.edit(tx, region.id, member_id, after)
    if patch.is_suspended is not None and patch.is_suspended != (member.suspended_on is not None):
        await actions.set_suspended(tx, region.id, member_id, is_suspended=patch.is_suspended)
    return await read_member(response, tx, member_id)


def etag(member: MemberOfProgram) -> str:
    """Return what tells one state of a member from any other."""
    return preconditions.etag(MemberOut.model_validate(member).model_dump_json())


async def _one(tx: ProgramTx, member_id: UUID) -> MemberOfProgram:
    found = await teams.of_program(tx, member_id)
    if not found:
        raise MemberUnknown
    return found[0]


async def _understood(request: Request, wired: Wired, region: MyRegion) -> tuple[Sheet, tuple[Entry, ...]]:
    content = await request.body()
    tenants = await wired.planes.tenants()
    sheet, found, faults = await upload.understood(content, tenants, region, is_demo=wired.settings.demo)
    if faults:
        raise RosterFaulty(faults)
    return sheet, found


def _plan(sheet: Sheet, plan: Plan) -> PlanOut:
    return PlanOut(
        digest=plan.digest,
        encoding=sheet.encoding,
        separator=sheet.separator,
        new=len(plan.new),
        changed=[ChangeOut(line=one.line, member_id=one.member_id, fields=list(one.changed)) for one in plan.changed],
        unchanged=plan.unchanged,
        not_in_the_file=len(plan.absent),
        own_phone_given_to_requesters=len(plan.shares_phone),
        unused_columns=list(columns.header(*sheet.rows[0]).unused),
    )
