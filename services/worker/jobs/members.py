"""What follows in dispatch from what the program decides about a member."""

from uuid import UUID

from libs.jobs.declare import job
from libs.peer.deployments import answers as deployments
from libs.peer.followups import actions as followups
from libs.peer.paging import actions as paging
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
