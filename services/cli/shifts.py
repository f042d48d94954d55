"""The schedules of the demonstration: days and nights of the roving team, a week each of the other, what is open."""

from dataclasses import replace
from datetime import date, time, timedelta
from uuid import UUID

from libs.peer.shifts import actions, listing, queries, rules, swapping
from libs.peer.shifts.models import Unit
from libs.peer.shifts.rules import Layer, Period
from libs.peer.teams import actions as teams
from libs.peer.teams.models import Team
from libs.tenancy.directory import RegionRef
from libs.tenancy.transactions import Planes

_NOT_YET = UUID(int=0)
_A_WEEK = 7
_BEFORE = timedelta(weeks=12)
"""How long people have taken turns when the demonstration begins: on no Monday morning before the first hand-over is
nobody on duty. Both rotations are where they began then."""


async def seed(planes: Planes, region: RegionRef, ids: dict[str, UUID], today: date) -> None:
    """Plan for both teams, with a holiday, an open shift and a swap that somebody asks for; twice changes nothing.

    Args:
        planes: the way to the database.
        region: whose teams plan.
        ids: members by slug.
        today: the day in the region on which the demonstration begins.
    """
    monday = today - timedelta(today.weekday())
    async with planes.program(region) as program:
        team_ids = await teams.region_teams(program, region.id)
        roving, command = team_ids[Team.ROVING], team_ids[Team.COMMAND_LEVEL]
        if await listing.policy(program, roving) is not None:
            return
        days = Layer(
            *(_NOT_YET, _people(ids, "ana", "ben", "cleo", "dev"), region.time_zone, monday - _BEFORE, time(8)),
            *(_A_WEEK, Unit.DAY),
            daily=(time(8), time(20)),
        )
        await actions.add_rotation(program, roving, "Days", days, by=None)
        nights = replace(
            days, people=_people(ids, "tanya-whitlock", "luz-marroquin", "jamal-fenwick"), daily=(time(20), time(8))
        )
        await actions.add_rotation(program, roving, "Nights", nights, by=None)
        holiday = replace(
            days,
            people=_people(ids, "cleo", "ana"),
            starts_on=monday + timedelta(17),
            ends_on=monday + timedelta(18),
            turn=12,
            unit=Unit.HOUR,
            daily=None,
            is_temporary=True,
        )
        await actions.add_rotation(program, roving, "Holiday", holiday, by=None)
        weekend = [monday + timedelta(12 + 7 * week) for week in range(2)]
        open_shifts = [
            Period(rules.instant(region.time_zone, day, 12 * 60), rules.instant(region.time_zone, day, 20 * 60))
            for day in weekend
        ]
        await actions.offer_shifts(program, roving, open_shifts, by=None)
        leaders = await queries.people(program, command)
        weeks = Layer(
            *(_NOT_YET, tuple(one.id for one in leaders[:4]), region.time_zone, monday - _BEFORE, time(8)),
            *(_A_WEEK, Unit.DAY),
        )
        await actions.add_rotation(program, command, "Weeks", weeks, by=None)
    await _ask_for_a_swap(planes, region, ids["ben"])


async def _ask_for_a_swap(planes: Planes, region: RegionRef, peer_id: UUID) -> None:
    async with planes.dispatch(region) as dispatch:
        now = await listing.clock(dispatch)
        later = [one for one in await listing.shifts(dispatch, peer_id=peer_id) if one.starts_at > now]
        if later:
            await swapping.ask(dispatch, later[0].id, by=peer_id)


def _people(ids: dict[str, UUID], *slugs: str) -> tuple[UUID, ...]:
    return tuple(ids[slug] for slug in slugs)
