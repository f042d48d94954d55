"""Where the roster is shown without login, and who does not want to be on it."""

from uuid import UUID

from sqlalchemy import ARRAY, Column, Text
from sqlmodel import Field, SQLModel


class IntranetPlace(SQLModel, table=True):
    """From which networks, and in whose frames, the roster is shown; `place_id` is a center, or the region itself."""

    __tablename__ = "intranet_place"
    __table_args__ = {"schema": "shared"}

    place_id: UUID = Field(primary_key=True)
    region_id: UUID
    networks: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    origins: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))


class NotShown(SQLModel, table=True):
    """Somebody who does not want to be on the roster that centers show. No row: shown."""

    __tablename__ = "not_shown"
    __table_args__ = {"schema": "shared"}

    member_id: UUID = Field(primary_key=True, foreign_key="shared.member.id", ondelete="CASCADE")
    region_id: UUID
