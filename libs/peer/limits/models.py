"""A peer's limits, by the peer's own word; times away; how somebody can be reached; what the region sets."""

from datetime import datetime, time
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ARRAY, Column, DateTime, Text, Uuid
from sqlmodel import Field, SQLModel


class Modality(StrEnum):
    """How a conversation may take place."""

    IN_PERSON = "in_person"
    PHONE = "phone"
    TEXT = "text"


class Gender(StrEnum):
    """What a peer says of oneself, so that "a woman" and "a man" can be kept as wishes."""

    WOMAN = "woman"
    MAN = "man"
    NOT_SAID = "not_said"


class Limits(SQLModel, table=True):
    """What a peer has said of how they want to be asked. No row means what `rules.UNSAID` says.

    `cools_until` follows from how heavy the last conversation was, as the peer rated it. `talks_until` holds, for each
    conversation without a request that weighs, the full hour until which it counts among a day's yeses, and no longer.
    Read in SQL alone: the driver would look its type up with what planes may not call. `not_for` are teams that the
    peer is in and does not want offers of for now.
    """

    __tablename__ = "own_limits"
    __table_args__ = {"schema": "shared"}

    peer_id: UUID = Field(primary_key=True)
    region_id: UUID
    modalities: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    reach_minutes: int | None
    caseload: int | None
    accepts_a_day: int | None
    quiet_from: time | None
    quiet_until: time | None
    wakes_for_now: bool
    gender: str
    knows_calls: bool
    not_for: list[UUID] = Field(sa_column=Column(ARRAY(Uuid), nullable=False))
    cools_until: datetime | None = Field(sa_column=Column(DateTime(timezone=True)))
    talks_until: list[datetime] = Field(sa_column=Column(ARRAY(DateTime(timezone=True)), nullable=False))


class Away(SQLModel, table=True):
    """A time in which a peer is not asked."""

    __tablename__ = "away"
    __table_args__ = {"schema": "shared"}

    id: UUID = Field(primary_key=True)
    peer_id: UUID
    region_id: UUID
    starts_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    ends_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))


class Reach(SQLModel, table=True):
    """How a peer can be reached: channels that were proven, and when a page of theirs was open last."""

    __tablename__ = "reach"
    __table_args__ = {"schema": "shared"}

    peer_id: UUID = Field(primary_key=True)
    region_id: UUID
    verified: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    seen_at: datetime | None = Field(sa_column=Column(DateTime(timezone=True)))


class LimitPolicy(SQLModel, table=True):
    """What a region sets for all its peers; no row means `rules.POLICY`."""

    __tablename__ = "limit_policy"
    __table_args__ = {"schema": "shared"}

    region_id: UUID = Field(primary_key=True)
    caseload: int
    accepts_a_day: int
    heavy_hours: int
    heaviest_hours: int
    near_minutes: int


class Drive(SQLModel, table=True):
    """How long it takes from one center to another, in minutes, either way; the smaller id stands first."""

    __tablename__ = "drive"
    __table_args__ = {"schema": "shared"}

    from_id: UUID = Field(primary_key=True)
    to_id: UUID = Field(primary_key=True)
    region_id: UUID
    minutes: int
