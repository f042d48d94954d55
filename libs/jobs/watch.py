"""Watches the queue from outside: a thread with a loop and a connection of its own.

It goes on when the claim loop hangs, and since API and worker each have one, when either process is gone.

Source: docs/decisions/0007-telemetry.md
"""

import asyncio
import threading
import time

import structlog
from sqlalchemy import text

from libs.telemetry import errors, metrics
from libs.telemetry.alarm import DeadMan
from libs.tenancy import away, names
from libs.tenancy.engine import open_engine
from libs.tenancy.planes import QueueSession
from libs.tenancy.transactions import Planes

log = structlog.get_logger()

EVERY_S = 2.0
_LOOK_WITHIN_S = 5.0
_COUNT_FAILED_EVERY = 15
"""Counting those that were given up reads the whole table; every half a minute is plenty."""

# By due_at alone, whoever holds the row: a worker that dies over a job again and again renews its lease for ever.
_DUE = text(
    """
    SELECT count(*), coalesce(extract(epoch FROM shared.clock() - min(due_at)), 0)::float8
    FROM shared.job WHERE state = 'waiting' AND due_at <= shared.clock()
    """
)
_FAILED = text("SELECT count(*) FROM shared.job WHERE state = 'failed'")


async def due(session: QueueSession) -> tuple[int, float]:
    """Return how many jobs are due, and how many seconds the oldest is late; 0 when none is."""
    count, oldest_s = (await session.execute(_DUE)).one()
    return int(count), float(oldest_s)


async def failed(session: QueueSession) -> int:
    """Return how many jobs were given up."""
    return int((await session.execute(_FAILED)).scalar_one())


class Watch(threading.Thread):
    """Looks every two seconds, until the process ends or `stop`."""

    def __init__(self, database_url: str, dead_man: DeadMan) -> None:
        super().__init__(name="watch", daemon=True)
        self._url = database_url
        self._dead_man = dead_man
        self._looks = 0
        self._is_over = threading.Event()

    def run(self) -> None:
        """Look again and again."""
        asyncio.run(self._watch())

    def stop(self) -> None:
        """End, and wait for it."""
        self._is_over.set()
        self.join(_LOOK_WITHIN_S + EVERY_S)

    async def _watch(self) -> None:
        engine = open_engine(self._url, pool_size=1, application="owncall-watch")
        planes = Planes(engine, names.of_login(self._url))
        try:
            while not self._is_over.is_set():
                self._dead_man.judge(time.monotonic(), await self._look(planes))
                await asyncio.to_thread(self._is_over.wait, EVERY_S)
        finally:
            await engine.dispose()

    async def _look(self, planes: Planes) -> float | None:
        try:
            async with asyncio.timeout(_LOOK_WITHIN_S), planes.queue() as queue:
                count, oldest_s = await due(queue)
                if self._looks % _COUNT_FAILED_EVERY == 0:
                    metrics.failed_jobs(await failed(queue))
        except Exception as error:  # noqa: BLE001 - a watch that dies of what it sees is none
            log.warning("watch_blind", error=away.told(error), where=errors.place(error))
            return None
        self._looks += 1
        metrics.queue(due=count, oldest_s=oldest_s)
        return oldest_s
