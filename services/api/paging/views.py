"""What the pages of paging policies show."""

from dataclasses import dataclass
from datetime import datetime

from libs.peer.policies.models import Policy
from libs.peer.policies.rules import Moment
from services.api.paging.form import Fields


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
    can_change: bool


@dataclass(frozen=True, slots=True)
class PolicyEditPage:
    """One policy to change.

    Attributes:
        part: what is in force, or what the form would mean.
        fields: the form as it was shown or typed.
        channels: those of each step in force, which the form does not change; empty for a step that takes all.
        seen: the version that the form is about.
        is_preview: what is shown is not in force yet.
        is_wrong: what was typed cannot be used, and is still in the form.
    """

    region_name: str
    part: PolicyPart
    fields: Fields
    channels: tuple[tuple[str, ...], ...]
    seen: int
    is_preview: bool
    is_wrong: bool
