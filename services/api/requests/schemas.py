"""Wire shapes of the requester's side."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from libs.peer.callouts.models import CenterWish, Channel, State, Urgency, Wish
from libs.peer.exchanges.models import ExchangeOutcome, ExchangeState
from libs.peer.followups.models import FollowUpKind, FollowUpState
from libs.peer.teams.models import Team
from libs.peer.teams.ranks import Leads


class AskIn(BaseModel):
    """What somebody asks for. Nothing is required.

    `receipt`: seven words that the caller drew from EFF's long list; the same ones again ask only once and
    return no receipt. Without it the server draws one and returns it, once.
    `leave_out_centers`: slugs of the region's agencies whose peers must not be asked. `leave_out_names`: peers by
    name, as one remembers them; whether anybody is called so is not told, and neither list is kept.
    `proof`: while very many ask at once, an ask that carries a proof of work goes first; others wait some seconds, and
    none is refused. 18 zero bits at the beginning of SHA-256 of "<receipt>:<proof>" are always enough.
    `wishes`: `for_colleague` asks for another. Then `safe_to_ring` or `ring_off_shift` says that they said yes to a
    call; without either nobody rings them. No name and no number is taken: you tell the peer.
    `language`: in which to talk; peers who speak it are asked first.
    `channel`: how the requester would like to talk. `in_person` asks those who meet people and drive that far, the
    nearest first. Where nobody is left who talks that way, others are asked, and the standing's `unmet` says so. Each
    way begins with the requester's call to the number that the standing shows: no number is taken.
    `leads`: what the requester leads. With it the command-level team is asked, whatever `team` says: people of the same
    rank or above alone, from other centers. It is used once and not kept.
    """

    model_config = ConfigDict(extra="forbid")

    center: str = Field(default="", max_length=120)
    urgency: Urgency = Urgency.NOW
    center_wish: CenterWish = CenterWish.ANOTHER
    team: Team = Team.ROVING
    leads: Leads | None = None
    language: Literal["en", "es"] = "en"
    channel: Channel = Channel.THIS_PAGE
    wishes: list[Wish] = Field(default=[], max_length=len(Wish))
    leave_out_centers: list[Annotated[str, Field(max_length=120)]] = Field(default=[], max_length=200)
    leave_out_names: list[Annotated[str, Field(max_length=80)]] = Field(default=[], max_length=10)
    receipt: str | None = Field(default=None, max_length=200)
    proof: str = Field(default="", max_length=40)


class ReceiptIn(BaseModel):
    """A receipt, in the body: never in an address."""

    model_config = ConfigDict(extra="forbid")

    receipt: str = Field(max_length=200)


class ContactIn(ReceiptIn):
    """Two are talking. `epoch`: the standing's that named the peer who is meant; without it, the last peer is."""

    epoch: int | None = Field(default=None, ge=1, le=1_000_000)


class AgainIn(ReceiptIn):
    """Nobody has reached the requester. `epoch`: the standing's that named the peer."""

    epoch: int = Field(ge=1, le=1_000_000)


class GoThereIn(ReceiptIn):
    """Take the offer of another region. Whom to leave out is said again, of its own: no list is kept."""

    leave_out_centers: list[Annotated[str, Field(max_length=120)]] = Field(default=[], max_length=200)
    leave_out_names: list[Annotated[str, Field(max_length=80)]] = Field(default=[], max_length=10)
    leads: Leads | None = None


class PeerOut(BaseModel):
    """Who said yes."""

    name: str
    center: str
    phone: str


class PartnerOut(BaseModel):
    """Another region that may help: ask there, or call its line."""

    region: str
    name: str
    line_phone: str | None


class ExchangeOut(BaseModel):
    """Another region (`partner`) is asked to help. `offered`: `go-there` takes it; else the request goes on here.

    `outcome`: how it ended; `taken` means that the same receipt leads on in that region.
    `is_remote_only`: its people would talk by phone and not in person.
    """

    state: ExchangeState
    outcome: ExchangeOutcome | None
    offered_until: datetime | None
    is_remote_only: bool


class StandingOut(BaseModel):
    """Where a request stands.

    `asking`: what kind of people are asked now; `skipped`: who of them was not there, so that we went on at once.
    `partner`: for one from outside that is handed on, or that waits for very long.
    `is_rank_lower`: somebody who leads is told that nobody of the same rank or above is free, and that the lead of the
    team, who steps in, may rank below them.
    `asks_whether_reached`: half of the peer's time is over: say that you are talking, or that nobody has reached you.
    `channel`: how they would like to talk, as they said. `is_remote_only`: not in person, by whoever let it in.
    `unmet`: wishes that nobody keeps who is asked now, the way to talk among them: tell the requester.
    `team_chosen`: the team that is asked, where whoever let it in had the last word on it.
    """

    state: State
    urgency: Urgency
    asked_at: datetime
    next_at: datetime | None
    peer: PeerOut | None
    decline_reason: str | None
    end_reason: str | None
    epoch: int
    asking: list[str]
    skipped: list[str]
    asks_whether_reached: bool
    is_rank_lower: bool
    channel: Channel
    is_remote_only: bool
    unmet: list[str]
    team_chosen: Team | None
    partner: PartnerOut | None = None
    exchange: ExchangeOut | None = None


class AskedOut(BaseModel):
    """The answer to asking. `receipt` is there only when the server drew it just now."""

    receipt: str | None
    standing: StandingOut


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
