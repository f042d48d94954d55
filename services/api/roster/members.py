"""One member's page: to look at, to change, to suspend. Whether they can be asked now is the peer's own business."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import Response

from libs.peer.roster import actions, queries, writing
from libs.peer.roster.cells import Cells
from libs.peer.roster.columns import Column
from libs.peer.roster.errors import MemberUnknown, RosterFaulty
from libs.peer.roster.faults import Fault
from libs.peer.roster.rules import Person
from libs.peer.teams import queries as teams
from libs.peer.teams import rules as team_rules
from libs.peer.teams.models import Area, TeamKind, TeamRole
from libs.peer.teams.queries import MemberOfProgram
from libs.tenancy.directory import RegionRef, Tenants
from services.api import rendering
from services.api.deps import MyRegion, ProgramTx, Spoken, Wired
from services.api.roster import editing
from services.api.roster.rest import etag
from services.api.roster.views import FaultRow, MemberPage, ModuleField, TeamField
from services.api.views import Choice

router = APIRouter(prefix="/program/members", include_in_schema=False)
_TEXTS = (
    Column.NAME,
    Column.AGENCY,
    Column.DISCIPLINE,
    Column.RANK,
    Column.LANGUAGES,
    Column.PHONE,
    Column.DUTY_PHONE,
    Column.EMAIL,
    Column.HOURS,
    Column.TIME_ZONE,
    Column.MEMBER_KEY,
)
_DONE = {"edit": "Changed.", "suspend": "Suspended. No offers from now on.", "back": "Back. Offers can come again."}


@router.get("/{member_id}")
async def member_page(
    request: Request,
    region: MyRegion,
    tx: ProgramTx,
    wired: Wired,
    member_id: UUID,
    done: Annotated[str, Query(max_length=10)] = "",
) -> Response:
    """Show a member, with what is missing in words."""
    member = await _one(tx, member_id)
    view = _view(region, await wired.planes.tenants(), member)
    return rendering.page(request, "roster/member.html", replace(view, notice=_DONE.get(done)), zone=region.time_zone)


@router.post("/{member_id}")
async def edit_member_page(
    request: Request, region: MyRegion, tx: ProgramTx, wired: Wired, member_id: UUID
) -> Response:
    """Change a member, or show the form again with what cannot be used."""
    async with request.form(max_files=0, max_fields=60) as form:
        sent = {name: value.strip() for name, value in form.items() if isinstance(value, str)}
    request.state.lang = sent.get("lang", "")
    await actions.hold(tx, region.id)
    member = await _one(tx, member_id)
    tenants = await wired.planes.tenants()
    cells = Cells(queries.places(tenants, region), is_demo=wired.settings.demo)
    before = queries.known_of([member])[0].person
    faults: tuple[FaultRow, ...] = ()
    has_changed = sent.get("etag") != etag(member)
    try:
        after = _sent(before, sent, cells)
        if not has_changed:
            if after != before:
                await actions.edit(tx, region.id, member_id, after)
            return rendering.back(request, f"/program/members/{member_id}", done="edit")
    except RosterFaulty as error:
        faults = tuple(FaultRow.of(fault) for fault in error.faults)
    view = _as_sent(_view(region, tenants, member), sent)
    view = replace(view, faults=faults, has_changed=has_changed)
    status = 409 if has_changed else 422
    return rendering.page(request, "roster/member.html", view, zone=region.time_zone, status=status)


@router.post("/{member_id}/suspension", dependencies=[Spoken])
async def suspend_member_page(
    request: Request, region: MyRegion, tx: ProgramTx, member_id: UUID, is_suspended: Annotated[bool, Form()]
) -> Response:
    """Suspend a member, or let them back."""
    await actions.set_suspended(tx, region.id, member_id, is_suspended=is_suspended)
    done = "suspend" if is_suspended else "back"
    return rendering.back(request, f"/program/members/{member_id}", done=done)


async def _one(tx: ProgramTx, member_id: UUID) -> MemberOfProgram:
    found = await teams.of_program(tx, member_id)
    if not found:
        raise MemberUnknown
    return found[0]


def _sent(before: Person, sent: Mapping[str, str], cells: Cells) -> Person:
    """Read the form as a file's cells are read.

    Raises:
        RosterFaulty: every field that cannot be used.
    """
    texts = {str(column): sent[column] for column in _TEXTS if column in sent}
    texts[Column.MODULES] = "; ".join(
        f"{area.value} {sent.get(f'{area}_on', '')}"
        + (f" until {until}" if (until := sent.get(f"{area}_until")) else "")
        for area in Area
        if sent.get(area)
    )
    parts = {
        team: {
            Column.DESIGNATED: sent.get(f"{team}_designated", ""),
            Column.LAPSES: sent.get(f"{team}_lapses", ""),
            Column.ROLE: sent.get(f"{team}_role", ""),
        }
        for team in TeamKind
        if sent.get(team)
    }
    faults: list[Fault] = []
    after = before
    try:
        after = editing.patched(before, texts, cells)
    except RosterFaulty as error:
        faults += error.faults
    try:
        after = editing.designated(after, parts, cells)
    except RosterFaulty as error:
        faults += error.faults
    if faults:
        raise RosterFaulty(faults)
    return after


def _view(region: RegionRef, tenants: Tenants, member: MemberOfProgram) -> MemberPage:
    agency = tenants.agencies[member.agency_id]
    known = queries.known_of([member])[0].person
    coming = [day for day in team_rules.notices(member.lapses_on) if day >= member.today] if member.lapses_on else []
    return MemberPage(
        region_name=region.name,
        id=member.id,
        name=member.name,
        center=agency.name,
        suspended_on=member.suspended_on,
        missing=member.missing,
        parts=member.parts,
        modules=member.modules,
        lapses_on=member.lapses_on,
        notices=tuple(coming),
        etag=etag(member),
        fields={
            Column.NAME: known.name,
            Column.AGENCY: agency.slug,
            Column.DISCIPLINE: known.discipline,
            Column.RANK: known.rank,
            Column.LANGUAGES: "; ".join(known.languages),
            Column.PHONE: writing.number(known.phone),
            Column.DUTY_PHONE: writing.number(known.duty_phone),
            Column.EMAIL: known.email,
            Column.HOURS: str(known.training_hours),
            Column.TIME_ZONE: known.time_zone or "",
            Column.MEMBER_KEY: known.member_key or "",
        },
        agencies=tuple(Choice(one.slug, one.name) for one in tenants.agencies_of(region)),
        team_fields=_team_fields(known),
        module_fields=_module_fields(known),
    )


def _team_fields(person: Person) -> tuple[TeamField, ...]:
    parts = {one.team: one for one in person.designations}
    return tuple(
        TeamField(
            team.value,
            is_in=team in parts,
            designated_on=_day(parts[team].designated_on if team in parts else None),
            lapses_on=_day(parts[team].lapses_on if team in parts else None),
            role=parts[team].role.value if team in parts else TeamRole.PEER.value,
        )
        for team in TeamKind
    )


def _module_fields(person: Person) -> tuple[ModuleField, ...]:
    modules = {module.area: module for module in person.modules}
    return tuple(
        ModuleField(
            area.value,
            is_done=area in modules,
            completed_on=_day(modules[area].completed_on if area in modules else None),
            lapses_on=_day(modules[area].lapses_on if area in modules else None),
        )
        for area in Area
    )


def _as_sent(view: MemberPage, sent: Mapping[str, str]) -> MemberPage:
    """Keep what somebody typed: nothing is lost by a mistake."""
    return replace(
        view,
        fields={column: sent.get(column, text) for column, text in view.fields.items()},
        team_fields=tuple(
            TeamField(
                one.team,
                is_in=bool(sent.get(one.team)),
                designated_on=sent.get(f"{one.team}_designated", ""),
                lapses_on=sent.get(f"{one.team}_lapses", ""),
                role=sent.get(f"{one.team}_role", ""),
            )
            for one in view.team_fields
        ),
        module_fields=tuple(
            ModuleField(
                one.area,
                is_done=bool(sent.get(one.area)),
                completed_on=sent.get(f"{one.area}_on", ""),
                lapses_on=sent.get(f"{one.area}_until", ""),
            )
            for one in view.module_fields
        ),
    )


def _day(value: object) -> str:
    return str(value) if value else ""
