"""State law packs: what a state's law on peer support asks of whom we send. Data, each with its citation.

None of them is confirmed by counsel yet; `citation` and `version_on` say what was read. A state that has no pack gets
the strictest.

Source: domain, "Designation"; docs/decisions/0014-people-and-matching.md
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path


@dataclass(frozen=True, slots=True)
class LawPack:
    """A state's rules.

    Attributes:
        state: two letters, empty for the strictest.
        citation: of the law that was read.
        version_on: of the law as it was read; None for the strictest.
        confirmed_by_counsel: by a lawyer of the program.
        designated_before_incident: whoever was designated on the day of the asking or later is not sent.
        drops_where_witness_or_party: there is no privilege where the peer was witness or party; so nobody of the own
            center is sent but on the requester's express wish.
        covers_application: the asking itself is protected.
    """

    state: str
    citation: str
    version_on: date | None
    confirmed_by_counsel: bool
    designated_before_incident: bool
    drops_where_witness_or_party: bool
    covers_application: bool


STRICTEST = LawPack(
    state="",
    citation="",
    version_on=None,
    confirmed_by_counsel=False,
    designated_before_incident=True,
    drops_where_witness_or_party=True,
    covers_application=False,
)


PACKS: Mapping[str, LawPack] = {
    file.stem.upper(): LawPack(state=file.stem.upper(), **tomllib.loads(file.read_text()))
    for file in sorted(Path(__file__).with_name("law_packs").glob("*.toml"))
}
"""Every pack by the state's two letters."""


def pack(state: str | None) -> LawPack:
    """Return a state's pack; the strictest where the state is unknown, or has none."""
    return PACKS.get(state or "", STRICTEST)
