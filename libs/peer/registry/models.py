"""The catalogue's tables."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Column, DateTime, Text
from sqlmodel import Field, SQLModel


class PsapEntry(SQLModel, table=True):
    """One PSAP of the FCC's registry as last imported; a row of the shared catalogue.

    Columns mean what the fields of `rules.Psap` mean; `standing` holds a `rules.Standing` as text.
    """

    __tablename__ = "psap_catalogue"
    __table_args__ = {"schema": "shared"}

    psap_id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    name: str = Field(sa_type=Text)
    state: str = Field(sa_type=Text)
    county: str = Field(sa_type=Text)
    county_key: str = Field(sa_type=Text)
    city: str = Field(sa_type=Text)
    standing: str = Field(sa_type=Text)
    changes: str = Field(sa_type=Text)
    comments: str = Field(sa_type=Text)
    modified_on: date | None = None
    doubt: str | None = Field(default=None, sa_type=Text)
    sheet_row: int


class RegistryImport(SQLModel, table=True):
    """One import of the FCC's file; `report` is the JSON of `report.ImportReport.as_json`, with `differences`."""

    __tablename__ = "registry_import"
    __table_args__ = {"schema": "shared"}

    id: UUID = Field(primary_key=True)
    imported_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    report: str = Field(sa_type=Text)


class RegistryChange(SQLModel, table=True):
    """What the last import that changed anything said otherwise; columns as in `differences.Change`."""

    __tablename__ = "registry_change"
    __table_args__ = {"schema": "shared"}

    psap_id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    kind: str = Field(primary_key=True, sa_type=Text)
    name: str = Field(sa_type=Text)
    state: str = Field(sa_type=Text)
    was: str = Field(sa_type=Text)
    becomes: str = Field(sa_type=Text)
