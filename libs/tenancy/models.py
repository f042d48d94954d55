"""Reference data that every plane may read: which regions and agencies there are, and where they live."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, Column, DateTime, Text
from sqlmodel import Field, SQLModel


class Region(SQLModel, table=True):
    """One program: its agencies, teams, line and policies; or one's sandbox (`sandbox_of`), where nobody is reached."""

    __tablename__ = "region"
    __table_args__ = {"schema": "shared"}

    id: UUID = Field(primary_key=True)
    slug: str = Field(unique=True)
    name: str
    time_zone: str
    line_phone: str | None
    schema_name: str = Field(unique=True)
    schema_version: str
    care_role: str = Field(unique=True)
    dispatch_role: str = Field(unique=True)
    program_role: str = Field(unique=True)
    channels: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    flood_from: int
    sandbox_of: UUID | None
    created_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))


class Agency(SQLModel, table=True):
    """A tenant: a PSAP first of all, also fire, EMS, law enforcement."""

    __tablename__ = "agency"
    __table_args__ = {"schema": "shared"}

    id: UUID = Field(primary_key=True)
    region_id: UUID = Field(foreign_key="shared.region.id")
    slug: str = Field(unique=True)
    name: str
    status: str
    discipline: str
    state: str
    county: str
    city: str
    fcc_id: int | None
    schema_name: str = Field(unique=True)
    schema_version: str
    care_role: str = Field(unique=True)
    desk_role: str = Field(unique=True)
    created_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
