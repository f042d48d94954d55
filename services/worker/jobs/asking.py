"""Putting a request from outside before the managers who decide: of its own region, or of one that is asked to help."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from libs.notify import messages
from libs.notify.channels import mail
from libs.notify.channels.channel import Channel
from libs.peer.approvals import actions as approvals
from libs.peer.approvals import queries as approval_queries
from libs.peer.approvals import rules
from libs.peer.approvals.rules import Step
from libs.peer.callouts.deciding import Pending
from libs.tenancy.directory import RegionRef
from libs.tenancy.transactions import Planes


@dataclass(frozen=True, slots=True)
class Told:
    """Who is told now, and the step that is reached by it."""

    who: Sequence[UUID]
    step: Step
    has_mail: bool


async def put_before(
    planes: Planes, region: RegionRef, pending: Pending, step: Step, leads: Sequence[UUID] = ()
) -> Told | None:
    """Put it before the managers, and say whom of all who decide by now nobody has told yet; None when none is new."""
    async with planes.program(region) as program:
        await approvals.open_one(
            program,
            pending.approval_id,
            region_id=region.id,
            coming_from=pending.coming_from,
            urgency=pending.urgency,
            language=pending.language,
        )
        climb = await approval_queries.climb(program, pending.approval_id)
    if climb is None or climb.told >= step:
        return None
    who = rules.to_tell(climb.in_order, climb.told, step)
    if climb.told < Step.LEAD <= step:
        who += leads
    return Told(who, step, climb.has_mail)


async def tell(
    channels: Mapping[str, Channel], planes: Planes, region: RegionRef, approval_id: UUID, told: Told
) -> None:
    """Send between two short transactions, then note how far it went."""
    channel = channels.get(mail.NAME)
    if channel is not None and told.has_mail:
        for one in told.who:
            await channel.send(one, f"{approval_id}:{one}", messages.ON_DUTY_NOTICE)
    async with planes.program(region) as program:
        await approvals.told(program, approval_id, told.step)
