"""What the program manager's pages about agencies show. Nothing here can tell that a request exists."""

from dataclasses import dataclass, field

from libs.peer.agencies.queries import AgencyOfProgram, Asked
from libs.peer.registry.catalogue import Found, LastImport, Mine
from libs.peer.registry.rules import Psap

NAMED_ONE_BY_ONE = 12


@dataclass(frozen=True, slots=True)
class AgenciesPage:
    """The region's agencies by name, and those that are about to take part.

    Attributes:
        rows: as many as fit on a page.
        next_url: of the page after; None on the last.
        touched: how many differences the last import of the FCC's file has for them.
    """

    region_name: str
    region_slug: str
    rows: tuple[AgencyOfProgram, ...]
    asked: tuple[Asked, ...]
    next_url: str | None
    touched: int

    @property
    def waiting(self) -> int:
        """How many are about to take part."""
        return sum(each.outcome == "waiting" for each in self.asked)

    @property
    def lines(self) -> tuple[Asked, ...]:
        """Those to be named one by one: all of a few, else those that are not done."""
        return tuple(each for each in self.asked if len(self.asked) <= NAMED_ONE_BY_ONE or each.outcome != "done")

    @property
    def is_late(self) -> bool:
        """One of them waits longer than it takes when all is well."""
        return any(each.is_late for each in self.asked)


@dataclass(frozen=True, slots=True)
class AddPage:
    """The catalogue, to search and choose from.

    Attributes:
        words, state, standing: what was looked for.
        rows: what was found; None before anything was looked for.
        is_empty: no registry was imported yet.
        none_chosen: the button was pressed with nothing chosen.
    """

    region_name: str
    words: str
    state: str
    standing: str
    states: tuple[str, ...]
    rows: tuple[Found, ...] | None
    next_url: str | None
    is_empty: bool
    none_chosen: bool = False

    @property
    def choosable(self) -> tuple[Found, ...]:
        """Those that could be chosen: in service, and in no region yet."""
        return tuple(row for row in self.rows or () if can_be_chosen(row))


@dataclass(frozen=True, slots=True)
class PreviewPage:
    """What would be onboarded, before it is."""

    region_name: str
    chosen: tuple[Psap, ...]
    back_url: str


@dataclass(frozen=True, slots=True)
class ByHandPage:
    """An agency that the FCC does not know.

    Attributes:
        given: what was written, by field, to be kept.
        wrong: fields that cannot be used.
    """

    region_name: str
    states: tuple[str, ...]
    given: dict[str, str] = field(default_factory=dict)
    wrong: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AgencyPage:
    """One agency: its page, its name, and whether it takes part."""

    region_name: str
    region_slug: str
    agency: AgencyOfProgram
    ask_url: str
    is_name_empty: bool = False


@dataclass(frozen=True, slots=True)
class RegistryPage:
    """What the last import of the FCC's file read, and which of the region's agencies it touches."""

    region_name: str
    last: LastImport | None
    touched: tuple[Mine, ...]
    kinds: tuple[tuple[str, int], ...]


def can_be_chosen(row: Found) -> bool:
    """Say whether a center of the catalogue can be onboarded here."""
    return row.standing != "orphaned" and row.region_name is None and not row.is_asked_for
