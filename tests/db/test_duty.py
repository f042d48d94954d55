"""What a team plans and what is written out: always the same, whoever changes it, and cheap to ask."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID, uuid4

import pytest

from libs.peer.shifts import actions, queries, rules, writing
from libs.peer.shifts.rules import Layer, Period
from libs.tenancy.planes import ProgramSession
from tests.world import World, peer_id

ANA, BEN, CLEO = peer_id("ana"), peer_id("ben"), peer_id("cleo")
CHICAGO = "America/Chicago"


@pytest.fixture
async def program(world: World) -> AsyncIterator[ProgramSession]:
    async with world.planes.program(await world.heartland()) as session:
        yield session


async def team(world: World, kind: str = "roving") -> UUID:
    region = await world.heartland()
    found: UUID = (await world.rows("SELECT id FROM shared.team WHERE kind = $1 AND region_id = $2", kind, region.id))[
        0
    ][0]
    return found


async def today(world: World) -> date:
    found: datetime = (await world.rows("SELECT shared.clock()"))[0][0]
    return found.date()


async def test_what_is_written_is_what_the_rules_say(world: World, program: ProgramSession) -> None:
    team_id, day = await team(world), await today(world)
    weekly = Layer(uuid4(), (ANA, BEN, CLEO), CHICAGO, day - timedelta(30), time(8), 7)
    await actions.add_rotation(program, team_id, "Weeks", weekly, by=None)
    held = await queries.hold(program, team_id)
    window = Period(held.now, held.now + writing.AHEAD)
    wanted = rules.clipped(rules.expand(await queries.plan(program, team_id, held.now), window), window)
    written = sorted((await queries.written(program, team_id, held.now)).values(), key=lambda duty: duty.period)
    assert rules.clipped(written, window) == wanted
    assert written[0].period.starts_at == held.now, "what was before the plan is not made up"


async def test_written_twice_changes_no_row(world: World, program: ProgramSession) -> None:
    team_id, day = await team(world), await today(world)
    await actions.add_rotation(program, team_id, "Days", Layer(uuid4(), (ANA, BEN), CHICAGO, day, time(8)), by=None)
    held = await queries.hold(program, team_id)
    before = await queries.written(program, team_id, held.now)
    await writing.rewrite(program, held)
    assert await queries.written(program, team_id, held.now) == before
    assert before


async def test_a_change_in_the_middle_of_a_shift_keeps_what_has_been(world: World) -> None:
    region, team_id, day = await world.heartland(), await team(world), await today(world)
    layer = Layer(uuid4(), (ANA,), CHICAGO, day - timedelta(3), time(8), 7)
    async with world.planes.program(region) as program:
        rotation_id = await actions.add_rotation(program, team_id, "Weeks", layer, by=None)
    await world.advance(hours=5)
    async with world.planes.program(region) as program:
        await actions.change_rotation(program, "Weeks", replace(layer, id=rotation_id, people=(BEN,)), by=None)
        now = (await queries.hold(program, team_id)).now
    rows = await world.rows("SELECT peer_id, starts_at, ends_at FROM shared.duty ORDER BY starts_at LIMIT 2")
    assert [row[0] for row in rows] == [ANA, BEN]
    assert rows[0][2] == rows[1][1] == now
    assert now - rows[0][1] >= timedelta(hours=5)


async def test_every_plan_and_every_duty_of_another_region_stays_unseen(world: World) -> None:
    team_id, day = await team(world), await today(world)
    async with world.planes.program(await world.heartland()) as program:
        await actions.add_rotation(program, team_id, "Days", Layer(uuid4(), (ANA,), CHICAGO, day, time(8)), by=None)
    elsewhere = (await world.planes.tenants()).region("kansas-city")
    async with world.planes.dispatch(elsewhere) as dispatch:
        assert await queries.teams_of(dispatch, ANA) == []
        assert not await queries.written(dispatch, team_id, datetime(2026, 1, 1, tzinfo=UTC))


async def test_a_schedule_whose_job_was_lost_is_found_by_the_sweeper(world: World) -> None:
    """And is written out further, without a word about it to anybody."""
    team_id, day = await team(world), await today(world)
    async with world.planes.program(await world.heartland()) as program:
        await actions.add_rotation(program, team_id, "Days", Layer(uuid4(), (ANA, BEN), CHICAGO, day, time(8)), by=None)
    await world.copy.superuser.execute("DELETE FROM shared.job")
    last = "SELECT max(ends_at) FROM shared.duty"
    before = (await world.rows(last))[0][0]
    await world.advance(days=5)
    assert (await world.rows(last))[0][0] == before
    assert await world.sweep() == 1
    await world.settle()
    assert (await world.rows(last))[0][0] >= before + timedelta(days=5)
    assert await world.sweep() == 0


async def test_the_daily_job_keeps_sixty_days_ahead(world: World) -> None:
    team_id, day = await team(world), await today(world)
    async with world.planes.program(await world.heartland()) as program:
        await actions.add_rotation(program, team_id, "Days", Layer(uuid4(), (ANA, BEN), CHICAGO, day, time(8)), by=None)
    for _ in range(3):
        await world.advance(days=1, minutes=1)
    assert await world.rows(
        "SELECT 1 FROM shared.duty HAVING max(ends_at) > shared.clock() + interval '59 days 12 hours'"
    ) == [(1,)]
