"""Hard calls: what follows from a type of incident, pages at workstations, private offers. Never a person."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Column, DateTime
from sqlmodel import Field, SQLModel


class Action(StrEnum):
    """What follows from a type of incident; a team proposed offers support, too."""

    NOTHING = "nothing"
    OFFER_SUPPORT = "offer_support"
    PROPOSE_DEPLOYMENT = "propose_deployment"


class Why(StrEnum):
    """Why that follows."""

    MAPPED = "mapped"
    INTERNAL_TEXT = "internal_text"
    UNKNOWN_TYPE = "unknown_type"
    NO_INCIDENT = "no_incident"
    TOO_OLD = "too_old"


class HardCallRule(SQLModel, table=True):
    """What an agency wants to follow from one type of incident, where it differs from the defaults."""

    __tablename__ = "hard_call_rule"
    __table_args__ = {"schema": "shared"}

    agency_id: UUID = Field(primary_key=True)
    code: str = Field(primary_key=True)
    action: str
    incident_type: str


class Station(SQLModel, table=True):
    """A page at a workstation. Who sits there may be quiet about it; the center's role cannot read whether."""

    __tablename__ = "station"
    __table_args__ = {"schema": "shared"}

    id: UUID = Field(primary_key=True)
    agency_id: UUID
    position: str
    address_hash: bytes = Field(unique=True)
    is_quiet: bool


class PrivateOffer(SQLModel, table=True):
    """That a workstation's page shows one line more until then. Written by the center, read at the door alone."""

    __tablename__ = "private_offer"
    __table_args__ = {"schema": "shared"}

    id: bytes = Field(primary_key=True)
    agency_id: UUID
    place_hash: bytes
    ends_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
