import re
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from libs.peer.registry import places, reading
from libs.peer.registry.rules import Psap
from libs.peer.teams import rules as teams
from services.cli import heartland, heartland_names

REAL_FILE = Path(__file__).parents[2] / "data" / "fcc-master-psap-registry-2026-02-06.xlsx"
TODAY = date(2026, 3, 2)
MEMBERS = heartland.members(TODAY)
ROVING = [member for member in MEMBERS if "roving" in member.teams]
COMMAND_LEVEL = [member for member in MEMBERS if "command_level" in member.teams]
BY_SLUG = {member.slug: member for member in MEMBERS}
AGENCIES = {agency.slug: agency for agency in heartland.AGENCIES}


def missing(member: heartland.DemoMember, today: date) -> tuple[str, ...]:
    return teams.what_is_missing(
        designated_on=member.designated_on,
        lapses_on=member.lapses_on,
        training_hours=member.training_hours,
        modules=member.modules,
        today=today,
    )


def test_heartland_has_18_agencies_12_of_them_psaps() -> None:
    assert Counter(agency.kind for agency in heartland.AGENCIES) == {"psap": 12, "department": 6}
    assert Counter(agency.discipline for agency in heartland.AGENCIES) == {
        "dispatch": 12,
        "fire": 2,
        "ems": 2,
        "law": 2,
    }
    assert len(AGENCIES) == len({agency.name for agency in heartland.AGENCIES}) == 18


def test_the_agencies_cover_the_regions_counties() -> None:
    covered = {(agency.state, agency.county) for agency in heartland.AGENCIES}
    named = heartland.HEARTLAND.counties

    assert covered == {(state, county) for state, counties in named.items() for county in counties}


def test_52_rove_from_15_agencies_or_more() -> None:
    assert len(ROVING) == 52
    assert len({member.agency_slug for member in ROVING}) >= 15


def test_66_commanders_come_from_every_discipline() -> None:
    assert len(COMMAND_LEVEL) == 66
    assert {member.discipline for member in COMMAND_LEVEL} == {"dispatch", "fire", "ems", "law"}
    assert {"supervisor", "director", "captain", "chief"} <= {member.rank for member in COMMAND_LEVEL}
    assert not {"telecommunicator", "firefighter", "paramedic", "officer", "deputy"} & {m.rank for m in COMMAND_LEVEL}


def test_four_of_them_are_in_both_teams_and_one_person_each() -> None:
    both = {member.slug for member in ROVING} & {member.slug for member in COMMAND_LEVEL}
    assert both == heartland_names.IN_BOTH_TEAMS
    assert len(both) == 4
    assert len(MEMBERS) == 52 + 66 - 4


def test_members_are_told_apart_by_slug_name_address_and_number() -> None:
    for values in zip(*((m.slug, m.name, m.email, m.phone) for m in MEMBERS), strict=True):
        assert len(set(values)) == 114


@pytest.mark.parametrize("member", MEMBERS, ids=lambda member: member.slug)
def test_a_member_is_well_formed_and_cannot_be_reached_by_accident(member: heartland.DemoMember) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", member.slug)
    assert member.email == f"{member.slug}@example.org"
    assert re.fullmatch(r"\+1(816|913)55501\d\d", member.phone)
    assert member.phone != heartland.HEARTLAND.line_phone
    assert member.discipline == AGENCIES[member.agency_slug].discipline
    assert member.languages[0] == "en"
    assert all(re.fullmatch(r"[a-z]{2}", language) for language in member.languages)
    assert set(member.modules) <= teams.MODULES_NEEDED
    assert 38 <= member.training_hours <= 96


def test_the_line_is_a_number_of_fiction() -> None:
    assert heartland.HEARTLAND.line_phone == "+18165550100"


def test_the_cast_of_the_stories_comes_first() -> None:
    assert [member.slug for member in MEMBERS[:4]] == ["ana", "ben", "cleo", "dev"]
    assert [member.name for member in MEMBERS[:4]] == ["Ana Reyes", "Ben Okafor", "Cleo Hart", "Dev Patel"]
    assert BY_SLUG["ana"].languages == ("en", "es")
    kinds = {AGENCIES[BY_SLUG[slug].agency_slug].kind for slug in ("ana", "ben", "cleo")}
    assert kinds == {"psap"}


def test_three_of_each_team_are_on_shift_from_three_agencies() -> None:
    roving = [member for member in ROVING if member.is_on_shift]
    command_level = [member for member in COMMAND_LEVEL if member.is_on_shift]

    assert [member.slug for member in roving] == ["ana", "ben", "cleo"]
    assert {member.slug for member in command_level} == {"walt", "iris", "nadia"}
    assert len({m.agency_slug for m in roving}) == len({m.agency_slug for m in command_level}) == 3
    assert len({member.discipline for member in command_level}) == 3


def test_each_team_has_two_coordinators_from_two_agencies() -> None:
    assert [member.slug for member in ROVING if member.role == "coordinator"] == ["mara", "jon"]
    assert [member.slug for member in COMMAND_LEVEL if member.role == "coordinator"] == ["ruth", "tomas"]
    assert BY_SLUG["mara"].agency_slug != BY_SLUG["jon"].agency_slug
    assert BY_SLUG["ruth"].agency_slug != BY_SLUG["tomas"].agency_slug


@pytest.mark.parametrize("team", [ROVING, COMMAND_LEVEL], ids=["roving", "command_level"])
def test_four_of_each_team_must_not_get_offers_each_for_another_reason(team: list[heartland.DemoMember]) -> None:
    short = [missing(member, TODAY) for member in team if missing(member, TODAY)]

    assert sorted(reasons[0].split(":")[0] for reasons in short) == ["designation", "hours", "in_date", "module"]
    assert all(len(reasons) == 1 for reasons in short)


def test_the_cast_can_be_asked_and_stays_so_for_months() -> None:
    cast = heartland.ON_SHIFT | heartland.COORDINATORS | {"dev"}

    assert {slug for slug in cast if missing(BY_SLUG[slug], TODAY + timedelta(days=119))} == set()


def test_many_speak_spanish_in_both_teams() -> None:
    assert sum("es" in member.languages for member in ROVING) >= 8
    assert sum("es" in member.languages for member in COMMAND_LEVEL) >= 8


def test_the_same_day_gives_the_same_region_and_another_day_moves_the_dates_alone() -> None:
    later = heartland.members(TODAY + timedelta(days=400))

    assert heartland.members(TODAY) == MEMBERS
    assert [(m.slug, m.phone, m.training_hours) for m in later] == [
        (m.slug, m.phone, m.training_hours) for m in MEMBERS
    ]
    assert [missing(m, TODAY + timedelta(days=400)) for m in later] == [missing(m, TODAY) for m in MEMBERS]


def test_numbers_run_out_with_a_sentence() -> None:
    with pytest.raises(ValueError, match="555-0199 is the last"):
        heartland._phone("KS", 100)


def test_kansas_city_names_its_nine_counties() -> None:
    assert {state: len(counties) for state, counties in heartland.KANSAS_CITY.counties.items()} == {"MO": 5, "KS": 4}
    assert (heartland.KANSAS_CITY.slug, heartland.KANSAS_CITY.name) == ("kansas-city", "Kansas City (registry)")
    assert ZoneInfo(heartland.KANSAS_CITY.time_zone) == ZoneInfo(heartland.HEARTLAND.time_zone)


# Against the real registry


@pytest.fixture(scope="module")
def real() -> tuple[Psap, ...]:
    return reading.read(REAL_FILE).entries


def test_no_agency_county_or_city_of_heartland_is_real(real: tuple[Psap, ...]) -> None:
    names = {_plain(psap.name) for psap in real}
    cities = {_plain(psap.city) for psap in real}
    counties = {key for psap in real for key in psap.county_key.split(places.SEPARATOR)}

    assert {agency.name for agency in heartland.AGENCIES if _plain(agency.name) in names} == set()
    assert {agency.city for agency in heartland.AGENCIES if _plain(agency.city) in cities} == set()
    assert {a.county for a in heartland.AGENCIES if set(places.county_keys(a.county, a.state)) & counties} == set()


def test_no_real_name_speaks_of_a_place_of_heartland(real: tuple[Psap, ...]) -> None:
    invented = {agency.city for agency in heartland.AGENCIES} | {
        f"{agency.county} County" for agency in heartland.AGENCIES
    }

    assert {place for place in invented for psap in real if _plain(place) in _plain(psap.name)} == set()


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", " ", text.casefold()).strip()
