import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.peer.registry import layout, report, rules
from libs.peer.registry.rules import Cell, Finding, Psap, Reading, SheetRow, Standing

FIELDS = tuple(layout.COLUMNS)
ORPHANED = "Orphaned PSAP no longer considered a primary call taking answering point."
SECONDARY = "PSAP is either a Duplicate or a Secondary PSAP. Calls are handled by PSAP #7329"
MODIFIED = "PSAP Name, State, County or City text has been modified since the original posting."
ADDED = "PSAP was added since the original posting of the FCC Registry."


def row(**cells: Cell) -> SheetRow:
    usual: dict[str, Cell] = {
        "psap_id": 3906.0,
        "name": "Ray County 9-1-1",
        "state": "MO",
        "county": "Ray",
        "city": "Richmond",
        "changes": "NC",
        "comments": "",
        "modified": "",
    }
    return SheetRow(12, **{**usual, **cells})


def accepted(**cells: Cell) -> Psap:
    outcome = rules.classify(row(**cells))
    assert isinstance(outcome, Psap)
    return outcome


def refused(**cells: Cell) -> Finding:
    outcome = rules.classify(row(**cells))
    assert isinstance(outcome, Finding)
    return outcome


# Codes and standing


@pytest.mark.parametrize("written", ["M, S", "S, M", "M,S", "M-S", "m-s", " s ,M", "S\nM", "M/S", "S M S"])
def test_a_code_written_in_any_way_is_one_code(written: str) -> None:
    assert rules.change_codes(written) == ("M", "S")


def test_a_code_outside_the_legend_stands_last() -> None:
    assert rules.change_codes("P, M") == ("M", "P")


@pytest.mark.parametrize(
    ("changes", "standing"),
    [
        ("NC", Standing.ACTIVE_PRIMARY),
        ("A", Standing.ACTIVE_PRIMARY),
        ("M", Standing.ACTIVE_PRIMARY),
        ("P, M", Standing.ACTIVE_PRIMARY),
        ("S", Standing.SECONDARY),
        ("A, S", Standing.SECONDARY),
        ("M-S", Standing.SECONDARY),
        ("O", Standing.ORPHANED),
        ("S, O", Standing.ORPHANED),
    ],
)
def test_the_code_decides_what_a_psap_is(changes: str, standing: Standing) -> None:
    assert accepted(changes=changes).standing is standing


@pytest.mark.parametrize(
    ("changes", "comments", "standing", "doubt"),
    [
        ("M", ORPHANED, Standing.ACTIVE_PRIMARY, "The comment says orphaned, the code M does not."),
        (
            "M",
            f"{MODIFIED} {SECONDARY}",
            Standing.ACTIVE_PRIMARY,
            "The comment says secondary, the code M does not.",
        ),
        ("O", ADDED, Standing.ORPHANED, "The comment says added, the code O does not."),
        ("NC", MODIFIED, Standing.ACTIVE_PRIMARY, "The comment says modified, the code NC does not."),
        ("P, M", MODIFIED, Standing.ACTIVE_PRIMARY, "Type of Change “P” is not in the registry's legend."),
        ("NC, M", MODIFIED, Standing.ACTIVE_PRIMARY, "Type of Change says both no change and a change."),
        ("", "", Standing.ACTIVE_PRIMARY, "Type of Change is empty."),
        ("", ORPHANED, Standing.ORPHANED, "Type of Change is empty."),
        ("X", SECONDARY, Standing.SECONDARY, "Type of Change “X” is not in the registry's legend."),
    ],
)
def test_a_row_that_contradicts_itself_is_kept_and_doubted(
    changes: str, comments: str, standing: Standing, doubt: str
) -> None:
    psap = accepted(changes=changes, comments=comments)

    assert psap.standing is standing
    assert psap.doubt == f"{doubt} Taken as {standing.value.replace('_', ' ')}."


@pytest.mark.parametrize(
    ("changes", "comments"),
    [
        ("NC", ""),
        ("O", ORPHANED),
        ("O", "Ophaned PSAP"),
        ("S, M", SECONDARY),
        ("M,S", MODIFIED),
        ("A", ADDED),
    ],
)
def test_a_row_whose_comment_says_what_its_code_says_is_not_doubted(changes: str, comments: str) -> None:
    assert accepted(changes=changes, comments=comments).doubt is None


# Cells


@pytest.mark.parametrize("cell", [3906, 3906.0, "3906", " 3906 "])
def test_a_psap_id_is_a_number_or_its_digits(cell: Cell) -> None:
    assert accepted(psap_id=cell).psap_id == 3906


@pytest.mark.parametrize("cell", ["", "none", 0, -4, 3906.5, float("nan"), float("inf"), 1e300, True, "٣", 2**31])
def test_a_row_without_a_psap_id_is_refused(cell: Cell) -> None:
    finding = refused(psap_id=cell)

    assert (finding.sheet_row, finding.psap_id) == (12, None)
    assert "is no whole number above 0" in finding.reason


def test_a_row_without_a_name_or_a_state_is_refused() -> None:
    assert refused(name=" \n").reason == "PSAP Name is empty."
    assert refused(state="MOO").reason == "State “MOO” is no state or territory."


def test_text_is_one_line_without_blanks_at_its_ends() -> None:
    psap = accepted(name="Mount Rainer\nNational  Park\xa0", county="Cook ", city=" Ft.  Polk\x00", state=" missouri")

    assert (psap.name, psap.county, psap.city, psap.state) == (
        "Mount Rainer National Park",
        "Cook",
        "Ft. Polk",
        "MO",
    )


@pytest.mark.parametrize(
    "cell",
    [
        date(2026, 2, 6),
        datetime.fromisoformat("2026-02-06T10:38"),
        46059.0,
        46059.9,
        "2026-02-06",
        "2/6/2026",
        "2/6/2026 10:38",
    ],
)
def test_a_date_is_read_in_every_way_it_is_written(cell: Cell) -> None:
    psap = accepted(modified=cell)

    assert (psap.modified_on, psap.doubt) == (date(2026, 2, 6), None)


@pytest.mark.parametrize("cell", ["soon", "2026-02-30", "13/1/2026", -1.0, 1e12, True, time(10, 38), timedelta(days=1)])
def test_what_is_no_date_is_left_out_and_doubted(cell: Cell) -> None:
    psap = accepted(modified=cell)

    assert psap.modified_on is None
    assert psap.doubt == f"Date Last Modified “{rules.plain_text(cell)}” is no date."


def test_a_missing_date_is_no_doubt() -> None:
    assert accepted(modified=" ").modified_on is None
    assert accepted(modified=" ").doubt is None


# Rows of one id


def read(*rows: SheetRow) -> Reading:
    return rules.catalogue(replace(each, number=number) for number, each in enumerate(rows, start=12))


def test_of_two_rows_of_an_id_the_one_last_modified_is_kept() -> None:
    reading = read(row(changes="NC"), row(changes="M", comments=MODIFIED, modified=date(2025, 1, 16)))

    assert [entry.sheet_row for entry in reading.entries] == [13]
    assert reading.entries[0].doubt is None
    (other,) = reading.superseded
    assert other.doubt == "PSAP id 3906 stands in more than one row; row 13, last modified, is kept."


def test_rows_of_an_id_that_contradict_each_other_are_both_doubted() -> None:
    reading = read(row(changes="O", comments=ORPHANED, modified=date(2024, 1, 1)), row(changes="NC"))

    assert reading.entries[0].standing is Standing.ORPHANED
    assert reading.entries[0].doubt is not None
    assert "differs in standing, name or place" in reading.entries[0].doubt
    counted = report.report(reading)
    assert (counted.active_primary, counted.active_primary_ids, counted.orphaned) == (1, 0, 1)
    assert counted.adds_up


# The report


def test_the_report_counts_every_row_once_and_is_json() -> None:
    reading = read(
        row(psap_id=1),
        row(psap_id=1),
        row(psap_id=2, changes="S"),
        row(psap_id=3, changes="O"),
        row(psap_id="?"),
    )
    counted = report.report(reading)

    assert counted.adds_up
    assert (counted.rows_read, counted.catalogued, counted.superseded) == (5, 3, 1)
    assert (counted.active_primary, counted.active_primary_ids, counted.secondary, counted.orphaned) == (
        2,
        1,
        1,
        1,
    )
    written = json.loads(json.dumps(counted.as_json()))
    assert written["refused"] == [
        {"sheet_row": 16, "psap_id": None, "reason": "PSAP ID “?” is no whole number above 0."}
    ]
    assert [finding["sheet_row"] for finding in written["doubtful"]] == [13]


# Properties

CELLS: st.SearchStrategy[Cell] = st.one_of(
    st.text(max_size=8),
    st.integers(-2, 9),
    st.floats(),
    st.booleans(),
    st.dates(),
    st.datetimes(),
    st.times(),
    st.timedeltas(),
)
CASES: list[Callable[[str], str]] = [str.upper, str.lower, str.title]
CODES = st.lists(st.sampled_from(["NC", "O", "A", "M", "S", "P"]), max_size=3, unique=True)
ROWS = st.fixed_dictionaries(
    {
        "psap_id": st.integers(0, 4),
        "name": st.sampled_from(["Ray County 9-1-1", "Belton Police Department", ""]),
        "state": st.sampled_from(["MO", "KS", "Kansas"]),
        "county": st.sampled_from(["Ray", "Cass", "Clay, Ray", ""]),
        "city": st.sampled_from(["Richmond", ""]),
        "comments": st.sampled_from(["", ORPHANED, SECONDARY, MODIFIED]),
        "modified": st.sampled_from(["", date(2025, 1, 16), datetime.fromisoformat("2025-01-16T09:00"), 45000.0]),
        "codes": CODES,
    }
)


@st.composite
def spelled(draw: st.DrawFn, codes: list[str]) -> str:
    """One of the ways to write codes: any order, case, separator and blanks."""
    separator = draw(st.sampled_from([", ", ",", "-", " , ", "/", " ", "\n"]))
    text = separator.join(draw(st.permutations(codes)))
    cased = draw(st.sampled_from(CASES))(text)
    return draw(st.sampled_from(["", " ", "\xa0"])) + cased + draw(st.sampled_from(["", "  ", "\n"]))


@st.composite
def sheets(draw: st.DrawFn, rows: list[dict[str, Cell | list[str]]]) -> layout.Grid:
    """One of the sheets that hold these rows: any order of rows and columns, titles and codes anyhow."""
    columns = draw(st.permutations([*FIELDS, "remark"]))
    cased = draw(st.sampled_from(CASES))
    grid: list[list[Cell]] = [["FCC Master PSAP Registry"], [], ["Type of Change", "Description"]]
    grid.append([f" {cased(layout.COLUMNS.get(column, column))} " for column in columns])
    for each in draw(st.permutations(rows)):
        cells: dict[str, Cell] = {field: cell for field, cell in each.items() if not isinstance(cell, list)}
        codes = each["codes"]
        assert isinstance(codes, list)
        grid.append([{**cells, "changes": draw(spelled(codes)), "remark": ""}[column] for column in columns])
    return grid


def read_grid(grid: layout.Grid) -> Reading:
    header = layout.find_header(grid)
    assert header is not None
    rows, blank = layout.rows_below(grid, header)
    return rules.catalogue(rows, blank_rows=blank)


def without_rows(reading: Reading) -> tuple[object, ...]:
    """All that a reading says, apart from where in the sheet it stood."""
    entries = [replace(entry, sheet_row=0) for entry in reading.entries]
    superseded = Counter(replace(psap, sheet_row=0, doubt=None) for psap in reading.superseded)
    return entries, superseded, Counter(finding[1:] for finding in reading.refused), reading.rows_read


@settings(max_examples=25)
@given(rows=st.lists(ROWS, max_size=6), data=st.data())
def test_order_of_rows_and_columns_and_spelling_of_codes_change_nothing(
    rows: list[dict[str, Cell | list[str]]], data: st.DataObject
) -> None:
    first, second = data.draw(sheets(rows)), data.draw(sheets(rows))

    assert without_rows(read_grid(first)) == without_rows(read_grid(second))


@settings(max_examples=25)
@given(st.lists(st.lists(CELLS, min_size=8, max_size=8), max_size=4))
def test_whatever_cells_hold_the_report_adds_up(cells: list[list[Cell]]) -> None:
    reading = rules.catalogue(SheetRow(number, *each) for number, each in enumerate(cells, start=12))

    counted = report.report(reading)
    assert counted.adds_up
    assert counted.rows_read == len(cells)
    json.dumps(counted.as_json())


@settings(max_examples=100)
@given(CELLS)
def test_text_of_any_cell_can_be_stored(cell: Cell) -> None:
    text = rules.plain_text(cell)

    assert "\0" not in text
    assert text.encode().decode() == text
    assert rules.plain_text(text) == text
