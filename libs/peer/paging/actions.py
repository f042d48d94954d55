"""Paging: one after another, each with a deadline, and the coordinator when nobody is left.

`advance` looks at a callout and does what is due. It may run at any time, by any worker, twice: it decides
from the rows alone, under the callout's row lock, so a job that was lost or came late changes nothing.
"""

from datetime import datetime
from uuid import UUID

from libs import jobs
from libs.peer.callouts import actions as callouts
from libs.peer.callouts import queries as callout_queries
from libs.peer.callouts import rules as callout_rules
from libs.peer.callouts.errors import CalloutMovedOnError
from libs.peer.callouts.models import CenterWish, State
from libs.peer.callouts.queries import Locked
from libs.peer.callouts.rules import Act
from libs.peer.offers import actions as offers
from libs.peer.paging import queries, rules
from libs.tenancy.planes import DispatchSession


async def advance(session: DispatchSession, callout_id: UUID) -> None:
    """Do what is due for a callout, if anything: ask the next peer, page again, or turn to the coordinator."""
    callout = await callout_queries.locked(session, callout_id)
    if callout is None:
        return
    if callout.state is State.IN_CONTACT and callout.is_overdue:
        await callouts.end(session, callout.id, Act.CLOSE, region_id=callout.region_id)
    if callout.state is State.ACCEPTED and callout.is_overdue:
        callout = await _reopen(session, callout)
    if callout is not None and callout.state in {State.PAGING, State.WITH_COORDINATOR}:
        await offers.expire_due(session, callout.id)
        if not await queries.has_open_offer(session, callout.id):
            await _ask_next(session, callout)


async def step_in(session: DispatchSession, callout_id: UUID, *, by: UUID) -> None:
    """Let a coordinator take what nobody answered.

    Raises:
        CalloutMovedOnError: unknown, held by no copy of theirs, or taken in the meantime: all alike.
    """
    mine = {waiting.callout_id: waiting for waiting in await callout_queries.waiting_for(session, by)}
    if callout_id not in mine:
        raise CalloutMovedOnError
    epoch = mine[callout_id].epoch
    if not await callouts.accept(session, callout_id, by=by, epoch=epoch):
        raise CalloutMovedOnError
    callout = await callout_queries.locked(session, callout_id)
    if callout is not None:
        await offers.call_off(session, callout_id)
        await offers.put_taken(session, callout, by)
        await offers.watch_contact(session, callout_id, region_id=callout.region_id, epoch=epoch)


async def end(session: DispatchSession, callout_id: UUID, act: Act, *, region_id: UUID) -> None:
    """Let the requester stop asking or close; whoever was being asked is called off.

    Raises:
        CalloutMovedOnError: it had ended before.
    """
    approval_id = await callout_queries.approval_of(session, callout_id)
    if not await callouts.end(session, callout_id, act, region_id=region_id):
        raise CalloutMovedOnError
    if approval_id is not None:
        await jobs.add(session, callouts.CANCEL_APPROVAL, region_id=region_id, subject_id=approval_id)
    await offers.call_off(session, callout_id)
    standing = await callout_queries.accepted_by(session, callout_id)
    if standing is not None:
        session.signals.add(f"peer:{standing}")


async def _reopen(session: DispatchSession, callout: Locked) -> Locked | None:
    if not await callouts.reopen(session, callout.id, callout.epoch):
        return None
    await offers.release(session, callout.id)
    return await callout_queries.locked(session, callout.id)


async def _ask_next(session: DispatchSession, callout: Locked) -> None:
    peer_id = await _reserved(session, callout)
    if peer_id is None:
        await _turn_to_coordinator(session, callout)
        return
    if callout.state is State.WITH_COORDINATOR:
        await callouts.resume(session, callout.id)
        callout = await callout_queries.locked(session, callout.id) or callout
    expires_at = callout.now + callout_rules.ANSWER_WITHIN[callout.urgency]
    await offers.put(session, callout, peer_id, expires_at=expires_at)
    await _look_again(session, callout, expires_at)


async def _reserved(session: DispatchSession, callout: Locked) -> UUID | None:
    """Choose the next peer and hold that peer, so that two callouts that look at once ask two peers."""
    passed: set[UUID] = set()
    while True:
        pool = [one for one in await queries.candidates(session, callout) if one.peer_id not in passed]
        peer_id = rules.next_to_ask(
            pool, wish=CenterWish(callout.center_wish), own_agency=callout.home_id, today=callout.now.date()
        )
        if peer_id is None:
            return None
        if await queries.reserve(session, peer_id):
            again = [one for one in await queries.candidates(session, callout) if one.peer_id == peer_id]
            if again and rules.can_be_asked(again[0], callout.now.date()):
                return peer_id
        passed.add(peer_id)


async def _turn_to_coordinator(session: DispatchSession, callout: Locked) -> None:
    await callouts.move(session, callout.id, Act.RUN_OUT)
    session.signals.update(f"peer:{peer}" for peer in await queries.coordinators(session, callout))
    await _look_again(session, callout, callout.now + callout_rules.LOOK_AGAIN)


async def _look_again(session: DispatchSession, callout: Locked, at: datetime) -> None:
    await callouts.set_clock(session, callout.id, at)
    await jobs.add(
        session,
        callouts.ADVANCE,
        region_id=callout.region_id,
        subject_id=callout.id,
        cause=f"{callout.epoch}:{at.isoformat()}",
        due_at=at,
    )
