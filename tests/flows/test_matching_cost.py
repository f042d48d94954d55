"""What one match and one wave read: a team's month twice at most, whatever the planner knew when it began.

With a plan from before the first ANALYZE every person was looked up among all that the region asked in a month; with
one from an ANALYZE of empty tables all pages were gone through for each offer, to tell a callout's first page.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import asyncpg
import pytest

from libs.peer.callouts import queries as callouts
from libs.peer.callouts.queries import Locked
from libs.peer.matching import queries
from libs.peer.offers import actions as offers
from libs.peer.offers import putting
from libs.peer.offers.putting import ToPut
from libs.tenancy.directory import RegionRef
from libs.tenancy.statements import Result, Values, written
from tests.world import World, peer_id

OFFERS = 600
FEW = 20
"""Of them are there when the planner decides."""
AT_MOST = 2 * (OFFERS + FEW) + FEW
"""How many rows may be read of what was offered and paged: each twice, and a few that belong to the callout."""
_ASKED = """
    WITH asked AS (
        INSERT INTO shared.callout (id, region_id, urgency, channel, language, team, center_wish, state, asked_at)
        SELECT gen_random_uuid(), $1, 'today', 'this_page', 'en', 'roving', 'another', 'withdrawn',
            shared.clock() - interval '2 days' FROM generate_series(1, $2) RETURNING id, region_id, asked_at
    ), peers AS (SELECT id, row_number() OVER () AS turn, count(*) OVER () AS many FROM shared.member
                 WHERE region_id = $1), offered AS (
    INSERT INTO shared.offer (id, callout_id, region_id, epoch, peer_id, state, offered_at, expires_at, answered_at)
    SELECT gen_random_uuid(), a.id, a.region_id, 1, p.id, 'declined', a.asked_at, a.asked_at, a.asked_at
    FROM (SELECT *, row_number() OVER () AS turn FROM asked) a JOIN peers p ON p.turn = a.turn % p.many + 1
    RETURNING id, region_id, peer_id, offered_at)
    INSERT INTO shared.page (id, offer_id, region_id, peer_id, channel, idempotency_key, state, created_at,
        handed_over_at)
    SELECT gen_random_uuid(), id, region_id, peer_id, 'in_app', id::text, 'handed_over', offered_at, offered_at
    FROM offered
"""
_WAITING = """
    INSERT INTO shared.page (id, offer_id, region_id, peer_id, channel, idempotency_key, state, created_at)
    SELECT $1::uuid, id, region_id, peer_id, 'mail', $1::text, 'waiting', offered_at FROM shared.offer
    WHERE state = 'open' LIMIT 1
"""
_READ = """
    SELECT sum(seq_tup_read + idx_scan + idx_tup_fetch)::int FROM pg_stat_xact_all_tables
    WHERE relid IN ('shared.offer'::regclass, 'shared.page'::regclass)
"""
_PEOPLE = ("membership", "member", "copy", "availability", "own_limits", "reach")
_READ_OF_PEOPLE = """
    SELECT sum(seq_tup_read + idx_tup_fetch)::int FROM pg_stat_xact_all_tables
    WHERE schemaname = 'shared' AND relname = ANY($1)
"""
_KNOWS_NOTHING = """
    SELECT pg_clear_relation_stats('shared', relname), pg_clear_attribute_stats('shared', relname, attname, false)
    FROM pg_class c JOIN pg_attribute a ON attrelid = c.oid AND attnum > 0 AND NOT attisdropped
    WHERE relnamespace = 'shared'::regnamespace AND relkind = 'r'
"""
_KNOWS_THEM_EMPTY = """
    SELECT pg_restore_relation_stats(
            'schemaname', 'shared', 'relname', relname::text, 'relpages', 0, 'reltuples', 0::real),
        pg_clear_attribute_stats('shared', relname, attname, false)
    FROM pg_class c JOIN pg_attribute a ON attrelid = c.oid AND attnum > 0 AND NOT attisdropped
    WHERE relnamespace = 'shared'::regnamespace AND relkind = 'r'
"""


class Listening:
    """Takes down what a session is asked for, and knows nothing."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.statements: list[tuple[str, list[object]]] = []
        self.signals: set[str] = set()

    async def execute(self, statement: object, values: Values) -> Result:
        one = written(statement, values)  # type: ignore[arg-type]  # a text of queries'
        self.statements.append((one.sql, one.arranged(values)))
        return Result([], "")


Doing = Callable[[Listening, Locked, UUID], Awaitable[object]]


async def _match(listening: Listening, callout: Locked, _peer: UUID) -> None:
    await queries.candidates(listening, callout)  # type: ignore[arg-type]  # it takes statements down


async def _put_a_wave(listening: Listening, callout: Locked, peer: UUID) -> None:
    at = callout.now + timedelta(minutes=2)
    # Of another round than the one that is under way: it asks anew.
    anew = replace(callout, epoch=callout.epoch + 1 + len(listening.statements), wave=0)
    put = ToPut(peers=[peer], channels=["in_app"], expires_at=at, next_at=at)
    await putting.put_wave(listening, anew, put)  # type: ignore[arg-type]  # as above


async def _hand_over(listening: Listening, _callout: Locked, _peer: UUID) -> None:
    await offers.handed_over(listening, uuid4())  # type: ignore[arg-type]  # as above


async def _asked(world: World) -> Locked:
    """Somebody asks, and Mara is paged."""
    await world.on_call("mara")
    await world.asks()
    async with world.planes.dispatch(await world.heartland()) as session:
        ((asked,),) = await world.rows("SELECT id FROM shared.callout WHERE state = 'paging'")
        callout = await callouts.locked(session, asked)
    assert callout is not None
    return callout


@asynccontextmanager
async def _as(superuser: asyncpg.Connection, region: RegionRef) -> AsyncIterator[None]:
    await superuser.execute(f"SET LOCAL ROLE {region.dispatch_role}")
    yield
    await superuser.execute("RESET ROLE")


@pytest.mark.parametrize("knowing", [_KNOWS_NOTHING, _KNOWS_THEM_EMPTY])
@pytest.mark.parametrize(("doing", "rows"), [(_match, 52), (_put_a_wave, 1), (_hand_over, 1)])
async def test_a_months_offers_are_read_twice_at_most(world: World, doing: Doing, rows: int, knowing: str) -> None:
    region, superuser, callout = await world.heartland(), world.copy.superuser, await _asked(world)
    listening = Listening()
    await doing(listening, callout, peer_id("mara"))
    prepared = len(listening.statements)
    await doing(listening, callout, peer_id("mara"))  # the same statements, for once more
    await superuser.execute(_ASKED, region.id, FEW)
    await superuser.execute(knowing)
    async with superuser.transaction():
        await superuser.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        async with _as(superuser, region):
            statements = []
            for sql, values in listening.statements[:prepared]:
                statements.append(await superuser.prepare(sql))
                await statements[-1].fetch(*values)
        await superuser.execute(_ASKED, region.id, OFFERS)
        waiting = uuid4()
        await superuser.execute(_WAITING, waiting)
        before = await superuser.fetchval(_READ)
        async with _as(superuser, region):
            for statement, (_, values) in zip(statements, listening.statements[prepared:], strict=True):
                got = await statement.fetch(*([waiting] if doing is _hand_over else values))
        assert len(got) == rows
        assert await superuser.fetchval(_READ) - before <= AT_MOST
    world.rang("mara")


@pytest.mark.parametrize("knowing", [_KNOWS_NOTHING, _KNOWS_THEM_EMPTY])
async def test_a_match_goes_through_its_people_once_and_not_for_each_of_them(world: World, knowing: str) -> None:
    region, superuser, callout = await world.heartland(), world.copy.superuser, await _asked(world)
    listening = Listening()
    await queries.candidates(listening, callout)  # type: ignore[arg-type]  # it takes statements down
    await superuser.execute(knowing)
    async with superuser.transaction():
        await superuser.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        before = await superuser.fetchval(_READ_OF_PEOPLE, _PEOPLE)
        async with _as(superuser, region):
            for sql, values in listening.statements:
                team = await superuser.fetch(sql, *values)
        read = await superuser.fetchval(_READ_OF_PEOPLE, _PEOPLE) - before
    there = sum([(await world.rows(f"SELECT count(*) FROM shared.{table}"))[0][0] for table in _PEOPLE])
    assert len(team) > 50
    assert read <= 2 * there, "as often as there are people, it is a loop in a loop"
    world.rang("mara")


async def test_a_membership_whose_member_is_out_of_sight_stops_nobody_elses_match(world: World) -> None:
    superuser, callout, ben = world.copy.superuser, await _asked(world), peer_id("ben")
    move = "UPDATE shared.member SET region_id = $2 WHERE id = $1"
    elsewhere = await superuser.fetchval("SELECT id FROM shared.region WHERE id <> $1 LIMIT 1", callout.region_id)
    await superuser.execute(move, ben, elsewhere)
    try:
        async with world.planes.dispatch(await world.heartland()) as session:
            team = {one.peer_id for one in await queries.candidates(session, callout)}
    finally:
        await superuser.execute(move, ben, callout.region_id)
    assert peer_id("mara") in team
    assert not {None, ben} & team
    world.rang("mara")


@pytest.mark.parametrize(
    ("tenant", "role"), [("region", "dispatch_role"), ("region", "program_role"), ("agency", "desk_role")]
)
async def test_a_policy_finds_the_tenant_of_its_role_without_going_through_all(
    world: World, tenant: str, role: str
) -> None:
    superuser = world.copy.superuser
    async with superuser.transaction():
        await superuser.execute("SET LOCAL enable_seqscan = off")  # a few tenants are quicker read
        plan = await superuser.fetch(f"EXPLAIN SELECT id FROM shared.{tenant} WHERE {role} = current_user")
    assert any(f"Index Cond: ({role} = CURRENT_USER)" in line[0] for line in plan), plan
