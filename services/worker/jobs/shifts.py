"""Jobs of schedules."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from libs.jobs.declare import job
from libs.notify import messages
from libs.notify.channels.channel import Channel
from libs.peer.limits import queries as limits
from libs.peer.limits import rules as limit_rules
from libs.peer.shifts import actions, awaiting, reminding, swapping, writing
from libs.peer.shifts.reminding import Notice
from libs.tenancy.directory import RegionRef
from libs.tenancy.planes import DispatchSession
from libs.tenancy.transactions import Planes
from services.worker import notices


@job(writing.EXTEND, timeout_s=30, attempts=20)
async def extend(planes: Planes, region: RegionRef, team_id: UUID) -> None:
    """Write a team's schedule out for another day, end the swaps that lapsed, forget what is long over."""
    async with planes.program(region) as program:
        await swapping.lapse(program, team_id)
        await actions.extend(program, team_id)


@job(swapping.LAPSE, timeout_s=10, attempts=20)
async def lapse(planes: Planes, region: RegionRef, team_id: UUID) -> None:
    """End the team's swaps whose shift begins and that nobody took: the original stays."""
    async with planes.dispatch(region) as dispatch:
        await swapping.lapse(dispatch, team_id)


@job(reminding.REMIND, timeout_s=10, attempts=20)
async def remind(planes: Planes, region: RegionRef, team_id: UUID) -> None:
    """Note for peers in their working hours, once a day at most, that colleagues look for somebody."""
    async with planes.dispatch(region) as dispatch:
        await reminding.remind(dispatch, team_id, region.id)


@job(reminding.NOTIFY, timeout_s=20, attempts=20)
async def notify(planes: Planes, region: RegionRef, peer_id: UUID) -> None:
    """The same as `notify_by` where there is no channel but the peer's page."""
    await notify_by({}, planes, region, peer_id)


async def notify_by(channels: Mapping[str, Channel], planes: Planes, region: RegionRef, peer_id: UUID) -> None:
    """Tell one peer to look, unless they have, or nothing is open to them any more; late it is told or not at all."""
    async with planes.dispatch(region) as dispatch:
        told = await reminding.notice(dispatch, peer_id)
        if told is None:
            return
        at = await _free_at(dispatch, told)
        if at > told.now:
            await reminding.notify_later(dispatch, told, region.id, at)
            return
    await notices.send(channels, told.channels, peer_id, f"swap:{peer_id}:{told.on}", messages.ON_DUTY_NOTICE)


@job(awaiting.AWAIT, timeout_s=20, attempts=20)
async def await_yes(planes: Planes, region: RegionRef, lead_id: UUID) -> None:
    """The same as `await_yes_by` where there is no channel but the coordinator's page."""
    await await_yes_by({}, planes, region, lead_id)


async def await_yes_by(channels: Mapping[str, Channel], planes: Planes, region: RegionRef, lead_id: UUID) -> None:
    """Tell one coordinator to look while a swap waits for a yes, and look again the next day."""
    async with planes.dispatch(region) as dispatch:
        told = await awaiting.notice(dispatch, lead_id)
        if told is None:
            return
        at = await _free_at(dispatch, told)
        is_now = at == told.now
        again = reminding.next_day(told.zone, told.now) if is_now else at
        await awaiting.look_again(dispatch, lead_id, region.id, again)
    if is_now:
        await notices.send(channels, told.channels, lead_id, f"swap-yes:{lead_id}:{told.on}", messages.ON_DUTY_NOTICE)


async def _free_at(dispatch: DispatchSession, told: Notice) -> datetime:
    """Return when somebody may be told of a schedule: in working hours that are neither quiet to them nor away.

    Whose working hours are all quiet is put off from look to look, and reads it on their page alone.
    """
    own, away = await limits.own(dispatch, told.peer_id), await limits.away(dispatch, told.peer_id)
    at = reminding.next_working(told.zone, told.now)
    quiet = limit_rules.quiet_ends(own.word, told.zone, at)
    rests = [one.ends_at for one in away if one.starts_at <= at < one.ends_at] + ([] if quiet is None else [quiet])
    return reminding.next_working(told.zone, max(rests)) if rests else at
