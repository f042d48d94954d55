"""What people do to a callout that is being paged, or that somebody has: step in, give back, hand over, talk, end."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from libs import jobs
from libs.peer.approvals.models import DecidedBy, DeclineReason
from libs.peer.callouts import actions as callouts
from libs.peer.callouts import boards, deciding
from libs.peer.callouts import queries as callout_queries
from libs.peer.callouts import rules as callout_rules
from libs.peer.callouts.deciding import Word
from libs.peer.callouts.errors import CalloutMovedOnError
from libs.peer.callouts.models import EndReason, State
from libs.peer.callouts.queries import Locked
from libs.peer.callouts.rules import Act
from libs.peer.exchanges import actions as exchanges
from libs.peer.followups import actions as followups
from libs.peer.limits import actions as limits
from libs.peer.matching import queries as matching_queries
from libs.peer.matching import rules as matching
from libs.peer.offers import actions as offers
from libs.peer.offers import putting
from libs.peer.offers import queries as offer_queries
from libs.peer.offers.models import Reason
from libs.peer.offers.putting import ToPut
from libs.peer.paging import advancing, queries
from libs.peer.teams import actions as teams_actions
from libs.peer.teams import queries as teams
from libs.peer.waits import actions as waits
from libs.tenancy.planes import DispatchSession


async def step_in(session: DispatchSession, callout_id: UUID, *, by: UUID) -> None:
    """Let a coordinator take what nobody answered.

    Raises:
        CalloutMovedOnError: unknown, held by no copy of theirs, or taken in the meantime: all alike.
    """
    mine = {waiting.callout_id: waiting for waiting in await boards.waiting_for(session, by)}
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
    has said yes now, is called off; not one who has left the program since. Said twice it holds once.

    Args:
        session: dispatch of its region.
        callout_id: which.
        region_id: its region.
        epoch: the round in which the peer said yes, as the requester's page knows it; None means whoever has it,
            else whoever had it last.

    Raises:
        CalloutMovedOnError: nobody has said yes who is still there, or it has ended.
    """
    callout = await callout_queries.locked(session, callout_id)
    if callout is None or callout.state in {*callout_rules.ENDED, State.PENDING_APPROVAL}:
        raise CalloutMovedOnError
    if callout.state in callout_rules.TALKING:
        return
    has_it = callout.accepted_by if epoch in {None, callout.epoch} else None
    earlier = None if has_it is not None else await offer_queries.released(session, callout_id, epoch)
    if earlier is not None and await teams.leavers(session, [earlier[0]]):
        earlier = None
    if has_it is None and earlier is None:
        raise CalloutMovedOnError
    await offers.call_off(session, callout_id)
    if earlier is not None:
        await offers.release(session, callout_id, reason=Reason.NO_CONTACT)
        await offers.take_back(session, callout_id, earlier[0], epoch=earlier[1])
    with_peer = earlier[0] if earlier is not None else None
    await followups.plan(session, callout_id, peer_id=with_peer or has_it)
    await callouts.confirm_contact(session, callout_id, region_id=region_id, with_peer=with_peer)
    await waits.leave_mark(session, region_id, callout.urgency, callout.asked_at, is_heard=True)
    session.signals.add(f"peer:{with_peer or has_it}")


async def decide(
    session: DispatchSession, callout_id: UUID, *, by: UUID, region_id: UUID, decline: DeclineReason | None
) -> None:
    """Let a coordinator decide on a request from outside when the program managers' time is over, or none is there.

    Raises:
        CalloutMovedOnError: unknown, held by no copy of theirs, not yet theirs, or decided: all alike.
    """
    if callout_id not in {one.callout_id for one in await deciding.undecided_for(session, by)}:
        raise CalloutMovedOnError
    approval_id = await deciding.approval_of(session, callout_id)
    act = Act.APPROVE if decline is None else Act.DECLINE
    word = Word(act, by=DecidedBy.LEAD, reason=decline)
    if not await deciding.decide(session, callout_id, word, region_id=region_id) or approval_id is None:
        raise CalloutMovedOnError
    await exchanges.drop(session, callout_id)
    await jobs.add(session, callouts.CANCEL_APPROVAL, region_id=region_id, subject_id=approval_id)
    await ring_coordinators(session, callout_id)


async def ring_coordinators(session: DispatchSession, callout_id: UUID) -> Sequence[UUID]:
    """Let the coordinators who hold a copy look; returns who they are."""
    callout = await callout_queries.locked(session, callout_id)
    who = [] if callout is None else await queries.coordinators(session, callout)
    session.signals.update(f"peer:{peer}" for peer in who)
    return who


async def end(session: DispatchSession, callout_id: UUID, act: Act, *, region_id: UUID) -> None:
    """Let the requester stop asking, close, or go on in another region; whoever was being asked is called off.

    Raises:
        CalloutMovedOnError: it had ended before.
    """
    callout = await callout_queries.locked(session, callout_id)
    approval_id = await deciding.approval_of(session, callout_id)
    is_elsewhere = act is Act.HAND_ON
    reason = deciding.HANDED_ON if is_elsewhere else None
    if callout is None or not await callouts.end(session, callout_id, act, region_id=region_id, reason=reason):
        raise CalloutMovedOnError
    if not is_elsewhere:
        await exchanges.drop(session, callout_id)
    if callout.is_unheard_too_long and not is_elsewhere:
        await waits.leave_mark(session, region_id, callout.urgency, callout.asked_at, is_heard=False)
    if approval_id is not None:
        await jobs.add(session, callouts.CANCEL_APPROVAL, region_id=region_id, subject_id=approval_id)
    await offers.call_off(session, callout_id)
    if act is Act.CLOSE:
        await followups.plan(session, callout_id)
    standing = await callout_queries.accepted_by(session, callout_id)
    if standing is not None:
        session.signals.add(f"peer:{standing}")
        await callouts.note_free(session, region_id, [standing])


async def say_on_call(session: DispatchSession, peer_id: UUID, *, region_id: UUID, is_available: bool) -> None:
    """Let a peer go on call, where whoever waits asks them at once, or off, where what they were asked passes on.

    A time away that runs is over for whoever goes on call.
    """
    await teams_actions.set_available(session, peer_id, region_id=region_id, is_available=is_available)
    if is_available:
        await limits.be_back(session, peer_id)
        await callouts.note_free(session, region_id, [peer_id])
    else:
        await offers.step_aside(session, peer_id)


async def give_back(session: DispatchSession, callout_id: UUID, *, by: UUID) -> None:
    """Let a peer give back what they have said yes to; the next round begins at once, and nobody asks why.

    Raises:
        CalloutMovedOnError: `by` does not have it, or the two talk already.
    """
    await _let_go(session, await _held(session, callout_id, by), Reason.GAVE_BACK)


async def ask_again(session: DispatchSession, callout_id: UUID, *, epoch: int) -> None:
    """Take the requester's word that nobody has reached them: somebody else is asked at once.

    Args:
        session: dispatch of its region.
        callout_id: which.
        epoch: the round that the requester's page knows of; said twice it holds once.

    Raises:
        CalloutMovedOnError: nobody has it in this round, or the two talk already.
    """
    callout = await callout_queries.locked(session, callout_id)
    if callout is None or callout.state is not State.ACCEPTED or callout.epoch != epoch:
        raise CalloutMovedOnError
    await _let_go(session, callout, Reason.NO_CONTACT)


async def ask_to_take_over(session: DispatchSession, callout_id: UUID, *, by: UUID, to: UUID) -> None:
    """Ask a named colleague to take over; until the yes it stays with `by`.

    Anybody of the team's roster can be named. Whether the colleague may be asked is not answered, or it would tell whom
    the requester left out: one who may not looks like one who does not answer.

    Raises:
        CalloutMovedOnError: `by` does not have it, or has asked somebody already, or `to` is not of the team.
    """
    callout = await _held(session, callout_id, by)
    colleagues = {one.peer_id for one in await teams.colleagues(session, callout.team, by)}
    if callout.hand_to is not None or to not in colleagues:
        raise CalloutMovedOnError
    until = callout.now + callout_rules.ANSWER_WITHIN[callout.urgency]
    until = min(until, callout.next_at) if callout.next_at else until
    await callouts.ask_to_take_over(session, callout_id, to, until)
    key = f"hand:{callout.epoch}:{until.isoformat()}"
    await jobs.add(
        session, callouts.ADVANCE, region_id=callout.region_id, subject_id=callout_id, cause=key, due_at=until
    )
    if await _may_be_asked(session, callout, to):
        channels = callout.channels
        put = ToPut(peers=(to,), channels=channels, expires_at=until, next_at=until)
        await putting.put_by_name(session, callout, put)
    session.signals.add(f"peer:{by}")


async def pass_everything_on(session: DispatchSession, peer_id: UUID) -> None:
    """Pass on whatever a peer who leaves was offered or has: peers are asked again at once.

    A talk that goes on cannot be asked for again, as the copies are gone: it is closed, and the requester is told.
    """
    await offers.step_aside(session, peer_id)
    for held in await callout_queries.held_by(session, peer_id):
        callout = await callout_queries.locked(session, held.callout_id)
        if callout is None or callout.accepted_by != peer_id:
            continue
        if callout.state is State.ACCEPTED:
            await _let_go(session, callout, Reason.LEFT)
        elif callout.state is State.IN_CONTACT:
            region_id, why = callout.region_id, EndReason.PEER_LEFT
            await callouts.end(session, callout.id, Act.CLOSE, region_id=region_id, end_reason=why)
    session.signals.add(f"peer:{peer_id}")


async def _held(session: DispatchSession, callout_id: UUID, by: UUID) -> Locked:
    callout = await callout_queries.locked(session, callout_id)
    if callout is None or callout.state is not State.ACCEPTED or callout.accepted_by != by:
        raise CalloutMovedOnError
    return callout


async def _let_go(session: DispatchSession, callout: Locked, reason: Reason) -> None:
    await advancing.reopen(session, callout, reason=reason)
    cause = f"let_go:{callout.epoch}"
    await jobs.add(session, callouts.ADVANCE, region_id=callout.region_id, subject_id=callout.id, cause=cause)


async def _may_be_asked(session: DispatchSession, callout: Locked, peer_id: UUID) -> bool:
    """Say whether a named colleague holds a copy, can be asked now, and has not said no."""
    found = await matching_queries.candidates(session, callout, only=[peer_id])
    if not await offer_queries.may_take_over(session, callout.id, peer_id):
        return False
    # As both are told that they talk: whoever was told "by phone" is not kept from by a wish to meet.
    way = callout_rules.way_to_talk(callout.channel, callout.unmet, is_remote_only=callout.is_remote_only)
    ask = replace(matching_queries.ask_of(callout), way=way)
    return any(matching.can_be_asked(one._replace(was_asked=False), ask, callout.now) for one in found)
