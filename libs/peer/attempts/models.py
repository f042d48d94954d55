"""Attempts to reach the requester, after a yes. None of them says whom, or what was said."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Column, DateTime
from sqlmodel import Field, SQLModel


class AttemptKind(StrEnum):
    """What is known of an attempt.

    The peer's own word is shown to whoever waits and never counts: "I tried, nobody answered" and "we talked". What a
    channel knows counts: a message that was delivered, a call that was put through.
    """

    TRIED = "tried"
    TALKED = "talked"
    MESSAGE = "message"
    BRIDGED = "bridged"


class ContactAttempt(SQLModel, table=True):
    """One attempt of the peer who has a callout."""

    __tablename__ = "contact_attempt"
    __table_args__ = {"schema": "shared"}

    id: UUID = Field(primary_key=True)
    callout_id: UUID = Field(foreign_key="shared.callout.id", ondelete="CASCADE")
    region_id: UUID
    epoch: int
    peer_id: UUID
    kind: str
    made_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
