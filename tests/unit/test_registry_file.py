import zipfile
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

from libs.peer.registry import errors, layout, places, reading, report
from libs.peer.registry.rules import Reading, Standing

REAL_FILE = Path(__file__).parents[2] / "data" / "fcc-master-psap-registry-2026-02-06.xlsx"
TITLES = list(layout.COLUMNS.values())
ROW = ["3906", "Ray County 9-1-1", "MO", "Ray", "Richmond", "NC", "", ""]
KANSAS_CITY = {
    "MO": ["Cass", "Clay", "Jackson", "Platte", "Ray"],
    "KS": ["Johnson", "Leavenworth", "Miami", "Wyandotte"],
}

_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def xlsx(path: Path, sheets: dict[str, list[list[str]]]) -> Path:
    """Write the least that Excel calls a workbook."""
    listed = "".join(f'<sheet name="{n}" sheetId="{i}" r:id="r{i}"/>' for i, n in enumerate(sheets, 1))
    related = "".join(
        f'<Relationship Id="r{i}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{i}.xml"/>'
        for i, _ in enumerate(sheets, 1)
    )
    with zipfile.ZipFile(path, "w") as book:
        book.writestr("[Content_Types].xml", f'<Types xmlns="{_PACKAGE}/content-types"/>')
        book.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{_PACKAGE}/relationships">'
            f'<Relationship Id="r1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
            "</Relationships>",
        )
        book.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{listed}</sheets></workbook>',
        )
        book.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{_PACKAGE}/relationships">{related}</Relationships>',
        )
        for i, rows in enumerate(sheets.values(), 1):
            book.writestr(f"xl/worksheets/sheet{i}.xml", _sheet(rows))
    return path


def _sheet(rows: list[list[str]]) -> str:
    written = "".join(
        f'<row r="{n}">'
        + "".join(
            f'<c r="{chr(65 + column)}{n}" t="inlineStr"><is><t>{escape(text)}</t></is></c>'
            for column, text in enumerate(row)
            if text
        )
        + "</row>"
        for n, row in enumerate(rows, 1)
    )
    return f'<worksheet xmlns="{_MAIN}"><sheetData>{written}</sheetData></worksheet>'


# The file as the FCC publishes it


@pytest.fixture(scope="module")
def real() -> Reading:
    return reading.read(REAL_FILE)


def test_the_report_of_the_real_file_adds_up_to_its_rows(real: Reading) -> None:
    counted = report.report(real)

    assert counted.adds_up
    assert counted.rows_read == 8915
    assert (counted.active_primary, counted.active_primary_ids) == (5725, 5723)
    assert (counted.secondary, counted.orphaned, counted.refused) == (820, 2370, ())
    assert (counted.catalogued, counted.superseded, counted.blank_rows) == (8913, 2, (6516,))
    assert len(counted.doubtful) == 32


def test_the_oddities_of_the_real_file_are_named(real: Reading) -> None:
    reasons = {(finding.sheet_row, finding.psap_id): finding.reason for finding in report.report(real).doubtful}

    assert reasons[1726, 3641].startswith("The comment says orphaned, the code M does not.")
    assert reasons[783, 2273].startswith("Type of Change “P” is not in the registry's legend.")
    assert reasons[784, 2272] == reasons[783, 2273]
    assert reasons[6283, 6888].endswith("row 484, last modified, is kept.")
    assert reasons[6295, 6865].endswith("row 485, last modified, is kept.")
    assert reasons[19, 8921] == "County “Madisoon” is read as Madison."
    assert {entry.changes for entry in real.entries} == {"NC", "O", "A", "M", "S", "M,S", "A,S", "M,P"}


def test_the_real_kansas_city_region_has_32_active_primaries(real: Reading) -> None:
    wanted = {
        (state, key) for state, names in KANSAS_CITY.items() for n in names for key in places.county_keys(n, state)
    }
    found = [
        entry
        for entry in real.entries
        if entry.standing is Standing.ACTIVE_PRIMARY
        and any((entry.state, key) in wanted for key in entry.county_key.split(places.SEPARATOR))
    ]

    assert len(found) == 32
    assert {(entry.state, entry.county) for entry in found} == {
        (s, n) for s, names in KANSAS_CITY.items() for n in names
    }


def test_every_entry_of_the_real_file_can_be_stored(real: Reading) -> None:
    ids = [entry.psap_id for entry in real.entries]

    assert ids == sorted(set(ids))
    for entry in real.entries:
        assert entry.name == " ".join(entry.name.split()) != ""
        assert entry.state in places.STATES.values()
        assert entry.county_key


# Files that are made


def test_another_sheet_may_come_first_and_the_header_anywhere(tmp_path: Path) -> None:
    sheets = {
        "notes": [["PSAP ID", "what it is"]],
        "psaps": [["Title"], ["", *reversed(TITLES)], ["", *reversed(ROW)]],
    }
    found = reading.read(xlsx(tmp_path / "moved.xlsx", sheets))

    assert found.sheet == "psaps"
    assert [(entry.psap_id, entry.county, entry.sheet_row) for entry in found.entries] == [(3906, "Ray", 3)]


def said(path: Path, error: type[errors.NotARegistry] = errors.NotARegistry) -> str:
    """What people read when this file is imported."""
    with pytest.raises(errors.NotARegistry) as refusal:
        reading.read(path)
    assert type(refusal.value) is error
    return refusal.value.detail


def test_a_missing_file_is_said_so(tmp_path: Path) -> None:
    assert said(tmp_path / "gone.xlsx").startswith("gone.xlsx cannot be opened: No such file")
    assert said(tmp_path).endswith("Is a directory. Check the path.")


@pytest.mark.parametrize(
    "content", [b"", b"PSAP ID,PSAP Name,State\n1,Ray,MO\n", b"%PDF-1.7", "PSAP \xff".encode("latin-1")]
)
def test_a_text_with_the_name_of_a_workbook_is_no_registry(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "registry.xlsx"
    path.write_bytes(content)

    assert said(path).startswith("registry.xlsx is no Excel workbook, whatever its name says. Import the .xlsx")


def test_an_old_or_locked_workbook_is_no_registry(tmp_path: Path) -> None:
    path = tmp_path / "registry.xlsx"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512))

    assert "locked with a password or in the old .xls format" in said(path)


def test_another_zip_is_no_registry(tmp_path: Path) -> None:
    path = tmp_path / "photos.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("content.xml", "")

    assert "photos.xlsx is no Excel workbook" in said(path)


def test_a_broken_download_is_said_so(tmp_path: Path) -> None:
    path = tmp_path / "half.xlsx"
    path.write_bytes(REAL_FILE.read_bytes()[:200_000])

    assert said(path).startswith("half.xlsx is damaged or was not downloaded to its end. Download")


def test_a_damaged_sheet_is_said_so(tmp_path: Path) -> None:
    path = tmp_path / "torn.xlsx"
    with zipfile.ZipFile(xlsx(tmp_path / "whole.xlsx", {"psaps": [TITLES, ROW]})) as whole:
        parts = {name: whole.read(name) for name in whole.namelist()}
    parts["xl/worksheets/sheet1.xml"] = parts["xl/worksheets/sheet1.xml"][:-40]
    with zipfile.ZipFile(path, "w") as book:
        for name, part in parts.items():
            book.writestr(name, part)

    assert "torn.xlsx is damaged: its sheets cannot be read." in said(path)


def test_a_bomb_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "LARGEST_CONTENT_BYTES", 10_000)
    path = xlsx(tmp_path / "bomb.xlsx", {"psaps": [TITLES, *[ROW] * 100]})

    assert "unpacks to far more" in said(path)
    monkeypatch.setattr(reading, "LARGEST_FILE_BYTES", 1000)
    assert "MB; the registry has less than 1 MB." in said(path)


def test_a_workbook_of_something_else_is_no_registry(tmp_path: Path) -> None:
    path = xlsx(tmp_path / "roster.xlsx", {"roster": [["Name", "State"], ["Ana", "MO"]], "empty": []})

    assert said(path).startswith("No sheet has the registry's header (PSAP ID, PSAP Name,")
    assert "Sheets in the file: “roster”, “empty”." in said(path)


def test_a_missing_column_is_named_with_its_row(tmp_path: Path) -> None:
    path = xlsx(tmp_path / "short.xlsx", {"psaps": [["Title"], [t for t in TITLES if t != "Type of Change"], ROW]})

    detail = said(path, errors.ColumnMissing)
    assert detail.startswith("The header in row 2 of sheet “psaps” has no column “Type of Change”. Add it")


def test_a_column_that_stands_twice_is_named(tmp_path: Path) -> None:
    path = xlsx(tmp_path / "twice.xlsx", {"psaps": [[*TITLES, "State"], ROW]})

    assert "has the column “State” more than once." in said(path, errors.ColumnTwice)


def test_a_registry_without_a_usable_row_is_refused(tmp_path: Path) -> None:
    bare = xlsx(tmp_path / "bare.xlsx", {"psaps": [TITLES]})
    useless = xlsx(tmp_path / "useless.xlsx", {"psaps": [TITLES, ["none", *ROW[1:]]]})

    assert said(bare, errors.RegistryEmpty).startswith("Sheet “psaps” has no rows.")
    assert "No row of sheet “psaps” can be used: row 2: PSAP ID “none”" in said(useless, errors.RegistryEmpty)
