"""What `owncall doctor` found: lines with a standing and what to do, as a table, plain lines or JSON."""

import json
from dataclasses import asdict, dataclass
from enum import StrEnum

from rich.console import Console
from rich.table import Table


class Standing(StrEnum):
    """What a look found."""

    WELL = "well"
    WRONG = "wrong"
    UNSEEN = "unseen"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the table.

    Attributes:
        fix: what to do; empty when all is well.
    """

    subject: str
    standing: Standing
    said: str
    fix: str = ""


def judge(subject: str, *, is_well: bool, said: str, fix: str) -> Finding:
    """Return a finding that is well or wrong; the fix is told of the wrong one alone."""
    return Finding(subject, Standing.WELL if is_well else Standing.WRONG, said, "" if is_well else fix)


def exit_status(findings: list[Finding]) -> int:
    """Return 0 when all is well, 1 when something is wrong, 2 when something could not be looked at."""
    standings = {finding.standing for finding in findings}
    if Standing.WRONG in standings:
        return 1
    return 2 if Standing.UNSEEN in standings else 0


def show(findings: list[Finding], console: Console, *, as_json: bool) -> None:
    """Print JSON, a table on a terminal, or plain lines."""
    if as_json:
        console.print_json(json.dumps({"findings": [asdict(finding) for finding in findings]}))
        return
    if not console.is_terminal:
        for finding in findings:
            console.print(f"{finding.standing:6} {finding.subject}: {finding.said}", markup=False)
            if finding.fix:
                console.print(f"       {finding.fix}", markup=False)
        return
    table = Table(box=None)
    for heading in ("", "Subject", "Found", "What to do"):
        table.add_column(heading, overflow="fold")
    colors = {Standing.WELL: "green", Standing.WRONG: "red", Standing.UNSEEN: "yellow"}
    for finding in findings:
        mark = f"[{colors[finding.standing]}]{finding.standing}[/]"
        table.add_row(mark, finding.subject, finding.said, finding.fix)
    console.print(table)
