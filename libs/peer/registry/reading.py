"""Opens the FCC's workbook. The only place of this area that touches a file."""

import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum

from libs.peer.registry import cells, errors, layout, rules

LARGEST_FILE_BYTES = 50 * 1024**2
"""A hundred times the file of 2026-02-06, which has 0.5 MB."""

LARGEST_CONTENT_BYTES = 64 * 1024**2
"""Fifteen times what that file holds unpacked, 4.1 MB; reading takes some ten times of it in memory."""

MOST_CELLS = 5_000_000
"""Fifty times what that file's sheet stretches over."""

_MACROS = "xl/vbaProject.bin"
_CHUNK_BYTES = 1024**2
_ZIP = b"PK\x03\x04"
_OLD_OR_LOCKED = b"\xd0\xcf\x11\xe0"
_NO_XLSX = "Import the .xlsx file that the FCC publishes, not a text or a copy saved in another format."


def read(path: Path) -> rules.Reading:
    """Read a registry file.

    The sheet and the header are found by the titles of the columns, wherever they stand. Takes about half a
    second for the nation; blocks, so call it in a thread where a loop runs.

    Args:
        path: an .xlsx file; its name does not matter.

    Returns:
        At least one entry.

    Raises:
        NotARegistry: no such file, no XLSX, damaged, too large, with macros, or no sheet with the registry's columns.
        ColumnMissing: the header lacks columns.
        ColumnTwice: the header has a column twice.
        CellsUnusable: cells that are merged, hold an error, or a formula that nobody has computed.
        RegistryEmpty: no rows, or none that can be used.
    """
    _check_is_xlsx(path)
    sheets = _sheets(path)
    found, header = _sheet_with_header(sheets)
    name, grid = found.name, found.grid
    if header.missing:
        raise errors.ColumnMissing(header.missing, name, header.row)
    if header.repeated:
        raise errors.ColumnTwice(header.repeated, name, header.row)
    columns = {place: layout.COLUMNS[field] for field, place in header.places.items()}
    wrong = cells.merged(found.merged, columns, header.index)
    wrong += cells.without_value(path, found.place, columns, header.index)
    if wrong:
        raise errors.CellsUnusable(wrong)
    rows, blank_rows = layout.rows_below(grid, header)
    reading = rules.catalogue(rows, sheet=name, blank_rows=blank_rows)
    if not reading.entries:
        first = reading.refused[0] if reading.refused else None
        raise errors.RegistryEmpty(name, f"row {first.sheet_row}: {first.reason}" if first else "")
    return reading


def _check_is_xlsx(path: Path) -> None:
    try:
        with path.open("rb") as file:
            start = file.read(len(_ZIP))
        size = path.stat().st_size
    except OSError as wrong:
        reason = wrong.strerror or "it cannot be read"
        raise errors.NotARegistry(f"{path.name} cannot be opened: {reason}.", "Check the path.") from wrong
    if size > LARGEST_FILE_BYTES:
        raise errors.NotARegistry(f"{path.name} has {size // 1024**2} MB; the registry has less than 1 MB.")
    if start == _OLD_OR_LOCKED:
        raise errors.NotARegistry(f"{path.name} is locked with a password or in the old .xls format.", _NO_XLSX)
    if start != _ZIP:
        raise errors.NotARegistry(f"{path.name} is no Excel workbook, whatever its name says.", _NO_XLSX)
    _check_content(path)


def _check_content(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            parts = {part.filename: part for part in archive.infolist()}
            if "xl/workbook.xml" not in parts:
                raise errors.NotARegistry(f"{path.name} is no Excel workbook, whatever its name says.", _NO_XLSX)
            if _MACROS in parts:
                raise errors.NotARegistry(f"{path.name} holds macros; the FCC's file has none.")
            if sum(part.file_size for part in parts.values()) > LARGEST_CONTENT_BYTES:
                raise errors.NotARegistry(f"{path.name} unpacks to far more than the registry holds.")
            for name in parts:
                _unpack(archive, name)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as wrong:
        raise errors.NotARegistry(f"{path.name} is damaged or was not downloaded to its end.") from wrong


def _unpack(archive: zipfile.ZipFile, name: str) -> None:
    """Unpack one part into nowhere: no more comes out than it declares, and one that has more does not match its sum.

    Without this a part that declares 1 kB and holds 50 GB would be found out by running out of memory.
    """
    with archive.open(name) as part:
        while part.read(_CHUNK_BYTES):
            pass


@dataclass(frozen=True, slots=True)
class _Sheet:
    """A sheet's name, its place among all of the workbook's from 0, its cells, and what is merged in it."""

    name: str
    place: int
    grid: layout.Grid
    merged: tuple[tuple[cells.Corner, cells.Corner], ...]


def _sheets(path: Path) -> list[_Sheet]:
    try:
        with path.open("rb") as file, CalamineWorkbook.from_filelike(file) as book:
            sheets = []
            for place, about in enumerate(book.sheets_metadata):
                if about.typ is SheetTypeEnum.WorkSheet:
                    _check_extent(path, about.name, place)
                    sheet = book.get_sheet_by_name(about.name)
                    grid = sheet.to_python(skip_empty_area=False)
                    sheets.append(_Sheet(about.name, place, grid, tuple(sheet.merged_cell_ranges or ())))
            return sheets
    except PasswordError as wrong:
        raise errors.NotARegistry(f"{path.name} is locked with a password.", _NO_XLSX) from wrong
    except CalamineError as wrong:
        raise errors.NotARegistry(f"{path.name} is damaged: its sheets cannot be read.") from wrong


def _check_extent(path: Path, name: str, place: int) -> None:
    """Refuse a sheet that would fill the memory with nothing: one cell far out makes a grid of billions."""
    rows, columns = cells.extent(path, place)
    if rows * columns > MOST_CELLS:
        wrong = f"Sheet “{name}” stretches over {rows:,} rows and {columns:,} columns."
        raise errors.NotARegistry(wrong, "Delete what stands far out, or import the file as the FCC publishes it.")


def _sheet_with_header(sheets: list[_Sheet]) -> tuple[_Sheet, layout.Header]:
    """Return the sheet whose header has most of the columns, the first of equals."""
    best: tuple[_Sheet, layout.Header] | None = None
    for sheet in sheets:
        header = layout.find_header(sheet.grid)
        if header and (best is None or len(header.places) > len(best[1].places)):
            best = sheet, header
    if best is None:
        names = ", ".join(f"“{sheet.name}”" for sheet in sheets) or "none at all"
        titles = ", ".join(layout.COLUMNS.values())
        wrong = f"No sheet has the registry's header ({titles}). Sheets in the file: {names}."
        raise errors.NotARegistry(wrong)
    return best
