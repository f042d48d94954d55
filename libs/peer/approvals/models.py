"""A request from outside the region waits for a program manager. The row tells region, urgency, language; no more."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Column, DateTime
from sqlmodel import Field, SQLModel


class ApprovalState(StrEnum):
    """What was decided. Moves between them are in `rules.MOVES`."""

    WAITING = "waiting"
    APPROVED = "approved"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class DeclineReason(StrEnum):
    """Why not. Choices, not words: a record that outlives the request carries no free text."""

    OWN_PROGRAM = "own_program"
    NO_AGREEMENT = "no_agreement"
    NOT_RESPONDERS = "not_responders"


class Approval(SQLModel, table=True):
    """One decision, before anybody is paged."""

    __tablename__ = "approval"
    __table_args__ = {"schema": "shared"}

    id: UUID = Field(primary_key=True)
    region_id: UUID
    coming_from: str
    urgency: str
    language: str
    state: str
    decline_reason: str | None
    opened_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    decided_at: datetime | None = Field(sa_column=Column(DateTime(timezone=True)))
