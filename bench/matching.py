"""(j) One request among 20,000 peers of 200 regions, beside a nation of one region: its match, and the way to the page.

To reach: p99 of the match ≤ 20 ms, and no more than 1.5 × what it costs where the region is the whole nation: the cost
grows with the team. From the button to the channel at 20 a second ≤ 2 ×. The wall clock of the statement is taken,
which is the database's time and the way there and back.
"""

import time
from uuid import UUID, uuid4

import asyncpg

from bench.ground import ROLES, Ground
from bench.programs import running
from bench.report import Figure, Section, Table, ms, percentile
from bench.stage import WORKER, load, pages, staged, until
from libs.peer.callouts import queries as callouts
from libs.peer.matching import queries, rules
from libs.peer.teams.rules import MODULES_NEEDED
from libs.tenancy.directory import RegionRef
from libs.tenancy.onboarding import NewRegion, create_region

REACH_P99_S = 0.020
REACH_RATIO, REACH_PAGED_RATIO = 1.5, 2.0
_REGIONS, _TEAM, _SMALL_TEAM = 200, 100, 25
_TIMES = 300
_A_SECOND = 20

_TEAMS = """
    INSERT INTO shared.team (id, region_id, kind, name)
    SELECT gen_random_uuid(), r.id, 'roving', '' FROM shared.region r WHERE r.slug LIKE $1 ON CONFLICT DO NOTHING
"""
_PEERS = """
    WITH person AS (
        INSERT INTO shared.member (id, region_id, agency_id, name, rank, discipline, languages, email, phone,
            duty_phone, training_hours)
        SELECT gen_random_uuid(), r.id, $3, 'Somebody', '', 'dispatch', '{en}', '', '', '', 60
        FROM shared.region r, generate_series(1, $2) WHERE r.slug LIKE $1 RETURNING id, region_id
    ), trained AS (
        INSERT INTO shared.training_module (member_id, area, region_id)
        SELECT id, area, region_id FROM person, unnest($4::text[]) area
    ), reached AS (
        INSERT INTO shared.reach (peer_id, region_id, verified, seen_at)
        SELECT id, region_id, '{}', now() + interval '1 day' FROM person
    ), said AS (
        INSERT INTO shared.own_limits (peer_id, region_id, modalities, wakes_for_now, gender, knows_calls, not_for)
        SELECT id, region_id, '{phone,text}', true, 'not_said', false, '{}' FROM person
    ), free AS (INSERT INTO shared.availability SELECT id, region_id, true, now() FROM person)
    INSERT INTO shared.membership (member_id, team_id, region_id, designated_on, role)
    SELECT person.id, t.id, person.region_id, DATE '2020-01-01', 'peer'
    FROM person JOIN shared.team t ON t.region_id = person.region_id AND t.kind = 'roving'
"""
# A past: each peer was asked five times in the last month.
_PAST = """
    WITH asked AS (
        INSERT INTO shared.callout (id, region_id, urgency, channel, language, team, center_wish, state, asked_at)
        SELECT gen_random_uuid(), m.region_id, 'today', 'this_page', 'en', 'roving', 'another', 'closed',
            now() - n * interval '5 days' FROM shared.member m, generate_series(1, 5) n WHERE m.region_id = ANY($1)
        RETURNING id, region_id, asked_at
    )
    INSERT INTO shared.offer (id, callout_id, region_id, epoch, peer_id, state, offered_at, expires_at, answered_at)
    SELECT gen_random_uuid(), a.id, a.region_id, 1, m.id, 'declined', a.asked_at, a.asked_at, a.asked_at
    FROM (SELECT *, row_number() OVER (PARTITION BY region_id ORDER BY id) AS turn FROM asked) a
    JOIN (SELECT *, row_number() OVER (PARTITION BY region_id ORDER BY id) AS turn FROM shared.member) m
        ON m.region_id = a.region_id AND m.turn = (a.turn + 4) / 5
"""
# Not those of the 6,300 agencies, which nothing was put into: to go through them took most of the time of this section.
_FILLED = """
    SELECT string_agg(oid::regclass::text, ', ') FROM pg_class
    WHERE relnamespace = 'shared'::regnamespace AND relkind = 'r'
"""
_CALLOUT = """
    INSERT INTO shared.callout (id, region_id, home_id, urgency, channel, language, team, center_wish, state)
    VALUES ($1, $2, $3, 'now', 'this_page', 'en', 'roving', 'another', 'paging')
"""
_COPIES = "INSERT INTO shared.copy SELECT $1, $2, m.id, m.region_id FROM shared.member m WHERE m.region_id = $3"


async def run(ground: Ground) -> Section:
    """Match and page in a nation of one region, then the same when the nation is there."""
    await ground.grow(ground.sizes.agencies[-1])
    ground.make_durable(True)
    # Not the first ones, where other benchmarks have left thousands of asks behind.
    *others, here = sorted(ground.regions, key=lambda region: region.slug)
    small, agency = (others[-1] if len(others) > 1 else None), ground.agencies[0]
    regions, team = ground.sizes.pick(_REGIONS, 5), ground.sizes.pick(_TEAM, 40)
    async with ground.connected() as connection:
        await _fill(connection, here.slug, team, agency.id)
        if small is not None:
            await _fill(connection, small.slug, _SMALL_TEAM, agency.id)
        await _settle(connection)
        alone = await _matches(ground, connection, here.slug, agency.id)
        paged_alone = await _paged(ground, connection, here, agency.id)
        await _add_regions(ground, regions + 1 - len(ground.regions))
        await _fill(connection, "nation-%", team, agency.id)
        for region in others[:-1]:
            await _fill(connection, region.slug, team, agency.id)
        await _settle(connection)
        whole = await _matches(ground, connection, here.slug, agency.id)
        smaller = await _matches(ground, connection, small.slug, agency.id) if small is not None else None
        paged = await _paged(ground, connection, here, agency.id)
        peers = await connection.fetchval("SELECT count(*) FROM shared.member")
        there = await connection.fetchval("SELECT count(DISTINCT region_id) FROM shared.member")
    section = Section("j", "One request among 20,000 peers")
    section.sizes = (
        f"{peers:,} peers in {there} regions, {len(ground.agencies):,} agencies, a team of {team} is asked, five "
        "offers a peer a month; one API, one worker, commits wait for the disk"
    )
    matches = [("its region alone", team, alone), (f"{peers:,} peers", team, whole)]
    if smaller is not None:
        matches.append((f"{peers:,} peers", _SMALL_TEAM, smaller))
    section.tables += _tables(matches, [("its region alone", paged_alone), (f"{peers:,} peers", paged)])
    section.figures += _figures(alone, whole, paged_alone, paged)
    return section


def _tables(matches: list[tuple[str, int, list[float]]], pages: list[tuple[str, list[float]]]) -> list[Table]:
    """Put seconds into tables: matches by nation and size of the team, pages by nation."""
    of_matches = [(name, str(size), ms(percentile(took, 50)), ms(percentile(took, 99))) for name, size, took in matches]
    of_pages = [(name, str(len(took)), ms(percentile(took, 50)), ms(percentile(took, 99))) for name, took in pages]
    return [
        Table(("match, in a nation of", "team", "p50 ms", "p99 ms"), of_matches),
        Table((f"ask → page at {_A_SECOND} a second, in a nation of", "asks", "p50 ms", "p99 ms"), of_pages),
    ]


def _figures(alone: list[float], whole: list[float], paged_alone: list[float], paged: list[float]) -> list[Figure]:
    """Hold seconds in the whole nation against those in a nation of one region."""
    p99, ratio = percentile(whole, 99), percentile(whole, 50) / percentile(alone, 50)
    ratios = {percent: percentile(paged, percent) / percentile(paged_alone, percent) for percent in (50, 99)}
    return [
        Figure("p99 of one match", f"≤ {ms(REACH_P99_S)} ms", f"{ms(p99)} ms", p99 <= REACH_P99_S),
        Figure("a match, beside a nation of one region", f"≤ {REACH_RATIO} ×", f"{ratio:.2f} ×", ratio <= REACH_RATIO),
        *(
            Figure(f"ask → page, p{percent}, beside it", f"≤ {REACH_PAGED_RATIO:.0f} ×", f"{times:.2f} ×", is_met)
            for percent, times in ratios.items()
            for is_met in [times <= REACH_PAGED_RATIO]
        ),
    ]


async def _add_regions(ground: Ground, count: int) -> None:
    """Add regions of which nobody asks anything; their peers are there all the same."""
    async with ground.connected(ROLES.owner) as owner:
        for number in range(count):
            name = f"nation-{number}"
            await create_region(owner, ROLES, NewRegion(name, name, "America/Chicago"))


async def _paged(ground: Ground, connection: asyncpg.Connection, region: RegionRef, of_peers: UUID) -> list[float]:
    """Return how long each page took from the button, in seconds; what was asked is forgotten again.

    Nobody asks from the center that the peers are of: it would have none of another one.
    """
    seconds = ground.sizes.pick(20, 1)
    async with staged(ground, region, peers=0) as stage:
        stage.homes = [home for home in stage.homes if home.id != of_peers]
        with running(ground, WORKER):
            await until(lambda: pages(stage))
            took = [paged.whole for paged in await load(stage, _A_SECOND, seconds)]
    await connection.execute("TRUNCATE shared.job, shared.page")
    await connection.execute("DELETE FROM shared.offer WHERE region_id = $1 AND state = 'called_off'", region.id)
    await connection.execute("DELETE FROM shared.callout WHERE region_id = $1 AND state = 'withdrawn'", region.id)
    await _settle(connection)
    return took


async def _fill(connection: asyncpg.Connection, slugs: str, team: int, agency_id: UUID) -> None:
    await connection.execute(_TEAMS, slugs)
    await connection.execute(_PEERS, slugs, team, agency_id, sorted(MODULES_NEEDED))
    ids = [row["id"] for row in await connection.fetch("SELECT id FROM shared.region WHERE slug LIKE $1", slugs)]
    await connection.execute(_PAST, ids)


async def _settle(connection: asyncpg.Connection) -> None:
    """Let the server know what was filled, and write it out: neither is a part of what is measured next."""
    tables = await connection.fetchval(_FILLED)
    await connection.execute(f"VACUUM ANALYZE {tables}")
    await connection.execute("CHECKPOINT")


async def _matches(ground: Ground, connection: asyncpg.Connection, slug: str, home_id: UUID) -> list[float]:
    """Return how long each match of one region took, in seconds."""
    region = (await ground.tenants()).region(slug)
    callout_id = uuid4()
    await connection.execute(_CALLOUT, callout_id, region.id, home_id)
    await connection.execute(_COPIES, home_id, callout_id, region.id)
    took = []
    async with ground.planes(1) as planes:
        for _time in range(ground.sizes.pick(_TIMES, 10)):
            async with planes.dispatch(region) as dispatch:
                callout = await callouts.locked(dispatch, callout_id)
                assert callout is not None  # noqa: S101 - it was written above
                began_at = time.perf_counter()
                found = await queries.candidates(dispatch, callout)
                took.append(time.perf_counter() - began_at)
            able = rules.ranked(found, queries.ask_of(callout), callout.now)
    if len(able) != len(found) or not found:
        raise LookupError("everybody of the team can be asked here, and somebody is not")
    return took
