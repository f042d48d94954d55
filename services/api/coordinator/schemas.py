"""Wire shapes of the coordinator's side."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from libs.peer.approvals.models import DeclineReason
from libs.peer.callouts.models import State, Urgency


class WaitingItemOut(BaseModel):
    """Something waits: never whose it is."""

    model_config = ConfigDict(from_attributes=True)

    callout_id: UUID
    urgency: Urgency
    language: str
    team: str
    asked_at: datetime


class WaitingOut(BaseModel):
    """All that waits for this coordinator."""

    data: list[WaitingItemOut]


class BoardItemOut(BaseModel):
    """Something goes on; kinds of people alone are told, never a person."""

    model_config = ConfigDict(from_attributes=True)

    state: State
    urgency: Urgency
    language: str
    team: str
    asked_at: datetime
    next_at: datetime | None
    wave: int
    asking: list[str]
    skipped: list[str]
    was_back: int


class BoardOut(BaseModel):
    """All that goes on and this coordinator holds a copy of, the oldest first."""

    data: list[BoardItemOut]


class UndecidedItemOut(BaseModel):
    """A request from outside that nobody has decided in time: where from, how soon, which language; no more."""

    model_config = ConfigDict(from_attributes=True)

    callout_id: UUID
    coming_from: str
    urgency: Urgency
    language: str
    asked_at: datetime


class UndecidedOut(BaseModel):
    """All that this coordinator may decide."""

    data: list[UndecidedItemOut]


class TurnAwayIn(BaseModel):
    """Why not; the requester is told."""

    model_config = ConfigDict(extra="forbid")

    reason: DeclineReason
