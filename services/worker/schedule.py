"""Periodic work, in one list."""

from dataclasses import dataclass

import structlog
from arq import cron
from arq.cron import CronJob

from libs.peer.accounts import actions as accounts
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


async def forget_expired(ctx: dict[str, Context]) -> None:
    """Delete links, sessions and access tokens that no longer work."""
    while True:
        async with ctx["owncall"].planes.door() as door:
            gone = await accounts.forget_expired(door)
        if gone < accounts.FORGET_AT_A_TIME:
            return


PERIODIC: list[CronJob] = [
    cron(sweep_callouts, second={0, 15, 30, 45}, timeout=10, keep_result=0, max_tries=1),
    cron(forget_expired, minute={7, 22, 37, 52}, timeout=60, keep_result=0, max_tries=1, run_at_startup=True),
]
