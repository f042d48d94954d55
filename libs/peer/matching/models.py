"""Why a wave was put to whom: reasons with counts over the team, which never depend on the requester."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, DateTime
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel


class Decision(SQLModel, table=True):
    """One look at the team for one callout: `counts` are people by reason. Goes with the callout's traces."""

    __tablename__ = "decision"
    __table_args__ = {"schema": "shared"}

    id: UUID = Field(primary_key=True)
    callout_id: UUID = Field(foreign_key="shared.callout.id", ondelete="CASCADE")
    region_id: UUID
    epoch: int
    counts: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    decided_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
