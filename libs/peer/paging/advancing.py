"""Paging, wave after wave, by the region's policy; and the clock from a yes to a confirmed contact.

`advance` looks at a callout and does what is due. It may run at any time, by any worker, twice: it decides
from the rows alone, under the callout's row lock, so a job that was lost or came late changes nothing.

Source: docs/decisions/0015-paging-and-never-ghosted.md
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from libs.peer.attempts import queries as attempt_queries
from libs.peer.attempts import rules as attempts
from libs.peer.attempts.rules import Then
from libs.peer.callouts import actions as callouts
from libs.peer.callouts import queries as callout_queries
from libs.peer.callouts import rules as callout_rules
from libs.peer.callouts.models import EndReason, State
from libs.peer.callouts.queries import Locked
from libs.peer.callouts.rules import Act
from libs.peer.matching import actions as matching_actions
from libs.peer.matching import narrowing
from libs.peer.matching import queries as matching_queries
from libs.peer.matching import rules as matching
from libs.peer.matching.rules import Ask, Candidate
from libs.peer.offers import actions as offers
from libs.peer.offers import putting
from libs.peer.offers import queries as offer_queries
from libs.peer.offers.models import Reason
from libs.peer.offers.putting import HandedOver, ToPut
from libs.peer.offers.queries import StandingBy
from libs.peer.paging import queries, rules
from libs.peer.paging.rules import NobodyLeft, People, Wave
from libs.peer.policies import rules as policies
from libs.peer.policies.models import Policy, Who
from libs.peer.waits import actions as waits
from libs.tenancy.planes import DispatchSession

_NOBODY = StandingBy(frozenset(), frozenset())


@dataclass(frozen=True, slots=True)
class _Chosen:
    """The next wave and whom it holds; `counts` and `unmet` as `ToPut` has them.

    `until`: when others are to be asked at the latest; None for no sooner than the wave is over.
    """

    wave: Wave
    peers: tuple[UUID, ...]
    counts: Mapping[str, int]
    unmet: Sequence[str] | None
    until: datetime | None = None


async def advance(session: DispatchSession, callout_id: UUID) -> Sequence[HandedOver]:
    """Do what is due for a callout, if anything: the next wave, paging again, the coordinator, the close.

    Returns:
        The pages that are handed over with this transaction; none but when somebody is asked.
    """
    callout: Locked | None = await callout_queries.locked(session, callout_id)
    if callout is None:
        return ()
    if callout.state is State.IN_CONTACT and callout.is_overdue:
        await callouts.end(session, callout.id, Act.CLOSE, region_id=callout.region_id)
    if callout.state is State.ACCEPTED:
        callout = await _watch(session, callout)
    if callout is not None and (callout.state is State.PAGING or callout.is_due_at_coordinator):
        return await _go_on(session, callout)
    return ()


async def reopen(session: DispatchSession, callout: Locked, *, reason: Reason) -> Locked | None:
    """Take it back from whoever has it, for a new round; returns it as it stands then."""
    await offers.call_off(session, callout.id)
    await offers.release(session, callout.id, reason=reason)
    await callouts.reopen(session, callout.id, callout.epoch)
    return await callout_queries.locked(session, callout.id)


def policy_of(callout: Locked) -> Policy:
    """Return the policy with which a callout began."""
    if callout.policy_body is None:
        return policies.DEFAULTS[callout.urgency]
    return Policy.model_validate_json(callout.policy_body)


async def _watch(session: DispatchSession, callout: Locked) -> Locked | None:
    """Look after what a peer has said yes to; returns it when it is paged again."""
    if callout.hand_until is not None and callout.hand_until <= callout.now:
        await offers.expire_due(session, callout.id)
        await callouts.ask_to_take_over(session, callout.id, None, None)
        session.signals.add(f"peer:{callout.accepted_by}")
    made = await attempt_queries.of_round(session, callout.id, callout.epoch)
    yes = callout.accepted_at or callout.now
    clock = attempts.contact_clock(callout.urgency, yes, made, ZoneInfo(callout.time_zone))
    if clock.at > callout.now:
        if clock.at != callout.next_at:
            await _look_again(session, callout, clock.at)
        return None
    if clock.then is Then.REPAGE:
        return await reopen(session, callout, reason=Reason.NO_CONTACT)
    await callouts.end(session, callout.id, Act.GIVE_UP, region_id=callout.region_id, end_reason=EndReason.UNREACHED)
    await waits.leave_mark(session, callout.region_id, callout.urgency, callout.asked_at, is_heard=False)
    if callout.accepted_by is not None:
        await callouts.note_free(session, callout.region_id, [callout.accepted_by])
    return None


async def _go_on(session: DispatchSession, callout: Locked) -> Sequence[HandedOver]:
    """Take the next wave, unless one is still open, or its pause is, or the region's hours are over."""
    if callout.wave and await offers.expire_due(session, callout.id, is_due=callout.is_overdue):
        return ()
    policy, zone = policy_of(callout), ZoneInfo(callout.time_zone)
    opens = policies.next_open(policy.hours, zone, callout.now)
    if opens > callout.now:
        await _look_again(session, callout, opens)
        return ()
    found = await _next(session, callout, policy)
    if isinstance(found, NobodyLeft):
        await _turn_to_coordinator(session, callout, found)
        return ()
    return await _put(session, callout, policy, found)


async def _next(session: DispatchSession, callout: Locked, policy: Policy) -> _Chosen | NobodyLeft:
    """Choose the next wave and hold its peers; whom another callout holds right now is passed over.

    Why whom is kept for the coordinator, and which wishes nobody of the wave keeps, for the requester.
    """
    if callout.state is State.WITH_COORDINATOR:
        callout = replace(callout, step=0, step_waves=0)
    standing, ask = await _standing_by(session, callout), matching_queries.ask_of(callout)
    settled = ask
    backed_at = _backed_at(callout, policy)
    passed: set[UUID] = set()
    is_flood = callout.is_flood and callout.state is State.PAGING
    while True:
        team: Sequence[Candidate] = ()
        alone: Sequence[Candidate] = ()
        wave: Wave | NobodyLeft | None = await _leads_first(session, callout, passed, is_flood=is_flood)
        if wave is None:
            team = await matching_queries.candidates(session, callout)
            rest = [one for one in team if one.peer_id not in passed]
            alone = narrowing.own_center_alone(rest, ask, callout.now, backed_at)
            settled, people = _able(callout, ask, alone or rest, standing)
            wave = await _wave(session, callout, policy, people, passed)
            if is_flood:
                wave = replace(wave, skipped=tuple(dict.fromkeys((Who.COORDINATORS, *wave.skipped))))
        counts = matching.record(team, ask, callout.now) if team else {}
        if isinstance(wave, NobodyLeft):
            if counts:
                await matching_actions.record(session, callout, counts)
            return wave
        held = await _hold(session, wave.pool[: wave.at_once]) if wave.at_once else ()
        leads = await _hold_by_role(session, callout, wave.others) if wave.others else ()
        passed.update(wave.pool[: wave.at_once], wave.others)
        if held or leads:
            unmet = matching.unmet([one for one in team if one.peer_id in held], settled)
            return _Chosen(wave, (*held, *leads), counts, unmet if counts else None, backed_at if alone else None)


def _backed_at(callout: Locked, policy: Policy) -> datetime:
    """Return from when on the regional team backs the own center's; a few seconds before it is now already."""
    zone, alone = ZoneInfo(callout.time_zone), timedelta(seconds=policy.own_center_s)
    at = policies.ends_at(policy.hours, zone, callout.asked_at, alone)
    return callout.now if at - callout.now < rules.LEAST_ALONE else at


async def _leads_first(
    session: DispatchSession, callout: Locked, passed: Collection[UUID], *, is_flood: bool
) -> Wave | None:
    """Let coordinators have it first: in a flood one of them, after the third yes without contact all of them.

    None where none of them can be asked now: nobody waits for them.
    """
    if callout.wave:
        return None
    if is_flood:
        return rules.leads_first(await _rested(session, callout, await _by_role(session, callout, passed)), most=1)
    if callout.state is not State.PAGING or callout.epoch <= callout_rules.REOPENS_BEFORE_COORDINATOR:
        return None
    if await offer_queries.releases(session, callout.id) < callout_rules.REOPENS_BEFORE_COORDINATOR:
        return None
    return rules.leads_first(await _by_role(session, callout, passed, is_again=True))


async def _rested(session: DispatchSession, callout: Locked, people: People) -> People:
    """Leave coordinators alone who carry enough: asked first for everything, they would be asked without an end."""
    leads = people.of(Who.COORDINATORS)
    if not leads:
        return people
    ask, found = matching_queries.ask_of(callout), await matching_queries.candidates(session, callout, only=leads)
    full = {one.peer_id for one in found if matching.carries_enough(one, ask, callout.now)}
    return replace(people, roles={**people.roles, "coordinator": [peer for peer in leads if peer not in full]})


async def _by_role(
    session: DispatchSession, callout: Locked, passed: Collection[UUID], *, is_again: bool = False
) -> People:
    found = await queries.roles(session, callout, is_again=is_again)
    return People(roles={role: [peer for peer in peers if peer not in passed] for role, peers in found.items()})


async def _standing_by(session: DispatchSession, callout: Locked) -> StandingBy:
    """Return reserves and who was silent; before the first wave of all there can be none."""
    if callout.epoch == 1 and not callout.wave:
        return _NOBODY
    found = await offer_queries.standing_by(session, callout.id, callout.epoch)
    return found if callout.state is State.PAGING else replace(found, silent=frozenset())


async def _wave(
    session: DispatchSession, callout: Locked, policy: Policy, people: People, passed: Collection[UUID]
) -> Wave | NobodyLeft:
    step, step_waves = callout.step, callout.step_waves
    if rules.needs_roles(policy, step, step_waves, has_peers=bool(people.peers)):
        people = replace(people, roles=(await _by_role(session, callout, passed)).roles)
    return rules.next_wave(policy, step, step_waves, people)


def _able(callout: Locked, ask: Ask, rest: Sequence[Candidate], standing: StandingBy) -> tuple[Ask, People]:
    """Say who can be asked, reserves first, and who can be asked again after silence; each the best first.

    Also what they are asked for: for the next best way to talk when nobody is left who talks as it is wished.
    """
    # Who was silent long ago is fresh again, and would be asked twice in one wave.
    anew = [one._replace(was_asked=False) for one in rest if one.was_asked and one.peer_id in standing.silent]
    asks = narrowing.settled(rest, ask, callout.now)
    fresh = [one.peer_id for one in matching.ranked(rest, asks, callout.now)]
    if not fresh:
        asks = narrowing.settled(anew, ask, callout.now)
    return asks, People(
        peers=sorted(fresh, key=lambda peer: peer not in standing.reserves),
        silent=[one.peer_id for one in matching.ranked(anew, asks, callout.now)],
    )


async def _hold(session: DispatchSession, tried: Sequence[UUID]) -> tuple[UUID, ...]:
    """Hold peers for this transaction and look at them again: they may have been asked a moment ago."""
    held = await queries.reserve(session, tried)
    free = await queries.still_free(session, held) if held else ()
    return tuple(peer for peer in tried if peer in free)


async def _hold_by_role(session: DispatchSession, callout: Locked, others: Sequence[UUID]) -> tuple[UUID, ...]:
    """Hold them likewise; who has never said whether they are on call is held all the same."""
    held = await queries.reserve(session, others)
    again = await queries.roles(session, callout, is_again=True) if held else {}
    still = {peer for peers in again.values() for peer in peers}
    return tuple(peer for peer in others if peer in held and peer in still)


async def _put(session: DispatchSession, callout: Locked, policy: Policy, chosen: _Chosen) -> Sequence[HandedOver]:
    wave = chosen.wave
    if callout.state is State.WITH_COORDINATOR:
        await callouts.resume(session, callout.id)
        callout = replace(callout, epoch=callout.epoch + 1, wave=0, skipped=())
    zone = ZoneInfo(callout.time_zone)
    expires_at = policies.ends_at(policy.hours, zone, callout.now, wave.how.answer_within)
    next_at = policies.ends_at(policy.hours, zone, expires_at, wave.how.pause)
    if chosen.until is not None:
        expires_at, next_at = min(expires_at, chosen.until), min(next_at, chosen.until)
    put = ToPut(
        peers=chosen.peers,
        channels=[name for name in callout.channels if name in wave.how.channels] or callout.channels,
        expires_at=expires_at,
        next_at=next_at,
        step=wave.step,
        step_waves=wave.step_waves,
        asking=wave.asks,
        skipped=wave.skipped,
        is_leads=wave.is_leads,
        counts=chosen.counts,
        unmet=chosen.unmet,
    )
    pages = await putting.put_wave(session, callout, put)
    # In a flood their boards look by themselves: a ring for each of hundreds would slow down the pages of all.
    if wave.is_leads and not callout.is_flood:
        await _ring_coordinators(session, callout)
    return pages


async def _turn_to_coordinator(session: DispatchSession, callout: Locked, left: NobodyLeft) -> None:
    # Until it waits, nobody who becomes free looks for it: it looks once more by itself.
    next_in = callout_rules.LOOK_ONCE_MORE if callout.state is State.PAGING else callout_rules.LOOK_AGAIN
    if callout.state is State.PAGING:
        await callouts.run_out(session, callout.id, [*dict.fromkeys((*callout.skipped, *left.skipped))])
        await _ring_coordinators(session, callout)
    await _look_again(session, callout, callout.now + next_in)


async def _ring_coordinators(session: DispatchSession, callout: Locked) -> None:
    session.signals.update(f"peer:{peer}" for peer in await queries.coordinators(session, callout))


async def _look_again(session: DispatchSession, callout: Locked, at: datetime) -> None:
    await callouts.look_again(session, callout.id, at, region_id=callout.region_id, epoch=callout.epoch)
