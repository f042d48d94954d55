"""One region asks another one to help. The row tells the two regions, urgency, language; never who or which center."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Column, DateTime
from sqlmodel import Field, SQLModel


class ExchangeState(StrEnum):
    """Where an exchange stands. Moves between them are in `rules.MOVES`."""

    REQUESTED = "requested"
    APPROVED = "approved"
    OFFERED = "offered"
    CLOSED = "closed"


class ExchangeOutcome(StrEnum):
    """How an exchange ended: but for TAKEN, the request is where it was, with its people and its clocks."""

    TAKEN = "taken"
    DECLINED = "declined"
    SILENT = "silent"
    UNANSWERED = "unanswered"
    NOT_NEEDED = "not_needed"


class Exchange(SQLModel, table=True):
    """A request that waits in one region (`region_id`) is offered the people of another one (`helping_id`).

    `approval_id` is the decision of the asking region by which it was handed on; None when its time was over.
    `team` and `is_remote_only` are limits that the helping region set.
    """

    __tablename__ = "exchange"
    __table_args__ = {"schema": "shared"}

    id: UUID = Field(primary_key=True)
    region_id: UUID
    helping_id: UUID
    approval_id: UUID | None
    urgency: str
    language: str
    state: str
    outcome: str | None
    decided_by: str | None
    is_remote_only: bool
    team: str | None
    asked_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    offered_until: datetime | None = Field(sa_column=Column(DateTime(timezone=True)))
    closed_at: datetime | None = Field(sa_column=Column(DateTime(timezone=True)))
