"""Wire shapes of follow-ups."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from libs.peer.followups.models import FollowUpKind


class MyFollowUpOut(BaseModel):
    """A contact that the signed-in peer has planned."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    kind: FollowUpKind
    due_at: datetime
    is_due: bool
    tries: int
    language: str


class MyFollowUpsOut(BaseModel):
    """All of them: a peer has a handful."""

    data: list[MyFollowUpOut]


class OverdueOut(BaseModel):
    """One that is overdue: never whose. `peer_name`: who has it; null when nobody does."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    kind: FollowUpKind
    due_at: datetime
    peer_name: str | None


class OverduesOut(BaseModel):
    """All that this coordinator may know of."""

    data: list[OverdueOut]
