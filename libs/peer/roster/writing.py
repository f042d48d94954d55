"""Writing roster files: the template, an example to play with, and the roster as it is."""

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from uuid import UUID

import phonenumbers
from phonenumbers import PhoneNumberFormat

from libs.peer.roster.cells import Place
from libs.peer.roster.columns import TITLES, Column
from libs.peer.roster.rules import Designation, Person
from libs.peer.teams.models import Area, TeamKind, TeamRole
from libs.peer.teams.queries import Module

_FORMULA = tuple("=+-@'\t\r")
_TEAM_NAMES = {
    TeamKind.ROVING: "roving",
    TeamKind.COMMAND_LEVEL: "command-level",
    TeamKind.IN_HOUSE: "in-house",
}
_MODULE_NAMES = {
    Area.STRESS_INDICATORS: "stress indicators",
    Area.SCOPE: "scope",
    Area.RESOURCES: "resources",
    Area.DE_ESCALATION: "de-escalation",
}
_EXAMPLES = (
    "Alex Moreno, Bobbie Sutter, Casey Lund, Dana Whitfield, Eddie Vargas, Frankie Osei, Gale Nordstrom, Harper Quinn,"
    " Indira Rao, Jules Tremblay"
)
_RANKS = {"dispatch": "telecommunicator", "fire": "firefighter", "ems": "paramedic", "law": "deputy"}


def guarded(text: str) -> str:
    """Return a cell that no spreadsheet takes for a formula; `reading` takes the quote off again."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def template() -> str:
    """Return a file with the header alone, as CSV that spreadsheets open: UTF-8 with a mark, CRLF."""
    return _csv([])


def example(places: Sequence[Place], today: date, area_code: str = "816") -> str:
    """Return ten invented peers at the first agencies of a region; numbers 555-0110 to 555-0119, example.org.

    Raises:
        LookupError: the region has no agency.
    """
    if not places:
        raise LookupError("the region has no agency")
    rows = []
    for number, name in enumerate(_EXAMPLES.split(", ")):
        place = places[number % len(places)]
        rows.append(
            {
                Column.NAME: name,
                Column.AGENCY: place.slug,
                Column.DISCIPLINE: place.discipline,
                Column.RANK: "supervisor" if number < 2 else _RANKS[place.discipline],  # noqa: PLR2004 - two coordinators
                Column.TEAM: "roving; command-level" if number < 2 else "roving",  # noqa: PLR2004
                Column.ROLE: TeamRole.COORDINATOR if number < 2 else TeamRole.PEER,  # noqa: PLR2004
                Column.LANGUAGES: "English; Spanish" if number % 3 == 0 else "English",
                Column.PHONE: f"({area_code}) 555-01{10 + number}",
                Column.EMAIL: f"{name.lower().replace(' ', '.')}@example.org",
                Column.DESIGNATED: (today - timedelta(days=200 + 31 * number)).isoformat(),
                Column.LAPSES: (today + timedelta(days=40 + 61 * number)).isoformat(),
                Column.HOURS: str(38 if number == 9 else 40 + 3 * number),  # noqa: PLR2004 - one is short of hours
                Column.MODULES: "all",
            }
        )
    return _csv(rows)


def roster(people: Iterable[Person], slugs: Mapping[UUID, str]) -> str:
    """Return people as a file that imports to what they are; somebody in two teams has two lines where these differ.

    Args:
        people: in the order of the file.
        slugs: of every agency that people work at.
    """
    return _csv([row for person in people for row in _rows(person, slugs[person.agency_id])])


def _csv(rows: Iterable[Mapping[Column, str]]) -> str:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(TITLES.values())
    writer.writerows([guarded(row.get(column, "")) for column in Column] for row in rows)
    return "\ufeff" + buffer.getvalue()


def _rows(person: Person, slug: str) -> list[dict[Column, str]]:
    said = {
        Column.NAME: person.name,
        Column.AGENCY: slug,
        Column.DISCIPLINE: person.discipline,
        Column.RANK: person.rank,
        Column.LANGUAGES: "; ".join(person.languages),
        Column.PHONE: number(person.phone),
        Column.DUTY_PHONE: number(person.duty_phone),
        Column.EMAIL: person.email,
        Column.HOURS: str(person.training_hours),
        Column.MODULES: modules(person.modules),
        Column.TIME_ZONE: person.time_zone or "",
        Column.MEMBER_KEY: person.member_key or "",
    }
    alike: dict[tuple[object, ...], list[Designation]] = {}
    for one in person.designations:
        alike.setdefault((one.designated_on, one.lapses_on, one.role), []).append(one)
    return [
        {
            **said,
            Column.TEAM: "; ".join(_TEAM_NAMES[one.team] for one in group),
            Column.ROLE: group[0].role.value,
            Column.DESIGNATED: _day(group[0].designated_on),
            Column.LAPSES: _day(group[0].lapses_on),
        }
        for group in alike.values()
    ]


def said(person: Person, name: str, agencies: Mapping[UUID, str]) -> str:
    """Return one field of a person as people read it: for what an import changes.

    Args:
        person: whose.
        name: a field of Person.
        agencies: names by id.
    """
    readers: dict[str, Callable[[], str]] = {
        "agency_id": lambda: agencies[person.agency_id],
        "languages": lambda: "; ".join(person.languages),
        "phone": lambda: number(person.phone),
        "duty_phone": lambda: number(person.duty_phone),
        "modules": lambda: modules(person.modules),
        "designations": lambda: "; ".join(_designation(one) for one in person.designations),
    }
    return readers.get(name, lambda: str(getattr(person, name) or ""))()


def _designation(one: Designation) -> str:
    words = [_TEAM_NAMES[one.team], _day(one.designated_on), f"until {_day(one.lapses_on)}" if one.lapses_on else ""]
    return " ".join(word for word in (*words, "" if one.role is TeamRole.PEER else f"({one.role})") if word)


def number(phone: str) -> str:
    """Return a number as people write it, which no spreadsheet takes for a sum; empty stays empty."""
    if not phone:
        return ""
    parsed = phonenumbers.parse(phone)
    is_ours = parsed.country_code == 1
    form = PhoneNumberFormat.NATIONAL if is_ours else PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(parsed, form)


def modules(found: Iterable[Module]) -> str:
    """Return modules as the file writes them."""
    return "; ".join(
        f"{_MODULE_NAMES[Area(one.area)]} {_day(one.completed_on)}".strip()
        + (f" until {_day(one.lapses_on)}" if one.lapses_on else "")
        for one in found
    )


def _day(value: date | None) -> str:
    return value.isoformat() if value else ""
