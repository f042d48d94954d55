"""Carries webhooks beside the claim loop: strangers' servers may be slow, and no page to a peer waits for them.

The job `webhooks.deliver` names an address; the courier has a task for each address that has something due, and a few
connections for each. What it has in hand is a lease in the row: whatever a dead worker held is taken up a minute later.

Source: docs/decisions/0029-webhooks.md
"""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

import structlog

from libs.peer.webhooks import actions, rules
from libs.peer.webhooks.actions import Attempted, Taken
from libs.peer.webhooks.models import Fault
from libs.telemetry import errors
from libs.tenancy import away
from libs.tenancy.directory import RegionRef
from libs.tenancy.errors import TenancyError
from libs.tenancy.transactions import Planes
from services.worker.sending import Answer, NotSentError, Sender

log = structlog.get_logger()

AT_ONCE = 8
"""Connections to one address."""
_ALL_AT_ONCE = 200
_DATABASE_AT_ONCE = 3
DATABASE_POOL = _DATABASE_AT_ONCE
"""Connections to the database, which are the courier's own: the claim loop never waits for one of its."""


@dataclass
class Courier:
    """Sends what is due, each address for itself.

    Attributes:
        planes: of a pool of its own.
        sender: the way out.
        master: key from which secrets are derived.
    """

    planes: Planes
    sender: Sender
    master: bytes = field(repr=False)
    _tasks: dict[UUID, asyncio.Task[None]] = field(default_factory=dict)
    _again: set[UUID] = field(default_factory=set)
    _sockets: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_ALL_AT_ONCE))
    _doors: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_DATABASE_AT_ONCE))

    def carry(self, region: RegionRef, endpoint_id: UUID) -> None:
        """See to one address, and return at once."""
        if endpoint_id in self._tasks:
            # It may have looked before what has just been written: it looks once more.
            self._again.add(endpoint_id)
            return
        self._tasks[endpoint_id] = asyncio.create_task(self._see_to(region, endpoint_id))

    async def rest(self) -> None:
        """Wait until everything that was due has had its try."""
        while self._tasks:
            await asyncio.wait(list(self._tasks.values()))

    async def stop(self) -> None:
        """Leave what is in hand: its lease ends, and another worker takes it up."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _see_to(self, region: RegionRef, endpoint_id: UUID) -> None:
        try:
            while await self._carry_some(region, endpoint_id) or endpoint_id in self._again:
                self._again.discard(endpoint_id)
        except (*away.FAILURES, TenancyError) as error:
            log.warning("database_away", error=away.told(error))
        except Exception as error:  # noqa: BLE001 - one address must not stop the others
            told, where = away.told(error), errors.place(error)
            log.warning("job_failed", kind=actions.DELIVER, error=told, where=where)
            errors.report(error)
        finally:
            self._again.discard(endpoint_id)
            del self._tasks[endpoint_id]

    async def _carry_some(self, region: RegionRef, endpoint_id: UUID) -> bool:
        async with self._doors, self.planes.program(region) as program:
            taken = await actions.take(program, endpoint_id, region_id=region.id, limit=AT_ONCE)
        if not taken:
            return False
        attempts = await self._try(taken)
        async with self._doors, self.planes.program(region) as program:
            await actions.record(program, attempts)
        return True

    async def _try(self, taken: Sequence[Taken]) -> Sequence[Attempted]:
        return await asyncio.gather(*(self._send(one) for one in taken))

    async def _send(self, taken: Taken) -> Attempted:
        content = rules.body(taken.type, taken.happened_at, taken.subject_id)
        versions = [taken.secret_version, *([taken.secret_version - 1] if taken.has_two_secrets else [])]
        secrets = [rules.secret(self.master, taken.endpoint_id, version) for version in versions]
        headers = rules.headers(taken.event_id, taken.taken_at, content, secrets)
        try:
            async with self._sockets:
                answer = await self.sender.post(taken.url, content, headers)
        except NotSentError as error:
            return Attempted(taken, None, error.fault, _wait_s(taken))
        if 200 <= answer.status < 300:  # noqa: PLR2004 - HTTP
            return Attempted(taken, answer.status, None, None)
        return Attempted(taken, answer.status, Fault.STATUS, _wait_s(taken, answer))


def _wait_s(taken: Taken, answer: Answer | None = None) -> float | None:
    asked_for = rules.retry_after_s(answer.retry_after, taken.taken_at) if answer else None
    return rules.wait_s(taken.attempt, random.random(), asked_for)  # noqa: S311 - spreads load, hides nothing
