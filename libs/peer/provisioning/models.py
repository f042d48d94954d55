"""A center's directory: the tokens by which it comes, and whom of the desk's people it names. Never a peer."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Column, DateTime
from sqlmodel import Field, SQLModel


class ProvisioningToken(SQLModel, table=True):
    """What a center's directory shows, stored hashed. `ends_at`: when a newer one has replaced it for good."""

    __tablename__ = "provisioning_token"
    __table_args__ = {"schema": "shared"}

    id: UUID = Field(primary_key=True)
    agency_id: UUID
    token_hash: bytes = Field(unique=True)
    made_on: date
    last_used_on: date | None
    ends_at: datetime | None = Field(sa_column=Column(DateTime(timezone=True)))


class DeskPerson(SQLModel, table=True):
    """Somebody whom a center's directory names, as far as we keep it.

    `is_active` is None once the directory has taken it back without saying more: that counts as not active. `role`:
    that of an admin, or none. `account_id` is the door's to write, and that of a PSAP admin of the same center.
    """

    __tablename__ = "desk_person"
    __table_args__ = {"schema": "shared"}

    id: UUID = Field(primary_key=True)
    agency_id: UUID
    user_name: str
    external_id: str | None
    display_name: str | None
    is_active: bool | None
    role: str | None
    version: int
    created_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    changed_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    account_id: UUID | None
