"""What program managers and coordinators do about deployments. In the program plane."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import text

from libs import jobs
from libs.peer.deployments import answers, engine, holding, people, region_cards, rules
from libs.peer.deployments.cards import Card
from libs.peer.deployments.composition import Refusal, why_not
from libs.peer.deployments.errors import (
    DeploymentMovedOnError,
    DeploymentUnknownError,
    NotForThisTeamError,
    StartInvalidError,
    StartPassedError,
)
from libs.peer.deployments.holding import Held
from libs.peer.deployments.models import Answer, CancelReason, DeploymentState, InvitationState, Kind, SlotRole
from libs.peer.events import actions as events
from libs.peer.incidents import rules as incidents
from libs.peer.incidents.models import IncidentType, Involved
from libs.peer.webhooks import actions as webhooks
from libs.peer.webhooks.models import EventType
from libs.tenancy.planes import ProgramSession

_INCIDENT = text(
    """
    SELECT id, region_id, agency_id, type, involved, happened_at, kind, target, starts_at, place, time_zone,
        dispatchers_included, backfill, shared.clock() AS now
    FROM shared.incident WHERE id = :id
    """
)
_OPEN = text(
    """
    INSERT INTO shared.deployment (id, region_id, agency_id, incident_id, kind, target, starts_at, place, time_zone,
        dispatchers_included, backfill, state)
    VALUES (:id, :region_id, :agency_id, :incident_id, :kind, :target, :starts_at, :place, :time_zone,
        :dispatchers_included, :backfill, 'proposed')
    ON CONFLICT (id) DO NOTHING RETURNING id
    """
)
_SLOT = text(
    """
    INSERT INTO shared.slot (id, deployment_id, region_id, agency_id, role, number)
    VALUES (:id, :deployment_id, :region_id, :agency_id, :role, :number)
    """
)
_BY_NAME = text(
    """
    INSERT INTO shared.invitation (id, deployment_id, region_id, member_id, role, state, rank, wave, why_own_agency,
        asked_at, expires_at)
    VALUES (:id, :deployment_id, :region_id, :member_id, :role, 'asked', 0, :wave, :why, shared.clock(), :expires_at)
    ON CONFLICT (deployment_id, member_id) DO UPDATE SET state = 'asked', role = excluded.role, rank = 0,
        wave = excluded.wave, why_own_agency = excluded.why_own_agency, asked_at = excluded.asked_at,
        expires_at = excluded.expires_at
    RETURNING id
    """
)
_NEW_WAVE = text("UPDATE shared.deployment SET wave = :wave WHERE id = :id")
_END = text(
    """
    UPDATE shared.deployment
    SET state = :to, ended_at = shared.clock(), attendees = :attendees, cancel_reason = :reason,
        one_on_ones_offered = CASE WHEN :to = 'done' AND kind = 'one_on_ones' THEN 'yes' ELSE one_on_ones_offered END,
        debrief_due_at = CASE WHEN :to = 'done' THEN shared.clock() + CAST(:debrief AS interval) END
    WHERE id = :id AND state = ANY(:from) RETURNING id
    """
)
_DEBRIEFED = text(
    """
    UPDATE shared.deployment SET debriefed_at = shared.clock()
    WHERE id = :id AND state = 'done' AND debriefed_at IS NULL RETURNING id
    """
)
# Of one-on-ones as a kind of response nobody has to say that they were offered.
_OFFERED = text(
    """
    UPDATE shared.deployment SET one_on_ones_offered = :answer
    WHERE id = :id AND state = 'done' AND one_on_ones_offered <> :answer RETURNING id
    """
)
_CHANGE = text(
    """
    UPDATE shared.deployment SET starts_at = :starts_at, place = :place, dispatchers_included = :dispatchers_included,
        backfill = :backfill, wave = wave + 1
    WHERE id = :id
    """
)


@dataclass(frozen=True, slots=True)
class Changes:
    """What can be changed of a deployment that has not ended."""

    starts_at: datetime
    place: str
    dispatchers_included: str
    backfill: str


async def open_for(
    session: ProgramSession,
    incident_id: UUID,
    *,
    deployment_id: UUID | None = None,
    kind: Kind | None = None,
    starts_at: datetime | None = None,
) -> UUID:
    """Make a deployment for an incident, out of the run card: the first one, or another one later.

    Args:
        session: program of the region.
        incident_id: which incident.
        deployment_id: drawn with the form for another one; None is the first, made once however often asked.
        kind: of response; None takes what the incident wishes for, else the card's.
        starts_at: when; None takes the incident's wish for the first one, else as soon as the window allows.

    Returns:
        Its id.

    Raises:
        DeploymentUnknownError: no such incident.
        StartInvalidError: a start that has passed.
    """
    incident = (await session.execute(_INCIDENT, {"id": incident_id})).one_or_none()
    if incident is None:
        raise DeploymentUnknownError
    card = await region_cards.card_for(session, IncidentType(incident.type), Involved(incident.involved))
    chosen = kind or (Kind(incident.kind) if incident.kind else card.kind)
    wished = starts_at or (incident.starts_at if deployment_id is None else None)
    if starts_at is not None and starts_at <= incident.now:
        raise StartInvalidError("Choose a later time.")
    planned = rules.plan_start((await region_cards.windows(session))[chosen], incident.happened_at, incident.now)
    values = {
        "id": deployment_id or incident.id,
        "region_id": incident.region_id,
        "agency_id": incident.agency_id,
        "incident_id": incident.id,
        "kind": chosen,
        "target": incident.target,
        "starts_at": wished or planned,
        "place": incident.place,
        "time_zone": incident.time_zone,
        "dispatchers_included": incident.dispatchers_included,
        "backfill": incident.backfill,
    }
    if (await session.execute(_OPEN, values)).one_or_none() is not None:
        await _add_slots(session, values["id"], incident.region_id, incident.agency_id, card)
    return deployment_id or incident_id


async def _add_slots(session: ProgramSession, made: UUID, region_id: UUID, agency_id: UUID, card: Card) -> None:
    for role, count in card.needs.items():
        for number in range(1, count + 1):
            slot = {"id": uuid4(), "deployment_id": made, "region_id": region_id, "agency_id": agency_id}
            await session.execute(_SLOT, {**slot, "role": role, "number": number})
    held = await _held(session, made)
    await events.record(session, "deployment.opened", region_id)
    await webhooks.publish(session, EventType.DEPLOYMENT_OPENED, made)
    await holding.advance_soon(session, held, "opened")
    holding.ring(session, held)


async def propose(session: ProgramSession, deployment_id: UUID) -> None:
    """Have the proposal filled up: whoever was passed over is replaced.

    Raises:
        DeploymentUnknownError: none in this region.
        DeploymentMovedOnError: people are being asked already, or it is over.
    """
    held = await _held(session, deployment_id)
    if held.state is not DeploymentState.PROPOSED:
        raise DeploymentMovedOnError
    await holding.advance_soon(session, held, "propose")


async def pass_over(session: ProgramSession, deployment_id: UUID, member_id: UUID) -> None:
    """Take somebody out of the proposal before they are asked; somebody else is proposed.

    Raises:
        DeploymentUnknownError: none in this region.
        DeploymentMovedOnError: they are not proposed.
    """
    held = await _held(session, deployment_id)
    proposed = [one for one in held.invited(InvitationState.PROPOSED) if one.member_id == member_id]
    if not proposed:
        raise DeploymentMovedOnError
    await holding.move_invitations(session, held, "pass_over", only=proposed[0].id)
    await holding.advance_soon(session, held, f"passed_over:{proposed[0].id}")


async def fill(session: ProgramSession, deployment_id: UUID) -> None:
    """Ask the proposed team, and whoever follows until every slot is taken; after the start, as soon as they can.

    Raises:
        DeploymentUnknownError: none in this region.
        DeploymentMovedOnError: they are being asked already, or it is over.
        StartPassedError: it should have begun so long ago that nobody would know when to come.
    """
    held = await _held(session, deployment_id)
    if held.state is DeploymentState.PROPOSED and rules.is_long_past(held.starts_at, held.now):
        raise StartPassedError
    await engine.start(session, held)


async def ask_by_name(
    session: ProgramSession, deployment_id: UUID, member_id: UUID, *, role: SlotRole, why_own_agency: str = ""
) -> None:
    """Ask somebody whom a coordinator has chosen; for one of the affected agency a reason is written down.

    Raises:
        DeploymentUnknownError: none in this region.
        DeploymentMovedOnError: it is over, or no slot of this role is open.
        NotForThisTeamError: composition forbids it, and says why.
    """
    held = await _held(session, deployment_id)
    if held.state not in {DeploymentState.PROPOSED, *rules.ASKS_PEOPLE} or not held.open_slots(role):
        raise DeploymentMovedOnError
    why = " ".join(why_own_agency.split())
    everybody = {one.member_id: one for one in await people.for_deployment(session, held.id)}
    person = everybody.get(member_id)
    if person is None:
        raise NotForThisTeamError
    standing = {one.member_id: one.state for one in held.invitations}
    is_pending = standing.get(member_id) in {InvitationState.ASKED, InvitationState.ACCEPTED}
    on_team = [everybody[slot.member_id] for slot in held.slots if slot.member_id in everybody]
    refusal = why_not(person, role, kind=held.kind, place=held.place, team=on_team, has_written_reason=bool(why))
    if refusal or is_pending:
        raise NotForThisTeamError(refusal or Refusal.ON_TEAM)
    if held.state is DeploymentState.PROPOSED:
        await engine.start(session, held)
    await _put(session, held, member_id, role=role, why=why if person.agency_id == held.agency_id else "")


async def _put(session: ProgramSession, held: Held, member_id: UUID, *, role: SlotRole, why: str) -> None:
    wave = held.wave + 1
    values = {
        "id": uuid4(),
        "deployment_id": held.id,
        "region_id": held.region_id,
        "member_id": member_id,
        "role": role,
        "wave": wave,
        "why": why,
        "expires_at": rules.answer_by(held.now, held.starts_at),
    }
    invitation_id = (await session.execute(_BY_NAME, values)).scalar_one()
    await session.execute(_NEW_WAVE, {"id": held.id, "wave": wave})
    await answers.notify(session, held, invitation_id, f"asked:{wave}")
    await events.record(session, "deployment.asked_by_name" if not why else "deployment.own_agency", held.region_id)
    await holding.advance_soon(session, held, f"by_name:{wave}")
    session.signals.add(f"peer:{member_id}")
    holding.ring(session, held)


async def replace(session: ProgramSession, deployment_id: UUID, member_id: UUID) -> None:
    """Take somebody off the team; they are told, and somebody else is asked.

    Raises:
        DeploymentUnknownError: none in this region.
        DeploymentMovedOnError: they are not on it, or are there already.
    """
    held = await _held(session, deployment_id)
    own = [one for one in held.invited(InvitationState.ACCEPTED) if one.member_id == member_id]
    if not await answers.give_back(session, held, member_id):
        raise DeploymentMovedOnError
    for one in own:
        await answers.notify(session, held, one.id, "replaced")


async def go_with_fewer(session: ProgramSession, deployment_id: UUID) -> None:
    """Go with those who have said yes; the other slots are closed and nobody else is asked.

    Raises:
        DeploymentUnknownError: none in this region.
        DeploymentMovedOnError: nobody has said yes, or it is not being filled.
    """
    held = await _held(session, deployment_id)
    if all(slot.member_id is None for slot in held.slots):
        raise DeploymentMovedOnError("Nobody has said yes yet.")
    await holding.move(session, held, "go_with_fewer")
    await holding.move_slots(session, held, "leave_empty")
    await holding.move_invitations(session, held, "call_off")
    await holding.advance_soon(session, held, "go_with_fewer")


async def finish(session: ProgramSession, deployment_id: UUID, *, attendees: int) -> None:
    """Note that it is done and how many came: a number, nobody's name. The team's own talk is due within a day.

    Raises:
        DeploymentUnknownError: none in this region.
        DeploymentMovedOnError: it is over, nobody was on the team, or it has not begun.
    """
    held = await _held(session, deployment_id)
    if all(slot.member_id is None for slot in held.slots):
        raise DeploymentMovedOnError("Nobody is on the team. Cancel it instead.")
    await _end(session, held, "finish", attendees=attendees)
    await holding.move_slots(session, held, "leave_empty")
    await holding.move_slots(session, held, "finish")
    await holding.move_invitations(session, held, "call_off")
    for one in held.invited(InvitationState.RESERVE):
        await holding.move_invitations(session, held, "stand_down", only=one.id)
    await holding.advance_soon(session, held, "finish")


async def cancel(session: ProgramSession, deployment_id: UUID, *, reason: CancelReason) -> None:
    """Call it off: whoever is asked is not needed any more, whoever said yes is told.

    Raises:
        DeploymentUnknownError: none in this region.
        DeploymentMovedOnError: it is over already.
    """
    held = await _held(session, deployment_id)
    await _end(session, held, "cancel", reason=reason)
    await holding.move_slots(session, held, "close")
    await holding.move_invitations(session, held, "call_off")
    await holding.move_invitations(session, held, "stand_down")
    for state in (InvitationState.ACCEPTED, InvitationState.RESERVE):
        for one in held.invited(state):
            await answers.notify(session, held, one.id, "stood_down")
    await holding.advance_soon(session, held, "cancel")


async def note_debrief(session: ProgramSession, deployment_id: UUID) -> None:
    """Note that the team has talked about it among themselves.

    Raises:
        DeploymentUnknownError: none in this region.
        DeploymentMovedOnError: it is not done yet, or was noted before.
    """
    held = await _held(session, deployment_id)
    if (await session.execute(_DEBRIEFED, {"id": held.id})).one_or_none() is None:
        raise DeploymentMovedOnError
    await holding.advance_soon(session, held, "debriefed")
    holding.ring(session, held)


async def note_one_on_ones(session: ProgramSession, deployment_id: UUID, *, were_offered: bool) -> None:
    """Note whether those who were there were told how to ask for somebody of their own: a yes or no, nobody's name.

    Raises:
        DeploymentUnknownError: none in this region.
        DeploymentMovedOnError: it is not done yet, or the same was noted before.
    """
    held = await _held(session, deployment_id)
    values = {"id": held.id, "answer": Answer.YES if were_offered else Answer.NO}
    if (await session.execute(_OFFERED, values)).one_or_none() is None:
        raise DeploymentMovedOnError
    await holding.advance_soon(session, held, f"one_on_ones:{values['answer']}:{held.now.isoformat()}")
    holding.ring(session, held)


async def change(session: ProgramSession, deployment_id: UUID, changes: Changes) -> None:
    """Change time, place, and the two answers; whoever said yes is told to look.

    Raises:
        DeploymentUnknownError: none in this region.
        DeploymentMovedOnError: it is over.
        StartInvalidError: a new start that has passed.
    """
    held = await _held(session, deployment_id)
    if held.state in rules.ENDED:
        raise DeploymentMovedOnError
    if changes.starts_at != held.starts_at and changes.starts_at <= held.now:
        raise StartInvalidError("Choose a later time.")
    values = {
        "id": held.id,
        "starts_at": changes.starts_at,
        "place": incidents.one_line(changes.place),
        "dispatchers_included": changes.dispatchers_included,
        "backfill": changes.backfill,
    }
    await session.execute(_CHANGE, values)
    await holding.tell_change(session, held)
    await jobs.add(session, holding.CHANGED, region_id=held.region_id, subject_id=held.id, cause=held.now.isoformat())
    await holding.advance_soon(session, held, f"changed:{held.now.isoformat()}")
    holding.ring(session, held)


async def _end(
    session: ProgramSession, held: Held, act: str, *, attendees: int | None = None, reason: CancelReason | None = None
) -> None:
    sources, target = rules.MOVES[act]
    values = {"id": held.id, "to": target, "from": sorted(sources), "attendees": attendees, "reason": reason}
    if (await session.execute(_END, {**values, "debrief": rules.DEBRIEF_WITHIN})).one_or_none() is None:
        raise DeploymentMovedOnError
    await events.record(session, f"deployment.{target}", held.region_id)
    kind = EventType.DEPLOYMENT_DONE if target == "done" else EventType.DEPLOYMENT_CHANGED
    await webhooks.publish(session, kind, held.id)
    holding.ring(session, held)


async def _held(session: ProgramSession, deployment_id: UUID) -> Held:
    held = await holding.lock(session, deployment_id)
    if held is None:
        raise DeploymentUnknownError
    return held
