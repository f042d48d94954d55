"""Proving that a channel reaches somebody: the code that was sent there last."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, DateTime, LargeBinary
from sqlmodel import Field, SQLModel


class ChannelCode(SQLModel, table=True):
    """The last code for one peer and one channel; the code itself is in no row.

    `id` is new with each asking. `code_hash` and `expires_at` are there once it was drawn to be sent; `draws` counts
    how often that was (a worker died, a provider was away), `tries` counts answers. `asked_times` since `counted_from`
    keep somebody from being sent one after another.
    """

    __tablename__ = "channel_code"
    __table_args__ = {"schema": "shared"}

    peer_id: UUID = Field(primary_key=True)
    channel: str = Field(primary_key=True)
    region_id: UUID
    id: UUID
    code_hash: bytes | None = Field(sa_column=Column(LargeBinary))
    draws: int
    tries: int
    asked_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    expires_at: datetime | None = Field(sa_column=Column(DateTime(timezone=True)))
    counted_from: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    asked_times: int
