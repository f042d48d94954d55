"""What the program manager's pages show. Nothing here can tell that a request exists, but for the approvals."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID


@dataclass(frozen=True, slots=True)
class ApprovalCard:
    """A decision that waits.

    Attributes:
        coming_from: a region or place outside.
        waits_minutes: since it was opened.
    """

    id: UUID
    coming_from: str
    urgency: str
    language: str
    waits_minutes: int


@dataclass(frozen=True, slots=True)
class ApprovalsPage:
    """Requests from outside the region, before anybody is paged."""

    region_name: str
    waiting: tuple[ApprovalCard, ...]
    notice: str | None


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A team member.

    Attributes:
        missing: codes of what keeps the member from offers (`designation`, `in_date`, `hours`,
            `module:<area>`); empty when current.
    """

    name: str
    center: str
    team: str
    rank: str
    discipline: str
    languages: tuple[str, ...]
    designated_on: date | None
    lapses_on: date | None
    training_hours: int
    is_coordinator: bool
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RosterPage:
    """The region's teams: roving first, then command-level, by name."""

    region_name: str
    rows: tuple[MemberRow, ...]
    current: int
