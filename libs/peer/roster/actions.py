"""Changing the roster: an import, an edit, a suspension. Each one transaction of the program plane."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import bindparam, text, update

from libs import jobs
from libs.peer.events import actions as events
from libs.peer.intranet import actions as intranet
from libs.peer.roster import queries, rules
from libs.peer.roster.errors import MemberUnknown, RosterFaulty, RosterMovedOn
from libs.peer.roster.rules import Change, Entry, Person, Plan
from libs.peer.teams import actions as teams
from libs.peer.teams import ranks
from libs.peer.teams.models import Member, Membership, TeamKind, TrainingModule
from libs.peer.webhooks import actions as webhooks
from libs.peer.webhooks.models import EventType
from libs.tenancy.planes import ProgramSession

SUSPENDED = "members.suspended"
"""The job that passes on, in dispatch, what a suspended member was offered."""
READDRESSED = "members.readdressed"
"""The job that takes back, in dispatch, the proof of an e-mail address that is another one now."""

_AT_ONCE = 1_000
"""A transaction that says nothing for ten seconds is ended (`engine`): large imports go in steps."""
_ONE_AT_A_TIME = text("SELECT id FROM shared.team WHERE kind <> 'in_house' ORDER BY id FOR UPDATE")
_MEMBERS = Member.metadata.tables["shared.member"]
_UPDATE = update(_MEMBERS).where(_MEMBERS.c.id == bindparam("member_id"))
_FORGET_PARTS = text("DELETE FROM shared.membership WHERE member_id = :id")
_FORGET_MODULES = text("DELETE FROM shared.training_module WHERE member_id = :id")
_SUSPEND = text(
    """
    UPDATE shared.member m SET suspended_on = CASE WHEN :is_suspended
        THEN coalesce(suspended_on, CAST(shared.clock() AT TIME ZONE r.time_zone AS date)) END
    FROM shared.region r WHERE r.id = m.region_id AND m.id = :id RETURNING m.id
    """
)


_TeamIds = Mapping[TeamKind | UUID, UUID]
"""The region's teams by kind, in-house teams by their agency."""


async def hold(session: ProgramSession, region_id: UUID) -> _TeamIds:
    """Let nobody else change the roster until this transaction ends; returns the region's teams."""
    team_ids = await teams.region_teams(session, region_id)
    await session.execute(_ONE_AT_A_TIME)
    return {TeamKind(kind): team_id for kind, team_id in team_ids.items()}


async def look(session: ProgramSession, found: Sequence[Entry]) -> Plan:
    """Say what an import would change; changes nothing.

    Raises:
        RosterFaulty: somebody of the file is two members at once.
    """
    plan, faults = rules.plan(found, await queries.known(session))
    if faults:
        raise RosterFaulty(faults)
    return plan


async def carry_out(
    session: ProgramSession, region_id: UUID, found: Sequence[Entry], *, digest: str | None = None
) -> Plan:
    """Import a file, all or nothing: the caller's transaction is the import's.

    Two imports go one after the other (`hold`).

    Args:
        session: the region's program.
        region_id: which.
        found: people of the file, without faults.
        digest: of the plan that somebody has seen; None means whatever it is by now.

    Raises:
        RosterFaulty: somebody of the file is two members at once.
        RosterMovedOn: the plan is another one by now.
    """
    team_ids = await hold(session, region_id)
    plan = await look(session, found)
    if digest is not None and digest != plan.digest:
        raise RosterMovedOn
    await _write(session, region_id, (*plan.new, *plan.changed), team_ids)
    await events.record(session, "roster.imported", region_id)
    if plan.new or plan.changed:
        # One for all: whoever hears of it reads the roster, and a file of thousands is no flood.
        await webhooks.publish(session, EventType.ROSTER_IMPORTED, region_id)
    return plan


async def edit(session: ProgramSession, region_id: UUID, member_id: UUID, after: Person) -> None:
    """Put a person's fields in place of what they were, teams and modules included.

    Raises:
        MemberUnknown: there is no such member in this region.
    """
    team_ids = await hold(session, region_id)
    before = {one.id: one.person for one in await queries.known(session)}
    if member_id not in before:
        raise MemberUnknown
    change = Change(0, member_id, before[member_id], after, rules.differing(before[member_id], after))
    await _write(session, region_id, [change], team_ids)
    await events.record(session, "roster.edited", region_id)
    await webhooks.publish(session, EventType.MEMBER_CHANGED, member_id)


async def set_suspended(session: ProgramSession, region_id: UUID, member_id: UUID, *, is_suspended: bool) -> None:
    """Suspend a member, who gets no offers from now on, or let them back; what they have is passed on.

    Raises:
        MemberUnknown: there is no such member in this region.
    """
    values = {"id": member_id, "is_suspended": is_suspended}
    if (await session.execute(_SUSPEND, values)).one_or_none() is None:
        raise MemberUnknown
    if is_suspended:
        await jobs.add(session, SUSPENDED, region_id=region_id, subject_id=member_id)
    await events.record(session, "member.suspended" if is_suspended else "member.back", region_id)
    await webhooks.publish(session, EventType.MEMBER_CHANGED, member_id)


async def _ask_for_new_proofs(session: ProgramSession, region_id: UUID, changes: Iterable[Change]) -> None:
    for change in changes:
        if change.member_id and "email" in change.changed:
            await jobs.add(session, READDRESSED, region_id=region_id, subject_id=change.member_id)


async def _write(session: ProgramSession, region_id: UUID, changes: Iterable[Change], team_ids: _TeamIds) -> None:
    """Write people: new rows, and for those who are there, their row anew with teams and modules in place of theirs."""
    changes = tuple(changes)
    await _ask_for_new_proofs(session, region_id, changes)
    numbered = [(change.member_id or uuid4(), change) for change in changes]
    team_ids = {**team_ids, **await _in_house_teams(session, region_id, changes)}
    for start in range(0, len(numbered), _AT_ONCE):
        await _write_some(session, region_id, numbered[start : start + _AT_ONCE], team_ids)


async def _in_house_teams(
    session: ProgramSession, region_id: UUID, changes: Iterable[Change]
) -> Mapping[TeamKind | UUID, UUID]:
    """Return the teams of the centers whose own people are among those who are written."""
    agencies = {
        change.after.agency_id
        for change in changes
        if any(one.team is TeamKind.IN_HOUSE for one in change.after.designations)
    }
    return {agency_id: await teams.in_house_team(session, region_id, agency_id) for agency_id in sorted(agencies)}


async def _write_some(
    session: ProgramSession, region_id: UUID, numbered: Sequence[tuple[UUID, Change]], team_ids: _TeamIds
) -> None:
    there = [(member_id, change.after) for member_id, change in numbered if change.member_id]
    if there:
        await session.execute(_UPDATE, [{"member_id": member_id, **_row(person)} for member_id, person in there])
        for statement in (_FORGET_PARTS, _FORGET_MODULES):
            await session.execute(statement, [{"id": member_id} for member_id, _person in there])
    await teams.add_members(
        session,
        [
            Member(id=member_id, region_id=region_id, suspended_on=None, **_row(change.after))
            for member_id, change in numbered
            if not change.member_id
        ],
        [
            Membership(
                member_id=member_id,
                team_id=team_ids[change.after.agency_id if one.team is TeamKind.IN_HOUSE else one.team],
                region_id=region_id,
                designated_on=one.designated_on,
                lapses_on=one.lapses_on,
                role=one.role,
            )
            for member_id, change in numbered
            for one in change.after.designations
        ],
        [
            TrainingModule(
                member_id=member_id,
                area=module.area,
                region_id=region_id,
                completed_on=module.completed_on,
                lapses_on=module.lapses_on,
            )
            for member_id, change in numbered
            for module in change.after.modules
        ],
    )
    await intranet.end_photos(session, [member_id for member_id, _person in there])


def _row(person: Person) -> dict[str, Any]:
    """Return a person's columns of shared.member."""
    values = rules.shallow(person)
    del values["designations"], values["modules"]
    return {**values, "languages": list(person.languages), "level": ranks.level(person.discipline, person.rank)}
