"""Where a receipt leads: which care schema holds the request, and nothing more."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, DateTime
from sqlmodel import Field, SQLModel


class ReceiptRoute(SQLModel, table=True):
    """From the hash of a lookup key to the care schema of a request.

    For a day after the request is forgotten the hash stays alone, without a home: a browser's "back" that sends
    the form again must not ask again.
    """

    __tablename__ = "receipt_route"
    __table_args__ = {"schema": "shared"}

    region_id: UUID = Field(primary_key=True)
    lookup_hash: bytes = Field(primary_key=True)
    home_id: UUID | None
    forgotten_at: datetime | None = Field(sa_column=Column(DateTime(timezone=True)))
