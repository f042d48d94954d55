"""What a benchmark found: tables, and figures beside what they have to reach."""

import platform
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles

RESULTS = Path(__file__).parent / "results.md"
ROOT = RESULTS.parents[1]
_HEAD = """# Benchmarks

Written by `make bench`; a partial run replaces its own sections. Ratios are against a baseline of the same run, in
alternating rounds: the median of the rounds, and the lowest and highest of them in brackets.
"""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows below a heading; every cell is text."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]

    def lines(self) -> list[str]:
        """Return it in Markdown, aligned, so that it reads in a terminal too."""
        cells = [list(self.columns), *(list(row) for row in self.rows)]
        widths = [max(len(row[index]) for row in cells) for index in range(len(self.columns))]
        padded = [
            "| " + " | ".join(word.ljust(width) for word, width in zip(row, widths, strict=True)) + " |"
            for row in cells
        ]
        return [padded[0], "| " + " | ".join("-" * width for width in widths) + " |", *padded[1:], ""]


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of the promise.

    Attributes:
        is_met: whether `measured` reaches `to_reach`.
    """

    what: str
    to_reach: str
    measured: str
    is_met: bool


@dataclass
class Section:
    """What one benchmark found.

    Attributes:
        is_sound: False when it found a promise of isolation broken, which no speed makes up for.
    """

    letter: str
    title: str
    sizes: str = ""
    figures: list[Figure] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    is_sound: bool = True

    def text(self) -> str:
        """Return the section in Markdown."""
        verdicts = [
            (figure.what, figure.to_reach, figure.measured, "yes" if figure.is_met else "**NO**")
            for figure in self.figures
        ]
        lines = [f"## ({self.letter}) {self.title}", "", f"{_when()}; {self.sizes}", ""]
        lines += Table(("figure", "to reach", "measured", "met"), verdicts).lines()
        for table in self.tables:
            lines += table.lines()
        return "\n".join([*lines, *(f"{note}\n" for note in self.notes)])


def ms(seconds: float) -> str:
    """Return seconds in milliseconds, to three digits."""
    return f"{seconds * 1000:.3g}" if seconds < 1 else f"{seconds * 1000:.0f}"


def spread(values: Sequence[float]) -> str:
    """Return the median of rounds with the lowest and the highest."""
    return f"{median(values):.2f} [{min(values):.2f}, {max(values):.2f}]"


def percentile(values: Sequence[float], percent: int) -> float:
    """Return a percentile, 1 to 99; of a single value the value itself."""
    return quantiles(values, n=100, method="inclusive")[percent - 1] if len(values) > 1 else values[0]


def write(sections: Sequence[Section]) -> None:
    """Put the sections into bench/results.md, in the place of older ones of the same letter."""
    before = RESULTS.read_text() if RESULTS.exists() else ""
    kept = {found[4]: found.rstrip() + "\n" for found in re.split(r"^(?=## \()", before, flags=re.MULTILINE)[1:]}
    kept |= {section.letter: section.text().rstrip() + "\n" for section in sections}
    RESULTS.write_text("\n".join([_HEAD, *(kept[letter] for letter in sorted(kept))]))


def _when() -> str:
    day = datetime.now(UTC).date()  # noqa: TID251 - the day of the measurement, for its readers
    return f"{day:%Y-%m-%d}, commit {_commit()}, {_machine()}"


def _commit() -> str:
    asked = subprocess.run(
        ["/usr/bin/git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return asked.stdout.strip() or "unknown"


def _machine() -> str:
    info = Path("/proc/cpuinfo")
    cpus = re.findall(r"^processor", info.read_text(), re.MULTILINE) if info.exists() else []
    model = re.search(r"^model name\s*: (.*)$", info.read_text(), re.MULTILINE) if info.exists() else None
    memory = re.search(r"^MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text()) if info.exists() else None
    gigabytes = f", {int(memory[1]) / 2**20:.0f} GB" if memory else ""
    name = model[1] if model else platform.machine()
    return f"{len(cpus) or '?'} cores of {name}{gigabytes}, Python {platform.python_version()}"
