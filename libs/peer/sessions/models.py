"""A browser that is signed in."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Column, DateTime
from sqlmodel import Field, SQLModel


class SignIn(SQLModel, table=True):
    """A browser that is signed in; the cookie's token is stored hashed and changes with every proof.

    `device` is a few words out of a list of ours, never what the browser said. `expires_at` moves on with use, up to
    `ends_at`. `last_used_at` is the beginning of a quarter of an hour. `proved_at`: when somebody last showed a passkey
    (in a demonstration, a link) or signed in anew with their center's own provider; None when nothing says so.
    `passkey_id`, `identity_id`: which one began it; that one may be gone. `sid_hash`: the session there, marked.
    """

    __tablename__ = "sign_in"
    __table_args__ = {"schema": "shared"}

    token_hash: bytes = Field(primary_key=True)
    account_id: UUID = Field(foreign_key="shared.account.id", ondelete="CASCADE")
    expires_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    id: UUID = Field(unique=True)
    device: str
    signed_in_on: date
    last_used_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    ends_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    proved_at: datetime | None = Field(sa_column=Column(DateTime(timezone=True)))
    passkey_id: UUID | None
    identity_id: UUID | None
    sid_hash: bytes | None
