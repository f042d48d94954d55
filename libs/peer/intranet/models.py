"""Where the roster is shown without login, who does not want to be on it, and their photos."""

from uuid import UUID

from sqlalchemy import ARRAY, Column, LargeBinary, Text
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


class Photo(SQLModel, table=True):
    """A peer's own photo: a small square, made anew from the pixels that they sent."""

    __tablename__ = "photo"
    __table_args__ = {"schema": "shared"}

    member_id: UUID = Field(primary_key=True, foreign_key="shared.member.id", ondelete="CASCADE")
    region_id: UUID
    jpeg: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
