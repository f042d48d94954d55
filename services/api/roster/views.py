"""What the roster's pages show. Never load, offers or contacts: a program manager learns of none."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from libs.peer.roster.columns import TITLES, Column
from libs.peer.roster.faults import SAYINGS, Fault
from libs.peer.teams.queries import Module, Part, SameCenter
from services.api.views import Choice


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A person of the program.

    Attributes:
        missing: codes of what keeps the member from offers, as `teams.rules.what_is_missing` returns them; empty
            when current in all of their teams.
        lapses_soon_on: the day on which something of theirs lapses, when the first notice is due.
    """

    id: UUID
    name: str
    center: str
    rank: str
    discipline: str
    languages: tuple[str, ...]
    training_hours: int
    is_coordinator: bool
    parts: tuple[Part, ...]
    missing: tuple[str, ...]
    lapses_soon_on: date | None


@dataclass(frozen=True, slots=True)
class TeamCount:
    """How many of a team are current."""

    team: str
    current: int
    total: int


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the list is narrowed to, as the form has it."""

    q: str
    team: str
    agency: str
    currency: str

    @property
    def is_any(self) -> bool:
        """Whether it is narrowed at all."""
        return bool(self.q or self.team or self.agency or self.currency)


@dataclass(frozen=True, slots=True)
class RosterPage:
    """The region's roster, by name.

    Attributes:
        rows: of this page of the list.
        found: how many the filter keeps.
        next_cursor: None on the last page.
        agencies: where anybody of the roster works.
        same_center: coordinators who work at one and the same agency.
    """

    region_name: str
    teams: tuple[TeamCount, ...]
    current: int
    total: int
    chosen: Chosen
    agencies: tuple[Choice, ...]
    rows: tuple[MemberRow, ...]
    found: int
    next_cursor: str | None
    same_center: tuple[SameCenter, ...]
    notice: str | None


@dataclass(frozen=True, slots=True)
class FaultRow:
    """A problem of a cell: `column` and the two sentences in English, to be translated; names of ours."""

    line: int
    column: str
    found: str
    fix: str
    names: str

    @classmethod
    def of(cls, fault: Fault) -> "FaultRow":
        """Say it in words."""
        found, fix = SAYINGS[fault.code]
        return cls(fault.line, TITLES[Column(fault.column)] if fault.column else "", found, fix, fault.said)


@dataclass(frozen=True, slots=True)
class FieldRow:
    """A field that an import changes: its title in English, to be translated."""

    title: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """A person whom an import adds or changes."""

    line: int
    name: str
    center: str
    teams: tuple[str, ...]
    fields: tuple[FieldRow, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """What an import would do, before anybody says yes.

    Attributes:
        carried: the file, as the form carries it on; empty when it cannot be imported.
        digest: stands for exactly this plan.
        faults: some of them; `fault_count` are all.
        new, changed: some of them; the counts are all.
        absent: names of some who are in the roster and not in the file.
        encoding, separator: how the file was read.
        unused: letters of columns that mean nothing to us.
        shares_phone: how many have no duty phone, so that requesters get their own.
    """

    carried: str
    digest: str
    faults: tuple[FaultRow, ...]
    fault_count: int
    new: tuple[ChangeRow, ...]
    new_count: int
    changed: tuple[ChangeRow, ...]
    changed_count: int
    unchanged: int
    absent: tuple[str, ...]
    absent_count: int
    encoding: str
    separator: str
    unused: tuple[str, ...]
    shares_phone: int


@dataclass(frozen=True, slots=True)
class ImportPage:
    """Importing a roster: the way in, and the preview.

    Attributes:
        wrong: a sentence when the file cannot be read at all.
        has_moved_on: the roster changed while somebody looked at the preview.
    """

    region_name: str
    is_empty: bool
    has_agencies: bool
    is_demo: bool
    preview: Preview | None
    wrong: str = ""
    has_moved_on: bool = False


@dataclass(frozen=True, slots=True)
class ModuleField:
    """One of the four areas, as the form has it."""

    area: str
    is_done: bool
    completed_on: str
    lapses_on: str


@dataclass(frozen=True, slots=True)
class TeamField:
    """One of the region's teams, as the form has it."""

    team: str
    is_in: bool
    designated_on: str
    lapses_on: str
    role: str


@dataclass(frozen=True, slots=True)
class MemberPage:
    """One member, to look at and to change.

    Attributes:
        etag: which state the form changes.
        fields: the form's text fields by column.
        notices: days on which the member is told that something lapses, and what is still to come of them.
        faults: what could not be used of what was sent; the form then holds what was sent.
        has_changed: somebody else has changed the member in the meantime; the form holds what was sent.
    """

    region_name: str
    id: UUID
    name: str
    center: str
    suspended_on: date | None
    missing: tuple[str, ...]
    parts: tuple[Part, ...]
    modules: tuple[Module, ...]
    lapses_on: date | None
    notices: tuple[date, ...]
    etag: str
    fields: dict[str, str]
    agencies: tuple[Choice, ...]
    team_fields: tuple[TeamField, ...]
    module_fields: tuple[ModuleField, ...]
    faults: tuple[FaultRow, ...] = ()
    has_changed: bool = False
    notice: str | None = None
