"""Jobs between dispatch and the program: each step in its own plane, ids the only thing handed on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from libs.jobs.declare import job
from libs.notify import messages
from libs.notify.channels import mail
from libs.notify.channels.channel import Channel
from libs.peer.agreements import queries as agreements
from libs.peer.approvals import actions as approvals
from libs.peer.approvals import queries as approval_queries
from libs.peer.approvals import rules
from libs.peer.approvals.actions import Verdict
from libs.peer.approvals.models import ApprovalState, Choice, DecidedBy
from libs.peer.approvals.rules import Step
from libs.peer.callouts import actions as callouts
from libs.peer.callouts import deciding
from libs.peer.callouts.deciding import Outcome, Pending, Word
from libs.peer.callouts.models import State
from libs.peer.callouts.rules import Act
from libs.peer.paging import actions as paging
from libs.peer.reaching import queries as reaching
from libs.tenancy.directory import RegionRef
from libs.tenancy.transactions import Planes

_ACTS = {Choice.APPROVE: Act.APPROVE, Choice.DECLINE: Act.DECLINE, Choice.HAND_ON: Act.HAND_ON}


@dataclass(frozen=True, slots=True)
class _Told:
    """Who is told now, and the step that is reached by it."""

    who: Sequence[UUID]
    step: Step
    has_mail: bool


@job(callouts.OPEN_APPROVAL, timeout_s=20, attempts=20)
async def open_approval(planes: Planes, region: RegionRef, callout_id: UUID) -> None:
    """The same as `open_by` where there is no channel but the managers' page."""
    await open_by({}, planes, region, callout_id)


async def open_by(channels: Mapping[str, Channel], planes: Planes, region: RegionRef, callout_id: UUID) -> None:
    """Make sure that a request from outside lies before whoever decides by now, or that their decision is applied.

    They see region, urgency, language; no more. May run again at any time: the sweeper asks for it as long as the
    callout waits. Whoever is told twice is told the same: a notice's key is the approval, the step and the person.
    """
    async with planes.dispatch(region) as dispatch:
        pending = await deciding.pending(dispatch, callout_id)
        if pending is None:
            return
        step = rules.step(pending.urgency, pending.asked_at, pending.now)
        at = deciding.look_again_at(pending, rules.next_step_at(pending.urgency, pending.asked_at, pending.now))
        await callouts.look_again_for_approval(dispatch, callout_id, region_id=region.id, at=at)
        leads = await paging.ring_coordinators(dispatch, callout_id)
        leads = await reaching.proven(dispatch, leads, mail.NAME)
    told = await _put_before(planes, region, pending, step, leads)
    if told is not None:
        await _tell(channels, planes, region, pending.approval_id, told)
    if step is Step.PARTNER:
        await _show_partner(planes, region, callout_id)
    await _apply(planes, region, pending.approval_id)
    await _settle(planes, region, pending.approval_id)


@job(approvals.DECIDED, timeout_s=10, attempts=20)
async def decided(planes: Planes, region: RegionRef, approval_id: UUID) -> None:
    """Let the callout go on, or end it with the reason, once the decision can no longer be taken back."""
    await _apply(planes, region, approval_id)


@job(callouts.CANCEL_APPROVAL, timeout_s=10, attempts=20)
async def settle_approval(planes: Planes, region: RegionRef, approval_id: UUID) -> None:
    """Write what became of the callout into the approval: the requester stopped, or somebody was quicker."""
    await _apply(planes, region, approval_id)
    await _settle(planes, region, approval_id)


async def _put_before(
    planes: Planes, region: RegionRef, pending: Pending, step: Step, leads: Sequence[UUID]
) -> _Told | None:
    """Put it before the managers, and say whom of all who decide by now nobody has told yet; None when none is new."""
    async with planes.program(region) as program:
        await approvals.open_one(
            program,
            pending.approval_id,
            region_id=region.id,
            coming_from=pending.coming_from,
            urgency=pending.urgency,
            language=pending.language,
        )
        climb = await approval_queries.climb(program, pending.approval_id)
    if climb is None or climb.told >= step:
        return None
    who = rules.to_tell(climb.in_order, climb.told, step)
    if climb.told < Step.LEAD <= step:
        who += leads
    return _Told(who, step, climb.has_mail)


async def _tell(
    channels: Mapping[str, Channel], planes: Planes, region: RegionRef, approval_id: UUID, told: _Told
) -> None:
    """Send between two short transactions, then note how far it went."""
    channel = channels.get(mail.NAME)
    if channel is not None and told.has_mail:
        for one in told.who:
            await channel.send(one, f"{approval_id}:{one}", messages.ON_DUTY_NOTICE)
    async with planes.program(region) as program:
        await approvals.told(program, approval_id, told.step)


async def _show_partner(planes: Planes, region: RegionRef, callout_id: UUID) -> None:
    async with planes.dispatch(region) as dispatch:
        pending = await deciding.pending(dispatch, callout_id)
        partners = await agreements.takers(dispatch)
        other = next((one for one in partners if pending and one.name != pending.coming_from), None)
        if other is not None:
            await deciding.show_partner(dispatch, callout_id, other.region_id)


async def _apply(planes: Planes, region: RegionRef, approval_id: UUID) -> None:
    async with planes.program(region) as program:
        verdict = await approvals.apply(program, approval_id)
    if verdict is None:
        return
    async with planes.dispatch(region) as dispatch:
        outcome = await deciding.outcome(dispatch, approval_id)
        if outcome is not None:
            await deciding.decide(dispatch, outcome.callout_id, _word(verdict), region_id=region.id)
    await _settle(planes, region, approval_id)


async def _settle(planes: Planes, region: RegionRef, approval_id: UUID) -> None:
    async with planes.dispatch(region) as dispatch:
        outcome = await deciding.outcome(dispatch, approval_id)
    if outcome is not None and outcome.state is State.PENDING_APPROVAL:
        return
    state, decided_by = _said(outcome)
    reason = outcome.decline_reason if outcome and state is ApprovalState.DECLINED else None
    async with planes.program(region) as program:
        await approvals.settle(program, approval_id, state, region_id=region.id, decided_by=decided_by, reason=reason)


def _said(outcome: Outcome | None) -> tuple[ApprovalState, DecidedBy | None]:
    """Return what a callout's decision is called on the managers' page; forgotten means that the requester stopped."""
    if outcome is None or outcome.decision is None or outcome.decided_by is None:
        return ApprovalState.WITHDRAWN, None
    return ApprovalState(outcome.decision), DecidedBy(outcome.decided_by)


def _word(verdict: Verdict) -> Word:
    return Word(
        _ACTS[verdict.choice],
        by=DecidedBy.MANAGER,
        reason=verdict.reason,
        is_remote_only=verdict.is_remote_only,
        team=verdict.team,
        partner_id=verdict.partner_id,
    )
