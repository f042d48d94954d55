"""What a peer does about an invitation, and about a team that they are on; in dispatch, by their own hand alone."""

from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import text

from libs import jobs
from libs.peer.deployments import holding, people, rules
from libs.peer.deployments.composition import why_not
from libs.peer.deployments.errors import InvitationOverError, InvitationUnknownError, NotOnTeamError
from libs.peer.deployments.holding import Held, HeldInvitation
from libs.peer.deployments.models import DeploymentState, InvitationState
from libs.peer.events import actions as events
from libs.tenancy.planes import DispatchSession


class Outcome(StrEnum):
    """What a yes came to."""

    ON_TEAM = "on_team"
    RESERVE = "reserve"


class Step(StrEnum):
    """What somebody on a team says on the day."""

    SET_OUT = "set_out"
    ARRIVE = "arrive"
    LEAVE = "leave"


_OF = text("SELECT deployment_id FROM shared.invitation WHERE id = :id AND member_id = :member_id")
_ALL_OF = text("SELECT deployment_id FROM shared.invitation WHERE member_id = :member_id ORDER BY deployment_id")
_NEVER_ASKED = frozenset({InvitationState.PROPOSED, InvitationState.PASSED_OVER})
_TAKE_SLOT = text(
    """
    UPDATE shared.slot SET state = 'confirmed', member_id = :member_id, changed_at = shared.clock(),
        name = (SELECT name FROM shared.member WHERE id = :member_id)
    WHERE id = :id AND state = 'open' RETURNING id
    """
)


async def accept(session: DispatchSession, invitation_id: UUID, *, by: UUID) -> Outcome:
    """Say yes, once: the first in a role has the slot, a later one is a reserve. Said twice it holds once.

    Raises:
        InvitationUnknownError: never put to `by`.
        InvitationOverError: no team goes any more, or it is back already.
    """
    held, mine = await _mine(session, invitation_id, by)
    if mine.state is InvitationState.ACCEPTED:
        return Outcome.ON_TEAM
    if mine.state is InvitationState.RESERVE:
        return Outcome.RESERVE
    if held.state not in rules.CAN_SAY_YES or mine.state not in rules.INVITATION_MOVES["accept"][0]:
        raise InvitationOverError
    if not await _may_take(session, held, mine):
        await holding.move_invitations(session, held, "keep", only=mine.id)
        return Outcome.RESERVE
    slot = held.open_slots(mine.role)[0]
    await session.execute(_TAKE_SLOT, {"id": slot.id, "member_id": by})
    await holding.move_invitations(session, held, "accept", only=mine.id)
    if len(held.open_slots()) == 1:
        await _complete(session, held)
    await events.record(session, "invitation.accepted", held.region_id)
    await holding.advance_soon(session, held, f"accepted:{mine.id}")
    return Outcome.ON_TEAM


async def decline(session: DispatchSession, invitation_id: UUID, *, by: UUID) -> None:
    """Say "not now"; no reason is asked, and somebody else is asked at once.

    Raises:
        InvitationUnknownError: never put to `by`.
        InvitationOverError: answered, or over.
    """
    held, mine = await _mine(session, invitation_id, by)
    if mine.state is InvitationState.DECLINED:
        return
    if not await holding.move_invitations(session, held, "decline", only=mine.id):
        raise InvitationOverError
    await holding.advance_soon(session, held, f"declined:{mine.id}")


async def take_step(session: DispatchSession, deployment_id: UUID, step: Step, *, by: UUID) -> None:
    """Note that somebody on the team is on the way, there, or done there.

    Raises:
        NotOnTeamError: `by` is not on this team, or said so before.
    """
    held = await holding.lock(session, deployment_id)
    if held is None or held.state in {*rules.ENDED, DeploymentState.PROPOSED}:
        raise NotOnTeamError
    if not await holding.move_slots(session, held, step, member_id=by):
        raise NotOnTeamError
    if held.state is not DeploymentState.UNDER_WAY:
        await holding.move(session, held, "set_out")
        await holding.advance_soon(session, held, f"set_out:{held.state}")


async def drop_out(session: DispatchSession, deployment_id: UUID, *, by: UUID) -> None:
    """Say that one cannot come after all; a reserve is asked first, and the coordinators hear of it.

    Raises:
        NotOnTeamError: `by` is not on this team, or is there already.
    """
    held = await holding.lock(session, deployment_id)
    if held is None or not await give_back(session, held, by):
        raise NotOnTeamError


async def leave(session: DispatchSession, member_id: UUID) -> None:
    """Look for somebody else wherever somebody who leaves the program is on a team, or may come to be on one.

    Who is on the scene already stays there.
    """
    for deployment_id in (await session.execute(_ALL_OF, {"member_id": member_id})).scalars():
        held = await holding.lock(session, deployment_id)
        if held is None or held.state in rules.ENDED:
            continue
        was_on_team = await give_back(session, held, member_id)
        own = [one for one in held.invitations if one.member_id == member_id and one.state in rules.INVITED]
        for one in own:
            act = "pass_over" if one.state is InvitationState.PROPOSED else "decline"
            await holding.move_invitations(session, held, act, only=one.id)
        if own and not was_on_team:
            await holding.advance_soon(session, held, f"left:{uuid4()}")


async def give_back(session: holding.Leading, held: Held, member_id: UUID) -> bool:
    """Open somebody's slot again and look for somebody else; returns whether they had one."""
    if held.state in rules.ENDED or not await holding.move_slots(session, held, "drop", member_id=member_id):
        return False
    own = [one for one in held.invited(InvitationState.ACCEPTED) if one.member_id == member_id]
    for one in own:
        await holding.move_invitations(session, held, "drop", only=one.id)
    if held.state is DeploymentState.READY:
        await holding.move(session, held, "refill")
    await events.record(session, "deployment.dropped_out", held.region_id)
    await holding.advance_soon(session, held, f"dropped:{uuid4()}")
    return True


async def _mine(session: DispatchSession, invitation_id: UUID, by: UUID) -> tuple[Held, HeldInvitation]:
    deployment_id = (await session.execute(_OF, {"id": invitation_id, "member_id": by})).scalar_one_or_none()
    held = None if deployment_id is None else await holding.lock(session, deployment_id)
    if held is None:
        raise InvitationUnknownError
    mine = next(one for one in held.invitations if one.id == invitation_id)
    if mine.state in _NEVER_ASKED:
        raise InvitationUnknownError
    return held, mine


async def _may_take(session: DispatchSession, held: Held, mine: HeldInvitation) -> bool:
    """Look at the rules again: others of the same agency may have been quicker, or they are on another team now."""
    if not held.open_slots(mine.role):
        return False
    everybody = {one.member_id: one for one in await people.for_deployment(session, held.id)}
    on_team = [everybody[slot.member_id] for slot in held.slots if slot.member_id in everybody]
    me = everybody.get(mine.member_id)
    # A written reason was asked for when they were invited, if there had to be one.
    return me is not None and not why_not(
        me, mine.role, kind=held.kind, place=held.place, team=on_team, has_written_reason=True
    )


async def _complete(session: DispatchSession, held: Held) -> None:
    if held.state is DeploymentState.FILLING:
        await holding.move(session, held, "complete")
    await holding.move_invitations(session, held, "call_off")


async def notify(session: holding.Leading, held: Held, invitation_id: UUID, cause: str) -> None:
    """Have one member told that their invitation wants looking at."""
    await jobs.add(session, holding.NOTIFY, region_id=held.region_id, subject_id=invitation_id, cause=cause)
