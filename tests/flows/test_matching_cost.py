"""What one match reads: offers a few times for a whole team, and whatever the planner knew when it began.

With a plan from before the first ANALYZE every person was looked up among all that the region asked in a month.
"""

from libs.peer.callouts import queries as callouts
from libs.peer.matching import queries
from libs.tenancy.statements import Values, written
from tests.world import World

OFFERS = 600
AT_MOST = 4
_ASKED = """
    WITH asked AS (
        INSERT INTO shared.callout (id, region_id, urgency, channel, language, team, center_wish, state, asked_at)
        SELECT gen_random_uuid(), $1, 'today', 'this_page', 'en', 'roving', 'another', 'withdrawn',
            shared.clock() - interval '2 days' FROM generate_series(1, $2) RETURNING id, region_id, asked_at
    ), peers AS (SELECT id, row_number() OVER () AS turn, count(*) OVER () AS many FROM shared.member
                 WHERE region_id = $1)
    INSERT INTO shared.offer (id, callout_id, region_id, epoch, peer_id, state, offered_at, expires_at, answered_at)
    SELECT gen_random_uuid(), a.id, a.region_id, 1, p.id, 'declined', a.asked_at, a.asked_at, a.asked_at
    FROM (SELECT *, row_number() OVER () AS turn FROM asked) a JOIN peers p ON p.turn = a.turn % p.many + 1
"""
_READ = "SELECT seq_scan + idx_scan FROM pg_stat_xact_all_tables WHERE relid = 'shared.offer'::regclass"
_KNOWS_NOTHING = """
    SELECT pg_clear_relation_stats('shared', relname), pg_clear_attribute_stats('shared', relname, attname, false)
    FROM pg_class c JOIN pg_attribute a ON attrelid = c.oid AND attnum > 0 AND NOT attisdropped
    WHERE relnamespace = 'shared'::regnamespace AND relkind = 'r'
"""


class Listening:
    """Takes down what a session is asked for, and knows nothing."""

    statement: tuple[str, list[object]]

    async def execute(self, statement: object, values: Values) -> list[object]:
        one = written(statement, values)  # type: ignore[arg-type]  # a text of queries'
        self.statement = (one.sql, one.arranged(values))
        return []


async def test_a_months_offers_are_read_once_for_the_whole_team(world: World) -> None:
    region, superuser = await world.heartland(), world.copy.superuser
    await world.on_call("mara")
    await world.asks()
    listening = Listening()
    async with world.planes.dispatch(region) as session:
        ((asked,),) = await world.rows("SELECT id FROM shared.callout WHERE state = 'paging'")
        callout = await callouts.locked(session, asked)
        assert callout is not None
        await queries.candidates(listening, callout)  # type: ignore[arg-type]  # it takes the one statement down
    sql, values = listening.statement
    await superuser.execute(_KNOWS_NOTHING)
    async with superuser.transaction():
        await superuser.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        await superuser.execute(f"SET LOCAL ROLE {region.dispatch_role}")
        statement = await superuser.prepare(sql)
        team = await statement.fetch(*values)
        await superuser.execute("RESET ROLE")
        await superuser.execute(_ASKED, region.id, OFFERS)
        before = await superuser.fetchval(_READ)
        await superuser.execute(f"SET LOCAL ROLE {region.dispatch_role}")
        assert len(await statement.fetch(*values)) == len(team) > 10
        await superuser.execute("RESET ROLE")
        assert await superuser.fetchval(_READ) - before <= AT_MOST
    world.rang("mara")
