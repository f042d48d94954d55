"""The claim loop: takes jobs out of the table, runs them, writes what became of them. Needs no Redis."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress

import structlog

from libs.jobs import claim
from libs.jobs.claim import LEASE_S, Claimed
from libs.jobs.declare import Declared, pause_s
from libs.telemetry import errors, metrics, traces
from libs.tenancy import away
from libs.tenancy.errors import TenancyError
from libs.tenancy.transactions import Planes

log = structlog.get_logger()

LOOK_AGAIN_S = 1.0
"""The sweeper's beat: what a lost doorbell or a dead worker left behind is found within it."""
_AWAY = (*away.FAILURES, TenancyError)
"""The database is restarting, or out of reach: wait and try again."""


class Runner:
    """Runs jobs, `concurrency` at a time, until told to stop."""

    def __init__(self, planes: Planes, declared: Iterable[Declared], *, concurrency: int, bell: asyncio.Event) -> None:
        self._planes = planes
        self._declared = {job.kind: job for job in declared}
        self._concurrency = concurrency
        self._bell = bell
        self._running: set[asyncio.Task[None]] = set()
        self._done: list[Claimed] = []
        self._is_stopping = False

    async def run(self) -> None:
        """Claim and run until `stop`, then let what is in hand come to its end."""
        while not self._is_stopping:
            self._bell.clear()
            rest_s = await self._turn(self._concurrency - len(self._running))
            with suppress(TimeoutError):
                await asyncio.wait_for(self._bell.wait(), rest_s)
        if self._running:
            await asyncio.wait(self._running)
        await self._turn(0)

    def stop(self) -> None:
        """Take nothing new."""
        self._is_stopping = True
        self._bell.set()

    async def _turn(self, free: int) -> float:
        """Write what is done and take what is due, in one transaction: each costs a fifth of the way to a page.

        Returns:
            Seconds until the next job is due, so that deadlines are kept to the moment; never longer than a beat.
        """
        done, self._done = self._done, []
        try:
            async with self._planes.queue() as queue:
                await claim.finish(queue, done)
                claimed = await claim.claim(queue, free) if free else ()
                # Who has taken something turns again when it is done, and asks then: it must not wait for the answer.
                next_s = await claim.seconds_to_next(queue) if free and not claimed else None
        except _AWAY as error:
            self._done += done
            log.warning("database_away", error=away.told(error))
            return LOOK_AGAIN_S
        for job in claimed:
            task = asyncio.create_task(self._carry_out(job))
            self._running.add(task)
            task.add_done_callback(self._ended)
        return LOOK_AGAIN_S if next_s is None else min(max(next_s, 0.01), LOOK_AGAIN_S)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._bell.set()

    async def _carry_out(self, job: Claimed) -> None:
        """Run one attempt and write what became of it, unless somebody else has taken over in the meantime."""
        declared = self._declared.get(job.kind)
        alive = asyncio.create_task(self._stay_alive(job))
        try:
            if declared is None:
                raise LookupError("no such kind of job")
            with traces.job(job.kind, job.attempt), metrics.job(job.kind):
                async with asyncio.timeout(declared.timeout_s):
                    region = await self._planes.region(job.region_id)
                    await declared.run(self._planes, region, job.subject_id)
        except Exception as error:  # noqa: BLE001 - the worker's runner: a job may fail in any way
            await self._put_back(job, declared, error)
        else:
            self._done.append(job)
        finally:
            alive.cancel()

    async def _put_back(self, job: Claimed, declared: Declared | None, error: Exception) -> None:
        is_passing = isinstance(error, _AWAY)
        kind, attempt = job.kind, job.attempt
        log.warning("job_failed", kind=kind, attempt=attempt, error=away.told(error), where=errors.place(error))
        if not is_passing:
            errors.report(error)
        with suppress(*_AWAY):
            async with self._planes.queue() as queue:
                if declared is None or job.attempt >= declared.attempts:
                    log.error("job_given_up", kind=job.kind, attempt=job.attempt)
                    await claim.fail(queue, job)
                else:
                    await claim.retry(queue, job, pause_s(job.attempt))

    async def _stay_alive(self, job: Claimed) -> None:
        while True:
            await asyncio.sleep(LEASE_S / 3)
            with suppress(*_AWAY):
                async with self._planes.queue() as queue:
                    await claim.extend(queue, job)
