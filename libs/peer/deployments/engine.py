"""The engine: looks at one deployment under its lock and does what is due. In dispatch.

It may run at any time, by any worker, twice: it decides from the rows alone, so a job that was lost or came late
changes nothing. What it asks of people goes by further jobs, between short transactions.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import text

from libs import jobs
from libs.peer.deployments import answers, holding, people, rules
from libs.peer.deployments.composition import Person, propose
from libs.peer.deployments.holding import Held, HeldInvitation
from libs.peer.deployments.models import DeploymentState, InvitationState, SlotRole
from libs.peer.deployments.rules import Telling
from libs.tenancy.planes import DispatchSession

_PROPOSE = text(
    """
    INSERT INTO shared.invitation (id, deployment_id, region_id, member_id, role, state, rank)
    VALUES (:id, :deployment_id, :region_id, :member_id, :role, 'proposed', :rank)
    ON CONFLICT (deployment_id, member_id) DO NOTHING
    """
)
_ASK = text(
    """
    UPDATE shared.invitation SET state = 'asked', wave = :wave, asked_at = shared.clock(), expires_at = :expires_at
    WHERE id = :id AND state = ANY(:from) RETURNING member_id
    """
)
_IN_HAND = text("UPDATE shared.invitation SET sending_wave = wave WHERE id = :id")
_NEW_WAVE = text("UPDATE shared.deployment SET wave = :wave WHERE id = :id")
_STARTED = text("UPDATE shared.deployment SET asked_at = coalesce(asked_at, shared.clock()) WHERE id = :id")
_CLOCK = text(
    """
    UPDATE shared.deployment SET next_at = :next_at, told = :told,
        told_at = CASE WHEN :is_news THEN shared.clock() ELSE told_at END
    WHERE id = :id
    """
)


async def advance(session: DispatchSession, deployment_id: UUID) -> None:
    """Do what is due for a deployment, if anything: propose, ask, expire, tell, and set the next clock."""
    held = await holding.lock(session, deployment_id)
    if held is None:
        return
    if held.state not in rules.ENDED:
        await _expire(session, held)
        held = await _again(session, held)
        await _look_for_people(session, held)
        held = await _again(session, held)
    await _tell_and_set_clock(session, held)


async def start(session: holding.Leading, held: Held) -> None:
    """Begin to ask the proposed team.

    Raises:
        DeploymentMovedOnError: it is not proposed any more.
    """
    await holding.move(session, held, "start")
    await session.execute(_STARTED, {"id": held.id})
    await holding.advance_soon(session, held, "start")


async def take_in_hand(session: DispatchSession, invitation_id: UUID) -> None:
    """Note before a notice goes out that it may have gone: whoever comes next may have to take it back."""
    await session.execute(_IN_HAND, {"id": invitation_id})


async def _look_for_people(session: DispatchSession, held: Held) -> None:
    if held.state is DeploymentState.PROPOSED:
        await _propose(session, held, dict.fromkeys(SlotRole, 0))
        if rules.asks_itself(held.opened_at, held.starts_at, held.now):
            await start(session, held)
    elif held.state in rules.ASKS_PEOPLE and held.open_slots() and _may_ask(held):
        spare = {role: rules.spare(len(held.open_slots(role))) for role in SlotRole}
        await _propose(session, held, spare)
        await _ask(session, await _again(session, held))


def _may_ask(held: Held) -> bool:
    was_anybody_asked = any(one.expires_at is not None for one in held.invitations)
    return rules.may_ask(held.starts_at, held.now, was_anybody_asked=was_anybody_asked)


async def _propose(session: DispatchSession, held: Held, spare: dict[SlotRole, int]) -> None:
    """Fill up the proposal: as many for each role as slots are open, and some to spare."""
    waiting = (InvitationState.PROPOSED, InvitationState.ASKED, InvitationState.RESERVE)
    ahead = {role: sum(len(held.invited(state, role)) for state in waiting) for role in SlotRole}
    needs = {
        role: max(0, len(held.open_slots(role)) + spare[role] - ahead[role])
        for role in (SlotRole.LEAD, SlotRole.CLINICIAN, SlotRole.PEER)
        if held.open_slots(role)
    }
    if not any(needs.values()):
        return
    everybody = await people.to_ask(session, held.id)
    pool, team = _pool(held, everybody)
    for rank, pick in enumerate(propose(pool, needs, kind=held.kind, place=held.place, team=team)):
        values = {
            "id": uuid4(),
            "deployment_id": held.id,
            "region_id": held.region_id,
            "member_id": pick.member_id,
            "role": pick.role,
            "rank": len(held.invitations) + rank,
        }
        await session.execute(_PROPOSE, values)
    holding.ring(session, held)


def _pool(held: Held, everybody: Sequence[Person]) -> tuple[list[Person], list[Person]]:
    """Return who was not invited yet, and who may be on the team in the end."""
    invited = {one.member_id for one in held.invitations}
    hopeful = {
        one.member_id
        for one in held.invitations
        if one.state in {InvitationState.PROPOSED, InvitationState.ASKED, InvitationState.ACCEPTED}
    }
    return [one for one in everybody if one.member_id not in invited], [
        one for one in everybody if one.member_id in hopeful
    ]


async def _ask(session: DispatchSession, held: Held) -> None:
    """Ask the next wave: reserves first, then the proposal, then those who did not answer some time ago."""
    wave = held.wave + 1
    expires_at = rules.answer_by(held.now, held.starts_at)
    asked = 0
    for role in SlotRole:
        more = rules.to_ask(len(held.open_slots(role)), len(held.invited(InvitationState.ASKED, role)))
        for one in _next(held, role)[:more]:
            values = {"id": one.id, "wave": wave, "expires_at": expires_at}
            sources = {"from": sorted(rules.INVITATION_MOVES["ask"][0])}
            member_id = (await session.execute(_ASK, {**values, **sources})).scalar_one_or_none()
            if member_id is not None:
                await answers.notify(session, held, one.id, f"asked:{wave}")
                session.signals.add(f"peer:{member_id}")
                asked += 1
    if asked:
        await session.execute(_NEW_WAVE, {"id": held.id, "wave": wave})


def _next(held: Held, role: SlotRole) -> list[HeldInvitation]:
    silent = [
        one
        for one in held.invited(InvitationState.EXPIRED, role)
        if one.expires_at is not None and one.expires_at + rules.SILENCE_HOLDS <= held.now
    ]
    return [*held.invited(InvitationState.RESERVE, role), *held.invited(InvitationState.PROPOSED, role), *silent]


async def _expire(session: DispatchSession, held: Held) -> None:
    for one in held.invited(InvitationState.ASKED):
        if one.expires_at is not None and one.expires_at <= held.now:
            await holding.move_invitations(session, held, "expire", only=one.id)


async def _tell_and_set_clock(session: DispatchSession, held: Held) -> None:
    asked = held.invited(InvitationState.ASKED)
    is_short = any(len(held.open_slots(role)) > len(held.invited(InvitationState.ASKED, role)) for role in SlotRole)
    due = rules.to_tell(
        held.state,
        opened_at=held.opened_at,
        starts_at=held.starts_at,
        asked_at=held.asked_at,
        is_short=is_short,
        debrief_due_at=held.debrief_due_at,
        debriefed_at=held.debriefed_at,
        offer_due_at=held.offer_due_at,
        now=held.now,
    )
    told = Telling(held.told) if is_short else Telling(held.told) & ~Telling.SHORT
    news = due & ~told
    next_at: datetime | None = rules.next_look(
        held.state,
        opened_at=held.opened_at,
        starts_at=held.starts_at,
        debrief_due_at=held.debrief_due_at,
        debriefed_at=held.debriefed_at,
        offer_due_at=held.offer_due_at,
        asked_until=min((one.expires_at for one in asked if one.expires_at), default=None),
        has_open_slots=bool(held.open_slots()),
        now=held.now,
    )
    values = {"id": held.id, "next_at": next_at, "told": int(told | news), "is_news": bool(news)}
    await session.execute(_CLOCK, values)
    if news:
        await jobs.add(session, holding.TELL, region_id=held.region_id, subject_id=held.id, cause=held.now.isoformat())
    if next_at is not None:
        await jobs.add(
            session,
            holding.ADVANCE,
            region_id=held.region_id,
            subject_id=held.id,
            cause=next_at.isoformat(),
            due_at=next_at,
        )


async def _again(session: DispatchSession, held: Held) -> Held:
    return await holding.lock(session, held.id) or held
