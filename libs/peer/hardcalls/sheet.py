"""Hard calls as CSV: `incident_type,at,workstations`, one a line; several workstations with spaces between."""

import csv
import io
from datetime import datetime

from libs.peer.hardcalls import rules
from libs.peer.hardcalls.errors import HardCallsUnsoundError
from libs.peer.hardcalls.rules import Call

COLUMNS = ("incident_type", "at", "workstations")
MOST_LINES = 1000


def read(body: bytes) -> list[tuple[Call, tuple[str, ...]]]:
    """Read a file into calls and where people sat; all of it or nothing.

    Raises:
        HardCallsUnsoundError: which lines and columns cannot be used; never what stands there.
    """
    lines = _lines(body)
    found, wrong = [], []
    for number, line in enumerate(lines, start=2):
        kind, at, stations = (cell.strip() for cell in line)
        moment = _moment(at)
        if not rules.spelled(kind):
            wrong.append((number, "incident_type"))
        if moment is None:
            wrong.append((number, "at"))
        # The same type at the same time is the same call, however often its line is sent.
        found.append((Call(f"{rules.spelled(kind)} {at}", kind, "", moment), rules.unique(stations.split())))
    if wrong:
        raise HardCallsUnsoundError(wrong)
    return found


def _lines(body: bytes) -> list[list[str]]:
    try:
        rows = [row for row in csv.reader(io.StringIO(body.decode("utf-8-sig")), strict=True) if row]
    except (UnicodeDecodeError, csv.Error):
        raise HardCallsUnsoundError([], "Send CSV in UTF-8, with commas.") from None
    if not rows or tuple(cell.strip().lower() for cell in rows[0]) != COLUMNS:
        raise HardCallsUnsoundError([(1, "")], f"The first line has to be {','.join(COLUMNS)}.")
    if len(rows) > MOST_LINES + 1:
        raise HardCallsUnsoundError([], f"Send at most {MOST_LINES} lines at a time.")
    uneven = [(number, "") for number, row in enumerate(rows, start=1) if len(row) != len(COLUMNS)]
    if uneven:
        raise HardCallsUnsoundError(uneven)
    return rows[1:]


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None
