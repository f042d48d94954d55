"""Wire shapes of the peer's side."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field

from libs.peer.callouts.models import Channel, State, Urgency, Wish
from libs.peer.matching.standing import How
from libs.peer.reaching.rules import Stands

ChannelName = Annotated[str, Path(max_length=40, pattern=r"^[a-z_]+$")]


class ChannelOut(BaseModel):
    """A channel over which the region reaches people, and where the caller's proof of it stands."""

    model_config = ConfigDict(from_attributes=True)

    channel: str
    stands: Stands


class ChannelsOut(BaseModel):
    """Every channel that can be proven; empty where only an open page reaches people."""

    data: list[ChannelOut]


class CodeIn(BaseModel):
    """The code that came, with spaces or without."""

    model_config = ConfigDict(extra="forbid")

    code: Annotated[str, Field(max_length=20)]


class OfferOut(BaseModel):
    """An offer that waits for an answer.

    `channel`: how the requester would like to talk; by phone where they were told that nobody can meet them.
    """

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    urgency: Urgency
    language: str
    wishes: list[Wish]
    offered_at: datetime
    expires_at: datetime
    is_hand_over: bool
    is_remote_only: bool
    channel: Channel


class ContactOut(BaseModel):
    """A callout that this peer has accepted and that has not ended; `channel` as in the offer."""

    model_config = ConfigDict(from_attributes=True)

    callout_id: UUID
    state: State
    urgency: Urgency
    language: str
    wishes: list[Wish]
    accepted_at: datetime
    next_at: datetime | None
    asks_whether_reached: bool
    hand_to_name: str | None
    hand_until: datetime | None
    is_remote_only: bool
    channel: Channel


class OffersOut(BaseModel):
    """All of them: a peer has a handful, so there is one page."""

    data: list[OfferOut]


class ContactsOut(BaseModel):
    """All of them."""

    data: list[ContactOut]


class AvailabilityIn(BaseModel):
    """The peer's own word."""

    model_config = ConfigDict(extra="forbid")

    is_available: bool


class KeptOut(BaseModel):
    """What keeps the caller from requests for now, and until when, where that is known."""

    model_config = ConfigDict(from_attributes=True)

    reason: str
    until: datetime | None


class AvailabilityOut(BaseModel):
    """Whether the caller is on call, as matching has it.

    `how`: on call by `own_word` or by a `shift`; not on call: went off during it (`left_shift`), `away`, `unreached`
    (no proven channel, and no page open of late), `off`. `until`: the end of that shift, or of that time away.
    `kept`: what else keeps the caller from every request of today, though on call; `is_woken`: not from one of now.
    """

    model_config = ConfigDict(from_attributes=True)

    is_on_call: bool
    how: How
    until: datetime | None
    kept: list[KeptOut]
    is_woken: bool


class ColleagueOut(BaseModel):
    """Somebody of the team's roster, by name."""

    id: UUID
    name: str


class ColleaguesOut(BaseModel):
    """All of the team but oneself, whether or not they can be asked."""

    data: list[ColleagueOut]


class HandOverIn(BaseModel):
    """Who is asked to take over."""

    model_config = ConfigDict(extra="forbid")

    to: UUID


class AttemptIn(BaseModel):
    """The peer's own word: `tried` (nobody answered) or `talked`. It is shown, and counts for nothing."""

    model_config = ConfigDict(extra="forbid")

    word: Literal["tried", "talked"]
