"""Periodic work, in one list."""

from dataclasses import dataclass

import structlog
from arq import cron
from arq.cron import CronJob

from libs.tenancy.transactions import Planes
from services.worker.sweeper import sweep

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Context:
    """What periodic work is given."""

    planes: Planes


async def sweep_callouts(ctx: dict[str, Context]) -> None:
    """Find callouts that nobody moves on."""
    found = await sweep(ctx["owncall"].planes)
    if found:
        log.warning("callouts_swept", count=found)


PERIODIC: list[CronJob] = [
    cron(sweep_callouts, second={0, 15, 30, 45}, timeout=10, keep_result=0, max_tries=1),
]
