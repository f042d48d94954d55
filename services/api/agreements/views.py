"""What the page of agreements shows."""

from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from services.api.views import Choice


@dataclass(frozen=True, slots=True)
class AgreementCard:
    """An agreement.

    Attributes:
        phase: coming, in_force, ends_soon or ended.
        days_left: until its last day.
        agencies: the partner's centers that it is for; empty for all.
    """

    id: UUID
    partner: str
    kind: str
    phase: str
    starts_on: date
    ends_on: date
    days_left: int
    agencies: tuple[str, ...]
    disciplines: tuple[str, ...]
    teams: tuple[str, ...]
    is_remote_only: bool
    takes_ours: bool


@dataclass(frozen=True, slots=True)
class AgreementsPage:
    """All of a region's agreements, and the form for a new one.

    Attributes:
        regions: other regions of this deployment.
        agencies: their centers, by name, with the region's before.
        faults: codes of what cannot be kept.
        sent: what was typed, to show again; empty at first.
        picked: what was ticked, as name=value.
    """

    region_name: str
    agreements: tuple[AgreementCard, ...]
    regions: tuple[Choice, ...]
    agencies: tuple[Choice, ...]
    notice: str | None
    faults: tuple[str, ...] = ()
    sent: dict[str, str] = field(default_factory=dict)
    picked: frozenset[str] = frozenset()
