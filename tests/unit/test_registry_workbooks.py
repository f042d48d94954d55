"""Real workbooks: whatever the order and the writing, the same catalogue; whatever is wrong, one sentence for each."""

import random
import zipfile
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from libs.peer.registry import cells, differences, errors, reading
from libs.peer.registry.differences import Difference, Known
from libs.peer.registry.rules import Psap, Standing
from tests import workbooks
from tests.workbooks import PLACES, TITLES

REAL_FILE = Path(__file__).parents[2] / "data" / "fcc-master-psap-registry-2026-02-06.xlsx"
ROW = [3906, "Ray County 9-1-1", "MO", "Ray", "Richmond", "NC", "", ""]
SIZE = 60


@pytest.fixture(scope="module")
def some_rows() -> list[workbooks.Row]:
    """A slice of the real file that holds each of its codes, and an id that stands twice."""
    rows = workbooks.rows_of(REAL_FILE)
    codes = {str(row[PLACES["changes"]]): row for row in rows}
    twice = [row for row in rows if row[PLACES["psap_id"]] == 6888]
    return [*rows[:SIZE], *codes.values(), *twice]


def catalogue(path: Path) -> list[tuple[Any, ...]]:
    """What a file says, without what says where in it."""
    found = reading.read(path)
    return [
        (e.psap_id, e.name, e.state, e.county, e.city, e.standing, e.changes, e.comments, e.modified_on)
        for e in found.entries
    ]


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_order_of_rows_and_columns_and_any_writing_of_codes_is_the_same_catalogue(
    data: st.DataObject, some_rows: list[workbooks.Row], tmp_path: Path
) -> None:
    plain = catalogue(workbooks.write(tmp_path / "plain.xlsx", {"psaps": [TITLES, *some_rows]}))
    rng = random.Random(data.draw(st.integers(0, 2**32)))  # noqa: S311 - Hypothesis draws the seed
    columns = data.draw(st.permutations(range(len(TITLES))))
    lead = data.draw(st.integers(0, 4))
    first = data.draw(st.booleans())

    rows = [_written_otherwise(row, rng) for row in some_rows]
    rng.shuffle(rows)
    sheet = [["Legend"]] * lead + [[row[place] for place in columns] for row in [[*TITLES], *rows]]
    sheets = {"notes": [["PSAP ID", "what it is"]], "psaps": sheet} if first else {"psaps": sheet}

    assert catalogue(workbooks.write(tmp_path / "other.xlsx", sheets)) == plain


def _written_otherwise(row: workbooks.Row, rng: random.Random) -> workbooks.Row:
    codes = [code.strip() for code in str(row[PLACES["changes"]]).split(",")]
    rng.shuffle(codes)
    between = rng.choice([",", ", ", " , ", "-", "/", "  ", ";"])
    text = between.join(rng.choice([code.lower(), code.upper()]) for code in codes)
    otherwise = list(row)
    otherwise[PLACES["changes"]] = rng.choice(["", " ", "\u00a0"]) + text + rng.choice(["", "  ", "\n"])
    otherwise[PLACES["psap_id"]] = rng.choice([row[PLACES["psap_id"]], f" {int(row[PLACES['psap_id']])} "])
    otherwise[PLACES["name"]] = f"  {row[PLACES['name']]} "
    return otherwise


def test_a_second_month_gives_the_differences_that_were_made(tmp_path: Path) -> None:
    rows = workbooks.rows_of(REAL_FILE)
    before = reading.read(REAL_FILE)
    single = [e for e in before.entries if e.psap_id not in {6888, 6865}]
    active = [e.psap_id for e in single if e.standing is Standing.ACTIVE_PRIMARY and not e.doubt]
    orphans = [e.psap_id for e in single if e.standing is Standing.ORPHANED and not e.doubt]
    made = workbooks.second_month(rows, active[100:108], orphans)
    after = reading.read(workbooks.write(tmp_path / "march.xlsx", {"v3": [TITLES, *made.rows]}))

    found = differences.compare({e.psap_id: Known.of(e) for e in before.entries}, map(Known.of, after.entries))

    by_kind = {kind: {change.psap_id for change in found if change.kind is kind} for kind in Difference}
    assert by_kind[Difference.NEW] == made.new
    assert by_kind[Difference.GONE] == made.gone
    assert by_kind[Difference.RENAMED] == made.renamed
    assert by_kind[Difference.MOVED] == made.moved
    assert by_kind[Difference.ORPHANED] == made.orphaned
    assert by_kind[Difference.BACK_IN_SERVICE] == made.back
    assert len(found) == 10


def test_the_same_file_again_differs_in_nothing_and_a_first_one_neither() -> None:
    entries = reading.read(REAL_FILE).entries
    assert differences.compare({e.psap_id: Known.of(e) for e in entries}, map(Known.of, entries)) == ()
    assert differences.compare({}, map(Known.of, entries)) == ()


def _psap(standing: Standing) -> Psap:
    return Psap(1, "A", "MO", "Ray", "ray", "Richmond", standing, "NC", "", None, None, 2)


@pytest.mark.parametrize(
    ("was", "now", "kind"),
    [
        (Standing.ACTIVE_PRIMARY, Standing.ORPHANED, Difference.ORPHANED),
        (Standing.SECONDARY, Standing.ORPHANED, Difference.ORPHANED),
        (Standing.ORPHANED, Standing.SECONDARY, Difference.BACK_IN_SERVICE),
        (Standing.ACTIVE_PRIMARY, Standing.SECONDARY, Difference.NOW_SECONDARY),
        (Standing.SECONDARY, Standing.ACTIVE_PRIMARY, Difference.NOW_PRIMARY),
    ],
)
def test_a_change_of_standing_has_a_name_of_its_own(was: Standing, now: Standing, kind: Difference) -> None:
    found = differences.compare({1: Known.of(_psap(was))}, [Known.of(_psap(now))])
    assert [(change.kind, change.was, change.becomes) for change in found] == [(kind, was.value, now.value)]


# Files that are wrong


def said(path: Path, error: type[errors.NotARegistry] = errors.NotARegistry) -> str:
    with pytest.raises(errors.NotARegistry) as refusal:
        reading.read(path)
    assert type(refusal.value) is error
    return refusal.value.detail


def test_merged_cells_below_the_header_are_named_and_those_above_are_fine(tmp_path: Path) -> None:
    path = tmp_path / "merged.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("psaps")
        sheet.merge_range(0, 0, 0, 7, "Title")
        for number, row in enumerate([TITLES, ROW, [3907, *ROW[1:]]], 1):
            sheet.write_row(number, 0, row)
        sheet.merge_range(2, 3, 3, 3, "Ray")

    detail = said(path, errors.CellsUnusable)
    assert detail == (
        "Row 3, column “County”: cells D3:D4 are merged, so that only the first has a value. "
        "Unmerge them and fill in every row. Nothing was imported."
    )


def test_a_formula_with_its_value_is_read_and_one_without_is_named(tmp_path: Path) -> None:
    path = tmp_path / "formula.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("psaps")
        sheet.write_row(0, 0, TITLES)
        sheet.write_row(1, 0, ROW)
        sheet.write_formula(1, 1, '="Ray " & "County"', None, "Ray County")
    assert reading.read(path).entries[0].name == "Ray County"

    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("psaps")
        sheet.write_row(0, 0, TITLES)
        sheet.write_row(1, 0, ROW)
        sheet.write_formula(1, 1, '="Ray"', None, "")
        sheet.write_formula(1, 4, "=1/0", None, "#DIV/0!")
    lines = said(path, errors.CellsUnusable).split("\n")
    assert lines[0].startswith("Row 2, column “PSAP Name”: cell B2 holds a formula without its value. Put the plain")
    assert lines[1].startswith("Row 2, column “City”: cell E2 holds an error such as #REF!.")


def test_many_problems_are_cut_where_nobody_reads_on(tmp_path: Path) -> None:
    path = tmp_path / "merged.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("psaps")
        sheet.write_row(0, 0, TITLES)
        for number in range(1, 90, 2):
            sheet.write_row(number, 0, [number, *ROW[1:]])
            sheet.merge_range(number, 2, number + 1, 2, "MO")
    lines = said(path, errors.CellsUnusable).split("\n")
    assert len(lines) == errors.SHOWN_PROBLEMS + 1
    assert lines[-1] == "And 25 more of the same kind. Nothing was imported."


def test_a_workbook_with_macros_is_refused(tmp_path: Path) -> None:
    path = workbooks.write(tmp_path / "macros.xlsm", {"psaps": [TITLES, ROW]})
    with zipfile.ZipFile(path, "a") as book:
        book.writestr("xl/vbaProject.bin", b"\xd0\xcf\x11\xe0")
    assert said(path).startswith("macros.xlsm holds macros; the FCC's file has none. Download")


def test_a_bomb_that_declares_less_than_it_holds_is_refused(tmp_path: Path) -> None:
    path = workbooks.write(tmp_path / "bomb.xlsx", {"psaps": [TITLES, ROW]})
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as book:
        book.writestr("xl/media/image1.png", bytes(8 * 1024**2))
    raw = bytearray(path.read_bytes())
    at = raw.rindex(b"xl/media/image1.png") - 46  # the central directory's entry: its size, 24 bytes in
    assert raw[at : at + 4] == b"PK\x01\x02"
    raw[at + 24 : at + 28] = (1000).to_bytes(4, "little")
    path.write_bytes(bytes(raw))
    assert said(path).startswith("bomb.xlsx is damaged")


def test_200_mb_are_refused_without_being_read(tmp_path: Path) -> None:
    path = tmp_path / "large.xlsx"
    with path.open("wb") as file:
        file.write(b"PK\x03\x04")
        file.truncate(200 * 1024**2)
    assert said(path).startswith("large.xlsx has 200 MB; the registry has less than 1 MB.")


def test_one_cell_far_out_does_not_fill_the_memory(tmp_path: Path) -> None:
    path = workbooks.write(tmp_path / "far.xlsx", {"psaps": [TITLES, ROW]})
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("psaps")
        sheet.write_row(0, 0, TITLES)
        sheet.write(1_048_575, 16_383, "far out")
    assert said(path).startswith("Sheet “psaps” stretches over 1,048,576 rows and 16,384 columns. Delete")


@given(st.integers(0, 1_000_000), st.integers(0, 16_383))
def test_cells_are_called_as_excel_calls_them(row: int, column: int) -> None:
    name = cells._name(row, column)
    letters = name.rstrip("0123456789")
    assert cells._column(letters) == column
    assert int(name[len(letters) :]) == row + 1
