"""From the rows of a file to people, and from people to what an import would change. Plain values alone."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any
from uuid import UUID

from libs.peer.roster import columns
from libs.peer.roster.cells import Cells
from libs.peer.roster.columns import OF_A_TEAM, Column
from libs.peer.roster.faults import CellFault, Fault
from libs.peer.teams.models import TeamKind, TeamRole
from libs.peer.teams.queries import Module

Identity = tuple[str, str]


@dataclass(frozen=True, slots=True, order=True)
class Designation:
    """A person's part in one team; in-house is that of the agency where they work."""

    team: TeamKind
    designated_on: date | None
    lapses_on: date | None
    role: TeamRole


@dataclass(frozen=True, slots=True)
class Person:
    """Everything that a roster says of a person; `modules` by area and `designations` by team."""

    name: str
    agency_id: UUID
    discipline: str
    rank: str
    languages: tuple[str, ...]
    phone: str
    duty_phone: str
    email: str
    training_hours: int
    modules: tuple[Module, ...]
    time_zone: str | None
    member_key: str | None
    designations: tuple[Designation, ...]

    @property
    def identities(self) -> list[Identity]:
        """What tells who this is, the strongest first."""
        return identities(self.member_key, self.email, self.phone, self.name)


@dataclass(frozen=True, slots=True)
class Known:
    """A person who is in the roster."""

    id: UUID
    person: Person


@dataclass(frozen=True, slots=True)
class Entry:
    """A person of the file.

    Attributes:
        line: the first that speaks of them.
        values: what the file says, by column; a column that the file has and that is empty is None, one that it has
            not is not there.
        designations: by team, what the file says of it.
    """

    line: int
    values: Mapping[Column, Any]
    designations: Mapping[TeamKind, Mapping[Column, Any]]

    @property
    def identities(self) -> list[Identity]:
        """What tells who this is, the strongest first."""
        return _identities(self.values)


@dataclass(frozen=True, slots=True)
class Change:
    """What an import makes of one person.

    Attributes:
        member_id: None for somebody new.
        changed: fields of Person that differ; empty for somebody new, and for who stays as they are.
    """

    line: int
    member_id: UUID | None
    before: Person | None
    after: Person
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What an import would do.

    Attributes:
        absent: in the roster and not in the file: they stay.
        shares_phone: lines of new and changed people whose own phone becomes the one that requesters are given.
    """

    new: tuple[Change, ...]
    changed: tuple[Change, ...]
    unchanged: int
    absent: tuple[Known, ...]
    shares_phone: tuple[int, ...]

    @property
    def digest(self) -> str:
        """Return what tells this plan from any other: of what it writes, over what."""
        changes = sorted(repr((one.member_id, one.before, one.after)) for one in (*self.new, *self.changed))
        return hashlib.sha256("\n".join(changes).encode()).hexdigest()[:32]


_TELLING = (Column.MEMBER_KEY, Column.EMAIL, Column.PHONE)


def identities(member_key: str | None, email: str, phone: str, name: str) -> list[Identity]:
    """Return what tells who somebody is, the strongest first: roster key, e-mail, phone together with the name.

    A phone alone is no person: a center's desk, a couple. Nobody signs in by any of these.

    Source: docs/decisions/0010-roster.md
    """
    found = [("key", member_key or ""), ("mail", email), ("phone", f"{phone} {columns.plain(name)}" if phone else "")]
    return [(kind, value) for kind, value in found if value]


def _identities(values: Mapping[Column, Any]) -> list[Identity]:
    member_key, email, phone = (values.get(column) or "" for column in _TELLING)
    return identities(member_key, email, phone, values[Column.NAME] or "")


def entries(rows: Sequence[tuple[int, tuple[str, ...]]], cells: Cells) -> tuple[tuple[Entry, ...], tuple[Fault, ...]]:
    """Read the rows of a sheet, the header first.

    Returns:
        People in the file's order, lines of one person merged; and every fault, by line. With faults, the people are
        not to be used.
    """
    header = columns.header(rows[0][0], rows[0][1])
    if header.faults:
        return (), header.faults
    faults: list[Fault] = []
    lines = [(line, _values(line, row, header, cells, faults)) for line, row in rows[1:]]
    people = _merged(lines, faults)
    return people, tuple(sorted(faults))


def _values(
    line: int, row: Sequence[str], header: columns.Header, cells: Cells, faults: list[Fault]
) -> dict[Column, Any]:
    """Read one row; a cell that cannot be used is None, and a fault."""
    if any(row[header.width :]):
        faults.append(Fault(line, "", "cells_beyond"))
    values: dict[Column, Any] = {}
    for column, place in header.places.items():
        text = row[place] if place < len(row) else ""
        values[column] = None
        if text:
            try:
                values[column] = cells.read(column, text)
            except CellFault as fault:
                faults.append(Fault(line, column, fault.code, fault.names))
                values[column] = _UNREADABLE
        elif column in columns.REQUIRED:
            faults.append(Fault(line, column, "empty"))
            values[column] = _UNREADABLE
    _check_days(line, values, faults)
    _check_reach(line, values, faults)
    teams = values.get(Column.TEAM)
    if isinstance(teams, frozenset) and TeamKind.IN_HOUSE in teams:
        check_in_house(line, values.get(Column.ROLE), faults)
    return {column: None if value is _UNREADABLE else value for column, value in values.items()}


_UNREADABLE = object()
"""Stands where a fault was told already, so that nothing else is said of the same cell."""


def _check_days(line: int, values: Mapping[Column, Any], faults: list[Fault]) -> None:
    begins, ends = values.get(Column.DESIGNATED), values.get(Column.LAPSES)
    if isinstance(begins, date) and isinstance(ends, date) and ends <= begins:
        faults.append(Fault(line, Column.LAPSES, "lapses_before"))


def check_in_house(line: int, role: object, faults: list[Fault]) -> None:
    """Insist that nobody leads an in-house team: boards and decisions go by a role in any team."""
    if isinstance(role, TeamRole) and role is not TeamRole.PEER:
        faults.append(Fault(line, Column.ROLE, "role_in_house"))


def _check_reach(line: int, values: Mapping[Column, Any], faults: list[Fault]) -> None:
    """Insist on a number to call, and on something that tells who this is."""
    numbers = [values[column] for column in (Column.PHONE, Column.DUTY_PHONE) if column in values]
    if numbers and not any(numbers):
        faults.append(Fault(line, Column.DUTY_PHONE, "phone_missing"))
    if not any(values.get(column) for column in _TELLING):
        faults.append(Fault(line, Column.EMAIL, "nobody"))


def _merged(lines: Iterable[tuple[int, dict[Column, Any]]], faults: list[Fault]) -> tuple[Entry, ...]:
    """Make one person of the lines that share a key, an e-mail, or phone and name."""
    groups: dict[int, list[tuple[int, dict[Column, Any]]]] = {}
    owner: dict[Identity, int] = {}
    for line, values in lines:
        mine = _identities(values)
        others = {owner[identity] for identity in mine if identity in owner}
        first = min(others, default=line)
        groups.setdefault(first, []).append((line, values))
        for other in others - {first}:
            groups[first] += groups.pop(other)
            owner.update({identity: first for identity, group in owner.items() if group == other})
        owner.update(dict.fromkeys(mine, first))
    return tuple(_entry(sorted(group, key=lambda pair: pair[0]), faults) for _first, group in sorted(groups.items()))


def _entry(group: list[tuple[int, dict[Column, Any]]], faults: list[Fault]) -> Entry:
    first, values = group[0][0], dict(group[0][1])
    said_on = {column: first for column, value in values.items() if value is not None}
    designations: dict[TeamKind, Mapping[Column, Any]] = {}
    team_on: dict[TeamKind, int] = {}
    for line, other in group:
        for column, value in other.items():
            if column in OF_A_TEAM or value is None:
                continue
            if column in said_on and values[column] != value:
                faults.append(Fault(line, column, "person_differs", (str(said_on[column]),)))
            values[column] = value if column not in said_on else values[column]
            said_on.setdefault(column, line)
        for team in other.get(Column.TEAM) or ():
            if team in team_on:
                faults.append(Fault(line, Column.TEAM, "person_twice", (str(team_on[team]),)))
            team_on.setdefault(team, line)
            designations[team] = {column: other[column] for column in OF_A_TEAM if column in other}
    return Entry(first, {column: v for column, v in values.items() if column not in OF_A_TEAM}, designations)


def plan(found: Sequence[Entry], known: Sequence[Known]) -> tuple[Plan, tuple[Fault, ...]]:
    """Compare a file with the roster.

    What the file has no column for stays as it is, and so does a team that the file does not name.

    Returns:
        The plan; and a fault for each person who is two members at once, then the plan is not to be used.
    """
    by_identity: dict[Identity, Known] = {}
    for one in reversed(known):
        by_identity.update(dict.fromkeys(one.person.identities, one))
    faults: list[Fault] = []
    changes: list[Change] = []
    met: dict[UUID, int] = {}
    for entry in found:
        member = _recognized(entry, by_identity, faults)
        if member is not None and met.setdefault(member.id, entry.line) != entry.line:
            faults.append(Fault(entry.line, Column.EMAIL, "person_two"))
        change = _change(entry, member)
        if not change.after.duty_phone:
            faults.append(Fault(entry.line, Column.DUTY_PHONE, "phone_missing"))
        changes.append(change)
    new = tuple(change for change in changes if change.member_id is None)
    changed = tuple(change for change in changes if change.changed)
    shares = tuple(c.line for c in (*new, *changed) if c.after.duty_phone == c.after.phone != "" and _is_first(c))
    done = Plan(
        new=new,
        changed=changed,
        unchanged=len(changes) - len(new) - len(changed),
        absent=tuple(one for one in known if one.id not in met),
        shares_phone=shares,
    )
    return done, tuple(sorted(faults))


def _is_first(change: Change) -> bool:
    """Whether it is this import that makes the own phone the duty phone."""
    return change.before is None or change.before.duty_phone != change.after.duty_phone


def _recognized(entry: Entry, by_identity: Mapping[Identity, Known], faults: list[Fault]) -> Known | None:
    """Return whom a line is about: the strongest identity decides, and a weaker one must not contradict it."""
    hits = {by_identity[identity].id: by_identity[identity] for identity in entry.identities if identity in by_identity}
    if not hits:
        return None
    first = next(iter(hits.values()))
    key, known_key = entry.values.get(Column.MEMBER_KEY), first.person.member_key
    if len(hits) > 1 or (key and known_key and key != known_key):
        faults.append(Fault(entry.line, Column.EMAIL, "person_two"))
    return first


EMPTY: dict[str, Any] = {
    "rank": "",
    "languages": ("en",),
    "phone": "",
    "duty_phone": "",
    "email": "",
    "training_hours": 0,
    "modules": (),
    "time_zone": None,
    "member_key": None,
}
"""What an empty cell, or a column that a new person's file does not have, means."""


def _change(entry: Entry, member: Known | None) -> Change:
    before = member.person if member else None
    place = entry.values.get(Column.AGENCY)
    said = {str(column): value for column, value in entry.values.items() if column is not Column.AGENCY}
    if place is not None:
        said["agency_id"] = place.id
        is_open = before is None or Column.DISCIPLINE in entry.values
        said.update({"discipline": place.discipline} if is_open and said.get("discipline") is None else {})
    values = {
        name: EMPTY.get(name) if said[name] is None else said[name]
        for name in (field.name for field in fields(Person))
        if name in said
    }
    base = shallow(before) if before else {**EMPTY, "discipline": "", "designations": ()}
    after = Person(**{**base, **values, "designations": ()})
    after = replace(after, designations=_designations(entry, before, after.agency_id))
    is_one_number = before is not None and before.duty_phone == before.phone
    if not after.duty_phone or (is_one_number and Column.DUTY_PHONE not in entry.values):
        after = replace(after, duty_phone=after.phone)
    if before is None:
        return Change(entry.line, None, None, after, ())
    return Change(entry.line, member.id if member else None, before, after, differing(before, after))


def differing(before: Person, after: Person) -> tuple[str, ...]:
    """Return the fields of a person that are other ones now."""
    return tuple(field.name for field in fields(Person) if getattr(before, field.name) != getattr(after, field.name))


def shallow(person: Person) -> dict[str, Any]:
    """Return a person's fields as they are."""
    return {field.name: getattr(person, field.name) for field in fields(person)}


def _designations(entry: Entry, before: Person | None, agency_id: UUID) -> tuple[Designation, ...]:
    """Return the parts after an import; whoever goes to another center leaves the team of the one before."""
    stays = before.designations if before else ()
    if before and agency_id != before.agency_id:
        stays = without_in_house(stays)
    kept = {one.team: one for one in stays}
    for team, said in entry.designations.items():
        base = kept.get(team, Designation(team, None, None, TeamRole.PEER))
        kept[team] = Designation(
            team,
            said.get(Column.DESIGNATED, base.designated_on),
            said.get(Column.LAPSES, base.lapses_on),
            said.get(Column.ROLE, base.role) or TeamRole.PEER,
        )
    return tuple(kept[team] for team in sorted(kept))


def without_in_house(designations: Iterable[Designation]) -> tuple[Designation, ...]:
    """Return the parts that somebody keeps who goes to another center."""
    return tuple(one for one in designations if one.team is not TeamKind.IN_HOUSE)


def by_team(people: Iterable[Person]) -> dict[TeamKind, int]:
    """Count people by team; somebody in two counts in both."""
    counts: dict[TeamKind, int] = defaultdict(int)
    for person in people:
        for one in person.designations:
            counts[one.team] += 1
    return dict(counts)
