"""Workbooks as Excel writes them, made by a library, and the registry's second month made out of the first."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xlsxwriter
from python_calamine import CalamineWorkbook

from libs.peer.registry import layout

TITLES = list(layout.COLUMNS.values())
PLACES = {field: place for place, field in enumerate(layout.COLUMNS)}
Row = list[Any]


def write(path: Path, sheets: dict[str, Sequence[Sequence[Any]]]) -> Path:
    """Write a workbook; dates and numbers as they are, an empty text as an empty cell."""
    with xlsxwriter.Workbook(str(path), {"strings_to_numbers": False, "strings_to_formulas": False}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                for place, cell in enumerate(row):
                    if cell != "":
                        sheet.write(number, place, cell if isinstance(cell, str | int | float) else str(cell))
    return path


def rows_of(path: Path) -> list[Row]:
    """Return the rows below the header of a registry file, in the header's order of columns."""
    with path.open("rb") as file, CalamineWorkbook.from_filelike(file) as book:
        grid = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    header = layout.find_header(grid)
    assert header is not None
    places = [header.places[field] for field in layout.COLUMNS]
    return [[cells[place] for place in places] for cells in grid[header.index + 1 :] if any(cells)]


@dataclass(frozen=True)
class SecondMonth:
    """A month later: what was changed, by PSAP id."""

    rows: list[Row]
    gone: set[int]
    renamed: set[int]
    moved: set[int]
    orphaned: set[int]
    back: set[int]
    new: set[int]


def second_month(rows: list[Row], ids: Sequence[int], orphans: Sequence[int]) -> SecondMonth:
    """Change a month's rows.

    Args:
        rows: as `rows_of` returns them.
        ids: at least eight active primaries that stand in one row each: two of a kind are changed.
        orphans: at least one orphaned id.
    """
    gone, renamed, moved, orphaned = (set(ids[at : at + 2]) for at in (0, 2, 4, 6))
    back = set(orphans[:1])
    changed = []
    for row in rows:
        psap_id = int(row[PLACES["psap_id"]])
        if psap_id in gone:
            continue
        later = list(row)
        if psap_id in renamed:
            later[PLACES["name"]] = f"{row[PLACES['name']]} and Rescue “Ñandú” 🚒"
        if psap_id in moved:
            later[PLACES["city"]] = "Elsewhere"
        if psap_id in orphaned:
            later[PLACES["changes"]] = "O"
        if psap_id in back:
            later[PLACES["changes"]], later[PLACES["comments"]] = "NC", ""
        changed.append(later)
    added = [99_991, "Brand New 911", "MO", "Ray", "Richmond", "A", "", 46_100]
    return SecondMonth([*changed, added], gone, renamed, moved, orphaned, back, {99_991})
