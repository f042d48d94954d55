"""Paging: one after another, each with a deadline, and the coordinator when nobody is left.

`advance` looks at a callout and does what is due. It may run at any time, by any worker, twice: it decides
from the rows alone, under the callout's row lock, so a job that was lost or came late changes nothing.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from libs import jobs
from libs.peer.approvals.models import DeclineReason
from libs.peer.callouts import actions as callouts
from libs.peer.callouts import queries as callout_queries
from libs.peer.callouts import rules as callout_rules
from libs.peer.callouts.errors import CalloutMovedOnError
from libs.peer.callouts.models import State
from libs.peer.callouts.queries import Locked
from libs.peer.callouts.rules import Act
from libs.peer.events import actions as events
from libs.peer.matching import actions as matching_actions
from libs.peer.matching import queries as matching_queries
from libs.peer.matching import rules as matching
from libs.peer.offers import actions as offers
from libs.peer.offers import queries as offer_queries
from libs.peer.offers.actions import HandedOver
from libs.peer.paging import queries, rules
from libs.tenancy.planes import DispatchSession


async def advance(session: DispatchSession, callout_id: UUID) -> Sequence[HandedOver]:
    """Do what is due for a callout, if anything: ask the next peer, page again, or turn to the coordinator.

    Returns:
        The pages that are handed over with this transaction; none nearly always but when somebody is asked.
    """
    callout = await callout_queries.locked(session, callout_id)
    if callout is None:
        return ()
    if callout.state is State.IN_CONTACT and callout.is_overdue:
        await callouts.end(session, callout.id, Act.CLOSE, region_id=callout.region_id)
    if callout.state is State.ACCEPTED and callout.is_overdue:
        callout = await _reopen(session, callout)
    if callout is not None and (callout.state is State.PAGING or callout.is_due_at_coordinator):
        asked = await offers.expire_due(session, callout.id)
        if not asked.is_open:
            is_new = not asked.was_anybody and callout.now < callout.asked_at + rules.FLOOD_HOLDS
            return await _ask_next(session, callout, coordinators_only=callout.is_flood and is_new)
    return ()


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


async def confirm_contact(
    session: DispatchSession, callout_id: UUID, *, region_id: UUID, epoch: int | None = None
) -> None:
    """Note the requester's word that they are talking: it counts, even after the peer's time was over.

    If the callout was taken back from that peer meanwhile, the peer gets it back, and whoever is asked now, or
    has said yes now, is called off. Said twice it holds once.

    Args:
        session: dispatch of its region.
        callout_id: which.
        region_id: its region.
        epoch: the round in which the peer said yes, as the requester's page knows it; None means whoever has it,
            else whoever had it last.

    Raises:
        CalloutMovedOnError: nobody has said yes, or it has ended.
    """
    callout = await callout_queries.locked(session, callout_id)
    if callout is None or callout.state in {*callout_rules.ENDED, State.PENDING_APPROVAL}:
        raise CalloutMovedOnError
    if callout.state in callout_rules.TALKING:
        return
    has_it = callout.accepted_by if epoch in {None, callout.epoch} else None
    earlier = None if has_it is not None else await offer_queries.released(session, callout_id, epoch)
    if has_it is None and earlier is None:
        raise CalloutMovedOnError
    await offers.call_off(session, callout_id)
    if earlier is not None:
        await offers.release(session, callout_id)
        await offers.take_back(session, callout_id, earlier[0], epoch=earlier[1])
    with_peer = earlier[0] if earlier is not None else None
    await callouts.confirm_contact(session, callout_id, region_id=region_id, with_peer=with_peer)
    session.signals.add(f"peer:{with_peer or has_it}")


async def decide(
    session: DispatchSession, callout_id: UUID, *, by: UUID, region_id: UUID, decline: DeclineReason | None
) -> None:
    """Let a coordinator decide on a request from outside when the program managers' time is over.

    Raises:
        CalloutMovedOnError: unknown, held by no copy of theirs, not yet theirs, or decided: all alike.
    """
    if callout_id not in {one.callout_id for one in await callout_queries.undecided_for(session, by)}:
        raise CalloutMovedOnError
    approval_id = await callout_queries.approval_of(session, callout_id)
    if decline is not None:
        is_done = await callouts.end(session, callout_id, Act.DECLINE, region_id=region_id, reason=decline)
    else:
        is_done = await callouts.move(session, callout_id, Act.APPROVE) is not None
        await jobs.add(session, callouts.ADVANCE, region_id=region_id, subject_id=callout_id)
    if not is_done or approval_id is None:
        raise CalloutMovedOnError
    await jobs.add(session, callouts.CANCEL_APPROVAL, region_id=region_id, subject_id=approval_id)
    await events.record(session, f"approval.{'approved' if decline is None else 'declined'}", region_id)
    await ring_coordinators(session, callout_id)


async def ring_coordinators(session: DispatchSession, callout_id: UUID) -> None:
    """Let the coordinators who hold a copy look."""
    callout = await callout_queries.locked(session, callout_id)
    if callout is not None:
        session.signals.update(f"peer:{peer}" for peer in await queries.coordinators(session, callout))


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
    """Take it back. For the third time, coordinators have it first, and keep it in sight when peers are asked again."""
    await offers.release(session, callout.id)
    coordinators = await queries.coordinators(session, callout)
    is_last = await offer_queries.releases(session, callout.id) >= callout_rules.REOPENS_BEFORE_COORDINATOR
    act = Act.ESCALATE if is_last and coordinators else Act.REOPEN
    await callouts.reopen(session, callout.id, callout.epoch, act=act)
    if act is Act.ESCALATE:
        session.signals.update(f"peer:{peer}" for peer in coordinators)
        await _look_again(session, callout, callout.now + callout_rules.LOOK_AGAIN)
        return None
    return await callout_queries.locked(session, callout.id)


async def _ask_next(session: DispatchSession, callout: Locked, *, coordinators_only: bool) -> Sequence[HandedOver]:
    peer_id = await _reserved(session, callout, coordinators_only=coordinators_only)
    if peer_id is None:
        await _turn_to_coordinator(session, callout)
        return ()
    if callout.state is State.WITH_COORDINATOR:
        await callouts.resume(session, callout.id)
        callout = await callout_queries.locked(session, callout.id) or callout
    expires_at = callout.now + callout_rules.ANSWER_WITHIN[callout.urgency]
    handed_over = await offers.put(session, callout, [peer_id], expires_at=expires_at)
    await _look_again(session, callout, expires_at)
    return handed_over


async def _reserved(session: DispatchSession, callout: Locked, *, coordinators_only: bool) -> UUID | None:
    """Choose the next peer and hold that peer, so that two callouts that look at once ask two peers."""
    passed: set[UUID] = set()
    ask = matching_queries.ask_of(callout)
    while True:
        team = await matching_queries.candidates(session, callout)
        pool = [one for one in team if one.peer_id not in passed and (one.is_coordinator or not coordinators_only)]
        able = matching.ranked(pool, ask, callout.now)
        if not able:
            await matching_actions.record(session, callout, matching.record(team, ask, callout.now), unmet=())
            return None
        peer_id = able[0].peer_id
        if await queries.reserve(session, peer_id):
            again = await matching_queries.candidates(session, callout, only=peer_id)
            if again and matching.can_be_asked(again[0], ask, callout.now):
                unmet = matching.unmet(again, ask)
                await matching_actions.record(session, callout, matching.record(team, ask, callout.now), unmet=unmet)
                return peer_id
        passed.add(peer_id)


async def _turn_to_coordinator(session: DispatchSession, callout: Locked) -> None:
    await callouts.move(session, callout.id, Act.RUN_OUT)
    session.signals.update(f"peer:{peer}" for peer in await queries.coordinators(session, callout))
    await _look_again(session, callout, callout.now + callout_rules.LOOK_AGAIN)


async def _look_again(session: DispatchSession, callout: Locked, at: datetime) -> None:
    await callouts.look_again(session, callout.id, at, region_id=callout.region_id, epoch=callout.epoch)
