"""A request put to one peer, and the attempts to reach that peer."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Column, DateTime
from sqlmodel import Field, SQLModel


class OfferState(StrEnum):
    """What became of an offer. Moves between them are in `rules.MOVES`."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    RECUSED = "recused"
    EXPIRED = "expired"
    CALLED_OFF = "called_off"
    RELEASED = "released"
    RESERVE = "reserve"


class Reason(StrEnum):
    """Why a peer does not have a callout any more."""

    NO_CONTACT = "no_contact"
    GAVE_BACK = "gave_back"
    HANDED_OVER = "handed_over"
    LEFT = "left"


class PageState(StrEnum):
    """What became of one attempt to reach one peer over one channel. Moves are in `rules.PAGE_MOVES`."""

    WAITING = "waiting"
    HANDED_OVER = "handed_over"
    CALLED_OFF = "called_off"
    UNDELIVERABLE = "undeliverable"


class Offer(SQLModel, table=True):
    """One peer is asked once in an epoch, or again in a later wave after silence. `reason` is why it was released."""

    __tablename__ = "offer"
    __table_args__ = {"schema": "shared"}

    id: UUID = Field(primary_key=True)
    callout_id: UUID = Field(foreign_key="shared.callout.id", ondelete="CASCADE")
    region_id: UUID
    epoch: int
    peer_id: UUID
    state: str
    offered_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    expires_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    answered_at: datetime | None = Field(sa_column=Column(DateTime(timezone=True)))
    wave: int = 1
    is_hand_over: bool = False
    reason: str | None = None
    effort: int | None = None


class Page(SQLModel, table=True):
    """One attempt to reach one peer over one channel; twice is allowed (same key), lost is not."""

    __tablename__ = "page"
    __table_args__ = {"schema": "shared"}

    id: UUID = Field(primary_key=True)
    offer_id: UUID = Field(foreign_key="shared.offer.id", ondelete="CASCADE")
    region_id: UUID
    peer_id: UUID
    channel: str
    idempotency_key: str = Field(unique=True)
    state: str
    created_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    handed_over_at: datetime | None = Field(sa_column=Column(DateTime(timezone=True)))
    sending_at: datetime | None = Field(sa_column=Column(DateTime(timezone=True)))
