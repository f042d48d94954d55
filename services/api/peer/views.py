"""What the peer's page shows."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.api.checkins.views import CheckInCard


@dataclass(frozen=True, slots=True)
class OfferCard:
    """Somebody asks; this peer may answer until `expires_at`.

    Attributes:
        seconds_left: by the server's clock, at rendering.
        seconds_in_all: how long the offer is open in all.
        is_remote_only: from outside, and let in for a talk by phone or text alone.
    """

    id: UUID
    urgency: str
    language: str
    wishes: tuple[str, ...]
    expires_at: datetime
    seconds_left: int
    seconds_in_all: int
    is_remote_only: bool


@dataclass(frozen=True, slots=True)
class ContactCard:
    """Somebody whom this peer has accepted.

    Attributes:
        is_confirmed: the requester has said that they are talking.
        contact_by: when it is paged again unless confirmed; None once confirmed.
    """

    callout_id: UUID
    urgency: str
    language: str
    wishes: tuple[str, ...]
    is_confirmed: bool
    accepted_at: datetime
    contact_by: datetime | None


@dataclass(frozen=True, slots=True)
class NowPage:
    """The peer's first page: am I on call, does anybody wait, whom do I have.

    Attributes:
        notice: one sentence after an act ("Someone has it. Thank you for being ready."); None otherwise.
        duty_phone: the number that requesters are given, as people read it.
    """

    name: str
    center: str
    duty_phone: str
    is_available: bool
    is_coordinator: bool
    offers: tuple[OfferCard, ...]
    contacts: tuple[ContactCard, ...]
    check_ins: tuple[CheckInCard, ...]
    notice: str | None
