"""Jobs between dispatch and the program: each step in its own plane, ids the only thing handed on."""

from uuid import UUID

from libs import jobs
from libs.jobs.declare import job
from libs.peer.approvals import actions as approvals
from libs.peer.approvals import queries as approval_queries
from libs.peer.approvals.models import ApprovalState
from libs.peer.callouts import actions as callouts
from libs.peer.callouts import queries as callout_queries
from libs.peer.callouts.models import Urgency
from libs.peer.callouts.rules import Act
from libs.peer.paging import actions as paging
from libs.tenancy.directory import RegionRef
from libs.tenancy.transactions import Planes


@job(callouts.OPEN_APPROVAL, timeout_s=10, attempts=20)
async def open_approval(planes: Planes, region: RegionRef, callout_id: UUID) -> None:
    """Make sure that a request from outside lies before the program managers, or that their decision is applied.

    They see region, urgency, language; no more. May run again at any time: the sweeper asks for it as long as the
    callout waits.
    """
    async with planes.dispatch(region) as dispatch:
        told = await callout_queries.for_approval(dispatch, callout_id)
        if told is None:
            return
        approval_id, coming_from, urgency, language = told
        await callouts.look_again_for_approval(dispatch, callout_id, region_id=region.id, urgency=Urgency(urgency))
        await paging.ring_coordinators(dispatch, callout_id)
    async with planes.program(region) as program:
        await approvals.open_one(
            program,
            approval_id,
            region_id=region.id,
            coming_from=coming_from,
            urgency=urgency,
            language=language,
        )
    await _apply(planes, region, approval_id)
    async with planes.dispatch(region) as dispatch:
        is_withdrawn = await callout_queries.for_approval(dispatch, callout_id) is None
    if is_withdrawn:
        async with planes.program(region) as program:
            await approvals.cancel(program, approval_id, region_id=region.id)


@job(approvals.DECIDED, timeout_s=10, attempts=20)
async def decided(planes: Planes, region: RegionRef, approval_id: UUID) -> None:
    """Let the callout go on, or end it with the reason."""
    await _apply(planes, region, approval_id)


@job(callouts.CANCEL_APPROVAL, timeout_s=10, attempts=20)
async def cancel_approval(planes: Planes, region: RegionRef, approval_id: UUID) -> None:
    """Take a withdrawn request off the program managers' page."""
    async with planes.program(region) as program:
        await approvals.cancel(program, approval_id, region_id=region.id)


async def _apply(planes: Planes, region: RegionRef, approval_id: UUID) -> None:
    async with planes.program(region) as program:
        decision = await approval_queries.decision(program, approval_id)
    if decision is None or decision.state not in {ApprovalState.APPROVED, ApprovalState.DECLINED}:
        return
    async with planes.dispatch(region) as dispatch:
        callout_id = await callout_queries.of_approval(dispatch, approval_id)
        if callout_id is None:
            return
        if decision.state is ApprovalState.DECLINED:
            reason = decision.decline_reason
            await callouts.end(dispatch, callout_id, Act.DECLINE, region_id=region.id, reason=reason)
        elif await callouts.move(dispatch, callout_id, Act.APPROVE) is not None:
            await jobs.add(dispatch, callouts.ADVANCE, region_id=region.id, subject_id=callout_id)
