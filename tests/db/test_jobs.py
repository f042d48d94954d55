"""A job is a row: claimed by one, given back when its worker dies, given up in a way that can be seen."""

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

from libs import jobs
from libs.jobs import claim
from libs.jobs.claim import LEASE_S
from libs.jobs.declare import Declared, job, pause_s
from libs.tenancy import names
from libs.tenancy.directory import RegionRef
from libs.tenancy.engine import open_engine
from libs.tenancy.transactions import Planes
from services.worker.runner import Runner
from tests.verify import record
from tests.world import World


async def _add(world: World, count: int = 1, kind: str = "tests.work") -> None:
    region = await world.heartland()
    async with world.planes.door() as door:
        for _ in range(count):
            await jobs.add(door, kind, region_id=region.id, subject_id=uuid4())


def _runner(world: World, *declared: Declared) -> Runner:
    return Runner(world.planes, declared, concurrency=4, bell=asyncio.Event())


async def test_many_workers_claim_each_job_once(world: World) -> None:
    await _add(world, 200)

    async def claim_all() -> list[UUID]:
        mine: list[UUID] = []
        while True:
            async with world.planes.queue() as queue:
                found = await claim.claim(queue, 7)
            if not found:
                return mine
            mine += [item.id for item in found]

    claimed = [item for mine in await asyncio.gather(*(claim_all() for _ in range(6))) for item in mine]
    assert len(claimed) == len(set(claimed)) == 200


async def test_no_plan_of_the_database_s_own_takes_more_than_was_asked_for(world: World) -> None:
    await _add(world, 60)
    database = (await world.rows("SELECT current_database()"))[0][0]
    for setting in ("hashjoin", "mergejoin", "hashagg", "material", "sort"):
        await world.copy.superuser.execute(f'ALTER DATABASE "{database}" SET enable_{setting} = off')
        engine = open_engine(world.copy.login_url, pool_size=1, application="tests")
        try:
            async with Planes(engine, names.of_login(world.copy.login_url)).queue() as queue:
                assert len(await claim.claim(queue, 7)) == 7
        finally:
            await engine.dispose()


async def test_a_job_whose_worker_died_is_claimed_again_after_its_lease_and_the_dead_one_writes_nothing(
    world: World,
) -> None:
    await _add(world)
    async with world.planes.queue() as queue:
        dead = (await claim.claim(queue, 1))[0]
        assert await claim.claim(queue, 1) == []

    await world.copy.push_clock(timedelta(seconds=LEASE_S + 0.1))

    async with world.planes.queue() as queue:
        alive = (await claim.claim(queue, 1))[0]
    assert (alive.id, alive.attempt) == (dead.id, dead.attempt + 1)
    async with world.planes.queue() as queue:
        await claim.finish(queue, [dead])
    assert await world.rows("SELECT attempt FROM shared.job") == [(2,)]
    async with world.planes.queue() as queue:
        await claim.finish(queue, [alive])
    assert await world.rows("SELECT attempt FROM shared.job") == []


async def test_the_same_kind_subject_and_cause_wait_only_once(world: World) -> None:
    region, subject = await world.heartland(), uuid4()
    for cause in ("a", "a", "b"):
        async with world.planes.door() as door:
            await jobs.add(door, "tests.work", region_id=region.id, subject_id=subject, cause=cause)
    assert await world.rows("SELECT count(*) FROM shared.job") == [(2,)]


async def test_a_failing_job_is_tried_again_later_and_given_up_visibly(world: World) -> None:
    tried: list[UUID] = []

    @job("tests.work", timeout_s=1, attempts=3)
    async def work(_planes: Planes, _region: RegionRef, subject_id: UUID) -> None:
        tried.append(subject_id)
        raise ValueError("never leaves the worker")

    await _add(world)
    runner = _runner(world, work)
    for attempt in range(1, 4):
        async with world.planes.queue() as queue:
            claimed = await claim.claim(queue, 1)
        assert [item.attempt for item in claimed] == [attempt]
        await runner._carry_out(claimed[0])
        await world.copy.push_clock(timedelta(seconds=pause_s(attempt) + 0.1))
    assert len(tried) == 3
    assert await world.rows("SELECT state, attempt FROM shared.job") == [("failed", 3)]
    await world.copy.superuser.execute("DELETE FROM shared.job")


async def test_a_job_that_hangs_is_given_up_after_its_timeout(world: World) -> None:
    @job("tests.work", timeout_s=0.05, attempts=2)
    async def work(_planes: Planes, _region: RegionRef, _subject_id: UUID) -> None:
        await asyncio.sleep(60)

    await _add(world)
    async with world.planes.queue() as queue:
        claimed = await claim.claim(queue, 1)
    await asyncio.wait_for(_runner(world, work)._carry_out(claimed[0]), 5)
    assert await world.rows("SELECT state, lease_until < shared.clock() FROM shared.job") == [("waiting", True)]


async def test_the_loop_runs_what_comes_and_stops_with_its_hands_empty(world: World) -> None:
    done: list[UUID] = []

    @job("tests.work", timeout_s=5, attempts=2)
    async def work(_planes: Planes, _region: RegionRef, subject_id: UUID) -> None:
        await asyncio.sleep(0.01)
        done.append(subject_id)

    runner = _runner(world, work)
    running = asyncio.create_task(runner.run())
    await _add(world, 50)
    async with asyncio.timeout(10):
        while len(done) < 50:
            await asyncio.sleep(0.02)
    runner.stop()
    await asyncio.wait_for(running, 5)
    assert len(done) == len(set(done)) == 50
    assert await world.rows("SELECT count(*) FROM shared.job") == [(0,)]


async def test_two_workers_before_many_due_timers_run_each_once(world: World) -> None:
    """One falls due while another is in hand, turns of both loops cross: nothing runs twice, nothing is left."""
    count, ran = record.size(2000, 200), list[UUID]()

    @job("tests.work", timeout_s=5, attempts=2)
    async def work(_planes: Planes, _region: RegionRef, subject_id: UUID) -> None:
        ran.append(subject_id)

    await world.copy.superuser.execute(
        """
        INSERT INTO shared.job (id, kind, key, region_id, subject_id, due_at)
        SELECT gen_random_uuid(), 'tests.work', n::text, $1, gen_random_uuid(), shared.clock() + n * $2::interval
        FROM generate_series(1, $3::integer) n
        """,
        (await world.heartland()).id,
        timedelta(seconds=1 / count),
        count,
    )
    runners = [_runner(world, work) for _ in range(2)]
    running = [asyncio.create_task(runner.run()) for runner in runners]
    async with asyncio.timeout(30):
        while len(ran) < count:
            await asyncio.sleep(0.02)
    for runner in runners:
        runner.stop()
    await asyncio.gather(*running)
    assert len(ran) == len(set(ran)) == count
    assert await world.rows("SELECT count(*) FROM shared.job") == [(0,)]


async def test_a_wake_up_that_comes_while_the_job_runs_is_not_lost(world: World) -> None:
    """The running job may have looked before the change that asks for it again."""
    region, subject = await world.heartland(), uuid4()
    looked: list[int] = []

    @job("tests.work", timeout_s=5, attempts=2)
    async def work(planes: Planes, _region: RegionRef, subject_id: UUID) -> None:
        looked.append(1)
        if len(looked) == 1:
            async with planes.door() as door:
                await jobs.add(door, "tests.work", region_id=region.id, subject_id=subject_id)

    async with world.planes.door() as door:
        await jobs.add(door, "tests.work", region_id=region.id, subject_id=subject)
    runner = _runner(world, work)
    running = asyncio.create_task(runner.run())
    async with asyncio.timeout(10):
        while len(looked) < 2:
            await asyncio.sleep(0.02)
    runner.stop()
    await asyncio.wait_for(running, 5)
    assert await world.rows("SELECT count(*) FROM shared.job") == [(0,)]


async def test_what_is_done_is_written_once_the_database_is_back(world: World) -> None:
    tried: list[UUID] = []

    @job("tests.work", timeout_s=5, attempts=2)
    async def work(_planes: Planes, _region: RegionRef, subject_id: UUID) -> None:
        tried.append(subject_id)

    await _add(world)
    runner = _runner(world, work)
    async with world.planes.queue() as queue:
        claimed = await claim.claim(queue, 1)
    await runner._carry_out(claimed[0])
    await world.copy.superuser.execute("ALTER TABLE shared.job RENAME TO job_away")
    try:
        await runner._turn(0)
    finally:
        await world.copy.superuser.execute("ALTER TABLE shared.job_away RENAME TO job")
    assert await world.rows("SELECT attempt FROM shared.job") == [(1,)]
    await runner._turn(0)
    assert await world.rows("SELECT attempt FROM shared.job") == []
    assert len(tried) == 1
