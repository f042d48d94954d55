"""Drive times as text: a line a pair, "center, center, minutes"; what cannot be read is said by line."""

import re
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from libs.peer.limits.queries import Pair

MOST_MINUTES = 600
Slugs = Mapping[UUID, str]
_PARTS = 3


def read(text: str, agencies: Mapping[str, UUID]) -> tuple[Sequence[Pair], Sequence[tuple[int, str]]]:
    """Read drive times; commas, semicolons or tabs between, as a spreadsheet copies them.

    Args:
        text: as typed; empty lines and a header do not matter.
        agencies: the region's, by slug.

    Returns:
        Pairs, the smaller id first; and faults as (line, code): `shape`, `center`, `same`, `minutes`, `twice`. With
        faults, the pairs are not to be used.
    """
    found: dict[tuple[UUID, UUID], Pair] = {}
    faults: list[tuple[int, str]] = []
    for number, line in enumerate(text.splitlines(), 1):
        cells = [cell.strip().lower() for cell in re.split(r"[,;\t]", line)]
        if not any(cells) or (number == 1 and cells[-1] == "minutes"):
            continue
        pair, fault = _pair(cells, agencies)
        if pair is not None and (pair.from_id, pair.to_id) in found:
            fault = "twice"
        if fault is not None:
            faults.append((number, fault))
        elif pair is not None:
            found[pair.from_id, pair.to_id] = pair
    return tuple(found.values()), tuple(faults)


def _pair(cells: Sequence[str], agencies: Mapping[str, UUID]) -> tuple[Pair | None, str | None]:
    if len(cells) != _PARTS:
        return None, "shape"
    ends = [agencies[cell] for cell in cells[:2] if cell in agencies]
    if len(ends) != len(cells) - 1:
        return None, "center"
    if ends[0] == ends[1]:
        return None, "same"
    is_number = re.fullmatch(r"\d{1,3}", cells[2], re.ASCII)
    minutes = int(cells[2]) if is_number else 0
    if not 0 < minutes <= MOST_MINUTES:
        return None, "minutes"
    return Pair(min(ends), max(ends), minutes), None


def written(pairs: Iterable[Pair], slugs: Slugs) -> str:
    """Return pairs as text that reads back to them; of a center that has left the region, nothing."""
    lines = [
        ", ".join((*sorted((slugs[pair.from_id], slugs[pair.to_id])), str(pair.minutes)))
        for pair in pairs
        if pair.from_id in slugs and pair.to_id in slugs
    ]
    return "\n".join(sorted(lines))
