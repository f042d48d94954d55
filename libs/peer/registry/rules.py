"""How a row of the FCC's Master PSAP Registry is understood: accepted, doubted or refused.

Source: legend of the FCC's Master PSAP Registry as of 2026-02-06, and the rows below it.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import NamedTuple

from libs.peer.registry import places

Cell = int | float | str | bool | time | date | datetime | timedelta
"""What a cell of a workbook can hold; an empty cell is the empty text."""

LARGEST_ID = 2**31 - 1
"""Largest PSAP id that the database's integer column holds."""


class Change(StrEnum):
    """Types of change of the registry's legend, in its order."""

    NONE = "NC"
    ORPHANED = "O"
    ADDED = "A"
    MODIFIED = "M"
    SECONDARY = "S"


class Standing(StrEnum):
    """What a PSAP is now. Every accepted row has exactly one."""

    ACTIVE_PRIMARY = "active_primary"
    SECONDARY = "secondary"
    ORPHANED = "orphaned"


class Finding(NamedTuple):
    """A row that somebody should look at: its number as Excel counts, its PSAP id if it has one, and why."""

    sheet_row: int
    psap_id: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row as the workbook holds it; `number` as Excel counts."""

    number: int
    psap_id: Cell
    name: Cell
    state: Cell
    county: Cell
    city: Cell
    changes: Cell
    comments: Cell
    modified: Cell


@dataclass(frozen=True, slots=True)
class Psap:
    """One accepted row: a public safety answering point as the catalogue holds it.

    `county` is as published, `county_key` the keys of `places.county_keys` joined by `places.SEPARATOR`,
    `changes` the canonical codes joined by commas, such as "M,S". `city`, `county`, `county_key`, `changes`
    and `comments` may be empty. `doubt` says in words what makes this row uncertain, None if nothing does.
    """

    psap_id: int
    name: str
    state: str
    county: str
    county_key: str
    city: str
    standing: Standing
    changes: str
    comments: str
    modified_on: date | None
    doubt: str | None
    sheet_row: int


@dataclass(frozen=True, slots=True)
class Reading:
    """What a whole registry says.

    Every row read is in exactly one of `entries`, `superseded` and `refused`. `entries` are the catalogue:
    one for each PSAP id, by id. `superseded` are further rows of an id, each with its doubt.
    `blank_rows` are the numbers of rows with nothing in them at all, which are not among the `rows_read`.
    """

    sheet: str
    rows_read: int
    entries: tuple[Psap, ...]
    superseded: tuple[Psap, ...]
    refused: tuple[Finding, ...]
    blank_rows: tuple[int, ...]


_SAID_BY_COMMENT = (
    (Change.ORPHANED, "orphaned", re.compile(r"\bor?phan", re.IGNORECASE)),
    (Change.SECONDARY, "secondary", re.compile(r"\bsecondary|\bduplicate", re.IGNORECASE)),
    (Change.ADDED, "added", re.compile(r"\badded\b", re.IGNORECASE)),
    (Change.MODIFIED, "modified", re.compile(r"\bmodif|\bupdated\b", re.IGNORECASE)),
)
_EXCEL_DAY_0 = date(1899, 12, 30)
_EXCEL_LAST_SERIAL = 2_958_465  # 9999-12-31
_ISO_DATE = re.compile(r"(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})(?:[T ].*)?")
_US_DATE = re.compile(r"(?P<m>\d{1,2})/(?P<d>\d{1,2})/(?P<y>\d{4})(?: .*)?")


def catalogue(rows: Iterable[SheetRow], *, sheet: str = "", blank_rows: Sequence[int] = ()) -> Reading:
    """Understand every row of a registry.

    The order of rows does not matter, except for the row numbers that the result names.

    Args:
        rows: rows with something in them, may be empty.
        sheet: name of the sheet they are from.
        blank_rows: numbers of the rows left out because they hold nothing.
    """
    accepted: dict[int, list[Psap]] = defaultdict(list)
    refused: list[Finding] = []
    rows_read = 0
    for row in rows:
        rows_read += 1
        outcome = classify(row)
        if isinstance(outcome, Psap):
            accepted[outcome.psap_id].append(outcome)
        else:
            refused.append(outcome)
    entries: list[Psap] = []
    superseded: list[Psap] = []
    for psap_id in sorted(accepted):
        kept, others = resolve(accepted[psap_id])
        entries.append(kept)
        superseded += others
    return Reading(
        sheet=sheet,
        rows_read=rows_read,
        entries=tuple(entries),
        superseded=tuple(sorted(superseded, key=lambda psap: psap.sheet_row)),
        refused=tuple(sorted(refused)),
        blank_rows=tuple(blank_rows),
    )


def classify(row: SheetRow) -> Psap | Finding:
    """Accept or refuse one row.

    A row without a PSAP id, a name or a state is refused, with the reason: nothing could be done with it.
    Whatever else is odd is accepted and put in words in `doubt`.
    """
    psap_id, name = psap_id_of(row.psap_id), plain_text(row.name)
    state_text = plain_text(row.state)
    state = places.state_code(state_text)
    if psap_id is None:
        return Finding(row.number, None, f"PSAP ID “{plain_text(row.psap_id)}” is no whole number above 0.")
    if not name:
        return Finding(row.number, psap_id, "PSAP Name is empty.")
    if state is None:
        return Finding(row.number, psap_id, f"State “{state_text}” is no state or territory.")
    codes, comments = change_codes(plain_text(row.changes)), plain_text(row.comments)
    standing = standing_of(codes, comments)
    county = plain_text(row.county)
    modified_on, date_doubts = modified_on_of(row.modified)
    doubts = [*code_doubts(codes, comments, standing), *county_doubts(county, state), *date_doubts]
    return Psap(
        psap_id=psap_id,
        name=name,
        state=state,
        county=county,
        county_key=places.SEPARATOR.join(places.county_keys(county, state)),
        city=plain_text(row.city),
        standing=standing,
        changes=",".join(codes),
        comments=comments,
        modified_on=modified_on,
        doubt=" ".join(doubts) or None,
        sheet_row=row.number,
    )


def resolve(copies: Collection[Psap]) -> tuple[Psap, tuple[Psap, ...]]:
    """Choose among the rows of one PSAP id.

    The row last modified is kept, one without a date counting as oldest; then one with a change before one
    without; then the text decides, so that the order of rows never does.

    Args:
        copies: rows of one id, at least one.

    Returns:
        The row to keep, doubted if another contradicts its standing, name, state or county; and the others,
        each with the doubt that says which row is kept.
    """
    newest_first = sorted(copies, key=_age, reverse=True)
    kept, others = newest_first[0], newest_first[1:]
    if any(_identity(other) != _identity(kept) for other in others):
        says = "Another row with this PSAP id differs in standing, name or place; the one last modified is kept."
        kept = _with_doubt(kept, says)
    reason = f"PSAP id {kept.psap_id} stands in more than one row; row {kept.sheet_row}, last modified, is kept."
    return kept, tuple(_with_doubt(other, reason) for other in others)


def change_codes(text: str) -> tuple[str, ...]:
    """Return the codes of a type of change in the legend's order, however they are separated.

    "M, S", "S, M", "M,S" and "m-s" are all ("M", "S"). Codes outside the legend follow, by alphabet.
    """
    found = set(re.findall(r"[^\W_]+", text.upper()))
    legend = [change.value for change in Change if change.value in found]
    return (*legend, *sorted(found.difference(legend)))


def standing_of(codes: Collection[str], comments: str) -> Standing:
    """Say what a PSAP is: orphaned before secondary, and active primary if it is neither.

    The codes decide. Only where none of them is in the legend does the comment.
    """
    decisive = set(codes) if _in_legend(codes) else {change.value for change, _ in _claims(comments)}
    if Change.ORPHANED in decisive:
        return Standing.ORPHANED
    return Standing.SECONDARY if Change.SECONDARY in decisive else Standing.ACTIVE_PRIMARY


def code_doubts(codes: Collection[str], comments: str, standing: Standing) -> list[str]:
    """Say what is odd about a row's codes; empty if nothing is."""
    taken_as = f"Taken as {standing.value.replace('_', ' ')}."
    unknown = [code for code in codes if code not in set(Change)]
    unsaid = [word for change, word in _claims(comments) if change not in codes]
    doubts: list[str] = []
    if not codes:
        doubts.append("Type of Change is empty.")
    doubts += [f"Type of Change “{code}” is not in the registry's legend." for code in unknown]
    if Change.NONE in codes and len(codes) > 1:
        doubts.append("Type of Change says both no change and a change.")
    if _in_legend(codes):
        doubts += [f"The comment says {word}, the code {', '.join(codes)} does not." for word in unsaid]
    return [*doubts, taken_as] if doubts else []


def county_doubts(county: str, state: str) -> list[str]:
    """Say what is odd about a county's name; empty if nothing is."""
    keys = places.county_keys(county, state)
    meant = places.meant_instead_of(county, state)
    if not keys:
        return ["County is empty: no search by county finds this PSAP."]
    if len(keys) > 1:
        return [f"County “{county}” names several: found under each of them."]
    return [f"County “{county}” is read as {meant}."] if meant else []


def modified_on_of(cell: Cell) -> tuple[date | None, list[str]]:
    """Return the day on which a row was last modified, and what is odd about the cell.

    Understands dates, Excel's serial numbers, and text as 2026-02-06 or 2/6/2026. Hours are dropped. An empty
    cell is no date and no doubt.
    """
    if isinstance(cell, date):
        return (cell.date() if isinstance(cell, datetime) else cell), []
    if isinstance(cell, int | float) and not isinstance(cell, bool) and 1 <= cell <= _EXCEL_LAST_SERIAL:
        return _EXCEL_DAY_0 + timedelta(days=int(cell)), []
    text = plain_text(cell)
    written = _ISO_DATE.fullmatch(text) or _US_DATE.fullmatch(text)
    if written:
        try:
            return date(int(written["y"]), int(written["m"]), int(written["d"])), []
        except ValueError:
            pass
    return None, [f"Date Last Modified “{text}” is no date."] if text else []


def psap_id_of(cell: Cell) -> int | None:
    """Return a PSAP id from a number or its digits; None if the cell holds no whole number from 1 up."""
    digits = plain_text(cell)
    if isinstance(cell, bool) or not re.fullmatch(r"[0-9]{1,10}", digits):
        return None
    return int(digits) if 1 <= int(digits) <= LARGEST_ID else None


def plain_text(cell: Cell) -> str:
    """Return a cell as one line of text: single blanks, none at the ends, no control characters."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if not isinstance(cell, str):
        return str(cell)
    line = " ".join(cell.split())
    if line.isprintable():
        return line
    return " ".join("".join(c for c in line if unicodedata.category(c) not in {"Cc", "Cs"}).split())


def _in_legend(codes: Collection[str]) -> bool:
    return any(code in set(Change) for code in codes)


def _claims(comments: str) -> list[tuple[Change, str]]:
    return [(change, word) for change, word, said in _SAID_BY_COMMENT if said.search(comments)]


def _age(psap: Psap) -> tuple[date, bool, str, str, str, str, str, str, int]:
    changed = psap.changes != Change.NONE
    texts = (psap.changes, psap.name, psap.state, psap.county, psap.city, psap.comments)
    return (psap.modified_on or date.min, changed, *texts, -psap.sheet_row)


def _identity(psap: Psap) -> tuple[Standing, str, str, str]:
    return psap.standing, psap.name.casefold(), psap.state, psap.county_key


def _with_doubt(psap: Psap, doubt: str) -> Psap:
    return replace(psap, doubt=f"{psap.doubt} {doubt}" if psap.doubt else doubt)
