"""A passkey, what it is asked to sign, and what its owner has to be told."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, Column, DateTime
from sqlmodel import Field, SQLModel


class Ceremony(StrEnum):
    """What a challenge was drawn for; it is good for nothing else."""

    ENROLL = "enroll"
    SIGN_IN = "sign_in"
    ADD = "add"
    PROVE = "prove"


class News(StrEnum):
    """What somebody is told when they come in next, as they may not have done it themselves."""

    LINK_MADE = "link_made"
    PASSKEYS_ENDED = "passkeys_ended"
    PASSKEY_DOUBTED = "passkey_doubted"
    NO_ADMIN_LEFT = "no_admin_left"
    WEBHOOK_OFF = "webhook_off"


class Passkey(SQLModel, table=True):
    """A device that may sign somebody in.

    `sign_count` is the counter of the device, 0 where it has none. `doubted_on`: since when it is refused, because two
    copies of it seem to exist.
    """

    __tablename__ = "passkey"
    __table_args__ = {"schema": "shared"}

    id: UUID = Field(primary_key=True)
    account_id: UUID = Field(foreign_key="shared.account.id", ondelete="CASCADE")
    credential_id: bytes = Field(unique=True)
    public_key: bytes
    sign_count: int = Field(sa_column=Column(BigInteger, nullable=False))
    name: str
    added_on: date
    last_used_on: date | None
    doubted_on: date | None


class Challenge(SQLModel, table=True):
    """Random bytes that a passkey is asked to sign, stored hashed; the row goes at the first answer.

    A sign-in's is stored when it has been answered rightly, and says that it has been.
    """

    __tablename__ = "challenge"
    __table_args__ = {"schema": "shared"}

    challenge_hash: bytes = Field(primary_key=True)
    ceremony: str
    account_id: UUID | None = Field(foreign_key="shared.account.id", ondelete="CASCADE")
    expires_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))


class AccountNews(SQLModel, table=True):
    """Something that happened to how somebody signs in, or to a center they answer for, until they have seen it."""

    __tablename__ = "account_news"
    __table_args__ = {"schema": "shared"}

    id: UUID = Field(primary_key=True)
    account_id: UUID = Field(foreign_key="shared.account.id", ondelete="CASCADE")
    kind: str
    happened_on: date
    agency_id: UUID | None
