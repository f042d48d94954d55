"""From a file to people and to a difference: whatever the order, the spelling, the separator; and twenty faults."""

import csv
import io
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.peer.roster import cells, reading, rules, writing
from libs.peer.roster.cells import Cells, Place
from libs.peer.roster.columns import TITLES, Column
from libs.peer.roster.errors import NotARoster
from libs.peer.roster.faults import SAYINGS, Fault
from libs.peer.roster.rules import Designation, Entry, Known, Person
from libs.peer.teams import rules as teams
from libs.peer.teams.models import Area, TeamKind, TeamRole
from libs.peer.teams.queries import Module

OURS = (
    Place(UUID(int=1), "bluestem", "Bluestem County 911", "dispatch", 101, is_ours=True),
    Place(UUID(int=2), "osprey-fire", "Osprey Fire", "fire", None, is_ours=True),
    Place(UUID(int=3), "clay-mo", "CLAY COUNTY SHERIFF", "law", 103, is_ours=True),
    Place(UUID(int=4), "clay-ks", "Clay County Sheriff", "law", 104, is_ours=True),
)
FAR = Place(UUID(int=9), "far-away", "Far Away 911", "dispatch", 109, is_ours=False)
PLACES = (*OURS, FAR)
READER = Cells(PLACES)
DEMO = Cells(PLACES, is_demo=True)
SLUGS = {place.id: place.slug for place in PLACES}


def read(content: bytes | str, reader: Cells = READER) -> tuple[tuple[Entry, ...], tuple[Fault, ...]]:
    """Read a file to its people."""
    raw = content.encode() if isinstance(content, str) else content
    return rules.entries(reading.read(raw).rows, reader)


def people(content: bytes | str) -> set[Person]:
    """Read a file without faults to the people that it would make."""
    found, faults = read(content)
    assert faults == ()
    plan, more = rules.plan(found, [])
    assert more == ()
    return {change.after for change in plan.new}


# Any valid roster

days = st.dates(date(1990, 1, 1), date(2090, 1, 1))
names = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=20).map(
    lambda text: f"Ada {text.replace('@', 'a')}"
)


@st.composite
def spans(draw: st.DrawFn) -> tuple[date | None, date | None]:
    """A first day and an end, either of which may be unknown."""
    begins = draw(st.none() | days)
    ends = draw(st.none() | st.integers(1, 2000)) if begins else draw(st.none() | days)
    return begins, begins + timedelta(ends) if begins and isinstance(ends, int) else ends  # type: ignore[return-value]  # a day or None


def _roles(team: TeamKind) -> list[TeamRole]:
    return [TeamRole.PEER] if team is TeamKind.IN_HOUSE else list(TeamRole)


@st.composite
def persons(draw: st.DrawFn, number: int) -> Person:
    """Somebody whom a roster can hold."""
    phone = f"+1816555{number % 100 + 100:04}"
    parts = draw(st.sets(st.sampled_from(list(TeamKind)), min_size=1))
    return Person(
        name=draw(names),
        agency_id=draw(st.sampled_from(OURS)).id,
        discipline=draw(st.sampled_from(cells.DISCIPLINES)),
        rank=draw(st.sampled_from(("", "chief", "=1+1", "+lead", "-", "@x", "'t", 'a; b, "c"'))),
        languages=draw(st.lists(st.sampled_from(("en", "es", "so", "zh", "ase")), min_size=1, unique=True).map(tuple)),
        phone=draw(st.sampled_from((phone, ""))),
        duty_phone=draw(st.sampled_from((phone, "+442079460958"))),
        email=f"n{number}@example.org",
        training_hours=draw(st.integers(0, 9999)),
        modules=tuple(
            Module(area.value, *draw(spans())) for area in sorted(draw(st.sets(st.sampled_from(list(Area)))))
        ),
        time_zone=draw(st.sampled_from((None, "America/Denver"))),
        member_key=draw(st.sampled_from((None, f"K-{number}"))),
        designations=tuple(
            Designation(team, *draw(spans()), draw(st.sampled_from(_roles(team)))) for team in sorted(parts)
        ),
    )


rosters = st.integers(0, 6).flatmap(lambda size: st.tuples(*(persons(number) for number in range(size))))


def lines(content: str) -> list[list[str]]:
    """The cells of a file that we wrote."""
    return list(csv.reader(io.StringIO(content.removeprefix("\ufeff"), newline="")))


def written(rows: list[list[str]], delimiter: str = ",") -> str:
    """Cells as a file."""
    buffer = io.StringIO(newline="")
    csv.writer(buffer, delimiter=delimiter).writerows(rows)
    return buffer.getvalue()


@settings(max_examples=30)
@given(rosters)
def test_any_roster_exported_imports_to_itself(roster: tuple[Person, ...]) -> None:
    content = writing.roster(roster, SLUGS)
    if not roster:
        assert read(content) == ((), ())
        return
    assert people(content) == set(roster)
    known = [Known(uuid4(), person) for person in roster]
    plan, faults = rules.plan(read(content)[0], known)
    assert (plan.new, plan.changed, plan.absent, faults, plan.unchanged) == ((), (), (), (), len(roster))


@settings(max_examples=30)
@given(
    rosters.filter(bool),
    st.randoms(use_true_random=False),
    st.sampled_from(",;\t"),
    st.sampled_from(("utf-8", "utf-16")),
)
def test_order_case_blanks_and_separator_do_not_matter(
    roster: tuple[Person, ...], rng: object, delimiter: str, encoding: str
) -> None:
    head, *rest = lines(writing.roster(roster, SLUGS))
    shuffle, choose = rng.shuffle, rng.choice  # type: ignore[attr-defined]  # a Random
    shuffle(rest)
    places = list(range(len(head)))
    shuffle(places)
    head = [choose((title.upper(), f" {title.lower()} ", title.replace(" ", "_"))) for title in head]
    mixed = written([[row[place] for place in places] for row in (head, [], *rest) if row], delimiter)
    assert people(mixed.encode(encoding)) == set(roster)


@given(st.text())
def test_no_cell_of_ours_is_a_formula_and_every_guard_comes_off_again(text: str) -> None:
    guarded = writing.guarded(text)
    assert not guarded.startswith(("=", "+", "-", "@", "\t", "\r"))
    bare = " ".join(text.split())
    assert reading._bare(writing.guarded(bare)) == reading._INVISIBLE.sub("", bare) or reading._INVISIBLE.search(bare)


@given(st.binary(max_size=400))
def test_no_bytes_break_the_reading(content: bytes) -> None:
    try:
        sheet = reading.read(content)
    except NotARoster as error:
        assert error.detail  # noqa: PT017 - either way is fine, and a sentence is owed here
        return
    _found, faults = rules.entries(sheet.rows, READER)
    assert all(fault.code in SAYINGS and fault.fix for fault in faults)


# Faults

HEAD = list(TITLES.values())
GOOD = {
    "Name": "Ada Byron",
    "Agency": "bluestem",
    "Team": "roving",
    "Phone": "(816) 555-0101",
    "E-mail": "ada@example.org",
}
PLANTED: list[tuple[dict[str, str], str, str]] = [
    ({"Name": ""}, "name", "empty"),
    ({"Name": "x@y.org"}, "name", "name_is_none"),
    ({"Agency": "Atlantis 911"}, "agency", "agency_unknown"),
    ({"Agency": "Blustem County 911"}, "agency", "agency_close"),
    ({"Agency": "Clay County Sheriff"}, "agency", "agency_ambiguous"),
    ({"Agency": "109"}, "agency", "agency_elsewhere"),
    ({"Discipline": "plumbing"}, "discipline", "discipline_unknown"),
    ({"Rank": "r" * 61}, "rank", "too_long"),
    ({"Team": "choir"}, "team", "team_unknown"),
    ({"Team": "in-house; choir"}, "team", "team_unknown"),
    ({"Role": "perhaps"}, "role", "role_unknown"),
    ({"Languages": "English; Elvish"}, "languages", "language_unknown"),
    ({"Phone": "call me"}, "phone", "phone_none"),
    ({"Phone": "555-0101"}, "phone", "phone_without_area_code"),
    ({"Duty phone": "(816) 555-0101 x7"}, "duty_phone", "phone_extension"),
    ({"E-mail": "ada at home"}, "email", "email_none"),
    ({"Designated": "3/4/25"}, "designated", "date_unclear"),
    ({"Lapses": "2025-02-30"}, "lapses", "date_impossible"),
    ({"Training hours": "forty"}, "training_hours", "hours_none"),
    ({"Modules": "scope; juggling"}, "modules", "module_unknown"),
]


def planted(changes: dict[str, str], number: int) -> list[str]:
    """A line that is good but for one cell."""
    line = {**GOOD, "E-mail": f"n{number}@example.org", "Phone": f"(816) 555-01{number + 10}", **changes}
    return [line.get(title, "") for title in HEAD]


def test_twenty_planted_faults_are_twenty_messages_each_with_line_column_and_fix() -> None:
    assert len(PLANTED) == 20
    content = written([HEAD, *(planted(changes, number) for number, (changes, _c, _f) in enumerate(PLANTED))])
    _found, faults = read(content)
    assert [(fault.line, fault.column, fault.code) for fault in faults] == [
        (number + 2, column, code) for number, (_changes, column, code) in enumerate(PLANTED)
    ]
    for fault, (changes, _column, _code) in zip(faults, PLANTED, strict=True):
        (value,) = changes.values()
        assert fault.found.endswith(".")
        assert fault.fix.endswith(".")
        assert not value or value not in str(fault.as_json())


@pytest.mark.parametrize(
    ("changes", "column", "code"),
    [
        ({"Phone": "(816) 867-5309"}, "phone", "phone_of_somebody"),
        ({"E-mail": "ada@city.gov"}, "email", "email_of_somebody"),
        ({"E-mail": "ada@notexample.org"}, "email", "email_of_somebody"),
        ({"Phone": "", "Duty phone": ""}, "duty_phone", "phone_missing"),
        ({"Phone": "", "Duty phone": "816 555 0102", "E-mail": ""}, "email", "nobody"),
        ({"Designated": "2025-03-01", "Lapses": "2025-03-01"}, "lapses", "lapses_before"),
        ({"Designated": "45000"}, "designated", "date_unclear"),
        ({"Designated": "1925-01-01"}, "designated", "date_far"),
        ({"Designated": "soon"}, "designated", "date_none"),
        ({"Training hours": "40.5"}, "training_hours", "hours_part"),
        ({"Training hours": "-1"}, "training_hours", "hours_far"),
        ({"Training hours": "nan"}, "training_hours", "hours_far"),
        ({"Modules": "scope yesterday"}, "modules", "module_unknown"),
        ({"Modules": "scope 2025-99-01"}, "modules", "module_date"),
        ({"Modules": "scope; scope"}, "modules", "module_twice"),
        ({"Time zone": "Middle/Earth"}, "time_zone", "time_zone_unknown"),
        ({"Phone": "000 000 0000"}, "phone", "phone_impossible"),
        ({"Name": "Ada\x07"}, "name", "control"),
    ],
)
def test_other_faults(changes: dict[str, str], column: str, code: str) -> None:
    _found, faults = read(written([HEAD, planted(changes, 1)]), DEMO)
    assert [(fault.line, fault.column, fault.code) for fault in faults] == [(2, column, code)]


def test_a_header_that_lacks_a_column_or_has_one_twice_is_told_alone() -> None:
    _found, faults = read("Name,Name,Agency\nx,y,z\n")
    assert [(fault.column, fault.code) for fault in faults] == [("name", "column_twice"), ("team", "column_missing")]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2025-03-31", date(2025, 3, 31)),
        ("3/31/2025", date(2025, 3, 31)),
        ("2025/3/31", date(2025, 3, 31)),
        ("March 31, 2025", date(2025, 3, 31)),
        ("31 Mar 2025", date(2025, 3, 31)),
        ("2025-03-31 00:00:00", date(2025, 3, 31)),
    ],
)
def test_days_as_people_write_them(text: str, day: date) -> None:
    assert cells.day(text) == day


def test_languages_by_name_code_and_tag() -> None:
    assert READER.read(Column.LANGUAGES, "English, español / es-MX & American Sign Language") == ("en", "es", "ase")


@pytest.mark.parametrize(
    "text", ["8165550101", "816.555.0101", "+1 (816) 555-0101", "1-816-555-0101", "\u202a(816) 555-0101\u202c"]
)
def test_phones_as_people_write_them(text: str) -> None:
    assert READER.read(Column.PHONE, reading._bare(text)) == "+18165550101"


def test_latin_1_semicolons_and_a_quoted_name_with_emoji() -> None:
    raw = "Name;Agency;Team;E-mail;Phone\nJosé Núñez;bluestem;roving;j@example.org;816 555 0101\n".encode("latin-1")
    sheet = reading.read(raw)
    assert (sheet.encoding, sheet.separator) == ("windows-1252", "semicolon")
    assert {person.name for person in people(raw)} == {"José Núñez"}
    fancy = 'Name,Agency,Team,E-mail,Phone\n"Zoë ""Zee"" 👩‍🚒, Jr.",Osprey Fire,both,z@example.org,816-555-0101\n'
    (zoe,) = people("\ufeff" + fancy)
    assert zoe.name == 'Zoë "Zee" 👩‍🚒, Jr.'
    assert (zoe.discipline, len(zoe.designations)) == ("fire", 2)


# Whom a line is about


def entry(**columns: str) -> str:
    """A file of one line."""
    line = {**GOOD, **columns}
    return written([list(line), list(line.values())])


def known(**columns: str) -> Known:
    """Somebody who is in the roster already."""
    (person,) = people(entry(**columns))
    return Known(uuid4(), person)


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ({"Member key": "7"}, {"Member key": "7", "E-mail": "new@example.org", "Phone": "816 555 0109", "Name": "A B"}),
        ({}, {"Phone": "816 555 0109", "Name": "Ada King"}),
        ({}, {"E-mail": "ADA@Example.org"}),
        ({}, {"E-mail": "new@example.org"}),
        ({}, {"Member key": "7"}),
    ],
)
def test_a_person_is_known_again(before: dict[str, str], now: dict[str, str]) -> None:
    one = known(**before)
    plan, faults = rules.plan(read(entry(**now))[0], [one])
    assert (plan.new, plan.absent, faults) == ((), (), ())


def test_the_same_phone_and_another_name_is_another_person() -> None:
    plan, faults = rules.plan(read(entry(**{"E-mail": "", "Name": "Eve Stone"}))[0], [known()])
    assert (len(plan.new), len(plan.absent), faults) == (1, 1, ())


def test_key_and_mail_of_two_members_are_a_fault() -> None:
    one, other = known(**{"Member key": "7"}), known(**{"E-mail": "eve@example.org", "Name": "Eve", "Member key": "8"})
    _plan, faults = rules.plan(read(entry(**{"Member key": "7", "E-mail": "eve@example.org"}))[0], [one, other])
    assert [fault.code for fault in faults] == ["person_two"]
    _plan, faults = rules.plan(read(entry(**{"Member key": "9"}))[0], [one])
    assert [fault.code for fault in faults] == ["person_two"]


def test_two_lines_of_one_person_in_two_teams_are_one_person() -> None:
    head = [*GOOD, "Designated"]
    two = written([head, [*GOOD.values(), "2024-01-01"], [*{**GOOD, "Team": "command"}.values(), "2025-01-01"]])
    (ada,) = people(two)
    assert [(one.team, one.designated_on) for one in ada.designations] == [
        (TeamKind.COMMAND_LEVEL, date(2025, 1, 1)),
        (TeamKind.ROVING, date(2024, 1, 1)),
    ]
    _found, faults = read(written([head, *[[*GOOD.values(), "2024-01-01"]] * 2]))
    assert [(fault.line, fault.code, fault.names) for fault in faults] == [(3, "person_twice", ("2",))]
    _found, faults = read(
        written([head, [*GOOD.values(), ""], [*{**GOOD, "Name": "B", "Team": "command"}.values(), ""]])
    )
    assert [(fault.line, fault.column, fault.code) for fault in faults] == [(3, "name", "person_differs")]


def test_what_the_file_does_not_speak_of_stays() -> None:
    one = known(**{"Rank": "chief", "Team": "both", "Training hours": "60", "Languages": "es", "Discipline": "law"})
    plan, _faults = rules.plan(read(entry())[0], [one])
    assert (plan.changed, plan.unchanged) == ((), 1)
    plan, _faults = rules.plan(read(entry(Rank=""))[0], [one])
    assert plan.changed[0].changed == ("rank",)


def test_a_new_own_number_becomes_the_duty_number_where_it_was_one() -> None:
    plan, _faults = rules.plan(read(entry(Phone="816 555 0150"))[0], [known()])
    assert plan.changed[0].changed == ("phone", "duty_phone")
    assert plan.shares_phone == (2,)
    apart = known(**{"Duty phone": "816 555 0102"})
    plan, _faults = rules.plan(read(entry(Phone="816 555 0150"))[0], [apart])
    assert plan.changed[0].changed == ("phone",)


def test_a_plan_has_a_digest_of_its_own() -> None:
    one = known()
    first, again = (rules.plan(read(entry(Rank="a"))[0], [one])[0] for _ in range(2))
    other = rules.plan(read(entry(Rank="b"))[0], [one])[0]
    assert first.digest == again.digest != other.digest


# Currency


@given(days, days)
def test_notices_come_sixty_thirty_and_seven_days_ahead(lapses_on: date, today: date) -> None:
    told = teams.notices(lapses_on)
    assert [(lapses_on - day).days for day in told] == [60, 30, 7]
    assert teams.lapses_soon(lapses_on, today) == (0 < (lapses_on - today).days <= 60)
    assert not teams.lapses_soon(None, today)


@given(
    st.sets(st.sampled_from(sorted(Area))), st.sets(st.sampled_from(sorted(Area))), st.booleans(), st.integers(0, 99)
)
def test_every_area_is_there_or_missing_or_lapsed(
    done: set[str], lapsed: set[str], is_suspended: bool, hours: int
) -> None:
    missing = teams.what_is_missing(
        designated_on=date(2024, 1, 1),
        lapses_on=None,
        training_hours=hours,
        modules=done,
        lapsed_modules=lapsed - done,
        is_suspended=is_suspended,
        today=date(2025, 1, 1),
    )
    said = {code for code in missing if code.startswith("module")}
    assert said == {f"module_lapsed:{a}" if a in lapsed else f"module:{a}" for a in set(Area) - done}
    assert ("hours" in missing) == (hours < 40)
    assert ("suspended" in missing) == is_suspended
