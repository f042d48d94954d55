"""What a program manager has asked to take part, until it does."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Column, DateTime
from sqlmodel import Field, SQLModel


class Discipline(StrEnum):
    """What an agency does."""

    DISPATCH = "dispatch"
    FIRE = "fire"
    EMS = "ems"
    LAW = "law"


class Outcome(StrEnum):
    """What became of the wish: still waiting, it takes part now, it did before, in another region, or it failed."""

    WAITING = "waiting"
    DONE = "done"
    KNOWN = "known"
    ELSEWHERE = "elsewhere"
    FAILED = "failed"


class Onboarding(SQLModel, table=True):
    """A wish that an agency takes part: asked for in the program plane, carried out by the registrar."""

    __tablename__ = "onboarding"
    __table_args__ = {"schema": "shared"}

    id: UUID = Field(primary_key=True)
    region_id: UUID
    asked_by: UUID
    asked_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    fcc_id: int | None
    slug: str
    name: str
    discipline: str
    state: str
    county: str
    city: str
    outcome: str = Outcome.WAITING.value
    elsewhere: str | None
    attempt: int = 0
    due_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    ended_at: datetime | None = Field(sa_column=Column(DateTime(timezone=True)))
