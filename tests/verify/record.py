"""Full size or sample, and what was measured: `make verify` runs the full sizes and writes docs/verify.md.

A test of security.md takes its numbers from `size` and leaves its figures with `note`; in `make test` the
same test runs a sample and leaves nothing.
"""

import json
from datetime import UTC, datetime
from pathlib import Path

from tests.settings import TestSettings

ROOT = Path(__file__).parents[2]
_NOTES = ROOT / ".verify-notes.jsonl"
_PAGE = ROOT / "docs" / "verify.md"


def is_full() -> bool:
    """Whether this run is a verification at full size."""
    return TestSettings().verify


def size(full: int, sample: int) -> int:
    """Return how many: the full number in a verification, the sample otherwise."""
    return full if is_full() else sample


def note(test: str, shows: str, figure: str) -> None:
    """Leave a figure for docs/verify.md.

    Args:
        test: `T1` to `T23`, or another name of a row.
        shows: what was shown, in a few words.
        figure: what was counted, with its unit.
    """
    if is_full():
        with _NOTES.open("a") as file:
            file.write(json.dumps({"test": test, "shows": shows, "figure": figure}) + "\n")


def begin() -> None:
    """Forget what an earlier verification noted; a sample run leaves the notes of one that runs beside it alone."""
    if is_full():
        _NOTES.unlink(missing_ok=True)


def write_page(passed: bool) -> None:
    """Turn the notes into docs/verify.md; a run that failed writes nothing."""
    if not is_full() or not passed or not _NOTES.exists():
        return
    rows = [json.loads(line) for line in _NOTES.read_text().splitlines()]
    rows.sort(key=lambda row: (int(row["test"][1:]) if row["test"][1:].isdigit() else 99, row["shows"]))
    day = datetime.now(UTC).date().isoformat()  # noqa: TID251 - the day of the run, not of the product
    lines = [
        "# Verification",
        "",
        f"Written by `make verify` on {day}; every row passed. What each test must show: security.md, T1–T23.",
        "",
        "| test | shows | figure |",
        "| --- | --- | --- |",
        *(f"| {row['test']} | {row['shows']} | {row['figure']} |" for row in rows),
        "",
    ]
    _PAGE.write_text("\n".join(lines))
    _NOTES.unlink()
