"""The safety net under every clock: what nobody moves on gets its job again, whatever became of the row."""

import structlog
from sqlalchemy.exc import SQLAlchemyError

from libs import jobs
from libs.jobs import claim
from libs.peer.callouts import actions as callouts
from libs.peer.callouts import queries as callout_queries
from libs.peer.callouts.models import State
from libs.peer.callouts.rules import ENDED
from libs.peer.deployments import holding as deployments
from libs.peer.deployments import queries as deployment_queries
from libs.peer.shifts import queries as shift_queries
from libs.peer.shifts import writing
from libs.tenancy import away
from libs.tenancy.directory import RegionRef
from libs.tenancy.errors import TenancyError
from libs.tenancy.transactions import Planes

log = structlog.get_logger()


async def sweep(planes: Planes) -> int:
    """Look through every region for callouts and deployments that nobody moves on, schedules that end too soon.

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
            log.warning("region_not_swept", error=away.told(error))
    return found


async def _sweep_region(planes: Planes, region: RegionRef, busy: frozenset[tuple[str, object]]) -> int:
    found = 0
    async with planes.dispatch(region) as dispatch:
        for callout_id, state in await callout_queries.stalled(dispatch):
            kind = _kind(state)
            if (kind, callout_id) not in busy:
                found += 1
                await jobs.add(dispatch, kind, region_id=region.id, subject_id=callout_id, cause="sweep")
        for team_id in await shift_queries.stale(dispatch, writing.LEAST_AHEAD):
            if (writing.EXTEND, team_id) not in busy:
                found += 1
                await jobs.add(dispatch, writing.EXTEND, region_id=region.id, subject_id=team_id, cause="sweep")
        for deployment_id in await deployment_queries.stalled(dispatch):
            if (deployments.ADVANCE, deployment_id) not in busy:
                found += 1
                kind = deployments.ADVANCE
                await jobs.add(dispatch, kind, region_id=region.id, subject_id=deployment_id, cause="sweep")
    return found


def _kind(state: State) -> str:
    if state in ENDED:
        return callouts.FORGET
    return callouts.OPEN_APPROVAL if state is State.PENDING_APPROVAL else callouts.ADVANCE
