"""Opens a roster file: CSV in whatever encoding and separator, or a workbook. The only place that knows formats."""

import csv
import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum

from libs.peer.roster import columns
from libs.peer.roster.errors import NotARoster

LARGEST_FILE_BYTES = 12 * 1024**2
"""50,000 members with room to spare; a region has some hundred."""
LARGEST_CONTENT_BYTES = 200 * 1024**2
"""Of a workbook, unpacked."""
MOST_ROWS = 60_000
LONGEST_CELL = 2_000
_ZIP, _OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab"}
_START_OVER = "Save it as .xlsx or as CSV UTF-8, or start from the template."
_INVISIBLE = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
"""Comes along when numbers and names are copied out of other programs; joiners within names and emoji stay."""
_GUARDED = tuple("=+-@'\t\r")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file as rows of text.

    Attributes:
        rows: (line, cells) of every row that holds something, in order; lines count as a spreadsheet's rows do.
        encoding: `utf-8`, `windows-1252`, `utf-16` or `xlsx`.
        separator: comma, semicolon, tab; empty for a workbook.
    """

    rows: tuple[tuple[int, tuple[str, ...]], ...]
    encoding: str
    separator: str


def read(content: bytes) -> Sheet:
    """Read a roster file. Takes about a second for 50,000 rows; blocks, so call it in a thread where a loop runs.

    Raises:
        NotARoster: empty, too large, no text and no workbook, locked, or damaged.
    """
    if len(content) > LARGEST_FILE_BYTES:
        raise NotARoster(f"The file is larger than {LARGEST_FILE_BYTES // 1024**2} MB, far more than a roster holds.")
    if content.startswith(_OLD_EXCEL):
        raise NotARoster("The workbook is locked with a password or in the old .xls format. " + _START_OVER)
    if content.startswith(_ZIP):
        return Sheet(tuple(_numbered(_of_workbook(content))), "xlsx", "")
    text, encoding = _decoded(content)
    separator = _separator(text)
    try:
        rows = tuple(_numbered(csv.reader(io.StringIO(text, newline=""), delimiter=separator)))
    except csv.Error as wrong:
        raise NotARoster("The text is no table: a quote is opened and never closed. " + _START_OVER) from wrong
    return Sheet(rows, encoding, _SEPARATORS[separator])


def _numbered(rows: Iterator[Sequence[str]]) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Number the rows from 1, leave out the empty ones, and insist on there being some, and not too many."""
    count = 0
    for line, row in enumerate(rows, start=1):
        if any(cell.strip() for cell in row):
            count += 1
            yield line, tuple(_bare(cell) for cell in row)
        if count > MOST_ROWS:
            raise NotARoster(f"The file has more than {MOST_ROWS:,} lines. Import it in parts.")
    if not count:
        raise NotARoster("The file is empty. " + _START_OVER)


def _bare(cell: str) -> str:
    """Return a cell's text on one line, without the quote that guards a formula (`writing.guarded`)."""
    text = " ".join(_INVISIBLE.sub("", cell[: LONGEST_CELL + 1]).split())
    return text[1:] if text.startswith("'") and text[1:].startswith(_GUARDED) else text


def _decoded(content: bytes) -> tuple[str, str]:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        text, encoding = content.decode("utf-16", "replace"), "utf-16"
    else:
        try:
            text, encoding = content.decode("utf-8-sig"), "utf-8"
        except UnicodeDecodeError:
            # Every byte of Latin-1 that prints is the same in Windows-1252, which has five bytes that mean nothing.
            text, encoding = content.decode("windows-1252", "replace"), "windows-1252"
    if "\x00" in text:
        raise NotARoster("The file is neither text nor a workbook. " + _START_OVER)
    return text, encoding


def _separator(text: str) -> str:
    """Choose the separator that makes the first line a header; the commonest one where none does."""
    first = next((line for line in text.splitlines() if line.strip()), "")

    def fits(separator: str) -> tuple[int, int]:
        cells = next(csv.reader([first], delimiter=separator), [])
        known = columns.header(1, cells).places
        return len(known), Counter(first)[separator]

    return max(_SEPARATORS, key=fits)


def _of_workbook(content: bytes) -> Iterator[list[str]]:
    """Yield the rows of the sheet whose first row names most of our columns."""
    _check_archive(content)
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(content)) as book:
            names = [sheet.name for sheet in book.sheets_metadata if sheet.typ is SheetTypeEnum.WorkSheet]
            grids = [book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in names]
    except (CalamineError, OSError, ValueError) as wrong:
        raise NotARoster("The workbook is damaged or locked with a password. " + _START_OVER) from wrong
    tables = [[[_text(cell) for cell in row] for row in grid] for grid in grids]
    if not tables:
        raise NotARoster("The workbook has no sheet with cells. " + _START_OVER)
    yield from max(tables, key=lambda table: max((_known(row) for row in table[:1]), default=-1))


def _known(row: Sequence[str]) -> int:
    return len(columns.header(1, row).places)


def _check_archive(content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
    except zipfile.BadZipFile as wrong:
        raise NotARoster("The workbook is damaged. " + _START_OVER) from wrong
    if not any(part.filename == "xl/workbook.xml" for part in parts):
        raise NotARoster("The file is an archive, and no Excel workbook. " + _START_OVER)
    if sum(part.file_size for part in parts) > LARGEST_CONTENT_BYTES:
        raise NotARoster("The workbook unpacks to far more than a roster holds. " + _START_OVER)


def _text(cell: object) -> str:
    """Return a workbook's cell as somebody would type it."""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else str(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    return cell.isoformat() if isinstance(cell, date) else str(cell)
