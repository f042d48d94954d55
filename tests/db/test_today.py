"""What day it is: whatever the instant and the zone, every rule of a day agrees with the calendar in the region."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from libs.peer.approvals import queries as approvals
from libs.peer.deployments import people
from libs.peer.followups import queries as follow_ups
from libs.peer.matching import queries as matching
from libs.peer.roster import queries as roster
from libs.peer.shifts import queries as shifts
from libs.peer.teams import queries as teams
from services.api.deployments.forms import ZONES
from tests.deploying import opened
from tests.world import World, peer_id

ANA = peer_id("ana")
instants = st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - bounds
# An hour on either side of a midnight here or in London is where days part.
near_midnight = st.builds(
    lambda day, zone, minutes: (
        datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC) + timedelta(minutes=minutes)
    ),
    st.dates(date(2026, 1, 2), date(2028, 12, 30)),
    st.sampled_from((*ZONES, "UTC")),
    st.integers(-61, 61),
)


@dataclass(frozen=True)
class Seen:
    """What the statements of each area say of the day, and of Ana."""

    days: set[date]
    is_on_roster: bool
    is_current_for_teams: bool
    missing: set[str]
    gone: tuple[datetime, datetime]


@pytest.fixture
async def deployment(world: World) -> AsyncIterator[UUID]:
    """A team that is put together in Heartland, whose zone and days a test may change."""
    region, kept = await world.heartland(), "SELECT team_id, designated_on, lapses_on FROM shared.membership"
    before = await world.rows(f"{kept} WHERE member_id = $1", ANA)
    yield UUID((await opened(world)).id)
    await world.copy.superuser.execute(
        "UPDATE shared.region SET time_zone = $2 WHERE id = $1", region.id, region.time_zone
    )
    back = "UPDATE shared.membership SET designated_on = $2, lapses_on = $3 WHERE team_id = $1 AND member_id = $4"
    await world.copy.superuser.executemany(back, [(*row, ANA) for row in before])


@given(zone=st.sampled_from(ZONES), now=instants | near_midnight, begins=st.integers(-1, 1), lasts=st.integers(1, 2))
@settings(max_examples=60, suppress_health_check=list(HealthCheck), database=None)
def _agree(look: "Look", zone: str, now: datetime, begins: int, lasts: int) -> None:
    today = now.astimezone(ZoneInfo(zone)).date()
    first, end = today + timedelta(begins), today + timedelta(begins + lasts)

    seen = look(zone, now, first, end)

    is_in_date = first <= today < end
    assert seen.days == {today}
    assert seen.is_on_roster == is_in_date
    assert seen.is_current_for_teams == is_in_date
    assert seen.missing == {
        code for code, is_so in (("designation", first > today), ("in_date", end <= today)) if is_so
    }
    assert seen.gone == tuple(
        datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC) for day in (first, end)
    )


class Look:
    """Set zone, clock and Ana's days, and read them back through every area; called from Hypothesis' own thread."""

    def __init__(self, world: World, deployment_id: UUID) -> None:
        self.world, self.deployment_id, self.loop = world, deployment_id, asyncio.get_running_loop()

    def __call__(self, zone: str, now: datetime, first: date, end: date) -> Seen:
        return asyncio.run_coroutine_threadsafe(self._look(zone, now, first, end), self.loop).result(60)

    async def _look(self, zone: str, now: datetime, first: date, end: date) -> Seen:
        db, region = self.world.copy.superuser, await self.world.heartland()
        await db.execute("UPDATE public.test_clock SET pushed = $1::timestamptz - now()", now)
        await db.execute("UPDATE shared.region SET time_zone = $2 WHERE id = $1", region.id, zone)
        await db.execute(
            "UPDATE shared.membership SET designated_on = $2, lapses_on = $3 WHERE member_id = $1", ANA, first, end
        )
        team_id = (await self.world.rows("SELECT team_id FROM shared.membership WHERE member_id = $1", ANA))[0][0]
        async with self.world.planes.program(region) as program:
            days = {await roster.today(program, region.id), await approvals.today(program, region.id)}
            (ana,) = await teams.of_program(program, ANA)
            (person,) = await people.for_deployment(program, self.deployment_id, only=ANA)
        async with self.world.planes.dispatch(region) as dispatch:
            days.add(await follow_ups.today(dispatch, region.id))
            days |= {one.today for one in await matching.people(dispatch, region.id, only=ANA)}
            listed = {one.peer_id for one in await teams.roster(dispatch, "roving")}
            gone = (await shifts.away(dispatch, team_id, {ANA}))[ANA]
        missing = {code for part in ana.parts for code in part.missing}
        ends = gone[0].ends_at, gone[1].starts_at
        return Seen(days | {ana.today}, ANA in listed, person.is_current, missing, ends)


async def test_every_rule_of_a_day_agrees_with_the_regions_calendar(world: World, deployment: UUID) -> None:
    await asyncio.to_thread(_agree, Look(world, deployment))
