"""A center's or region's own provider, whom it knows here, and what is kept while somebody signs in with it."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Column, DateTime, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field, SQLModel


class SignOnProvider(SQLModel, table=True):
    """How a center or region signs in with a provider of its own; without `agency_id` it is the region's.

    `sealed_secret`: the client's secret, which the database cannot open. `tested_on`: when somebody came back from it;
    a new issuer, client or secret takes that back. `groups`, out of the claim `group_claim`, let people in. `version`
    goes up with each issuer, client and secret, so that nobody comes back by an attempt that began before.
    """

    __tablename__ = "sign_on_provider"
    __table_args__ = {"schema": "shared"}

    id: UUID = Field(primary_key=True)
    region_id: UUID
    agency_id: UUID | None
    issuer: str
    client_id: str | None
    sealed_secret: bytes | None
    tested_on: date | None
    group_claim: str
    groups: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    is_on: bool
    version: int


class SignOnIdentity(SQLModel, table=True):
    """Somebody at a provider, and who that is here. `who_hash` marks issuer and subject by a key of ours.

    Without an account it is somebody whom a manager or the operator has taken out: it lets nobody in.
    """

    __tablename__ = "sign_on_identity"
    __table_args__ = {"schema": "shared"}

    id: UUID = Field(primary_key=True)
    provider_id: UUID = Field(foreign_key="shared.sign_on_provider.id", ondelete="CASCADE")
    who_hash: bytes
    account_id: UUID | None = Field(foreign_key="shared.account.id", ondelete="CASCADE")


class SignOnAttempt(SQLModel, table=True):
    """Somebody on the way to a provider and back; the row goes before its answer is examined."""

    __tablename__ = "sign_on_attempt"
    __table_args__ = {"schema": "shared"}

    state_hash: bytes = Field(primary_key=True)
    provider_id: UUID = Field(foreign_key="shared.sign_on_provider.id", ondelete="CASCADE")
    sealed: bytes
    expires_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))


class SignOnLogout(SQLModel, table=True):
    """A logout token that has done its work, until a copy of it would be too old anyway."""

    __tablename__ = "sign_on_logout"
    __table_args__ = {"schema": "shared"}

    provider_id: UUID = Field(foreign_key="shared.sign_on_provider.id", ondelete="CASCADE", primary_key=True)
    token_hash: bytes = Field(primary_key=True)
    expires_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
