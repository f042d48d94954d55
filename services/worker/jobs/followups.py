"""Jobs of follow-ups: tell whoever has one that it is due, pass it on, let it lapse."""

from collections.abc import Mapping
from uuid import UUID

from libs.jobs.declare import job
from libs.notify import messages
from libs.notify.channels import mail
from libs.notify.channels.channel import Channel
from libs.peer.followups import actions as followups
from libs.peer.followups import queries
from libs.tenancy.directory import RegionRef
from libs.tenancy.transactions import Planes


@job(followups.LOOK, timeout_s=20, attempts=20)
async def look(planes: Planes, region: RegionRef, follow_up_id: UUID) -> None:
    """The same as `look_by` where there is no channel but the peer's page."""
    await look_by({}, planes, region, follow_up_id)


async def look_by(channels: Mapping[str, Channel], planes: Planes, region: RegionRef, follow_up_id: UUID) -> None:
    """Do what is due for a follow-up; twice, late or after a lost job it comes to the same.

    A notice goes out between two short transactions and says nothing but "open the dashboard".
    """
    async with planes.dispatch(region) as dispatch:
        due = await queries.due(dispatch, follow_up_id)
        if due is None:
            return
        if due.has_lapsed:
            await followups.lapse(dispatch, due)
            return
        if due.peer_id is not None and not due.is_fit:
            await followups.pass_on(dispatch, follow_up_id, by=due.peer_id)
            return
    if due.was_told:
        return
    channel = channels.get(mail.NAME)
    if channel is not None and due.has_mail and due.peer_id is not None:
        await channel.send(due.peer_id, f"{due.id}:{due.due_at.isoformat()}", messages.ON_DUTY_NOTICE)
    async with planes.dispatch(region) as dispatch:
        await followups.told(dispatch, due)
