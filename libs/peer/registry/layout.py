"""Where the registry's header stands in a sheet, and the rows below it. Plain values in, plain values out."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from libs.peer.registry.rules import Cell, SheetRow, plain_text

Grid = Sequence[Sequence[Cell]]
"""Cells of a sheet by row, then column, from its very first cell; rows may differ in length."""

COLUMNS = {
    "psap_id": "PSAP ID",
    "name": "PSAP Name",
    "state": "State",
    "county": "County",
    "city": "City",
    "changes": "Type of Change",
    "comments": "Comments",
    "modified": "Date Last Modified",
}
"""Titles as the FCC writes them, by field of SheetRow."""

RECOGNIZED_AT = 3
"""This many of the titles in one row make it a header in which the others are missing."""


@dataclass(frozen=True, slots=True)
class Header:
    """A row that looks like the registry's header; usable if nothing is missing or repeated.

    `index` counts the grid's rows from 0. `places` gives the column of each field that was found, from 0.
    `missing` and `repeated` hold titles.
    """

    index: int
    places: dict[str, int]
    missing: tuple[str, ...]
    repeated: tuple[str, ...]

    @property
    def row(self) -> int:
        """Number of the row as Excel counts."""
        return self.index + 1


def find_header(grid: Grid) -> Header | None:
    """Find the row that holds most of the registry's titles, the first of equals.

    Case, blanks and punctuation of titles do not matter, nor the order of columns, nor other columns.

    Returns:
        None if no row holds as many as RECOGNIZED_AT.
    """
    best: Header | None = None
    for index, cells in enumerate(grid):
        header = _as_header(index, cells)
        if len(header.places) >= RECOGNIZED_AT and (best is None or len(header.places) > len(best.places)):
            best = header
        if best is not None and not best.missing:
            break
    return best


def rows_below(grid: Grid, header: Header) -> tuple[tuple[SheetRow, ...], tuple[int, ...]]:
    """Cut the rows below the header.

    Args:
        grid: the sheet.
        header: one of this grid's, with nothing missing.

    Returns:
        Rows with anything in them, in the sheet's order; and the numbers of the rows with nothing at all.
    """
    columns = [header.places[field] for field in COLUMNS]
    width = max(columns) + 1
    rows: list[SheetRow] = []
    blank: list[int] = []
    for number, cells in enumerate(grid[header.index + 1 :], start=header.row + 1):
        if not any(plain_text(cell) for cell in cells):
            blank.append(number)
            continue
        padded = [*cells, *[""] * (width - len(cells))]
        rows.append(SheetRow(number, *(padded[column] for column in columns)))
    return tuple(rows), tuple(blank)


def _as_header(index: int, cells: Sequence[Cell]) -> Header:
    titles = [_letters(cell) for cell in cells]
    counts = Counter(titles)
    wanted = {field: _letters(title) for field, title in COLUMNS.items()}
    return Header(
        index=index,
        places={field: titles.index(letters) for field, letters in wanted.items() if letters in counts},
        missing=tuple(COLUMNS[field] for field, letters in wanted.items() if letters not in counts),
        repeated=tuple(COLUMNS[field] for field, letters in wanted.items() if counts[letters] > 1),
    )


def _letters(cell: Cell) -> str:
    return "".join(c for c in cell.casefold() if c.isalpha()) if isinstance(cell, str) else ""
