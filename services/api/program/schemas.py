"""Wire shapes of the program manager's side."""

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from libs.peer.approvals.models import DeclineReason


class ApprovalOut(BaseModel):
    """A decision that waits: where from, how soon, which language; no more."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    coming_from: str
    urgency: str
    language: str
    opened_at: datetime


class ApprovalsOut(BaseModel):
    """All that wait."""

    data: list[ApprovalOut]


class DeclineIn(BaseModel):
    """Why not; the requester is told."""

    model_config = ConfigDict(extra="forbid")

    reason: DeclineReason


class PartOut(BaseModel):
    """A member's part in one team; `missing` says what keeps the member from its offers."""

    model_config = ConfigDict(from_attributes=True)

    team: str
    designated_on: date | None
    lapses_on: date | None
    is_coordinator: bool
    missing: list[str]


class ModuleOut(BaseModel):
    """One of the four areas that a member was trained in."""

    model_config = ConfigDict(from_attributes=True)

    area: str
    completed_on: date | None
    lapses_on: date | None


class MemberOut(BaseModel):
    """A person of the program, with their teams and training."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    agency_id: UUID
    rank: str
    discipline: str
    languages: list[str]
    training_hours: int
    suspended_on: date | None
    modules: list[ModuleOut]
    parts: list[PartOut]


class MembersOut(BaseModel):
    """The whole roster of a region."""

    data: list[MemberOut]
