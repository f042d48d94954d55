"""Jobs between dispatch and the program: each step in its own plane, ids the only thing handed on."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from libs.jobs.declare import job
from libs.notify.channels import mail
from libs.notify.channels.channel import Channel
from libs.peer.agreements import queries as agreements
from libs.peer.approvals import actions as approvals
from libs.peer.approvals import queries as approval_queries
from libs.peer.approvals import rules
from libs.peer.approvals.actions import Verdict
from libs.peer.approvals.models import Choice, DecidedBy
from libs.peer.approvals.rules import Step
from libs.peer.callouts import actions as callouts
from libs.peer.callouts import deciding
from libs.peer.callouts.deciding import Outcome, Pending, Word
from libs.peer.callouts.rules import Act
from libs.peer.exchanges import actions as exchanges
from libs.peer.exchanges import queries as exchange_queries
from libs.peer.exchanges import rules as exchange_rules
from libs.peer.exchanges.queries import Exchanging
from libs.peer.paging import actions as paging
from libs.peer.reaching import queries as reaching
from libs.tenancy.directory import RegionRef
from libs.tenancy.planes import DispatchSession
from libs.tenancy.transactions import Planes
from services.worker.jobs import asking, exchanging, settling

_ACTS = {Choice.APPROVE: Act.APPROVE, Choice.DECLINE: Act.DECLINE}


@job(callouts.OPEN_APPROVAL, timeout_s=20, attempts=20)
async def open_approval(planes: Planes, region: RegionRef, callout_id: UUID) -> None:
    """The same as `open_by` where there is no channel but the managers' page."""
    await open_by({}, planes, region, callout_id)


async def open_by(channels: Mapping[str, Channel], planes: Planes, region: RegionRef, callout_id: UUID) -> None:
    """Make sure that a request from outside lies before whoever decides by now, or that their decision is applied.

    They see region, urgency, language; no more. May run again at any time: the sweeper asks for it as long as the
    callout waits. Whoever is told twice is told the same: a notice's key is the approval, the step and the person.
    """
    async with planes.program(region) as program:
        approvers = len(await approval_queries.in_turn(program, region.id))
    async with planes.dispatch(region) as dispatch:
        pending = await deciding.pending(dispatch, callout_id)
        if pending is None:
            return
        exchange = await exchange_queries.of_callout(dispatch, callout_id)
        leads = await paging.ring_coordinators(dispatch, callout_id)
        through = rules.steps(approvers, has_leads=bool(leads))
        at, step = _stands(pending, exchange, through)
        await callouts.look_again_for_approval(dispatch, callout_id, region_id=region.id, at=at)
        leads = await reaching.proven(dispatch, leads, mail.NAME)
        if step is not None and step >= Step.LEAD:
            await deciding.turn_to_leads(dispatch, callout_id)
        if step is Step.PARTNER:
            await _ask_partner(dispatch, callout_id, pending, exchange)
    if exchange is not None:
        await exchanging.look(channels, planes, region, exchange, callout_id)
    if step is not None:
        told = await asking.put_before(planes, region, pending, step, leads)
        if told is not None:
            await asking.tell(channels, planes, region, pending.approval_id, told)
    await _apply(planes, region, pending.approval_id)
    await settling.settle(planes, region, pending.approval_id)


@job(approvals.DECIDED, timeout_s=10, attempts=20)
async def decided(planes: Planes, region: RegionRef, approval_id: UUID) -> None:
    """Let the callout go on, or end it with the reason, once the decision can no longer be taken back."""
    await _apply(planes, region, approval_id)


@job(callouts.CANCEL_APPROVAL, timeout_s=10, attempts=20)
async def settle_approval(planes: Planes, region: RegionRef, approval_id: UUID) -> None:
    """Write what became of the callout into the approval: the requester stopped, or somebody was quicker."""
    await _apply(planes, region, approval_id)
    await settling.settle(planes, region, approval_id)


def _stands(pending: Pending, exchange: Exchanging | None, through: Sequence[Step]) -> tuple[datetime, Step | None]:
    """Say when to look again, and how far it has climbed; None while a region to which it was handed on decides.

    What a manager handed on comes back when nothing came of it, or when the other region's time to decide is over: an
    offer that nobody presses may be one that nobody sees.
    """
    here = rules.climb(pending.urgency, pending.asked_at, pending.now, through)
    at = deciding.look_again_at(pending, here.next_at)
    if exchange is None or not exchange.is_open:
        return at, here.step
    at = min(at, exchange_rules.look_again_at(exchange.urgency, exchange.asked_at, exchange.now))
    if not exchange.is_handed_on:
        return at, here.step
    since = rules.climb(pending.urgency, exchange.asked_at, pending.now).step
    return at, since if since >= Step.LEAD else None


async def _ask_partner(
    dispatch: DispatchSession, callout_id: UUID, pending: Pending, exchange: Exchanging | None
) -> None:
    """Ask another region when nobody has decided at all; whoever decides here still may.

    Each once, by name: the next one when the one before said no, or nobody there decided.
    """
    if exchange is not None and (exchange.is_handed_on or exchange.outcome not in exchange_rules.ASKS_THE_NEXT):
        return
    partners = {one.region_id: one for one in await agreements.takers(dispatch) if one.name != pending.coming_from}
    helping_id = exchange_rules.next_to_ask(list(partners), None if exchange is None else exchange.helping_id)
    if helping_id is not None:
        await exchanges.begin(dispatch, callout_id, helping_id=helping_id, approval_id=None)


async def _apply(planes: Planes, region: RegionRef, approval_id: UUID) -> None:
    async with planes.program(region) as program:
        verdict = await approvals.apply(program, approval_id)
    if verdict is None:
        return
    async with planes.dispatch(region) as dispatch:
        outcome = await deciding.outcome(dispatch, approval_id)
        if outcome is not None:
            await _carry_out(dispatch, region, outcome, approval_id, verdict)
    if outcome is None:
        await exchanging.answer(planes, region, approval_id, verdict)
    await settling.settle(planes, region, approval_id)


async def _carry_out(
    dispatch: DispatchSession, region: RegionRef, outcome: Outcome, approval_id: UUID, verdict: Verdict
) -> None:
    """Do to a callout what a manager decided; one who hands it on lets it wait here until the requester goes there."""
    if verdict.choice is not Choice.HAND_ON:
        if await deciding.decide(dispatch, outcome.callout_id, _word(verdict), region_id=region.id):
            await exchanges.drop(dispatch, outcome.callout_id)
        return
    if verdict.partner_id is not None:
        helping_id = verdict.partner_id
        await exchanges.begin(dispatch, outcome.callout_id, helping_id=helping_id, approval_id=approval_id)


def _word(verdict: Verdict) -> Word:
    return Word(
        _ACTS[verdict.choice],
        by=DecidedBy.MANAGER,
        reason=verdict.reason,
        is_remote_only=verdict.is_remote_only,
        team=verdict.team,
    )
