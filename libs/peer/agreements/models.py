"""Mutual-aid agreements: whose people are helped without asking first."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ARRAY, Column, Text, Uuid
from sqlmodel import Field, SQLModel


class PartnerKind(StrEnum):
    """With whom an agreement is made."""

    REGION = "region"
    AGENCY = "agency"
    STATE = "state"


class Agreement(SQLModel, table=True):
    """A standing agreement with an outside agency or region. An empty scope means everybody of the partner.

    `partner_id` is a region of this deployment; `agency_ids` some of its agencies; `takes_ours`: they also take
    requests that are handed on to them. The last day of it is `ends_on`, or the day before `ended_on`.
    """

    __tablename__ = "agreement"
    __table_args__ = {"schema": "shared"}

    id: UUID = Field(primary_key=True)
    region_id: UUID
    kind: str
    partner: str
    partner_id: UUID | None
    agency_ids: list[UUID] = Field(sa_column=Column(ARRAY(Uuid), nullable=False))
    disciplines: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    teams: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    is_remote_only: bool
    takes_ours: bool
    starts_on: date
    ends_on: date
    ended_on: date | None
    reminded_days: int | None
