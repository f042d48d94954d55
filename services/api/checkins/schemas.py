"""Wire shapes of follow-ups."""

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from libs.peer.followups.models import FollowUpKind, FollowUpState
from services.api.requests.schemas import ReceiptIn


class FollowUpIn(ReceiptIn):
    """Which one; the receipt in the body, never in an address."""

    kind: FollowUpKind


class FollowUpMoveIn(FollowUpIn):
    """To which day: from today on, within about a year."""

    on: date


class FollowUpsIn(ReceiptIn):
    """Which ones."""

    kinds: list[FollowUpKind] = Field(min_length=1, max_length=len(FollowUpKind))


class FollowUpOut(BaseModel):
    """A planned contact. `peer`: who checks in; null while nobody does."""

    kind: FollowUpKind
    state: FollowUpState
    due_on: date
    peer: str | None


class FollowUpsOut(BaseModel):
    """All of a request's."""

    data: list[FollowUpOut]


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
