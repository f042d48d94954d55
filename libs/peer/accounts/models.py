"""Who signs in: peers, coordinators, program managers, PSAP admins. Never a requester."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Column, DateTime
from sqlmodel import Field, SQLModel


class Role(StrEnum):
    """What an account may do; the policy table of the API says it in full."""

    PEER = "peer"
    COORDINATOR = "coordinator"
    PROGRAM_MANAGER = "program_manager"
    PSAP_ADMIN = "psap_admin"


class LinkKind(StrEnum):
    """What a one-time link does: signs in by itself (in a demonstration alone), or lets a device be enrolled."""

    SIGN_IN = "sign_in"
    ENROLL = "enroll"


class Account(SQLModel, table=True):
    """Somebody who signs in.

    `provider_id`: by the groups of which provider, where no colleague has let them in. `is_provisioned`: their center's
    directory decides whether they still do; PSAP admins alone.
    """

    __tablename__ = "account"
    __table_args__ = {"schema": "shared"}

    id: UUID = Field(primary_key=True)
    role: str
    region_id: UUID
    agency_id: UUID | None
    member_id: UUID | None = Field(unique=True)
    name: str
    created_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    provider_id: UUID | None
    is_provisioned: bool


class SignInLink(SQLModel, table=True):
    """A one-time link; its token is stored hashed and the row goes when it is used."""

    __tablename__ = "sign_in_link"
    __table_args__ = {"schema": "shared"}

    token_hash: bytes = Field(primary_key=True)
    account_id: UUID = Field(foreign_key="shared.account.id", ondelete="CASCADE")
    expires_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    kind: str
