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


class MemberOut(BaseModel):
    """A team member; `missing` says what keeps the member from offers."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    agency_id: UUID
    team: str
    rank: str
    discipline: str
    languages: list[str]
    designated_on: date | None
    lapses_on: date | None
    training_hours: int
    is_coordinator: bool
    missing: list[str]


class MembersOut(BaseModel):
    """The whole roster of a region."""

    data: list[MemberOut]
