"""The safety net under every clock: what nobody moves on gets its job again, whatever became of the row."""

from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError

from libs import jobs
from libs.jobs import claim
from libs.peer.agreements import actions as agreements
from libs.peer.agreements import queries as agreement_queries
from libs.peer.approvals import queries as approvals
from libs.peer.callouts import actions as callouts
from libs.peer.callouts import queries as callout_queries
from libs.peer.callouts.models import State
from libs.peer.callouts.rules import ENDED
from libs.tenancy.directory import RegionRef
from libs.tenancy.errors import TenancyError
from libs.tenancy.planes import PlaneSession
from libs.tenancy.transactions import Planes

log = structlog.get_logger()


async def sweep(planes: Planes) -> int:
    """Look through every region for callouts, decisions and reminders that nobody moves on, and ask for their job.

    One region that cannot be looked at never stops the others.

    Returns:
        How many there were; 0 unless a job row was lost, which is worth an alarm.
    """
    async with planes.queue() as queue:
        busy = await claim.subjects(queue)
    found = 0
    for region in (await planes.tenants()).regions.values():
        try:
            found += await _sweep_region(planes, region, busy)
        except (SQLAlchemyError, TenancyError) as error:
            log.warning("region_not_swept", error=type(error).__name__)
    return found


async def _sweep_region(planes: Planes, region: RegionRef, busy: frozenset[tuple[str, object]]) -> int:
    found = 0
    async with planes.dispatch(region) as dispatch:
        for callout_id, state in await callout_queries.stalled(dispatch):
            kind = _kind(state)
            if (kind, callout_id) not in busy:
                found += 1
                await _ask_again(dispatch, kind, region, callout_id)
    async with planes.program(region) as program:
        for approval_id in await approvals.stalled(program):
            if (callouts.CANCEL_APPROVAL, approval_id) not in busy:
                found += 1
                await _ask_again(program, callouts.CANCEL_APPROVAL, region, approval_id)
        for agreement_id in await agreement_queries.unreminded(program):
            if (agreements.REMIND, agreement_id) not in busy:
                found += 1
                await _ask_again(program, agreements.REMIND, region, agreement_id)
    return found


async def _ask_again(session: PlaneSession, kind: str, region: RegionRef, subject_id: UUID) -> None:
    await jobs.add(session, kind, region_id=region.id, subject_id=subject_id, cause="sweep")


def _kind(state: State) -> str:
    if state in ENDED:
        return callouts.FORGET
    return callouts.OPEN_APPROVAL if state is State.PENDING_APPROVAL else callouts.ADVANCE
