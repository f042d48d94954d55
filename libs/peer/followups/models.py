"""Planned later contacts. Dates and a peer; never a word, never who."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ARRAY, Column, DateTime, Uuid
from sqlmodel import Field, SQLModel


class FollowUpKind(StrEnum):
    """Which one, counted from the talk."""

    SAME_DAY = "same_day"
    WEEK = "week"
    MONTH = "month"
    DAYS_90 = "days_90"
    ANNIVERSARY = "anniversary"


class FollowUpState(StrEnum):
    """What becomes of one. Moves between them are in `rules.MOVES`."""

    PLANNED = "planned"
    DONE = "done"
    NOT_REACHED = "not_reached"
    STOPPED = "stopped"
    LAPSED = "lapsed"


class FollowUp(SQLModel, table=True):
    """One planned contact of one callout.

    `peer_id` is None while nobody has it; `watchers` are the coordinators who held a copy when it was planned, and so
    may see that it is overdue; `next_at` is when somebody is told, or when it lapses.
    """

    __tablename__ = "follow_up"
    __table_args__ = {"schema": "shared"}

    id: UUID = Field(primary_key=True)
    callout_id: UUID
    region_id: UUID
    peer_id: UUID | None
    kind: str
    state: str
    due_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    next_at: datetime | None = Field(sa_column=Column(DateTime(timezone=True)))
    told_at: datetime | None = Field(sa_column=Column(DateTime(timezone=True)))
    tries: int
    watchers: list[UUID] = Field(sa_column=Column(ARRAY(Uuid), nullable=False))
