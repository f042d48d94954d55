"""The safety net under dispatch: a callout whose clock has passed gets its job again, whatever became of it."""

from libs import jobs
from libs.peer.callouts import actions as callouts
from libs.peer.callouts import queries as callout_queries
from libs.tenancy.transactions import Planes


async def sweep(planes: Planes) -> int:
    """Look through every region for callouts that nobody moves on, and ask for their job.

    Returns:
        How many there were; 0 unless a job row was lost, which is worth an alarm.
    """
    found = 0
    for region in (await planes.tenants()).regions.values():
        async with planes.dispatch(region) as dispatch:
            for callout_id in await callout_queries.stalled(dispatch):
                found += 1
                await jobs.add(dispatch, callouts.ADVANCE, region_id=region.id, subject_id=callout_id, cause="sweep")
    return found
