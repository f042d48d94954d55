"""Where a receipt leads: which care schema holds the request, and nothing more."""

from uuid import UUID

from sqlmodel import Field, SQLModel


class ReceiptRoute(SQLModel, table=True):
    """From the hash of a lookup key to the care schema of a request."""

    __tablename__ = "receipt_route"
    __table_args__ = {"schema": "shared"}

    home_id: UUID = Field(primary_key=True)
    lookup_hash: bytes = Field(primary_key=True, index=True)
    region_id: UUID
