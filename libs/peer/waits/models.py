"""How long people wait for a human, as figures without a person; and the one yes or no that managers see."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Column, DateTime
from sqlmodel import Field, SQLModel


class TimeMark(SQLModel, table=True):
    """A mark in a band, left when two talk or a request ends unheard; deleted when its quarter is closed.

    No person, no request, no day: who reads them all learns how many waited how long in a quarter.
    """

    __tablename__ = "time_mark"
    __table_args__ = {"schema": "shared"}

    id: UUID = Field(primary_key=True)
    region_id: UUID
    quarter_on: date
    urgency: str
    band: int


class TimeFigure(SQLModel, table=True):
    """What was published of a quarter; no band means too few to say, or none at all: nobody can tell which."""

    __tablename__ = "time_figure"
    __table_args__ = {"schema": "shared"}

    region_id: UUID = Field(primary_key=True)
    quarter_on: date = Field(primary_key=True)
    urgency: str = Field(primary_key=True)
    median_band: int | None
    published_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))


class Unanswered(SQLModel, table=True):
    """Whether anybody in a region has waited too long, as of a quarter of an hour."""

    __tablename__ = "unanswered"
    __table_args__ = {"schema": "shared"}

    region_id: UUID = Field(primary_key=True)
    is_late: bool
    looked_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
