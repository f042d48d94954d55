"""A critical incident: what kind, how many, when, where. No name, no story: choices, a place, times."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Column, DateTime
from sqlmodel import Field, SQLModel


class IncidentType(StrEnum):
    """What happened, as far as a team needs to know.

    Source: domain, "Critical incident"
    """

    LODD = "lodd"
    SUICIDE_OF_COLLEAGUE = "suicide_of_colleague"
    CHILD_DEATH = "child_death"
    OIS = "ois"
    MCI = "mci"
    VICTIM_KNOWN = "victim_known"
    OTHER = "other"


class Involved(StrEnum):
    """How many of the center's people were involved, in bands."""

    FEW = "1_5"
    SOME = "6_15"
    MANY = "16_40"
    CROWD = "over_40"


class OpenedBy(StrEnum):
    """From which side it was opened."""

    DESK = "desk"
    INTEGRATOR = "integrator"
    COORDINATOR = "coordinator"
    PROGRAM = "program"


class Incident(SQLModel, table=True):
    """One critical incident at one agency; with what the agency wishes for, which its first deployment begins with.

    No kind means that the run card chooses; no start means as soon as the kind's window allows.
    """

    __tablename__ = "incident"
    __table_args__ = {"schema": "shared"}

    id: UUID = Field(primary_key=True)
    region_id: UUID
    agency_id: UUID
    type: str
    involved: str
    happened_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    kind: str | None
    target: str
    starts_at: datetime | None = Field(sa_column=Column(DateTime(timezone=True)))
    place: str
    time_zone: str
    dispatchers_included: str
    backfill: str
    opened_by: str
    opened_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
