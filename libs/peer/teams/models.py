"""The roster: who is a trained, designated colleague, and who is free now."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ARRAY, Boolean, Column, Computed, DateTime, Text
from sqlmodel import Field, SQLModel


class Team(StrEnum):
    """The region's teams."""

    ROVING = "roving"
    COMMAND_LEVEL = "command_level"


_LEADS = "rank <> ALL (ARRAY['telecommunicator', 'firefighter', 'paramedic', 'deputy', 'officer'])"
"""Anybody else may be somebody's supervisor, today or tomorrow: a rank that is not known counts as one.

Dispatch learns this of a rank, and no more.
"""


class Member(SQLModel, table=True):
    """A team member. E-mail and own number stay in the program plane; the duty number is given to requesters."""

    __tablename__ = "member"
    __table_args__ = {"schema": "shared"}

    id: UUID = Field(primary_key=True)
    region_id: UUID
    agency_id: UUID
    name: str
    team: str
    rank: str
    discipline: str
    languages: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    email: str
    phone: str
    duty_phone: str
    designated_on: date | None
    lapses_on: date | None
    training_hours: int
    modules: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    is_coordinator: bool
    leads: bool | None = Field(default=None, sa_column=Column(Boolean, Computed(_LEADS), nullable=False))


class Availability(SQLModel, table=True):
    """Whether a member can be asked right now, by the member's own word."""

    __tablename__ = "availability"
    __table_args__ = {"schema": "shared"}

    peer_id: UUID = Field(primary_key=True)
    region_id: UUID
    is_available: bool
    changed_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
