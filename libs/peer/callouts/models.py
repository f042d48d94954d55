"""The dispatch side of a request: what the engine needs to page peers, and nothing that tells who."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ARRAY, Column, DateTime, Text
from sqlmodel import Field, SQLModel


class State(StrEnum):
    """Where a callout stands. Moves between them are in `rules.MOVES`."""

    PENDING_APPROVAL = "pending_approval"
    PAGING = "paging"
    WITH_COORDINATOR = "with_coordinator"
    ACCEPTED = "accepted"
    IN_CONTACT = "in_contact"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    DECLINED = "declined"


class Urgency(StrEnum):
    """How soon the requester wants somebody."""

    NOW = "now"
    TODAY = "today"
    THIS_WEEK = "this_week"


class Channel(StrEnum):
    """How the requester would like to talk. Each way begins with a call to the number that their page shows."""

    THIS_PAGE = "this_page"
    PHONE = "phone"
    IN_PERSON = "in_person"


class CenterWish(StrEnum):
    """Whose peer the requester wants. Nothing said means another center's."""

    ANOTHER = "another"
    NO_PREFERENCE = "no_preference"
    OWN = "own"


class Wish(StrEnum):
    """What else the requester wishes for, out of a list: the peer who is asked is told."""

    KNOWS_CALLS = "knows_calls"
    FOR_COLLEAGUE = "for_colleague"
    # Of the colleague for whom somebody asks; without a word nobody calls them.
    SAFE_TO_RING = "safe_to_ring"
    RING_OFF_SHIFT = "ring_off_shift"
    WOMAN = "woman"
    MAN = "man"
    OF_DISPATCH = "of_dispatch"
    OF_FIRE = "of_fire"
    OF_EMS = "of_ems"
    OF_LAW = "of_law"


class Callout(SQLModel, table=True):
    """A request as dispatch knows it. `home_id` and `request_id` go seven days after its end.

    `policy_version` is that of the policy with which it began (0: the one that OwnCall brings). `step` is the policy's
    step that is taken, `step_waves` how often it was, `wave` counts the waves of this round; `asking` is whom the last
    one asks, `skipped` who was not there. `hand_to` is whom the peer who has it asks to take over, and until when.
    `unmet` are wishes that nobody of the last wave keeps: the requester is told that others are asked.
    """

    __tablename__ = "callout"
    __table_args__ = {"schema": "shared"}

    id: UUID = Field(primary_key=True)
    region_id: UUID
    home_id: UUID | None
    request_id: UUID | None
    approval_id: UUID | None
    coming_from: str | None
    urgency: str
    channel: str
    language: str
    team: str
    center_wish: str
    wishes: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    is_remote_only: bool
    decision: str | None
    decided_by: str | None
    partner_id: UUID | None
    exchange_id: UUID | None
    unmet: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    epoch: int
    state: str
    decline_reason: str | None
    accepted_by: UUID | None
    next_at: datetime | None = Field(sa_column=Column(DateTime(timezone=True)))
    asked_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    accepted_at: datetime | None = Field(sa_column=Column(DateTime(timezone=True)))
    contact_at: datetime | None = Field(sa_column=Column(DateTime(timezone=True)))
    ended_at: datetime | None = Field(sa_column=Column(DateTime(timezone=True)))
    end_reason: str | None = None
    policy_version: int | None = None
    step: int = 0
    step_waves: int = 0
    wave: int = 0
    asking: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    skipped: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    is_lead_asked: bool = False
    hand_to: UUID | None = None
    hand_until: datetime | None = Field(sa_column=Column(DateTime(timezone=True)))


class EndReason(StrEnum):
    """Why a callout was closed without the requester's word."""

    UNREACHED = "unreached"
    PEER_LEFT = "peer_left"


class Copy(SQLModel, table=True):
    """Who holds one may be asked; there is no other list, and no list of exclusions.

    `only_steps_in`: not asked as a peer, as the rank is not as high as wished, but when nobody answers.
    """

    __tablename__ = "copy"
    __table_args__ = {"schema": "shared"}

    home_id: UUID = Field(primary_key=True)
    callout_id: UUID = Field(primary_key=True)
    peer_id: UUID = Field(primary_key=True)
    region_id: UUID
    only_steps_in: bool = False
