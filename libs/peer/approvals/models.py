"""A request from outside the region waits for a program manager. The row tells region, urgency, language; no more."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Column, DateTime
from sqlmodel import Field, SQLModel


class ApprovalState(StrEnum):
    """Where a decision stands. Moves between them are in `rules.MOVES`.

    HELD can be taken back for some seconds; APPLYING is on its way to the callout, which has the last word.
    """

    WAITING = "waiting"
    HELD = "held"
    APPLYING = "applying"
    APPROVED = "approved"
    DECLINED = "declined"
    HANDED_ON = "handed_on"
    WITHDRAWN = "withdrawn"


class Choice(StrEnum):
    """What a program manager can choose."""

    APPROVE = "approve"
    DECLINE = "decline"
    HAND_ON = "hand_on"


class DecidedBy(StrEnum):
    """Whose word counted."""

    MANAGER = "manager"
    LEAD = "lead"


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
    choice: str | None
    held_until: datetime | None = Field(sa_column=Column(DateTime(timezone=True)))
    decided_by: str | None
    is_remote_only: bool
    team: str | None
    partner_id: UUID | None
    told_step: int | None
    looked_at: datetime | None = Field(sa_column=Column(DateTime(timezone=True)))


class Approver(SQLModel, table=True):
    """A program manager who takes part in the rota of those who decide."""

    __tablename__ = "approver"
    __table_args__ = {"schema": "shared"}

    account_id: UUID = Field(primary_key=True)
    region_id: UUID
    name: str
    is_away: bool
    joined_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
