"""What the peer's page shows."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from libs.peer.matching.standing import Standing
from services.api.checkins.views import CheckInCard
from services.api.views import Choice


@dataclass(frozen=True, slots=True)
class OfferCard:
    """Somebody asks; this peer may answer until `expires_at`.

    Attributes:
        seconds_left: by the server's clock, at rendering.
        seconds_in_all: how long the offer is open in all.
        is_hand_over: a colleague who has it asks this peer to take over.
        is_remote_only: from outside, and let in for a talk by phone or text alone.
        channel: how the requester would like to talk, as it stands.
    """

    id: UUID
    urgency: str
    language: str
    wishes: tuple[str, ...]
    expires_at: datetime
    seconds_left: int
    seconds_in_all: int
    is_hand_over: bool
    is_remote_only: bool
    channel: str


@dataclass(frozen=True, slots=True)
class ContactCard:
    """Somebody whom this peer has accepted.

    Attributes:
        is_confirmed: the requester has said that they are talking.
        contact_by: when it is paged again unless confirmed; None once confirmed.
        asks_whether_reached: half of the time is over.
        hand_to_name, hand_until: who is asked to take over; None for nobody.
        own_word: tried or talked, as the peer has said; None for nothing.
        is_remote_only, channel: as in the offer.
    """

    callout_id: UUID
    urgency: str
    language: str
    wishes: tuple[str, ...]
    is_confirmed: bool
    accepted_at: datetime
    contact_by: datetime | None
    asks_whether_reached: bool
    hand_to_name: str | None
    hand_until: datetime | None
    own_word: str | None
    is_remote_only: bool
    channel: str


@dataclass(frozen=True, slots=True)
class NowPage:
    """The peer's first page: am I on call, does anybody wait, whom do I have.

    Attributes:
        notice: one sentence after an act ("Someone has it. Thank you for being ready."); None otherwise.
        duty_phone: the number that requesters are given, as people read it.
        standing: whether they are on call, and why; as matching has it.
        is_by_page_alone: nothing reaches them with this page closed.
        steps_in: is asked by role as well, when nobody answers, on call or not.
        needs_proof: there is a channel that would reach them with this page closed, and none is proven.
        is_asked_for_swap: colleagues look for somebody to take a shift, and this peer has not looked since.
        has_swap_to_agree: a swap of a team that they coordinate waits for a yes.
        colleagues: who can be named to take over.
        other_zone: the peer's own clock, in which times are shown; empty where it is the region's.
    """

    name: str
    center: str
    duty_phone: str
    standing: Standing
    now: datetime
    is_by_page_alone: bool
    needs_proof: bool
    steps_in: bool
    is_coordinator: bool
    is_asked_for_swap: bool
    has_swap_to_agree: bool
    offers: tuple[OfferCard, ...]
    contacts: tuple[ContactCard, ...]
    colleagues: tuple[Choice, ...]
    check_ins: tuple[CheckInCard, ...]
    notice: str | None
    other_zone: str
