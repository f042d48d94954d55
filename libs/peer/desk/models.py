"""The agency's own side: settings, in its own schema."""

from sqlmodel import Field, SQLModel


class Setting(SQLModel, table=True):
    """One setting of an agency."""

    __tablename__ = "setting"

    name: str = Field(primary_key=True)
    value: str
