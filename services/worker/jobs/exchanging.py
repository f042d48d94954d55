"""Exchanges between two regions: every step in one plane of one region; between two steps it is looked at again.

The clock is the one of the request that waits: as long as it does, `approvals.open` comes back and looks here.
"""

from collections.abc import Mapping
from contextlib import suppress
from uuid import UUID

from libs.jobs.declare import job
from libs.notify.channels.channel import Channel
from libs.peer.agreements import queries as agreements
from libs.peer.agreements.rules import Coming
from libs.peer.approvals import queries as approvals
from libs.peer.approvals import rules as approval_rules
from libs.peer.approvals.actions import Verdict
from libs.peer.approvals.models import Choice
from libs.peer.approvals.rules import Step
from libs.peer.callouts import actions as callouts
from libs.peer.callouts.deciding import Pending
from libs.peer.callouts.errors import CalloutMovedOnError
from libs.peer.callouts.models import State
from libs.peer.callouts.queries import locked
from libs.peer.callouts.rules import Act
from libs.peer.exchanges import actions as exchanges
from libs.peer.exchanges import queries
from libs.peer.exchanges.models import ExchangeOutcome, ExchangeState
from libs.peer.exchanges.queries import Exchanging
from libs.peer.paging import actions as paging
from libs.tenancy.directory import RegionRef
from libs.tenancy.transactions import Planes
from services.worker.jobs import asking, settling

_STAYS_HERE = frozenset({State.IN_CONTACT, State.CLOSED, State.WITHDRAWN})
"""Where the requester's last word was said where they first asked: nothing goes on in the other region."""


@job(callouts.ARRIVED, timeout_s=10, attempts=20)
async def arrived(planes: Planes, region: RegionRef, exchange_id: UUID) -> None:
    """End a request where it waited, once it goes on in `region`, which helps; or the other way round.

    The one that goes on is written before the other one ends: killed in between, this job is there.
    """
    async with planes.dispatch(region) as dispatch:
        exchange = await queries.one(dispatch, exchange_id)
        goes_on = await queries.callout_of(dispatch, exchange_id)
    if exchange is None:
        return
    home = (await planes.tenants()).regions[exchange.region_id]
    if await _end_at_home(planes, home, exchange_id) or goes_on is None:
        return
    async with planes.dispatch(region) as dispatch:
        with suppress(CalloutMovedOnError):
            await paging.end(dispatch, goes_on, Act.WITHDRAW, region_id=region.id)


async def look(
    channels: Mapping[str, Channel], planes: Planes, home: RegionRef, exchange: Exchanging, callout_id: UUID
) -> None:
    """Move an exchange on: ask the other region, offer what it approved, end what nobody answered in time.

    Of one that is over only this is left: whoever pressed as its time ended may have gone there all the same.
    """
    helping = (await planes.tenants()).regions[exchange.helping_id]
    async with planes.dispatch(helping) as dispatch:
        is_there = await queries.callout_of(dispatch, exchange.id) is not None
    if is_there:
        await arrived.run(planes, helping, exchange.id)
    if is_there or not exchange.is_open:
        return
    if exchange.state is ExchangeState.REQUESTED and not await _ask(channels, planes, home, helping, exchange):
        async with planes.dispatch(home) as dispatch:
            await exchanges.end_unheard(dispatch, exchange, callout_id)
        return
    async with planes.dispatch(home) as dispatch:
        is_over = await exchanges.go_on(dispatch, exchange, callout_id)
    if is_over:
        await settling.settle(planes, helping, exchange.id)


async def answer(planes: Planes, helping: RegionRef, exchange_id: UUID, verdict: Verdict) -> None:
    """Take the word of the helping region's manager, and let the request that waits be looked at."""
    async with planes.dispatch(helping) as dispatch:
        exchange = await queries.one(dispatch, exchange_id)
        if exchange is None or exchange.helping_id != helping.id or exchange.state is not ExchangeState.REQUESTED:
            return
        if verdict.choice is Choice.APPROVE:
            is_remote_only, team = verdict.is_remote_only, verdict.team
            await exchanges.approve(dispatch, exchange_id, by="manager", is_remote_only=is_remote_only, team=team)
        else:
            await exchanges.close(dispatch, exchange_id, ExchangeOutcome.DECLINED)
    home = (await planes.tenants()).regions[exchange.region_id]
    async with planes.dispatch(home) as dispatch:
        callout_id = await queries.callout_of(dispatch, exchange_id)
        if callout_id is not None:
            await exchanges.wake(dispatch, callout_id, region_id=home.id, cause=f"answer:{exchange_id}")
            dispatch.signals.update((f"callout:{callout_id}", f"program:{home.id}"))


async def _ask(
    channels: Mapping[str, Channel], planes: Planes, home: RegionRef, helping: RegionRef, exchange: Exchanging
) -> bool:
    """Ask the helping region: an agreement of theirs says yes at once, else their managers decide, in their turn.

    Returns:
        Whether anybody there decides: False where all of them are away, or none takes part.
    """
    async with planes.dispatch(helping) as dispatch:
        standings = await agreements.for_asking(dispatch)
        found = agreements.covering(standings, Coming(region_id=home.id), team="")
        if found is not None:
            limit = found.is_remote_only
            await exchanges.approve(dispatch, exchange.id, by="agreement", is_remote_only=limit)
            return True
    async with planes.program(helping) as program:
        approvers = len(await approvals.in_turn(program, helping.id))
        if not approvers and await approvals.state(program, exchange.id) is None:
            return False
    pending = Pending(exchange.id, home.name, exchange.urgency, exchange.language, exchange.asked_at, exchange.now)
    step = approval_rules.climb(exchange.urgency, exchange.asked_at, exchange.now).step
    told = await asking.put_before(planes, helping, pending, step) if step < Step.LEAD else None
    if told is not None:
        await asking.tell(channels, planes, helping, exchange.id, told)
    return True


async def _end_at_home(planes: Planes, home: RegionRef, exchange_id: UUID) -> bool:
    """End it where it waited; False when the requester's last word was said there."""
    async with planes.dispatch(home) as dispatch:
        callout_id = await queries.callout_of(dispatch, exchange_id)
        callout = await locked(dispatch, callout_id) if callout_id else None
        exchange = await queries.one(dispatch, exchange_id)
        # Stopped and forgotten already, or talking, or over: that was the requester's last word.
        is_gone = callout is None and exchange is not None and exchange.outcome is ExchangeOutcome.NOT_NEEDED
        if is_gone or (callout is not None and callout.state in _STAYS_HERE):
            await exchanges.close(dispatch, exchange_id, ExchangeOutcome.NOT_NEEDED)
            return False
        if callout is not None and callout.state is not State.DECLINED:
            await paging.end(dispatch, callout.id, Act.HAND_ON, region_id=home.id)
        await exchanges.close(dispatch, exchange_id, ExchangeOutcome.TAKEN)
        dispatch.signals.add(f"program:{home.id}")
    return True
