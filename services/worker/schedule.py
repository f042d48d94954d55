"""Periodic work, in one list."""

from dataclasses import dataclass

import structlog
from arq import cron
from arq.cron import CronJob

from libs import jobs
from libs.peer.accounts import actions as accounts
from libs.peer.answers import actions as answers
from libs.peer.callouts import queries as callouts
from libs.peer.deployments import queries as deployments
from libs.peer.exchanges import actions as exchanges
from libs.peer.followups import queries as followups
from libs.peer.hardcalls import actions as hardcalls
from libs.peer.limits import actions as limits
from libs.peer.reaching import actions as reaching
from libs.peer.roster import actions as roster
from libs.peer.sso import leaving as sign_on
from libs.peer.teams import queries as teams
from libs.peer.waits import actions as waits
from libs.peer.webhooks import actions as webhooks
from libs.tenancy.transactions import Planes
from services.worker.sweeper import sweep

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Context:
    """What periodic work is given."""

    planes: Planes


async def sweep_callouts(ctx: dict[str, Context]) -> None:
    """Find callouts that nobody moves on."""
    await _sweep(ctx, is_whole=False)


async def sweep_all(ctx: dict[str, Context]) -> None:
    """Find what nobody moves on: callouts, follow-ups, deployments, schedules, approvals, agreements."""
    await _sweep(ctx, is_whole=True)


async def _sweep(ctx: dict[str, Context], *, is_whole: bool) -> None:
    found = await sweep(ctx["owncall"].planes, is_whole=is_whole)
    if found:
        log.warning("callouts_swept", count=found)


async def forget_expired(ctx: dict[str, Context]) -> None:
    """Delete what no longer works at the door, private offers and kept answers that are over."""
    limit = accounts.FORGET_AT_A_TIME
    while True:
        async with ctx["owncall"].planes.door() as door:
            await answers.forget_over(door)
            gone = [
                await accounts.forget_expired(door),
                await hardcalls.forget_over(door, limit),
                await sign_on.forget_expired(door, limit),
            ]
        if max(gone) < limit:
            return


async def look_for_unanswered(ctx: dict[str, Context]) -> None:
    """Write down for every region whether anybody has waited too long: at fixed times, whatever there is."""
    planes = ctx["owncall"].planes
    for region in (await planes.tenants()).everywhere:
        async with planes.dispatch(region) as dispatch:
            await waits.note_unanswered(dispatch, region.id)


async def forget_talks(ctx: dict[str, Context]) -> None:
    """Forget when peers talked without a request, and what another region was asked, once neither counts any more."""
    planes = ctx["owncall"].planes
    for region in (await planes.tenants()).everywhere:
        async with planes.dispatch(region) as dispatch:
            await limits.forget_talks(dispatch)
            await exchanges.forget_over(dispatch, region.id)


async def pass_on_what_leavers_have(ctx: dict[str, Context]) -> None:
    """Pass on what somebody still has who is suspended, in no team or not there any more.

    The net under the job that a suspension asks for, and all there is for who leaves in another way.
    """
    planes = ctx["owncall"].planes
    for region in (await planes.tenants()).everywhere:
        async with planes.dispatch(region) as dispatch:
            holders = {
                *await callouts.holders(dispatch),
                *await followups.holders(dispatch),
                *await deployments.holders(dispatch),
            }
            for member_id in await teams.leavers(dispatch, holders):
                await jobs.add(dispatch, roster.SUSPENDED, region_id=region.id, subject_id=member_id, cause="sweep")


async def forget_codes(ctx: dict[str, Context]) -> None:
    """Delete codes that proved a channel, or did not, an hour after they were asked for."""
    planes = ctx["owncall"].planes
    for region in (await planes.tenants()).everywhere:
        async with planes.dispatch(region) as dispatch:
            await reaching.forget_old(dispatch)


async def close_quarter(ctx: dict[str, Context]) -> None:
    """Publish the time to a human of the last quarter that is over, once, for every region alike."""
    async with ctx["owncall"].planes.figures() as figures:
        await waits.close_quarter(figures)


async def resume_webhooks(ctx: dict[str, Context]) -> None:
    """Have sent what waits for an address and nobody has in hand: a worker died, or its job was lost."""
    planes = ctx["owncall"].planes
    for region in (await planes.tenants()).everywhere:
        async with planes.program(region) as program:
            await webhooks.resume(program, region.id)


async def forget_deliveries(ctx: dict[str, Context]) -> None:
    """Delete deliveries of webhooks after 30 days."""
    planes = ctx["owncall"].planes
    for region in (await planes.tenants()).everywhere:
        async with planes.program(region) as program:
            await webhooks.forget(program)


PERIODIC: list[CronJob] = [
    cron(sweep_callouts, second={15, 30, 45}, timeout=10, keep_result=0, max_tries=1),
    cron(sweep_all, second=0, timeout=30, keep_result=0, max_tries=1),
    cron(forget_expired, minute={7, 22, 37, 52}, timeout=60, keep_result=0, max_tries=1, run_at_startup=True),
    cron(look_for_unanswered, minute={0, 15, 30, 45}, timeout=60, keep_result=0, max_tries=1, run_at_startup=True),
    cron(pass_on_what_leavers_have, minute={5, 20, 35, 50}, timeout=60, keep_result=0, max_tries=1),
    cron(forget_talks, minute={1}, timeout=60, keep_result=0, max_tries=1, run_at_startup=True),
    cron(resume_webhooks, second=40, timeout=30, keep_result=0, max_tries=1),
    cron(forget_codes, minute={12}, timeout=60, keep_result=0, max_tries=1),
    cron(forget_deliveries, minute={27}, timeout=60, keep_result=0, max_tries=1),
    # Once it is tomorrow in Hawaii, too.
    cron(close_quarter, hour={12}, minute={10}, timeout=60, keep_result=0, max_tries=1, run_at_startup=True),
]
