"""What follows from the roster: who is asked, who is not, and that an import is whole or not at all."""

import asyncio

import pytest

from libs.peer.roster import actions, queries, reading, rules
from libs.peer.roster.cells import Cells
from libs.peer.roster.rules import Entry
from tests.processes import start
from tests.world import World, peer_id

_BOTH = peer_id("colleen-rafferty")


@pytest.fixture
async def alone(world: World) -> World:
    """A world in which nobody but one supervisor, of both teams, is on call."""
    await world.copy.superuser.execute("UPDATE shared.availability SET is_available = peer_id = $1", _BOTH)
    await world.leads_are_not_reached()
    return world


async def test_somebody_in_both_teams_is_one_person_with_one_copy_and_one_offer_at_a_time(alone: World) -> None:
    await alone.asks(team="roving", urgency="now")
    await alone.asks(team="command_level", urgency="now", center="hollowell")
    offers = await alone.rows("SELECT peer_id, state FROM shared.offer")
    assert offers == [(_BOTH, "open")]
    copies = "SELECT count(*) FROM shared.copy WHERE peer_id = $1 GROUP BY callout_id"
    assert await alone.rows(copies, _BOTH) == [(1,), (1,)]
    await alone.copy.superuser.execute("UPDATE shared.offer SET state = 'called_off'")
    alone.rang("colleen-rafferty")


async def test_designated_in_one_team_and_not_in_the_other_is_asked_in_the_one(alone: World) -> None:
    lapse = """
        UPDATE shared.membership s SET lapses_on = {} FROM shared.team t
        WHERE t.id = s.team_id AND t.kind = 'command_level' AND s.member_id = $1
    """
    kept = await alone.rows("SELECT DISTINCT lapses_on FROM shared.membership WHERE member_id = $1", _BOTH)
    await alone.copy.superuser.execute(lapse.format("current_date"), _BOTH)
    try:
        leader = await alone.asks(team="command_level", urgency="now")
        assert await leader.state() == "with_coordinator"
        await alone.asks(team="roving", urgency="now")
        assert await alone.rows("SELECT peer_id FROM shared.offer WHERE state = 'open'") == [(_BOTH,)]
    finally:
        await alone.copy.superuser.execute(lapse.format("$2"), _BOTH, kept[0][0])
    alone.rang("colleen-rafferty")


async def test_a_suspended_peer_loses_the_open_offer_at_once_and_gets_no_other_until_back(world: World) -> None:
    manager, ana, ben = [await world.person(slug) for slug in ("manager", "ana", "ben")]
    address = f"/program/members/{peer_id('ana')}/suspension"
    await world.asks(urgency="now")
    await ana.is_paged()
    try:
        answer = await manager.client.post(address, data={"is_suspended": "true"})
        assert answer.status_code == 303
        await world.settle()
        await ana.is_not_paged()
        await ben.is_paged()
        world.rang("ana", "ben")
        world.no_unexpected_message()
        listed = (await manager.client.get(f"/v1/members/{peer_id('ana')}")).json()
        assert listed["parts"][0]["missing"] == ["suspended"]
        await world.begin()
        await world.asks(urgency="now")
        await (await world.person("ana")).is_not_paged()
        copies = await world.rows("SELECT count(*) FROM shared.copy WHERE peer_id = $1", peer_id("ana"))
        assert copies == [(0,)]
    finally:
        manager = await world.person("manager")
        assert (await manager.client.post(address, data={"is_suspended": "false"})).status_code == 303
    await world.begin()
    await world.asks(urgency="now")
    await (await world.person("ana")).is_paged()
    world.rang("ana")


async def test_what_a_suspended_peer_had_accepted_goes_to_somebody_else(world: World) -> None:
    manager, ana = await world.person("manager"), await world.person("ana")
    requester = await world.asks(urgency="now")
    await ana.accepts()
    address = f"/program/members/{peer_id('ana')}/suspension"
    await manager.client.post(address, data={"is_suspended": "true"})
    await world.settle()
    try:
        assert await requester.state() == "paging"
        assert await ana.contacts() == []
        await (await world.person("ben")).is_paged()
    finally:
        await manager.client.post(address, data={"is_suspended": "false"})
    world.rang("ana", "ben")


async def _people(world: World, count: int) -> tuple[Entry, ...]:
    region = await world.heartland()
    head = "Name,Agency,Team,Phone,E-mail,Modules"
    lines = [f"Peer {n},redbank,both,(816) 555-01{n % 100:02},p{n}@example.org,all" for n in range(count)]
    cells = Cells(queries.places(await world.planes.tenants(), region), is_demo=True)
    found, faults = rules.entries(reading.read("\n".join([head, *lines]).encode()).rows, cells)
    assert faults == ()
    return found


async def test_an_import_killed_in_the_middle_leaves_nothing(world: World) -> None:
    """A process of its own imports, and is killed while its rows are in and not committed."""
    before = await world.rows("SELECT count(*) FROM shared.member")
    blocker = world.copy.superuser
    transaction = blocker.transaction()
    await transaction.start()
    # The import writes its last row, the event, after everything else: it waits there, with all people written.
    await blocker.execute("LOCK TABLE shared.event IN ACCESS EXCLUSIVE MODE")
    process = await start("tests.flows.importing", world.copy)
    async with asyncio.timeout(20):
        while not await blocker.fetchval(
            "SELECT EXISTS (SELECT FROM pg_locks WHERE relation = 'shared.event'::regclass AND NOT granted)"
        ):
            await asyncio.sleep(0.05)
    await process.kill()
    await transaction.rollback()
    await asyncio.sleep(0.3)
    assert await world.rows("SELECT count(*) FROM shared.member") == before
    assert await world.rows("SELECT kind FROM shared.event WHERE kind = 'roster.imported'") == []


async def test_two_imports_at_once_make_each_person_once(world: World) -> None:
    region = await world.heartland()
    found = await _people(world, 30)

    async def carry_out() -> int:
        async with world.planes.program(region) as program:
            return len((await actions.carry_out(program, region.id, found)).new)

    try:
        assert sorted(await asyncio.gather(*(carry_out() for _ in range(4)))) == [0, 0, 0, 30]
        assert await world.rows("SELECT count(*) FROM shared.member WHERE name LIKE 'Peer %'") == [(30,)]
        parts = "SELECT count(*) FROM shared.membership s JOIN shared.member m ON m.id = s.member_id WHERE name LIKE $1"
        assert await world.rows(parts, "Peer %") == [(60,)]
    finally:
        await world.copy.superuser.execute("DELETE FROM shared.member WHERE name LIKE 'Peer %'")
