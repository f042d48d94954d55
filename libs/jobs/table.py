"""A job is a row, written in the same transaction as the change that asks for it."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import Column, DateTime, text
from sqlmodel import Field, SQLModel

from libs.tenancy.planes import PlaneSession

SIGNAL = "jobs"
"""What rings when there is work."""


class Job(SQLModel, table=True):
    """Something to do: a kind, the one id that it is about, and when."""

    __tablename__ = "job"
    __table_args__ = {"schema": "shared"}

    id: UUID = Field(primary_key=True)
    kind: str
    key: str
    region_id: UUID
    subject_id: UUID
    due_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    lease_until: datetime | None = Field(sa_column=Column(DateTime(timezone=True)))
    attempt: int = 0
    state: str = "waiting"


_ADD = text(
    """
    INSERT INTO shared.job (id, kind, key, region_id, subject_id, due_at)
    VALUES (:id, :kind, :key, :region_id, :subject_id, coalesce(CAST(:due_at AS timestamptz), shared.clock()))
    ON CONFLICT DO NOTHING
    """
)


def key(kind: str, subject_id: UUID, cause: str = "") -> str:
    """Return what a job is known by while it waits: the same kind, subject and cause wait only once."""
    return f"{kind}:{subject_id}:{cause}"


async def add(
    session: PlaneSession,
    kind: str,
    *,
    region_id: UUID,
    subject_id: UUID,
    cause: str = "",
    due_at: datetime | None = None,
) -> None:
    """Ask for work, from any plane.

    Args:
        session: the transaction that makes the work necessary; both commit or neither.
        kind: name of a declared job.
        region_id: in whose planes it runs.
        subject_id: the one thing it is about, by a random id.
        cause: tells two reasons for the same work apart. The same kind, subject and cause wait only once; a job
            that has begun does not count, since it may have looked before this change.
        due_at: aware instant; None means now. For one to come nobody is rung: the claim loop sleeps no longer than
            until then.
    """
    await session.execute(
        _ADD,
        {
            "id": uuid4(),
            "kind": kind,
            "key": key(kind, subject_id, cause),
            "region_id": region_id,
            "subject_id": subject_id,
            "due_at": due_at,
        },
    )
    if due_at is None:
        session.signals.add(SIGNAL)
