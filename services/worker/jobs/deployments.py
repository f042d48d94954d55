"""Jobs of deployments: opening what a center asked for, looking at one, telling people."""

from collections.abc import Mapping
from uuid import UUID

from libs.jobs.declare import job
from libs.notify import messages
from libs.notify.channels import in_app
from libs.notify.channels.channel import Channel
from libs.peer.deployments import actions, engine, holding, queries
from libs.peer.deployments.models import InvitationState
from libs.peer.deployments.queries import ToNotify
from libs.peer.incidents import actions as incidents
from libs.tenancy.directory import RegionRef
from libs.tenancy.transactions import Planes
from services.worker import notices

_TOLD_OF = frozenset({InvitationState.ASKED, InvitationState.STOOD_DOWN, InvitationState.DROPPED})
"""They are asked, or no longer needed after they had said yes."""
_TOO_LATE = frozenset({InvitationState.CALLED_OFF, InvitationState.EXPIRED, InvitationState.STOOD_DOWN})
_TAKEN_BACK = frozenset({InvitationState.ASKED, InvitationState.CALLED_OFF, InvitationState.EXPIRED})
"""No notice is due any more, not of being asked, whose time is over; whoever was told needs the word."""


@job(incidents.OPENED, timeout_s=10, attempts=20)
async def open_deployment(planes: Planes, region: RegionRef, incident_id: UUID) -> None:
    """Make the deployment of an incident that a center has opened; twice makes one."""
    async with planes.program(region) as program:
        await actions.open_for(program, incident_id)


@job(holding.ADVANCE, timeout_s=10, attempts=20)
async def advance(planes: Planes, region: RegionRef, deployment_id: UUID) -> None:
    """Do what is due for a deployment: propose, ask the next wave, let expire, tell, set the next clock."""
    async with planes.dispatch(region) as dispatch:
        await engine.advance(dispatch, deployment_id)


@job(holding.NOTIFY, timeout_s=20, attempts=20)
async def notify(planes: Planes, region: RegionRef, invitation_id: UUID) -> None:
    """Ring the member's own page where no channel of somebody else's is set up."""
    await notify_by({}, planes, region, invitation_id)


async def notify_by(channels: Mapping[str, Channel], planes: Planes, region: RegionRef, invitation_id: UUID) -> None:
    """Tell one member to look, between two short transactions; nothing goes out after its deadline.

    The same wave and state is the same notice. One that was called off under way is followed by one word, whoever died
    with it in hand.
    """
    async with planes.dispatch(region) as dispatch:
        told = await queries.to_notify(dispatch, invitation_id)
        is_due = told is not None and told.is_in_time and told.state in _TOLD_OF
        if told is not None:
            in_app.hand_over(dispatch, told.member_id)
        if told is not None and is_due and told.state is InvitationState.ASKED:
            await engine.take_in_hand(dispatch, invitation_id)
    if told is None:
        return
    if not is_due:
        if told.was_in_hand and told.state in _TAKEN_BACK:
            await _take_back(channels, told, invitation_id)
        return
    key = f"{invitation_id}:{told.wave}:{told.state}"
    await notices.send(channels, told.channels, told.member_id, key, messages.ON_DUTY_NOTICE)
    async with planes.dispatch(region) as dispatch:
        again = await queries.to_notify(dispatch, invitation_id)
    if told.state is InvitationState.ASKED and (again is None or again.state in _TOO_LATE):
        await _take_back(channels, told, invitation_id)


async def _take_back(channels: Mapping[str, Channel], told: ToNotify, invitation_id: UUID) -> None:
    key = f"{invitation_id}:{told.wave}:{InvitationState.ASKED}:off"
    await notices.send(channels, told.channels, told.member_id, key, messages.NO_LONGER_NEEDED)


@job(holding.CHANGED, timeout_s=20, attempts=20)
async def changed(planes: Planes, region: RegionRef, deployment_id: UUID) -> None:
    """Ring the pages of everybody on the team where no channel of somebody else's is set up."""
    await changed_by({}, planes, region, deployment_id)


async def changed_by(channels: Mapping[str, Channel], planes: Planes, region: RegionRef, deployment_id: UUID) -> None:
    """Tell everybody on the team to look again: time or place is another one."""
    async with planes.dispatch(region) as dispatch:
        team = await queries.on_team(dispatch, deployment_id)
        for _invitation, member_id, _wave, _wanted in team:
            in_app.hand_over(dispatch, member_id)
    for invitation_id, member_id, wave, wanted in team:
        await notices.send(channels, wanted, member_id, f"{invitation_id}:{wave}:changed", messages.ON_DUTY_NOTICE)


@job(holding.TELL, timeout_s=20, attempts=20)
async def tell(planes: Planes, region: RegionRef, deployment_id: UUID) -> None:
    """Ring the coordinators' pages where no channel of somebody else's is set up."""
    await tell_by({}, planes, region, deployment_id)


async def tell_by(channels: Mapping[str, Channel], planes: Planes, region: RegionRef, deployment_id: UUID) -> None:
    """Tell every coordinator to look; the same telling is the same notice, and an old one is not sent any more."""
    async with planes.dispatch(region) as dispatch:
        telling = await queries.to_tell(dispatch, deployment_id)
        leads = await queries.coordinators(dispatch) if telling else ()
        for peer_id, _proven in leads:
            in_app.hand_over(dispatch, peer_id)
    if telling is None:
        return
    for peer_id, proven in leads:
        key = f"{deployment_id}:{telling.isoformat()}:{peer_id}"
        await notices.send(channels, proven, peer_id, key, messages.ON_DUTY_NOTICE)
