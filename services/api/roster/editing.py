"""One person edited by hand or by machine: the same cells, and the same faults, as in a file."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from libs.peer.roster import rules
from libs.peer.roster.cells import Cells
from libs.peer.roster.columns import Column
from libs.peer.roster.errors import RosterFaulty
from libs.peer.roster.faults import CellFault, Fault
from libs.peer.roster.rules import Designation, Person
from libs.peer.teams.models import TeamKind, TeamRole

_OF_A_PART = (Column.DESIGNATED, Column.LAPSES, Column.ROLE)
_NEEDED = {Column.NAME, Column.AGENCY, Column.DISCIPLINE}


def patched(before: Person, fields: Mapping[str, Any], cells: Cells) -> Person:
    """Return a person with some fields changed.

    Args:
        before: as they are.
        fields: by column; text, a list of texts, a number, or None for empty.
        cells: of the region.

    Raises:
        RosterFaulty: fields that cannot be used, each with its column; line 1.
    """
    texts = {Column(name): _text(value) for name, value in fields.items()}
    values, faults = _read(texts, cells)
    after = replace(before, **values)
    if after.agency_id != before.agency_id:
        after = replace(after, designations=rules.without_in_house(after.designations))
    if not after.duty_phone and not after.phone:
        faults.append(Fault(1, Column.DUTY_PHONE, "phone_missing"))
    if not after.identities:
        faults.append(Fault(1, Column.EMAIL, "nobody"))
    if faults:
        raise RosterFaulty(sorted(faults))
    return after if after.duty_phone else replace(after, duty_phone=after.phone)


def designated(before: Person, said: Mapping[TeamKind, Mapping[Column, str]], cells: Cells) -> Person:
    """Return a person with their part in teams changed; a team that is not named is left.

    Raises:
        RosterFaulty: days or a role that cannot be used.
    """
    faults: list[Fault] = []
    found = []
    for team, texts in said.items():
        values, wrong = _read({column: texts.get(column, "") for column in _OF_A_PART}, cells)
        faults += wrong
        begins, ends = values.get(str(Column.DESIGNATED)), values.get(str(Column.LAPSES))
        if begins and ends and ends <= begins:
            faults.append(Fault(1, Column.LAPSES, "lapses_before"))
        role = values.get(str(Column.ROLE)) or TeamRole.PEER
        if team is TeamKind.IN_HOUSE:
            rules.check_in_house(1, role, faults)
        found.append(Designation(team, begins, ends, role))
    if not found:
        faults.append(Fault(1, Column.TEAM, "empty"))
    if faults:
        raise RosterFaulty(sorted(set(faults)))
    return replace(before, designations=tuple(sorted(found, key=lambda one: one.team)))


def _read(texts: Mapping[Column, str], cells: Cells) -> tuple[dict[str, Any], list[Fault]]:
    values: dict[str, Any] = {}
    faults: list[Fault] = []
    for column, text in texts.items():
        name = "agency_id" if column is Column.AGENCY else str(column)
        if not text:
            if column in _NEEDED:
                faults.append(Fault(1, column, "empty"))
            else:
                values[name] = rules.EMPTY.get(name)
            continue
        try:
            value = cells.read(column, text)
        except CellFault as fault:
            faults.append(Fault(1, column, fault.code, fault.names))
        else:
            values[name] = value.id if column is Column.AGENCY else value
    return values, faults


def _text(value: Any) -> str:  # noqa: ANN401 - what JSON or a form holds
    if isinstance(value, list):
        return "; ".join(str(item) for item in value)
    return "" if value is None else " ".join(str(value).split())
