"""Jobs of schedules."""

from uuid import UUID

from libs.jobs.declare import job
from libs.peer.shifts import actions, reminding, swapping, writing
from libs.tenancy.directory import RegionRef
from libs.tenancy.transactions import Planes


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
    """Tell peers in their working hours, once a day at most, that colleagues look for somebody."""
    async with planes.dispatch(region) as dispatch:
        await reminding.remind(dispatch, team_id, region.id)
