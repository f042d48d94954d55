"""What the program manager's pages show. Nothing here can tell that a request exists, but for the approvals."""

from dataclasses import dataclass
from uuid import UUID

from libs.peer.waits.queries import Late


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
    """Requests from outside the region, before anybody is paged; and whether anybody at all waits too long."""

    region_name: str
    waiting: tuple[ApprovalCard, ...]
    notice: str | None
    late: Late | None
