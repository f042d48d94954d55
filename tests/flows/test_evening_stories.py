"""At eight in the evening in the middle of the country, which is tomorrow in London: the day is the region's.

Each ends in: no unexpected message.
"""

from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from libs.peer.callouts.models import Urgency
from libs.peer.roster import actions as roster
from libs.peer.teams import queries as teams
from libs.peer.waits import actions as waits
from tests.deploying import asked, opened
from tests.planning import CHICAGO, Planned, planned
from tests.world import World, peer_id

_DAYS = "UPDATE shared.membership SET designated_on = $2, lapses_on = $3 WHERE member_id = ANY($1)"
_LONG_AGO = date(2020, 1, 1)


class Evening:
    """Eight in the evening in Heartland."""

    def __init__(self, world: World, plan: Planned) -> None:
        self.world, self.plan = world, plan

    async def day(self, days: int = 0) -> date:
        """The day there, or one so many days on."""
        return (await self.plan.now()).date() + timedelta(days)

    async def is_designated(self, *slugs: str, on: date = _LONG_AGO, until: date | None = None) -> None:
        """Let a designation begin and lapse on these days, in all their teams."""
        await self.world.copy.superuser.execute(_DAYS, [peer_id(slug) for slug in slugs], on, until)

    async def on_roster(self, team: str = "roving") -> set[UUID]:
        """Whom an ask may be sealed for, who is designated and in date."""
        async with self.world.planes.dispatch(await self.world.heartland()) as dispatch:
            return {one.peer_id for one in await teams.roster(dispatch, team)}


@pytest.fixture
async def evening(world: World) -> AsyncIterator[Evening]:
    kept = await world.rows("SELECT member_id, team_id, designated_on, lapses_on FROM shared.membership")
    plan = await planned(world)
    await plan.at(20)
    yield Evening(world, plan)
    back = "UPDATE shared.membership SET designated_on = $3, lapses_on = $4 WHERE member_id = $1 AND team_id = $2"
    await world.copy.superuser.executemany(back, kept)
    await world.copy.superuser.execute("UPDATE shared.agency SET state = 'MO' WHERE slug = 'redbank'")


async def test_who_was_designated_today_is_not_designated_before_the_ask(evening: Evening) -> None:
    """Louisiana wants the designation before the incident; a peer of this afternoon is sent by tomorrow's ask."""
    ana, ben = await evening.world.on_call("ana", "ben")
    await evening.world.copy.superuser.execute("UPDATE shared.agency SET state = 'LA' WHERE slug = 'redbank'")
    await evening.is_designated("ana", on=await evening.day())
    await evening.is_designated("ben", on=await evening.day(-1))

    await evening.world.asks(urgency="now")

    await ana.is_not_paged()
    await ben.is_paged()
    evening.world.phone(ben).expect_page()


async def test_whose_designation_lapses_tomorrow_is_asked_tonight(evening: Evening) -> None:
    (ana,) = await evening.world.on_call("ana")
    await evening.is_designated("ana", until=await evening.day(1))

    assert peer_id("ana") in await evening.on_roster()
    await evening.world.asks(urgency="now")

    evening.world.phone(ana).expect_page()


async def test_whose_designation_begins_tomorrow_is_asked_tomorrow(evening: Evening) -> None:
    (ana,) = await evening.world.on_call("ana")
    await evening.is_designated("ana", on=await evening.day(1))

    assert peer_id("ana") not in await evening.on_roster()
    await evening.plan.at(0, 30)

    assert peer_id("ana") in await evening.on_roster()
    await evening.world.asks(urgency="now")
    await ana.is_paged()
    evening.world.phone(ana).expect_page()


async def test_a_module_that_lapses_tomorrow_counts_tonight_and_on_ones_own_page(evening: Evening) -> None:
    world = evening.world
    (ana,) = await world.on_call("ana")
    lapses = "UPDATE shared.training_module SET lapses_on = $2 WHERE member_id = $1 AND area = 'scope'"
    await world.copy.superuser.execute(lapses, peer_id("ana"), await evening.day(1))
    try:
        assert await _missing(world) == []
        await world.asks(urgency="now")
        world.phone(ana).expect_page()
        await evening.plan.at(0, 30)
        assert await _missing(world) == ["module_lapsed:scope"]
        world.rang("mara", "jon")
    finally:
        await world.copy.superuser.execute(lapses, peer_id("ana"), None)


async def _missing(world: World) -> list[str]:
    async with world.planes.program(await world.heartland()) as program:
        (found,) = await teams.of_program(program, peer_id("ana"))
        return [code for part in found.parts for code in part.missing]


async def test_a_duty_begins_at_midnight_of_the_day_of_designation_and_ends_so(evening: Evening) -> None:
    await evening.is_designated("ana", until=await evening.day(1))
    await evening.is_designated("ben", on=await evening.day(1))
    await evening.plan.rotates("ana", "ben", hand_over="00:00")

    assert await evening.plan.answers() == ["Ana"]
    await evening.plan.at(23, 59)
    assert await evening.plan.answers() == ["Ana"]
    await evening.plan.at(0, 1)

    assert await evening.plan.answers() == ["Ben"]


async def test_a_team_of_tonight_is_of_who_is_designated_tonight(evening: Evening) -> None:
    world = evening.world
    everybody = [row[0] for row in await world.rows("SELECT DISTINCT member_id FROM shared.membership")]
    await world.copy.superuser.execute(_DAYS, everybody, await evening.day(1), None)
    tonight = ("ana", "ben", "cleo", "dev", "mara")
    await evening.is_designated(*tonight, until=await evening.day(1))

    team = await opened(world)

    found = {UUID(one["member_id"]) for one in await asked(world, team)}
    assert found
    assert found <= {peer_id(slug) for slug in tonight}


async def test_a_suspension_is_of_the_day_that_the_manager_has(evening: Evening) -> None:
    world, region = evening.world, await evening.world.heartland()
    async with world.planes.program(region) as program:
        await roster.set_suspended(program, region.id, peer_id("ana"), is_suspended=True)
    found = await world.rows("SELECT suspended_on FROM shared.member WHERE id = $1", peer_id("ana"))
    async with world.planes.program(region) as program:
        await roster.set_suspended(program, region.id, peer_id("ana"), is_suspended=False)
    assert found == [(await evening.day(),)]


async def test_a_rotation_begins_today_where_nothing_else_is_said(evening: Evening) -> None:
    mara = await evening.world.signed_in_anew("mara")
    page = (await mara.client.get(f"/schedule/{evening.plan.team_id}/rotation")).text
    assert f'value="{(await evening.day()).isoformat()}"' in page


async def test_a_check_in_can_be_moved_to_tonight(evening: Evening) -> None:
    world = evening.world
    (ana,) = await world.on_call("ana")
    requester = await world.asks(urgency="now")
    world.phone(ana).expect_page()
    await ana.accepts()
    await requester.confirms_contact()

    words = {"receipt": requester.receipt}
    page = (await world.client().post("/r/heartland/status", data=words)).text

    assert f'min="{(await evening.day()).isoformat()}"' in page


async def test_times_of_day_are_on_the_readers_own_clock_and_name_it_where_it_is_another_one(evening: Evening) -> None:
    world = evening.world
    ana, ben = await world.on_call("ana", "ben")
    mara = await world.signed_in_anew("mara")
    west = "UPDATE shared.member SET time_zone = $2 WHERE id = ANY($1)"
    moved = [peer_id("ana"), peer_id("mara")]
    await world.copy.superuser.execute(west, moved, "America/Denver")
    try:
        await world.asks(urgency="now")
        world.phone(ana).expect_page()
        (offer,) = await ana.offers()
        until = datetime.fromisoformat(offer["expires_at"])
        hers = (await ana.client.get("/peer")).text
        board = (await mara.client.get("/coordinator")).text
        his = (await ben.client.get("/peer")).text
    finally:
        await world.copy.superuser.execute(west, moved, None)

    assert f">{until.astimezone(ZoneInfo('America/Denver')):%H:%M}</time>" in hers
    assert f">{until.astimezone(CHICAGO):%H:%M}</time>" not in hers
    assert "Times are in Mountain Time." in hers
    assert "Times are in Mountain Time." in board
    assert "Times are in" not in his


async def test_a_quarter_is_over_when_it_is_over_in_every_region_and_no_mark_of_its_last_evening_is_lost(
    evening: Evening,
) -> None:
    """A worker that starts between midnight in London and midnight here closes nothing yet."""
    world, region = evening.world, await evening.world.heartland()
    now = await evening.plan.now()
    quarter = date(now.year, (now.month - 1) // 3 * 3 + 1, 1)
    after = date(quarter.year + quarter.month // 10, quarter.month % 12 + 3 if quarter.month < 10 else 1, 1)
    await evening.plan.at(20, days=(after - now.date()).days - 1)
    assert (await evening.plan.now()).date() == after - timedelta(1)

    await _mark(world, 10)
    await _close(world)
    await _mark(world, 10)
    await evening.plan.at(12)
    await _close(world)

    found = "SELECT quarter_on, median_band FROM shared.time_figure WHERE region_id = $1 AND urgency = 'now'"
    published = dict(await world.rows(found, region.id))
    assert published[quarter] == 0, "twenty are enough for a median; ten of either half are not"
    assert await world.rows("SELECT id FROM shared.time_mark") == []


async def _mark(world: World, times: int) -> None:
    region, now = await world.heartland(), (await world.rows("SELECT shared.clock()"))[0][0]
    async with world.planes.dispatch(region) as dispatch:
        for _ in range(times):
            await waits.leave_mark(dispatch, region.id, Urgency.NOW, now, is_heard=True)


async def _close(world: World) -> None:
    async with world.planes.figures() as figures:
        await waits.close_quarter(figures)


async def test_the_day_there_is_the_regions_and_not_londons(evening: Evening) -> None:
    """What these stories rest on: it is tomorrow by UTC."""
    now = await evening.plan.now()
    assert now.tzinfo is CHICAGO
    assert (await evening.world.rows("SELECT CAST(shared.clock() AT TIME ZONE 'UTC' AS date)"))[0][0] > now.date()
