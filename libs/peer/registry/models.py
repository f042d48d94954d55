"""The catalogue's table."""

from datetime import date

from sqlalchemy import Text
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
