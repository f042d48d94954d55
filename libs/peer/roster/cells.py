"""One cell after the other: text in, value out, or what is wrong with it. Empty cells never come here."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from difflib import get_close_matches
from functools import lru_cache
from typing import Any
from uuid import UUID
from zoneinfo import available_timezones

import phonenumbers
from babel import Locale
from phonenumbers import ValidationResult

from libs.notify import guard
from libs.peer.roster.columns import Column, plain
from libs.peer.roster.faults import CellFault
from libs.peer.teams.models import Area, TeamKind, TeamRole
from libs.peer.teams.queries import Module

LONGEST: Mapping[Column, int] = {
    **dict.fromkeys(Column, 400),
    Column.NAME: 120,
    Column.AGENCY: 200,
    Column.RANK: 60,
    Column.EMAIL: 254,
    Column.MEMBER_KEY: 40,
}
"""In characters."""
DISCIPLINES = ("dispatch", "fire", "ems", "law")
MOST_HOURS = 9_999
_OF_ONE_PERSON = frozenset({Column.NAME, Column.PHONE, Column.EMAIL, Column.MEMBER_KEY})
"""What hardly comes twice, so that it is not worth remembering."""
_YEARS = range(1980, 2101)
_CLOSE = 4


@dataclass(frozen=True, slots=True)
class Place:
    """An agency, as cells may name it; `is_ours` when it belongs to the region."""

    id: UUID
    slug: str
    name: str
    discipline: str
    fcc_id: int | None
    is_ours: bool


@dataclass(frozen=True, slots=True)
class Cells:
    """Reads cells for one region.

    Attributes:
        places: every agency.
        is_demo: refuse whatever could reach somebody real (domain, rule 13).
    """

    places: tuple[Place, ...]
    is_demo: bool = False
    _agencies: dict[str, list[Place]] = field(init=False, repr=False, default_factory=dict)
    _read: dict[tuple[Column, str], Any] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        for place in self.places:
            for name in {place.slug, plain(place.name), str(place.fcc_id or "")} - {""}:
                self._agencies.setdefault(name, []).append(place)

    def read(self, column: Column, text: str) -> Any:  # noqa: ANN401 - each column has a type of its own
        """Return a cell's value.

        Returns:
            The type that `rules.Person`, or its part in a team, has for the column.

        Raises:
            CellFault: it cannot be used.
        """
        key = column, text
        if key not in self._read:
            value = self._of(column, text)
            if column in _OF_ONE_PERSON:
                return value
            self._read[key] = value
        return self._read[key]

    def _of(self, column: Column, text: str) -> Any:  # noqa: ANN401 - as above
        if len(text) > LONGEST[column]:
            raise CellFault("too_long", (str(LONGEST[column]),))
        if not re.sub("[\u200c\u200d]", "", text).isprintable():
            raise CellFault("control")
        if column is Column.AGENCY:
            return self._agency(text)
        if column in {Column.PHONE, Column.DUTY_PHONE}:
            return self._phone(text)
        if column is Column.EMAIL:
            return self._email(text)
        return _READERS.get(column, str)(text)

    def _agency(self, text: str) -> Place:
        found = {place.id: place for name in (text.lower(), plain(text)) for place in self._agencies.get(name, ())}
        ours = [place for place in found.values() if place.is_ours]
        if len(ours) == 1:
            return ours[0]
        if ours:
            raise CellFault("agency_ambiguous", tuple(sorted(place.slug for place in ours)))
        if found:
            raise CellFault("agency_elsewhere")
        close = _close(plain(text), tuple((plain(p.name), f"{p.name} ({p.slug})") for p in self.places if p.is_ours))
        raise CellFault("agency_close" if close else "agency_unknown", close)

    def _phone(self, text: str) -> str:
        number = phone(text)
        if self.is_demo and not guard.is_fictional(number):
            raise CellFault("phone_of_somebody")
        return number

    def _email(self, text: str) -> str:
        address = text.lower()
        if not re.fullmatch(r"[^@\s,;<>]+@[^@\s,;<>.]+(?:\.[^@\s,;<>.]+)+", address):
            raise CellFault("email_none")
        if self.is_demo and not guard.is_fictional(address):
            raise CellFault("email_of_somebody")
        return address


def phone(text: str) -> str:
    """Return a number in E.164; the United States where no country is named.

    Raises:
        CellFault: it is none.
    """
    try:
        number = phonenumbers.parse(text, "US")
    except phonenumbers.NumberParseException:
        raise CellFault("phone_none") from None
    if re.search(r"[^\d\s().+/ -]", re.sub(r"(?i)\b(ext?|extension)\b|[x#]", "", text)):
        raise CellFault("phone_none")
    if number.extension:
        raise CellFault("phone_extension")
    if phonenumbers.is_possible_number_with_reason(number) == ValidationResult.IS_POSSIBLE_LOCAL_ONLY:
        raise CellFault("phone_without_area_code")
    if not phonenumbers.is_valid_number(number):
        raise CellFault("phone_impossible")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def day(text: str) -> date:
    """Return a day, written year-month-day, as Americans do, or with the month's name.

    Raises:
        CellFault: it is none.
    """
    text = re.sub(r"[ T]0{1,2}:00(:00)?$", "", text)
    if re.fullmatch(r"\d{1,2}[/.-]\d{1,2}[/.-]\d{2}|\d+", text):
        raise CellFault("date_unclear")
    shape = re.sub(r"\d+", "0", text)
    formats = {"0-0-0": "%Y-%m-%d", "0/0/0": "%m/%d/%Y", "0/0/0Y": "%Y/%m/%d"}
    chosen = formats.get(shape + ("Y" if shape == "0/0/0" and re.match(r"\d{4}", text) else ""))
    for form in [chosen] if chosen else ("%B %d, %Y", "%b %d, %Y", "%d %B %Y", "%d %b %Y"):
        try:
            found = datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
        if found.year not in _YEARS:
            raise CellFault("date_far")
        return found
    raise CellFault("date_impossible" if chosen else "date_none")


def items(text: str) -> list[str]:
    """Split a cell that holds several things."""
    return [part.strip() for part in re.split(r"[;,/|&\n]|\band\b|\by\b", text) if part.strip()]


def _name(text: str) -> str:
    if "@" in text or not any(letter.isalpha() for letter in text):
        raise CellFault("name_is_none")
    return text


_DISCIPLINES = {
    plain(name): code
    for code, names in {
        "dispatch": "dispatch,911,communications,telecommunications,despacho",
        "fire": "fire,fire service,bomberos",
        "ems": "ems,medical,ambulance,paramedic,emergencias medicas",
        "law": "law,law enforcement,police,sheriff,policia",
    }.items()
    for name in names.split(",")
}
_TEAMS = {
    plain(name): team
    for team, names in {
        TeamKind.ROVING: "roving,roving team,itinerante,equipo itinerante",
        TeamKind.COMMAND_LEVEL: "command-level,command level,command,command-level team,de mando,equipo de mando",
        TeamKind.IN_HOUSE: "in-house,in house,in-house team,own team,del centro,equipo del centro,interno",
    }.items()
    for name in names.split(",")
}
_ROLES = {
    plain(name): role
    for role, names in {
        TeamRole.PEER: "peer,member,no,n,false,0,miembro",
        TeamRole.COORDINATOR: "coordinator,lead,yes,y,true,1,x,si,coordinador,coordinadora",
        TeamRole.DEPUTY: "deputy,deputy coordinator,suplente",
        TeamRole.CLINICIAN: "clinician,mental health professional,mhp,profesional clinico,clinica,clinico",
    }.items()
    for name in names.split(",")
}
_AREAS = {plain(name): area for area in Area for name in (area, area.replace("_", " "))} | {
    "stress": Area.STRESS_INDICATORS,
    "deescalate": Area.DE_ESCALATION,
}
_MODULE = re.compile(r"(?P<area>[^\d]*?)\s*(?P<on>\d[\d/-]*)?(?:\s*(?:until|to|hasta)\s*(?P<until>\d[\d/-]*))?")


def _discipline(text: str) -> str:
    found = _DISCIPLINES.get(plain(text))
    if found is None:
        raise CellFault("discipline_unknown")
    return found


def _teams(text: str) -> frozenset[TeamKind]:
    found = set()
    for part in items(text):
        if plain(part) == "both":
            found |= {TeamKind.ROVING, TeamKind.COMMAND_LEVEL}
        elif plain(part) in _TEAMS:
            found.add(_TEAMS[plain(part)])
        else:
            raise CellFault("team_unknown")
    if not found:
        raise CellFault("team_unknown")
    return frozenset(found)


def _role(text: str) -> TeamRole:
    """Read a role; many a sheet has a column "Coordinator" that says yes or no."""
    if plain(text) not in _ROLES:
        raise CellFault("role_unknown")
    return _ROLES[plain(text)]


@lru_cache(maxsize=1)
def _languages() -> dict[str, str]:
    """Return codes by code and by name in English and Spanish."""
    found: dict[str, str] = {}
    for locale in (Locale("es"), Locale("en")):
        simple = [(str(code), str(name)) for code, name in locale.languages.items()]
        found |= {plain(name): code for code, name in simple if re.fullmatch("[a-z]{2,3}", code)}
    return found | {code: code for code in found.values()}


def _language_codes(text: str) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for part in items(text):
        base = re.sub(r"^([A-Za-z]{2,3})[-_](?:[A-Za-z]{2}|\d{3})$", r"\1", part)
        code = _languages().get(base.lower()) or _languages().get(plain(part))
        if code is None:
            raise CellFault("language_unknown")
        found[code] = None
    return tuple(found)


def _hours(text: str) -> int:
    cleaned = re.sub(r"(?i)\s*(h|hrs?|hours?|horas?)\.?$", "", text)
    try:
        hours = float(cleaned)
    except ValueError:
        raise CellFault("hours_none") from None
    if not 0 <= hours <= MOST_HOURS:
        raise CellFault("hours_far")
    if not hours.is_integer():
        raise CellFault("hours_part")
    return int(hours)


def _modules(text: str) -> tuple[Module, ...]:
    if plain(text) in {"all", "todos"}:
        return tuple(Module(area.value, None, None) for area in sorted(Area))
    found: dict[str, Module] = {}
    for part in re.split(r"[;,|\n]", text):
        if part.strip():
            module = _module(part.strip())
            if module.area in found:
                raise CellFault("module_twice")
            found[module.area] = module
    return tuple(found[area] for area in sorted(found))


def _module(text: str) -> Module:
    match = _MODULE.fullmatch(text)
    area = _AREAS.get(plain(match["area"] if match else re.split(r"\d", text)[0]))
    if area is None:
        raise CellFault("module_unknown")
    if match is None:
        raise CellFault("module_date")
    try:
        on, until = (day(match[name]) if match[name] else None for name in ("on", "until"))
    except CellFault:
        raise CellFault("module_date") from None
    if on and until and until <= on:
        raise CellFault("module_date")
    return Module(area.value, on, until)


@lru_cache(maxsize=1)
def _zones() -> dict[str, str]:
    return {name.lower(): name for name in available_timezones() if "/" in name or name == "UTC"}


def _zone(text: str) -> str:
    found = _zones().get(text.lower().replace(" ", "_"))
    if found is None:
        raise CellFault("time_zone_unknown")
    return found


@lru_cache(maxsize=512)
def _close(text: str, names: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    """Return what is written alike, best first: parts of names before spellings."""
    within = [said for name, said in names if text and (text in name or name in text)]
    spelled: Iterable[str] = get_close_matches(text, [name for name, _said in names], n=_CLOSE, cutoff=0.7)
    by_name = dict(names)
    return tuple(dict.fromkeys([*within, *(by_name[name] for name in spelled)]))[:_CLOSE]


_READERS: dict[Column, Callable[[str], Any]] = {
    Column.NAME: _name,
    Column.DISCIPLINE: _discipline,
    Column.TEAM: _teams,
    Column.ROLE: _role,
    Column.LANGUAGES: _language_codes,
    Column.DESIGNATED: day,
    Column.LAPSES: day,
    Column.HOURS: _hours,
    Column.MODULES: _modules,
    Column.TIME_ZONE: _zone,
}
