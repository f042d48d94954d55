"""The demonstration: Heartland, a region invented from end to end, and Kansas City's name and counties.

The same day gives the same region, to the letter. Nothing here can be dialed or written to: numbers are
555-0100 to 555-0199, addresses end in example.org.
"""

import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType

from services.cli import heartland_names

MODULES = ("stress_indicators", "scope", "resources", "de_escalation")
"""APCO's four areas for peer teams, by the codes the roster holds."""


@dataclass(frozen=True, slots=True)
class DemoRegion:
    """A region of the demonstration.

    `line_phone` is the peer support line in E.164, None where there is none; `counties` are by state.
    """

    slug: str
    name: str
    time_zone: str
    line_phone: str | None
    counties: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class DemoAgency:
    """An invented agency: `discipline` dispatch, fire, ems or law; `kind` psap or department."""

    slug: str
    name: str
    discipline: str
    kind: str
    county: str
    state: str
    city: str


@dataclass(frozen=True, slots=True)
class DemoMember:
    """An invented member of one or both teams, roving and command_level.

    `languages` are ISO 639-1 codes, English first; `phone` is E.164; `designated_on` is None or still to come
    for whoever is not designated; `training_hours` are whole hours; `modules` are some of MODULES.
    """

    slug: str
    name: str
    agency_slug: str
    teams: tuple[str, ...]
    rank: str
    discipline: str
    languages: tuple[str, ...]
    email: str
    phone: str
    designated_on: date | None
    training_hours: int
    modules: tuple[str, ...]
    lapses_on: date | None
    role: str
    is_on_shift: bool


HEARTLAND = DemoRegion(
    slug="heartland",
    name="Heartland",
    time_zone="America/Chicago",
    line_phone="+18165550100",
    counties=MappingProxyType(
        {"MO": ("Bluestem", "Hollowell", "Osprey", "Redbank"), "KS": ("Flintrock", "Kestrel", "Meadowlark")}
    ),
)
KANSAS_CITY = DemoRegion(
    slug="kansas-city",
    name="Kansas City (registry)",
    time_zone="America/Chicago",
    line_phone=None,
    counties=MappingProxyType(
        {
            "MO": ("Cass", "Clay", "Jackson", "Platte", "Ray"),
            "KS": ("Johnson", "Leavenworth", "Miami", "Wyandotte"),
        }
    ),
)
YOUR_REGION = DemoRegion(
    slug="your-region", name="Your region", time_zone="America/Chicago", line_phone=None, counties=MappingProxyType({})
)
AGENCIES = (
    DemoAgency(
        "bluestem", "Bluestem County Emergency Communications", "dispatch", "psap", "Bluestem", "MO", "Arden Ferry"
    ),
    DemoAgency("arden-ferry", "Arden Ferry Police Communications", "dispatch", "psap", "Bluestem", "MO", "Arden Ferry"),
    DemoAgency("osprey", "Osprey County Joint 911", "dispatch", "psap", "Osprey", "MO", "Quillby"),
    DemoAgency("quillby", "Quillby Public Safety Dispatch", "dispatch", "psap", "Osprey", "MO", "Quillby"),
    DemoAgency("hollowell", "Hollowell County 911 Center", "dispatch", "psap", "Hollowell", "MO", "Dunmarrow"),
    DemoAgency("redbank", "Redbank Regional Dispatch", "dispatch", "psap", "Redbank", "MO", "Vesper Landing"),
    DemoAgency("vesper-landing", "Vesper Landing 911", "dispatch", "psap", "Redbank", "MO", "Vesper Landing"),
    DemoAgency("meadowlark", "Meadowlark County Communications", "dispatch", "psap", "Meadowlark", "KS", "Tamsin"),
    DemoAgency("tamsin", "Tamsin Public Safety Answering Point", "dispatch", "psap", "Meadowlark", "KS", "Tamsin"),
    DemoAgency("flintrock", "Flintrock County 911", "dispatch", "psap", "Flintrock", "KS", "Corrow Springs"),
    DemoAgency(
        "corrow-springs", "Corrow Springs Dispatch Center", "dispatch", "psap", "Flintrock", "KS", "Corrow Springs"
    ),
    DemoAgency("kestrel", "Kestrel County Consolidated Dispatch", "dispatch", "psap", "Kestrel", "KS", "Ottermere"),
    DemoAgency(
        "arden-ferry-fire", "Arden Ferry Fire Department", "fire", "department", "Bluestem", "MO", "Arden Ferry"
    ),
    DemoAgency("meadowlark-fire", "Meadowlark Fire District", "fire", "department", "Meadowlark", "KS", "Tamsin"),
    DemoAgency("osprey-ambulance", "Osprey Ambulance District", "ems", "department", "Osprey", "MO", "Quillby"),
    DemoAgency(
        "kestrel-medical", "Kestrel Emergency Medical Services", "ems", "department", "Kestrel", "KS", "Ottermere"
    ),
    DemoAgency("bluestem-sheriff", "Bluestem County Sheriff", "law", "department", "Bluestem", "MO", "Arden Ferry"),
    DemoAgency(
        "corrow-springs-police", "Corrow Springs Police", "law", "department", "Flintrock", "KS", "Corrow Springs"
    ),
)

COORDINATORS = frozenset({"mara", "jon", "ruth", "tomas"})
ON_SHIFT = frozenset({"ana", "ben", "cleo", "walt", "iris", "nadia"})

SHORT_OF_HOURS: Mapping[str, int] = MappingProxyType({"isaiah-pruitt": 38, "dwight-ellery": 38})
SHORT_OF_MODULE: Mapping[str, str] = MappingProxyType({"paige-donnelly": "de_escalation", "phil-garrison": "scope"})
LAPSED_DAYS_AGO: Mapping[str, int] = MappingProxyType({"wes-hollander": 21, "craig-oglethorpe": 3})
DESIGNATED_IN_DAYS: Mapping[str, int | None] = MappingProxyType({"cody-brandvold": None, "trina-bledsoe": 30})
"""Members who must not get offers, by slug and why; None: no day set for the designation."""

_AREA_CODES = {"MO": "816", "KS": "913"}
_FIRST_NUMBER = {"MO": 101, "KS": 100}  # 816 555-0100 is the line
_LAST_NUMBER = 199


def members(today: date) -> tuple[DemoMember, ...]:
    """Return the 52 members of the roving team, then those of the command-level team who are not among them.

    That team has 66: IN_BOTH_TEAMS rove as well. Ana, Ben, Cleo and Dev come first. Everybody can be asked, apart
    from the eight of SHORT_OF_HOURS, SHORT_OF_MODULE, LAPSED_DAYS_AGO and DESIGNATED_IN_DAYS.

    Args:
        today: the day that dates are counted from, so that the demonstration never goes stale. Members lapse
            120 days later at the earliest.
    """
    agencies = {agency.slug: agency for agency in AGENCIES}
    teams = (("roving", heartland_names.ROVING), ("command_level", heartland_names.COMMAND_LEVEL))
    taken: Counter[str] = Counter()
    found: list[DemoMember] = []
    for team, people in teams:
        for person in people:
            agency = agencies[person.agency_slug]
            phone = _phone(agency.state, taken[agency.state])
            taken[agency.state] += 1
            found.append(
                _member(person, team=team, discipline=agency.discipline, phone=phone, index=len(found), today=today)
            )
    return tuple(found)


def _member(
    person: heartland_names.Person, *, team: str, discipline: str, phone: str, index: int, today: date
) -> DemoMember:
    """Fill in what follows from a person's place in the list: dates and hours spread without chance."""
    slug = person.slug or _slug(person.name)
    designated_on, lapses_on = _dates(slug, index, today)
    return DemoMember(
        slug=slug,
        name=person.name,
        agency_slug=person.agency_slug,
        teams=("roving", "command_level") if slug in heartland_names.IN_BOTH_TEAMS else (team,),
        rank=person.rank,
        discipline=discipline,
        languages=person.languages,
        email=f"{slug}@example.org",
        phone=phone,
        designated_on=designated_on,
        training_hours=SHORT_OF_HOURS.get(slug, 40 + index * 11 % 57),
        modules=tuple(module for module in MODULES if module != SHORT_OF_MODULE.get(slug)),
        lapses_on=lapses_on,
        role="coordinator" if slug in COORDINATORS else "peer",
        is_on_shift=slug in ON_SHIFT,
    )


def _dates(slug: str, index: int, today: date) -> tuple[date | None, date | None]:
    """Return the days of designation and of its end."""
    if slug in DESIGNATED_IN_DAYS:
        days = DESIGNATED_IN_DAYS[slug]
        return (None, None) if days is None else (today + timedelta(days), today + timedelta(days + 730))
    ago = LAPSED_DAYS_AGO.get(slug)
    ends_in = 120 + index * 53 % 600 if ago is None else -ago
    return today - timedelta(90 + index * 137 % 2400), today + timedelta(ends_in)


def _phone(state: str, already_taken: int) -> str:
    """Return the next number reserved for fiction in the state's area code, in E.164.

    Raises:
        ValueError: all of them are taken.

    Source: North American Numbering Plan, 555-0100 to 555-0199 are not assigned
    """
    number = _FIRST_NUMBER[state] + already_taken
    if number > _LAST_NUMBER:
        raise ValueError(f"no number left in {state}: 555-0199 is the last that nobody has")
    return f"+1{_AREA_CODES[state]}555{number:04}"


def _slug(name: str) -> str:
    """Return a name in small ASCII letters with hyphens, as addresses and links have it."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return plain.lower().replace(" ", "-")
