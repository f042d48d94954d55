"""What the roster's pages show, made of what the domain says."""

from collections.abc import Sequence
from uuid import UUID

from libs.peer.roster import columns, rules, writing
from libs.peer.roster.columns import TITLES, Column
from libs.peer.roster.faults import Fault
from libs.peer.roster.reading import Sheet
from libs.peer.roster.rules import Change, Entry, Known, Plan
from libs.peer.teams import rules as team_rules
from libs.peer.teams.models import TeamKind
from libs.peer.teams.queries import MemberOfProgram, SameCenter
from libs.tenancy.directory import RegionRef, Tenants
from services.api.cursors import Page
from services.api.roster import upload
from services.api.roster.views import (
    ChangeRow,
    Chosen,
    FaultRow,
    FieldRow,
    MemberRow,
    Preview,
    RosterPage,
    TeamCount,
)
from services.api.views import Choice

_SHOWN_FAULTS, _SHOWN_PEOPLE = 200, 50
_FIELD_TITLES = {
    "agency_id": TITLES[Column.AGENCY],
    "designations": TITLES[Column.TEAM],
    **{str(column): title for column, title in TITLES.items()},
}


def roster(
    region: RegionRef,
    tenants: Tenants,
    members: Sequence[MemberOfProgram],
    page: Page[MemberOfProgram],
    *,
    chosen: Chosen,
    found: int,
    same_center: Sequence[SameCenter],
    notice: str | None,
) -> RosterPage:
    """Make the roster's page.

    Args:
        region: whose.
        tenants: for the agencies' names.
        members: everybody, whatever the filter says: the figures count them all.
        page: the members that this page of the list shows.
        chosen: the filter.
        found: how many it keeps.
        same_center: what is warned of.
        notice: what has just been done.
    """
    agencies = {member.agency_id: tenants.agencies[member.agency_id] for member in members}
    return RosterPage(
        region_name=region.name,
        teams=tuple(count for team in TeamKind if (count := _count(team, members)).total),
        current=sum(not member.missing for member in members),
        total=len(members),
        chosen=chosen,
        agencies=tuple(Choice(one.slug, one.name) for one in sorted(agencies.values(), key=lambda one: one.name)),
        rows=tuple(_row(member, tenants) for member in page.data),
        found=found,
        next_cursor=page.next_cursor,
        same_center=tuple(same_center),
        notice=notice,
    )


def _count(team: TeamKind, members: Sequence[MemberOfProgram]) -> TeamCount:
    parts = [part for member in members for part in member.parts if part.team == team]
    return TeamCount(team, sum(not part.missing for part in parts), len(parts))


def _row(member: MemberOfProgram, tenants: Tenants) -> MemberRow:
    soon = member.lapses_on if team_rules.lapses_soon(member.lapses_on, member.today) else None
    return MemberRow(
        id=member.id,
        name=member.name,
        center=tenants.agencies[member.agency_id].name,
        rank=member.rank,
        discipline=member.discipline,
        languages=member.languages,
        training_hours=member.training_hours,
        is_coordinator=member.is_coordinator,
        parts=member.parts,
        missing=member.missing,
        lapses_soon_on=soon,
    )


def preview(
    content: bytes,
    sheet: Sheet,
    found: Sequence[Entry],
    faults: Sequence[Fault],
    known: Sequence[Known],
    tenants: Tenants,
) -> Preview:
    """Make the preview of a file: the difference, or what is wrong."""
    plan, more = rules.plan(() if faults else found, known)
    wrong = [*faults, *more]
    if wrong:
        plan = Plan((), (), 0, (), ())
    names = {agency.id: agency.name for agency in tenants.agencies.values()}
    return Preview(
        carried="" if wrong else upload.packed(content),
        digest=plan.digest,
        faults=tuple(FaultRow.of(fault) for fault in wrong[:_SHOWN_FAULTS]),
        fault_count=len(wrong),
        new=tuple(_change(change, names) for change in plan.new[:_SHOWN_PEOPLE]),
        new_count=len(plan.new),
        changed=tuple(_change(change, names) for change in plan.changed[:_SHOWN_PEOPLE]),
        changed_count=len(plan.changed),
        unchanged=plan.unchanged,
        absent=tuple(one.person.name for one in plan.absent[:_SHOWN_PEOPLE]),
        absent_count=len(plan.absent),
        encoding=sheet.encoding,
        separator=sheet.separator,
        unused=columns.header(*sheet.rows[0]).unused,
        shares_phone=len(plan.shares_phone),
    )


def _change(change: Change, names: dict[UUID, str]) -> ChangeRow:
    return ChangeRow(
        line=change.line,
        name=change.after.name,
        center=names[change.after.agency_id],
        teams=tuple(one.team for one in change.after.designations),
        fields=tuple(
            FieldRow(
                _FIELD_TITLES[name],
                writing.said(change.before, name, names) if change.before else "",
                writing.said(change.after, name, names),
            )
            for name in change.changed
        ),
    )
