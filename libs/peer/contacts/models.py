"""Conversations that began without a request, as numbers: there is no row of anybody."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlmodel import Field, SQLModel


class Began(StrEnum):
    """How such a conversation began."""

    HALLWAY = "hallway"
    CHECK_IN = "check_in"
    AFTER_TEAM = "after_team"


class Length(StrEnum):
    """How long it took, in bands of minutes."""

    UNDER_15 = "under_15"
    TO_45 = "to_45"
    OVER_45 = "over_45"


class ContactCell(SQLModel, table=True):
    """How many conversations of one kind a team had in a quarter. `quarter_on` is the quarter's first day."""

    __tablename__ = "contact_cell"
    __table_args__ = {"schema": "shared"}

    team_id: UUID = Field(primary_key=True)
    quarter_on: date = Field(primary_key=True)
    began: str = Field(primary_key=True)
    channel: str = Field(primary_key=True)
    length: str = Field(primary_key=True)
    region_id: UUID
    count: int
