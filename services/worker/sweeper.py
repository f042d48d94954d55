"""The safety net under every clock: what nobody moves on gets its job again, whatever became of the row."""

from collections.abc import Sequence
from uuid import UUID

import structlog

from libs import jobs
from libs.jobs import claim
from libs.peer.agreements import actions as agreements
from libs.peer.agreements import queries as agreement_queries
from libs.peer.approvals import queries as approvals
from libs.peer.callouts import actions as callouts
from libs.peer.callouts import queries as callout_queries
from libs.peer.callouts.models import State
from libs.peer.callouts.rules import ENDED
from libs.peer.deployments import holding as deployments
from libs.peer.deployments import queries as deployment_queries
from libs.peer.followups import actions as followups
from libs.peer.followups import queries as followup_queries
from libs.peer.shifts import queries as shift_queries
from libs.peer.shifts import writing
from libs.tenancy import away
from libs.tenancy.directory import RegionRef
from libs.tenancy.errors import TenancyError
from libs.tenancy.planes import DispatchSession, PlaneSession, ProgramSession
from libs.tenancy.transactions import Planes

log = structlog.get_logger()
Busy = frozenset[tuple[str, object]]
"""Kind and subject of the jobs that are due or in hand."""


async def sweep(planes: Planes, *, is_whole: bool = True) -> int:
    """Look through every region for what nobody moves on, and ask for its job: requests, teams, schedules.

    One region that cannot be looked at never stops the others.

    Args:
        planes: of the cell.
        is_whole: False looks at requests alone, which may not wait for long.

    Returns:
        How many there were; 0 unless a job row was lost, which is worth an alarm.
    """
    async with planes.queue() as queue:
        busy = await claim.subjects(queue)
    found = 0
    for region in (await planes.tenants()).everywhere:
        try:
            found += await _sweep_region(planes, region, busy, is_whole=is_whole)
        except (*away.FAILURES, TenancyError) as error:
            log.warning("region_not_swept", error=away.told(error))
    return found


async def _sweep_region(planes: Planes, region: RegionRef, busy: Busy, *, is_whole: bool) -> int:
    async with planes.dispatch(region) as dispatch:
        lost = [(_kind(state), callout_id) for callout_id, state in await callout_queries.stalled(dispatch)]
        lost += await _lost_in_dispatch(dispatch) if is_whole else []
        found = await _ask_again(dispatch, region, busy, lost)
    if not is_whole:
        return found
    async with planes.program(region) as program:
        found += await _ask_again(program, region, busy, await _lost_in_program(program))
    return found


async def _lost_in_dispatch(dispatch: DispatchSession) -> list[tuple[str, UUID]]:
    return [
        *((followups.LOOK, follow_up_id) for follow_up_id in await followup_queries.stalled(dispatch)),
        *((deployments.ADVANCE, one) for one in await deployment_queries.stalled(dispatch)),
        *((writing.EXTEND, team_id) for team_id in await shift_queries.stale(dispatch, writing.LEAST_AHEAD)),
    ]


async def _lost_in_program(program: ProgramSession) -> list[tuple[str, UUID]]:
    return [
        *((callouts.CANCEL_APPROVAL, approval_id) for approval_id in await approvals.stalled(program)),
        *((agreements.REMIND, agreement_id) for agreement_id in await agreement_queries.unreminded(program)),
    ]


async def _ask_again(session: PlaneSession, region: RegionRef, busy: Busy, lost: Sequence[tuple[str, UUID]]) -> int:
    """Ask for the jobs that were lost; returns how many there were."""
    again = [one for one in lost if one not in busy]
    for kind, subject_id in again:
        await jobs.add(session, kind, region_id=region.id, subject_id=subject_id, cause="sweep")
    return len(again)


def _kind(state: State) -> str:
    if state in ENDED:
        return callouts.FORGET
    return callouts.OPEN_APPROVAL if state is State.PENDING_APPROVAL else callouts.ADVANCE
