"""What follows in dispatch from what the program decides about a member; codes that prove how one is reached."""

from collections.abc import Mapping
from uuid import UUID

from libs.jobs.declare import job
from libs.notify import messages
from libs.notify.channels import mail
from libs.notify.channels.channel import Channel
from libs.peer.deployments import answers as deployments
from libs.peer.followups import actions as followups
from libs.peer.paging import actions as paging
from libs.peer.reaching import actions as reaching
from libs.peer.roster import actions as roster
from libs.peer.shifts import actions as shifts
from libs.peer.shifts import queries as shift_queries
from libs.tenancy.directory import RegionRef
from libs.tenancy.transactions import Planes


@job(roster.SUSPENDED, timeout_s=10, attempts=20)
async def suspended(planes: Planes, region: RegionRef, member_id: UUID) -> None:
    """Pass on whatever a suspended member was offered or has said yes to; others are asked at once.

    Their shifts go to whoever is next, too, their check-ins to a coordinator who may know of them, and their places on
    teams that go out to somebody else.
    """
    async with planes.dispatch(region) as dispatch:
        await paging.pass_everything_on(dispatch, member_id)
        await followups.leave(dispatch, member_id)
        await deployments.leave(dispatch, member_id)
    async with planes.program(region) as program:
        for team_id in await shift_queries.teams_of(program, member_id):
            await shifts.extend(program, team_id)


@job(roster.READDRESSED, timeout_s=10, attempts=20)
async def readdressed(planes: Planes, region: RegionRef, member_id: UUID) -> None:
    """Ask anew for a proof of a member's e-mail, which is another one now."""
    async with planes.dispatch(region) as dispatch:
        await reaching.forget(dispatch, member_id, mail.NAME)


@job(reaching.SEND, timeout_s=20, attempts=5)
async def send_code(planes: Planes, region: RegionRef, code_id: UUID) -> None:
    """Send nothing where no channel is set up; the page says that it has not gone out."""
    await send_code_by({}, b"", planes, region, code_id)


async def send_code_by(
    channels: Mapping[str, Channel], key: bytes, planes: Planes, region: RegionRef, code_id: UUID
) -> None:
    """Draw a code, and send it once its hash (by `key`) is committed: what comes back can be looked up."""
    if not channels:
        return
    async with planes.dispatch(region) as dispatch:
        drawn = await reaching.draw(dispatch, code_id, key=key)
    if drawn is not None and drawn.channel in channels:
        await channels[drawn.channel].send(drawn.peer_id, drawn.key, messages.code_notice(drawn.code))
