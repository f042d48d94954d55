"""Bare events for the audit chain: what happened on which day, never to whom."""

from datetime import date
from uuid import UUID

from sqlmodel import Field, SQLModel


class Event(SQLModel, table=True):
    """Something worth an audit: a kind, a region, a day."""

    __tablename__ = "event"
    __table_args__ = {"schema": "shared"}

    id: UUID = Field(primary_key=True)
    kind: str
    region_id: UUID | None
    happened_on: date
