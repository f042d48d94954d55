"""A list of agencies as CSV: FCC ids, or agencies that the FCC does not know; problems with line, column and fix."""

import csv
import io
from dataclasses import dataclass

from libs.peer.agencies import rules
from libs.peer.agencies.rules import Wanted
from libs.peer.registry.rules import plain_text, psap_id_of

COLUMNS = ("fcc_id", "name", "discipline", "state", "county", "city")
TEMPLATE = (
    "fcc_id,name,discipline,state,county,city\r\n"
    "3906,,,,,\r\n"
    ",Red Bank Fire Protection District,fire,MO,Clay,Liberty\r\n"
)
"""To download: a line with an FCC id needs nothing else; a line without one needs name, discipline and state."""
LARGEST_BYTES = 10 * 1024**2
MOST_LINES = 50_000
_WORKBOOK = b"PK\x03\x04"
_SAVE_AS = "In Excel: File, Save As, “CSV UTF-8 (comma delimited)”."


@dataclass(frozen=True, slots=True)
class Listed:
    """What a list says: FCC ids and agencies by hand, each with its line; or what is wrong, and then nothing else."""

    fcc_ids: dict[int, int]
    by_hand: tuple[tuple[int, Wanted], ...]
    problems: tuple[str, ...]


def read(content: bytes) -> Listed:
    """Read a list of agencies.

    Args:
        content: the file, UTF-8 with or without a mark, separated by commas or semicolons.

    Returns:
        All of it, or problems alone: nothing is half used.
    """
    text, problem = _decoded(content)
    if problem:
        return Listed({}, (), (problem,))
    first = text.split("\n", 1)[0]
    separator = ";" if first.count(";") > first.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        lines = [(reader.line_num, [plain_text(cell) for cell in cells]) for cells in reader]
    except csv.Error:
        return Listed({}, (), (f"Line {reader.line_num}: a quote is opened and not closed. Close it.",))
    filled = [(number, cells) for number, cells in lines if any(cells)]
    if not filled:
        return Listed({}, (), ("The file is empty. `owncall agency template` prints one to fill in.",))
    (header_line, header), *rows = filled
    places, problems = _header(header_line, header)
    if not problems and len(rows) > MOST_LINES:
        problems = [f"The file has {len(rows):,} lines; {MOST_LINES:,} at most. Split it."]
    return Listed({}, (), tuple(problems)) if problems else _rows(rows, places)


def _decoded(content: bytes) -> tuple[str, str]:
    if len(content) > LARGEST_BYTES:
        return (
            "",
            f"The file has {len(content) // 1024**2} MB; a list of agencies has less than one. Is it the right one?",
        )
    if content.startswith(_WORKBOOK):
        return "", f"This is a workbook, no CSV. {_SAVE_AS}"
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        line = content.count(b"\n", 0, wrong.start) + 1
        return "", f"Line {line}: a letter is not in UTF-8 (Latin-1, perhaps). {_SAVE_AS}"
    if "\0" in text:
        return "", f"This is no text. {_SAVE_AS}"
    return text, ""


def _header(line: int, titles: list[str]) -> tuple[dict[str, int], list[str]]:
    plain = [title.lower().replace(" ", "_") for title in titles]
    problems = [
        f"Line {line}: the column “{column}” stands there more than once. Delete one."
        for column in COLUMNS
        if plain.count(column) > 1
    ]
    if "fcc_id" not in plain and "name" not in plain:
        problems.append(f"Line {line}: no column “fcc_id” and no column “name”. Put {', '.join(COLUMNS)} there.")
    return {column: plain.index(column) for column in COLUMNS if column in plain}, problems


def _rows(rows: list[tuple[int, list[str]]], places: dict[str, int]) -> Listed:
    fcc_ids: dict[int, int] = {}
    by_hand: dict[str, tuple[int, Wanted]] = {}
    problems: list[str] = []
    for line, cells in rows:
        row = {column: cells[place] if place < len(cells) else "" for column, place in places.items()}
        if row.get("fcc_id"):
            problems += _add_id(line, row["fcc_id"], fcc_ids)
        else:
            problems += _add_by_hand(line, row, by_hand)
    if problems:
        return Listed({}, (), tuple(problems))
    return Listed(fcc_ids, tuple(by_hand.values()), ())


def _add_id(line: int, text: str, fcc_ids: dict[int, int]) -> list[str]:
    found = psap_id_of(text)
    if found is None:
        return [f"Line {line}, column “fcc_id”: “{text[:20]}” is no FCC id. Put the digits alone there."]
    if found in fcc_ids:
        return [f"Line {line}, column “fcc_id”: {found} stands in line {fcc_ids[found]} already. Delete one."]
    fcc_ids[found] = line
    return []


def _add_by_hand(line: int, row: dict[str, str], by_hand: dict[str, tuple[int, Wanted]]) -> list[str]:
    wanted, wrong = rules.by_hand(*(row.get(column, "") for column in COLUMNS[1:]))
    problems = [f"Line {line}, column “{column}”: {sentence}" for column, sentence in wrong.items()]
    if wanted is not None and wanted.slug in by_hand:
        return [f"Line {line}, column “name”: the same agency stands in line {by_hand[wanted.slug][0]}. Delete one."]
    if wanted is not None:
        by_hand[wanted.slug] = (line, wanted)
    return problems
