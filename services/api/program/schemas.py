"""Wire shapes of the program manager's side."""

from datetime import datetime
from typing import Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from libs.peer.approvals.models import Choice, DeclineReason
from libs.peer.approvals.queries import Held
from libs.peer.teams.models import Team


class ApprovalOut(BaseModel):
    """A decision that waits: where from, how soon, which language; no more.

    `choice` and `held_until`: somebody has decided, and it can be taken back until then.
    """

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    coming_from: str
    urgency: str
    language: str
    opened_at: datetime
    choice: Choice | None
    held_until: datetime | None


class ApprovalsOut(BaseModel):
    """All that wait."""

    data: list[ApprovalOut]


class ApproveIn(BaseModel):
    """Limits. `team`: which one helps; without it, the one that was asked for."""

    model_config = ConfigDict(extra="forbid")

    is_remote_only: bool = False
    team: Team | None = None


class DeclineIn(BaseModel):
    """Why not; the requester is told."""

    model_config = ConfigDict(extra="forbid")

    reason: DeclineReason


class HandOnIn(BaseModel):
    """To which region, by its name in addresses; an agreement must say that it takes what is handed on."""

    model_config = ConfigDict(extra="forbid")

    region: str = Field(max_length=80)


class HeldOut(BaseModel):
    """A decision that can be taken back until `held_until`; nothing comes of it before."""

    choice: Choice
    held_until: datetime

    @classmethod
    def of(cls, held: Held) -> Self:
        """Say until when."""
        return cls(choice=held.choice, held_until=held.until)


class RotaRowOut(BaseModel):
    """Somebody who decides. `turn`: first, deputy, then, or away."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    turn: Literal["first", "deputy", "then", "away"]


class RotaOut(BaseModel):
    """Everybody who takes part, in turn."""

    data: list[RotaRowOut]


class StandIn(BaseModel):
    """How to stand on the rota."""

    model_config = ConfigDict(extra="forbid")

    standing: Literal["on", "away", "off"]


class UnansweredOut(BaseModel):
    """Whether anybody has waited too long: half an hour for `now`. Both empty before the first look."""

    is_late: bool | None
    looked_at: datetime | None
