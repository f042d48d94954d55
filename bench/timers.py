"""(i) Timers that fall due, 2,000 a second, before two workers: how late, and does one run twice?"""

import asyncio
import time
from collections import Counter
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID, uuid4

import asyncpg

from bench import timed
from bench.ground import Ground
from bench.programs import running
from bench.report import Figure, Section, Table, ms, percentile

_RATE = 2000
REACH_P99_S = 1.0
"""The loop's beat: a second of timers is through before the next one is over."""
_PATIENCE_S = 60.0
_AT_A_TIME = 8
_ADD = """
    INSERT INTO shared.job (id, kind, key, region_id, subject_id, due_at)
    SELECT gen_random_uuid(), $1, $1 || subject, $2, subject, due
    FROM unnest($3::uuid[], $4::timestamptz[]) AS timer (subject, due)
"""
_CLAIM = """
    UPDATE shared.job SET attempt = attempt + 1, lease_until = now() + interval '4 s' WHERE id IN (
        SELECT id FROM shared.job
        WHERE state = 'waiting' AND due_at <= now() AND (lease_until IS NULL OR lease_until < now())
        ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED) RETURNING id, subject_id
"""
_FINISH = "DELETE FROM shared.job WHERE id = ANY($1)"
_LEFT = "SELECT count(*) FROM shared.job WHERE kind = $1"


async def run(ground: Ground) -> Section:
    """Let them fall due before two of ours, then before two loops by hand."""
    await ground.grow(min(ground.sizes.agencies))
    ground.make_durable(True)
    seconds = ground.sizes.pick(5, 1)
    section = Section("i", "Timers that fall due, before two workers")
    section.sizes = (
        f"{_RATE:,} due in each of {seconds} seconds, jobs that do nothing, two processes of ours; by hand: two loops "
        f"of one process, {_AT_A_TIME} at a time, claim, commit, delete, commit"
    )
    ours, theirs = await _ours(ground, seconds), await _by_hand(ground, seconds)
    rows = [_row("two workers of ours", *ours), _row("two loops on asyncpg", *theirs)]
    section.tables.append(Table(("way", "timers", "run twice", "p50 late ms", "p99 late ms", "through after s"), rows))
    due, ran = ours
    twice, late = _twice(ran), [at - due[subject] for subject, at in ran]
    section.is_sound = not twice and len(ran) == len(due)
    p99 = percentile(late, 99)
    section.figures += [
        Figure("run twice", "0", str(twice), twice == 0),
        Figure("run at all", f"{len(due):,}", f"{len({subject for subject, _ in ran}):,}", len(ran) >= len(due)),
        Figure("p99 after they were due", f"≤ {ms(REACH_P99_S)} ms", f"{ms(p99)} ms", p99 <= REACH_P99_S),
    ]
    return section


Due = dict[UUID, float]
Ran = list[tuple[UUID, float]]


async def _ours(ground: Ground, seconds: int) -> tuple[Due, Ran]:
    with TemporaryDirectory(prefix="owncall-bench-") as folder, ExitStack() as stack:
        notes = [Path(folder) / str(number) for number in range(2)]
        for note in notes:
            stack.enter_context(running(ground, "bench.timed", str(note)))
        await asyncio.sleep(3.0)  # they start
        due = await _add(ground, seconds)
        async with ground.connected() as connection, asyncio.timeout(_PATIENCE_S):
            while await connection.fetchval(_LEFT, timed.KIND):  # noqa: ASYNC110 - other processes set no event of ours
                await asyncio.sleep(0.5)
        stack.close()
        return due, [one for note in notes for one in timed.read(note)]


async def _by_hand(ground: Ground, seconds: int) -> tuple[Due, Ran]:
    due, ran = await _add(ground, seconds), list[tuple[UUID, float]]()

    async def loop(connection: asyncpg.Connection) -> None:
        while len(ran) < len(due):
            rows = await connection.fetch(_CLAIM, _AT_A_TIME)
            ran.extend((row["subject_id"], time.time()) for row in rows)
            if rows:
                await connection.execute(_FINISH, [row["id"] for row in rows])
            else:
                await asyncio.sleep(0.005)

    async with ground.connected() as one, ground.connected() as other, asyncio.timeout(_PATIENCE_S):
        await asyncio.gather(loop(one), loop(other))
    return due, ran


async def _add(ground: Ground, seconds: int) -> Due:
    """Add timers that fall due evenly, from two seconds on; returns when each does, as seconds of the wall clock."""
    begin = datetime.now(UTC) + timedelta(seconds=2)  # noqa: TID251 - one machine, one clock
    due = {uuid4(): begin + timedelta(seconds=number / _RATE) for number in range(_RATE * seconds)}
    async with ground.connected() as connection:
        await connection.execute(_ADD, timed.KIND, ground.regions[0].id, list(due), list(due.values()))
    return {subject: at.timestamp() for subject, at in due.items()}


def _twice(ran: Ran) -> int:
    return sum(count > 1 for count in Counter(subject for subject, _ in ran).values())


def _row(way: str, due: Due, ran: Ran) -> tuple[str, ...]:
    late = [at - due[subject] for subject, at in ran]
    through_s = max(at for _, at in ran) - min(due.values())
    p50, p99 = percentile(late, 50), percentile(late, 99)
    return way, f"{len(ran):,}", str(_twice(ran)), ms(p50), ms(p99), f"{through_s:.1f}"
