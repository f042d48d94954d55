"""Opens the FCC's workbook. The only place of this area that touches a file."""

import zipfile
from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum

from libs.peer.registry import errors, layout, rules

LARGEST_FILE_BYTES = 50 * 1024**2
"""A hundred times the file of 2026-02-06, which has 0.5 MB."""

LARGEST_CONTENT_BYTES = 400 * 1024**2
"""A hundred times what that file holds unpacked, 4.1 MB."""

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
        NotARegistry: no such file, no XLSX, damaged, too large, or no sheet with the registry's columns.
        ColumnMissing: the header lacks columns.
        ColumnTwice: the header has a column twice.
        RegistryEmpty: no rows, or none that can be used.
    """
    _check_is_xlsx(path)
    name, grid, header = _sheet_with_header(_grids(path))
    if header.missing:
        raise errors.ColumnMissing(header.missing, name, header.row)
    if header.repeated:
        raise errors.ColumnTwice(header.repeated, name, header.row)
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
            parts = archive.infolist()
    except zipfile.BadZipFile as wrong:
        raise errors.NotARegistry(f"{path.name} is damaged or was not downloaded to its end.") from wrong
    if not any(part.filename == "xl/workbook.xml" for part in parts):
        raise errors.NotARegistry(f"{path.name} is no Excel workbook, whatever its name says.", _NO_XLSX)
    if sum(part.file_size for part in parts) > LARGEST_CONTENT_BYTES:
        raise errors.NotARegistry(f"{path.name} unpacks to far more than the registry holds.")


def _grids(path: Path) -> list[tuple[str, layout.Grid]]:
    try:
        with path.open("rb") as file, CalamineWorkbook.from_filelike(file) as book:
            names = [sheet.name for sheet in book.sheets_metadata if sheet.typ is SheetTypeEnum.WorkSheet]
            return [(name, book.get_sheet_by_name(name).to_python(skip_empty_area=False)) for name in names]
    except PasswordError as wrong:
        raise errors.NotARegistry(f"{path.name} is locked with a password.", _NO_XLSX) from wrong
    except CalamineError as wrong:
        raise errors.NotARegistry(f"{path.name} is damaged: its sheets cannot be read.") from wrong


def _sheet_with_header(grids: list[tuple[str, layout.Grid]]) -> tuple[str, layout.Grid, layout.Header]:
    """Return the sheet whose header has most of the columns, the first of equals."""
    best: tuple[str, layout.Grid, layout.Header] | None = None
    for name, grid in grids:
        header = layout.find_header(grid)
        if header and (best is None or len(header.places) > len(best[2].places)):
            best = name, grid, header
    if best is None:
        names = ", ".join(f"“{name}”" for name, _ in grids) or "none at all"
        titles = ", ".join(layout.COLUMNS.values())
        wrong = f"No sheet has the registry's header ({titles}). Sheets in the file: {names}."
        raise errors.NotARegistry(wrong)
    return best
