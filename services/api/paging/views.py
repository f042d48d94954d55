"""What the pages of paging policies show."""

from dataclasses import dataclass
from datetime import datetime

from libs.peer.policies.models import Policy
from libs.peer.policies.rules import Moment


@dataclass(frozen=True, slots=True)
class PolicyPart:
    """One urgency: its policy, and the preview."""

    urgency: str
    version: int
    policy: Policy
    made_at: datetime | None
    made_by: str | None
    moments: tuple[Moment, ...]


@dataclass(frozen=True, slots=True)
class PoliciesPage:
    """How each urgency is paged."""

    region_name: str
    parts: tuple[PolicyPart, ...]
    notice: str | None


@dataclass(frozen=True, slots=True)
class PolicyEditPage:
    """One policy to change.

    Attributes:
        seen: the version that the form is about.
        rows: how many rows for steps there are.
        is_preview: what is shown is not in force yet.
        wrong: why it cannot be used; None when it can.
    """

    region_name: str
    part: PolicyPart
    seen: int
    rows: int
    is_preview: bool
    wrong: str | None
