"""Answers that are kept for a day, so that the same request by the same Idempotency-Key is done once."""

from datetime import datetime

from sqlalchemy import Column, DateTime
from sqlmodel import Field, SQLModel


class KeptAnswer(SQLModel, table=True):
    """What one client was answered by one operation under one key; read by the role alone that wrote it."""

    __tablename__ = "kept_answer"
    __table_args__ = {"schema": "shared"}

    owner: str = Field(primary_key=True)
    client: str = Field(primary_key=True)
    route: str = Field(primary_key=True)
    key_hash: bytes = Field(primary_key=True)
    request_mac: bytes
    status: int | None
    body: str | None
    ends_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
