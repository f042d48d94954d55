"""Jobs of the program: reminding before an agreement ends."""

from collections.abc import Mapping
from uuid import UUID

from libs.jobs.declare import job
from libs.notify import messages
from libs.notify.channels import mail
from libs.notify.channels.channel import Channel
from libs.peer.agreements import actions as agreements
from libs.peer.agreements import queries, rules
from libs.peer.approvals import queries as approvals
from libs.tenancy.directory import RegionRef
from libs.tenancy.transactions import Planes


@job(agreements.REMIND, timeout_s=20, attempts=20)
async def remind(planes: Planes, region: RegionRef, agreement_id: UUID) -> None:
    """The same as `remind_by` where there is no channel but the managers' page."""
    await remind_by({}, planes, region, agreement_id)


async def remind_by(channels: Mapping[str, Channel], planes: Planes, region: RegionRef, agreement_id: UUID) -> None:
    """Tell everybody who decides that an agreement ends soon, once a reminder; the page says which."""
    async with planes.program(region) as program:
        found = await queries.of_program(program, agreement_id)
        days = rules.due_reminder(found[0].term, found[0].reminded_days, found[0].today) if found else None
        if days is None:
            return
        who = [one.account_id for one in await approvals.rota(program)]
        has_mail = await approvals.has_mail(program, region.id)
    channel = channels.get(mail.NAME)
    if channel is not None and has_mail:
        for one in who:
            await channel.send(one, f"{agreement_id}:{days}:{one}", messages.ON_DUTY_NOTICE)
    async with planes.program(region) as program:
        await agreements.reminded(program, agreement_id, days, region_id=region.id)
