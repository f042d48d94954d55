"""Wire shapes of the program manager's side."""

from datetime import datetime
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


class UnansweredOut(BaseModel):
    """Whether anybody has waited too long: half an hour for `now`. Both empty before the first look."""

    is_late: bool | None
    looked_at: datetime | None
