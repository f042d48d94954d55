"""What the pages of hard calls show."""

from dataclasses import dataclass

from libs.peer.hardcalls.queries import StationOfDesk
from libs.peer.hardcalls.rules import Rule


@dataclass(frozen=True, slots=True)
class HardCallsPage:
    """A center's hard calls: one button, and its workstations.

    Attributes:
        offer_id: drawn with the form, so that a double tap offers once.
        new_url: the address of the page that was just made, the only time it is shown; None otherwise.
        problem: what is wrong with what was sent: `position`, `taken`, `list`; None when nothing is.
        is_offered: whether the button was just pressed.
        taken_in: how many lines of a list were just taken in; None when none was sent.
        hard: how many of them are hard calls here.
        wrong_lines: which lines of a list cannot be used.
    """

    agency_name: str
    stations: tuple[StationOfDesk, ...]
    offer_id: str
    new_url: str | None = None
    new_position: str = ""
    problem: str | None = None
    is_offered: bool = False
    taken_in: int | None = None
    hard: int = 0
    wrong_lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TypesPage:
    """What follows from which type of incident.

    Attributes:
        types: (code, rule, whether it is the center's own), by code.
        chosen: the code that the form shows.
        rule: what follows from it now.
        is_wrong: whether what was sent cannot be used.
        is_kept: whether it was just kept.
    """

    agency_name: str
    types: tuple[tuple[str, Rule, bool], ...]
    chosen: str
    rule: Rule
    is_wrong: bool = False
    is_kept: bool = False


@dataclass(frozen=True, slots=True)
class StationPage:
    """A workstation's page: the same for everybody at any time, but for one line.

    Attributes:
        address: the secret part of its own address, for its two forms.
        is_offered: whether it shows the one line more.
        is_noted: whether one of its forms was just sent; what was said is not shown.
        is_moved: whether its address was just changed.
    """

    agency_name: str
    agency_slug: str
    region_slug: str
    line_phone: str | None
    address: str
    is_offered: bool
    is_noted: bool
    is_moved: bool
