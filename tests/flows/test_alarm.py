"""The dead-man alarm, heard by a real server: the claim loop stands still, the loop hangs, the worker is gone."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import asyncpg
import httpx2
import pytest

from infra.local import ports
from libs.jobs.watch import Watch
from libs.telemetry.alarm import BODY, DeadMan
from tests import databases, processes
from tests.databases import Addresses, Copy
from tests.verify import canaries
from tests.verify.canaries import Receiver


@pytest.fixture
async def own_copy(addresses: Addresses, worker_id: str) -> AsyncIterator[Copy]:
    """A database whose dispatch stands still, and nobody else's."""
    async with databases.copied(addresses, f"alarm_{worker_id}") as copy:
        yield copy


async def _put_a_job(copy: Copy) -> None:
    await copy.superuser.execute(
        "INSERT INTO shared.job (id, kind, key, region_id, subject_id, due_at)"
        " SELECT gen_random_uuid(), 'callouts.advance', 'one', id, gen_random_uuid(), shared.clock()"
        " FROM shared.region LIMIT 1"
    )


async def _heard(receiver: Receiver, within_s: float = 15) -> None:
    async with asyncio.timeout(within_s):
        while not receiver.taken:
            await asyncio.sleep(0.05)


async def test_the_claim_loop_stands_still_and_operators_hear_of_it_once(own_copy: Copy, tmp_path: Path) -> None:
    """A lock that claiming needs and looking does not: the worker lives, and nothing moves."""
    await _put_a_job(own_copy)
    await own_copy.push_clock(timedelta(seconds=11))
    holder: asyncpg.Connection = await asyncpg.connect(own_copy.superuser_url)
    port = ports.any_free()
    with canaries.receiver() as receiver, (tmp_path / "worker.log").open("wb") as output:
        async with holder.transaction():
            await holder.execute("LOCK TABLE shared.job IN EXCLUSIVE MODE")
            told = {"OWNCALL_ALARM_URL": f"{receiver.url}/alarm", "OWNCALL_METRICS_PORT": str(port)}
            running = await processes.start("services.worker", own_copy, output, **told)
            await _heard(receiver)
            metrics = await _metrics(port)
            await asyncio.sleep(2.5)
        async with asyncio.timeout(15):
            while b"dispatch_on_time" not in (tmp_path / "worker.log").read_bytes():
                await asyncio.sleep(0.1)
        on_time = await _metrics(port)
        await running.stop()
    await holder.close()
    assert len(receiver.taken) == 1
    assert receiver.of("/alarm").endswith(BODY)
    assert (tmp_path / "worker.log").read_bytes().count(b'"dispatch_late"') == 1
    assert "owncall_dispatch_late 1.0" in metrics
    assert "owncall_jobs_due 1.0" in metrics
    assert 'owncall_alarms_total{outcome="sent"} 1.0' in metrics
    assert "owncall_dispatch_late 0.0" in on_time
    assert await own_copy.superuser.fetchval("SELECT count(*) FROM shared.job WHERE key = 'one'") == 0


async def test_the_watch_goes_on_while_the_loop_beside_it_hangs(own_copy: Copy) -> None:
    await _put_a_job(own_copy)
    await own_copy.push_clock(timedelta(seconds=11))
    with canaries.receiver() as receiver:
        watch = Watch(own_copy.login_url, DeadMan(f"{receiver.url}/alarm", time.monotonic()))
        watch.start()
        until_s = time.monotonic() + 15
        while not receiver.taken and time.monotonic() < until_s:
            time.sleep(0.05)  # noqa: ASYNC251 - this loop hangs, which is the point
        watch.stop()
    assert receiver.of("/alarm").endswith(BODY)
    assert not watch.is_alive()


async def test_no_worker_at_all_is_noticed_by_the_api(own_copy: Copy) -> None:
    await _put_a_job(own_copy)
    await own_copy.push_clock(timedelta(seconds=11))
    port = ports.any_free()
    with canaries.receiver() as receiver:
        told = {"OWNCALL_ALARM_URL": f"{receiver.url}/alarm", "OWNCALL_PORT": str(port)}
        running = await processes.start("services.api", own_copy, None, **told)
        await _heard(receiver, 25)
        await running.stop()
    assert receiver.of("/alarm").endswith(BODY)


async def _metrics(port: int) -> str:
    async with httpx2.AsyncClient() as client:
        return (await client.get(f"http://127.0.0.1:{port}/metrics")).text
