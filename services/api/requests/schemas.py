"""Wire shapes of the requester's side."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from libs.peer.callouts.models import CenterWish, State, Urgency
from libs.peer.teams.models import Team


class AskIn(BaseModel):
    """What somebody asks for. Nothing is required.

    `receipt`: seven words that the caller drew from EFF's long list; the same ones again ask only once and
    return no receipt. Without it the server draws one and returns it, once.
    """

    model_config = ConfigDict(extra="forbid")

    center: str = Field(default="", max_length=120)
    urgency: Urgency = Urgency.NOW
    center_wish: CenterWish = CenterWish.ANOTHER
    team: Team = Team.ROVING
    language: Literal["en", "es"] = "en"
    receipt: str | None = Field(default=None, max_length=200)


class ReceiptIn(BaseModel):
    """A receipt, in the body: never in an address."""

    model_config = ConfigDict(extra="forbid")

    receipt: str = Field(max_length=200)


class PeerOut(BaseModel):
    """Who said yes."""

    name: str
    center: str
    phone: str


class StandingOut(BaseModel):
    """Where a request stands."""

    state: State
    urgency: Urgency
    asked_at: datetime
    next_at: datetime | None
    peer: PeerOut | None
    decline_reason: str | None


class AskedOut(BaseModel):
    """The answer to asking. `receipt` is there only when the server drew it just now."""

    receipt: str | None
    standing: StandingOut
