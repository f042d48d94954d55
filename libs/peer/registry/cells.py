"""Cells of a workbook that do not say what they seem to: merged ones, errors, formulas that nobody has computed."""

import re
import zipfile
from collections.abc import Iterable
from pathlib import Path

Corner = tuple[int, int]
"""(row, column) of a cell, from 0."""

_SHEET = re.compile(rb"<(?:\w+:)?sheet\b([^>]*)>")
_RELATED = re.compile(rb"<(?:\w+:)?Relationship\b([^>]*)>")
_ATTRIBUTE = re.compile(rb"([\w:]+)\s*=\s*[\"']([^\"']*)[\"']")
_CELL = re.compile(rb"<(?:\w+:)?c\b([^>]*[^/])>(.*?)</(?:\w+:)?c>", re.DOTALL)
_FORMULA, _VALUE = re.compile(rb"<(?:\w+:)?f[\s>/]"), re.compile(rb"<(?:\w+:)?v>[^<]")
_IS_ERROR = re.compile(rb"\bt=[\"']e[\"']")
_PLACE = re.compile(r"([A-Z]{1,3})([0-9]+)")
_REFERENCE = re.compile(rb"\br=[\"']([A-Z]{1,3})([0-9]{1,7})[\"']")
_LETTERS = 26


def merged(ranges: Iterable[tuple[Corner, Corner]], columns: dict[int, str], after_row: int) -> list[str]:
    """Say which cells below the header are merged, in columns that are read.

    Args:
        ranges: first and last cell of each merged range.
        columns: title of each column that is read, by place from 0.
        after_row: the header's row, from 0.

    Returns:
        A sentence for each, which says what to do.
    """
    found = []
    for (top, left), (bottom, right) in sorted(ranges):
        titles = [title for place, title in sorted(columns.items()) if left <= place <= right]
        if bottom > after_row and titles:
            where = f"{_name(top, left)}:{_name(bottom, right)}"
            found.append(
                f"Row {top + 1}, column “{titles[0]}”: cells {where} are merged, so that only the first has a value. "
                "Unmerge them and fill in every row."
            )
    return found


def without_value(path: Path, sheet: int, columns: dict[int, str], after_row: int) -> list[str]:
    """Say which cells below the header hold an error, or a formula that was never computed.

    A formula whose value is stored is fine: the FCC's own file has two.

    Args:
        path: an .xlsx file.
        sheet: which of its sheets, from 0 in the workbook's order.
        columns: title of each column that is read, by place from 0.
        after_row: the header's row, from 0.
    """
    found = []
    for cell in _CELL.finditer(_part(path, sheet)):
        is_error = _IS_ERROR.search(cell[1]) is not None
        if not is_error and not (_FORMULA.search(cell[2]) and not _VALUE.search(cell[2])):
            continue
        attributes = _attributes(cell[1])
        place = _PLACE.fullmatch(attributes.get("r", ""))
        title = columns.get(_column(place[1])) if place else None
        if place is None or title is None or int(place[2]) <= after_row + 1:
            continue
        what = "holds an error such as #REF!" if is_error else "holds a formula without its value"
        found.append(f"Row {place[2]}, column “{title}”: cell {place[0]} {what}. Put the plain value there.")
    return found


def extent(path: Path, sheet: int) -> tuple[int, int]:
    """Return how many rows and columns a sheet stretches over, whatever it declares; (0, 0) for an empty one."""
    rows = columns = 0
    for letters, row in set(_REFERENCE.findall(_part(path, sheet))):
        rows, columns = max(rows, int(row)), max(columns, _column(letters.decode()) + 1)
    return rows, columns


def _part(path: Path, sheet: int) -> bytes:
    """Return the XML of a sheet; nothing where the workbook does not say which it is."""
    with zipfile.ZipFile(path) as book:
        names = set(book.namelist())
        listed = [_attributes(found[1]) for found in _SHEET.finditer(book.read("xl/workbook.xml"))]
        if sheet >= len(listed) or "xl/_rels/workbook.xml.rels" not in names:
            return b""
        wanted = next((value for key, value in listed[sheet].items() if key.endswith(":id")), "")
        related = [_attributes(found[1]) for found in _RELATED.finditer(book.read("xl/_rels/workbook.xml.rels"))]
        target = next((each.get("Target", "") for each in related if each.get("Id") == wanted), "")
        part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        return book.read(part) if part in names else b""


def _attributes(text: bytes) -> dict[str, str]:
    return {key.decode(): value.decode("utf-8", "replace") for key, value in _ATTRIBUTE.findall(text)}


def _name(row: int, column: int) -> str:
    letters = ""
    rest = column + 1
    while rest:
        rest, letter = divmod(rest - 1, _LETTERS)
        letters = chr(ord("A") + letter) + letters
    return f"{letters}{row + 1}"


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * _LETTERS + ord(letter) - ord("A") + 1
    return number - 1
