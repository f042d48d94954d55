"""Claiming and finishing jobs.

Results are written `WHERE attempt = mine`: a worker back from the dead writes nothing.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text

from libs.tenancy.planes import QueueSession

LEASE_S = 4.0
"""How long a claimed job is ours without a sign of life; extended every LEASE_S / 3 while it runs."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A job that is ours until its lease ends."""

    id: UUID
    kind: str
    region_id: UUID
    subject_id: UUID
    attempt: int


# MATERIALIZED: in an IN (…) the planner may run the search once a row, and each run skips what the last one has locked
# and takes as many again, beyond the limit.
_CLAIM = text(
    """
    WITH due AS MATERIALIZED (
        SELECT id FROM shared.job
        WHERE state = 'waiting' AND due_at <= shared.clock()
          AND (lease_until IS NULL OR lease_until < shared.clock()
               OR lease_until > shared.clock() + 2 * make_interval(secs => :lease_s))
        ORDER BY due_at LIMIT :limit FOR UPDATE SKIP LOCKED
    )
    UPDATE shared.job SET attempt = attempt + 1, lease_until = shared.clock() + make_interval(secs => :lease_s)
    FROM due WHERE job.id = due.id
    RETURNING job.id, kind, region_id, subject_id, attempt
    """
)
_EXTEND = text(
    """
    UPDATE shared.job SET lease_until = shared.clock() + make_interval(secs => :lease_s)
    WHERE id = :id AND attempt = :attempt
    """
)
_FINISH = text(
    """
    DELETE FROM shared.job USING unnest(CAST(:ids AS text[]), CAST(:attempts AS text[])) AS done (id, attempt)
    WHERE job.id = CAST(done.id AS uuid) AND job.attempt = CAST(done.attempt AS integer)
    """
)
_RETRY = text(
    """
    UPDATE shared.job SET lease_until = shared.clock(), due_at = shared.clock() + make_interval(secs => :delay_s)
    WHERE id = :id AND attempt = :attempt
    """
)
_FAIL = text("UPDATE shared.job SET state = 'failed' WHERE id = :id AND attempt = :attempt")
_SUBJECTS = text(
    """
    SELECT kind, subject_id FROM shared.job
    WHERE due_at <= shared.clock() AND (state = 'waiting' OR due_at > shared.clock() - interval '1 hour')
       OR state = 'waiting' AND attempt > 0
    """
)
_NEXT = text(
    """
    SELECT min(greatest(due_at, coalesce(lease_until, due_at))), shared.clock()
    FROM shared.job WHERE state = 'waiting'
    """
)


async def claim(session: QueueSession, limit: int) -> Sequence[Claimed]:
    """Take up to `limit` due jobs, oldest first; other workers skip them.

    A lease that ends later than any lease can is one from before the clock was set back: it does not count.
    """
    rows = await session.execute(_CLAIM, {"limit": limit, "lease_s": LEASE_S})
    return [Claimed(*row) for row in rows]


async def extend(session: QueueSession, job: Claimed) -> None:
    """Give a sign of life."""
    await session.execute(_EXTEND, {"id": job.id, "attempt": job.attempt, "lease_s": LEASE_S})


async def finish(session: QueueSession, jobs: Collection[Claimed]) -> None:
    """The work is done; the rows go. None is no query."""
    if jobs:
        values = {"ids": [str(job.id) for job in jobs], "attempts": [str(job.attempt) for job in jobs]}
        await session.execute(_FINISH, values)


async def retry(session: QueueSession, job: Claimed, delay_s: float) -> None:
    """Put it back, due in `delay_s` seconds."""
    await session.execute(_RETRY, {"id": job.id, "attempt": job.attempt, "delay_s": delay_s})


async def fail(session: QueueSession, job: Claimed) -> None:
    """Give up in a way that can be seen: the row stays, as failed."""
    await session.execute(_FAIL, {"id": job.id, "attempt": job.attempt})


async def subjects(session: QueueSession) -> frozenset[tuple[str, object]]:
    """Return (kind, subject) of the jobs that are due or in hand, or were given up within the hour.

    These need no second row: the first is about to be done, the last would only fail again.
    """
    return frozenset((row.kind, row.subject_id) for row in await session.execute(_SUBJECTS))


async def seconds_to_next(session: QueueSession) -> float | None:
    """Return the seconds until a job can be claimed; 0 or less when one can now, None when none waits."""
    due_at, now = (await session.execute(_NEXT)).one()
    return None if due_at is None else float((due_at - now).total_seconds())
