"""Integrators' machines, and how they prove themselves. Never a person, never a requester."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Column, DateTime
from sqlmodel import Field, SQLModel


class Scope(StrEnum):
    """What a client may do, as `resource:verb`. None of them reads care, by construction: no such plane is entered."""

    AGENCIES_READ = "agencies:read"
    ROSTER_READ = "roster:read"
    INCIDENTS_WRITE = "incidents:write"
    WEBHOOKS_READ = "webhooks:read"
    WEBHOOKS_WRITE = "webhooks:write"
    SANDBOX_WRITE = "sandbox:write"


class Client(SQLModel, table=True):
    """An integrator's machine (OAuth 2.0 client credentials): by a secret, by public keys of its own, or both."""

    __tablename__ = "client"
    __table_args__ = {"schema": "shared"}

    id: str = Field(primary_key=True)
    region_id: UUID
    secret_hash: bytes | None
    scope: str
    agency_id: UUID | None
    name: str
    made_on: date | None
    former_hash: bytes | None
    former_until: datetime | None = Field(sa_column=Column(DateTime(timezone=True)))
    public_keys: str
    used_on: date | None
    former_used_on: date | None


class AccessToken(SQLModel, table=True):
    """An opaque token of 15 minutes, stored hashed, revocable at once."""

    __tablename__ = "access_token"
    __table_args__ = {"schema": "shared"}

    token_hash: bytes = Field(primary_key=True)
    client_id: str = Field(foreign_key="shared.client.id", ondelete="CASCADE")
    scope: str
    expires_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))


class ClientAssertion(SQLModel, table=True):
    """A signed assertion that was used: it is good once."""

    __tablename__ = "client_assertion"
    __table_args__ = {"schema": "shared"}

    mark: bytes = Field(primary_key=True)
    expires_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
