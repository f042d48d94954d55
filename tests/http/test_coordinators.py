"""What a coordinator sees of people, and what is warned of before it matters."""

import re
from collections.abc import AsyncIterator

import pytest

from tests.world import World, peer_id

WARNS = "None of them may step in for someone from there."


@pytest.fixture
async def mara_moves(world: World) -> AsyncIterator[World]:
    """Mara works where Jon does, for as long as the story goes on: the cast outlives it."""
    statement = "UPDATE shared.member SET agency_id = (SELECT id FROM shared.agency WHERE slug = $1) WHERE id = $2"
    await world.copy.superuser.execute(statement, "kestrel", peer_id("mara"))
    yield world
    await world.copy.superuser.execute(statement, "hollowell", peer_id("mara"))


async def test_two_of_one_agency_are_told_to_manager_and_coordinator_and_two_of_two_are_not(
    mara_moves: World,
) -> None:
    world = mara_moves
    manager, jon = await world.person("manager"), await world.person("jon")
    for person, path in ((manager, "/program/roster"), (jon, "/coordinator/people")):
        page = (await person.client.get(path)).text
        assert page.count(WARNS) == 1
        assert "Roving team: Jon Castellano, Mara Lindqvist coordinate it, and all work at Kestrel" in page
        assert "Nadie de ellos puede intervenir" in (await person.client.get(f"{path}?lang=es")).text
    await world.copy.superuser.execute(
        "UPDATE shared.member SET suspended_on = shared.clock() WHERE id = $1", peer_id("mara")
    )
    try:
        assert WARNS not in (await manager.client.get("/program/roster")).text
    finally:
        await world.copy.superuser.execute(
            "UPDATE shared.member SET suspended_on = NULL WHERE id = $1", peer_id("mara")
        )


async def test_nothing_is_said_where_they_work_at_different_agencies(world: World) -> None:
    for slug, path in (("manager", "/program/roster"), ("mara", "/coordinator/people")):
        page = await (await world.person(slug)).client.get(path)
        assert page.status_code == 200
        assert WARNS not in page.text


async def found(world: World, **chosen: str) -> tuple[set[str], str]:
    """Whom the page lists, and its words."""
    page = await (await world.person("mara")).client.get("/coordinator/people", params=chosen)
    assert page.status_code == 200
    return set(re.findall(r'<p class="card-head"><strong>([^<]+)</strong>', page.text)), page.text


async def test_people_are_narrowed_by_name_team_field_and_whether_they_can_be_asked(world: World) -> None:
    await world.on_call("ana", "ben")
    everybody, page = await found(world)
    assert len(everybody) > 50
    assert "Show everybody" not in page

    named, page = await found(world, q="noemi")
    assert named == {"Noemí Cárdenas"}
    assert 'value="noemi"' in page
    assert "1 member fits." in page

    free, page = await found(world, free="yes")
    assert free == {"Ana Reyes", "Ben Okafor"}
    assert re.search(r"2 of \d+ can be asked right now", page)
    assert (await found(world, free="no"))[0] == everybody - free

    fire, _page = await found(world, discipline="fire", team="command_level")
    assert "Walt Brennan" in fire
    assert fire < everybody
    assert not fire & (await found(world, team="roving"))[0]


async def test_nobody_fits_is_said_and_what_is_not_offered_narrows_nothing(world: World) -> None:
    nobody, page = await found(world, q="Zzyzx", discipline="ems")
    assert nobody == set()
    assert "Nobody fits." in page
    assert "Show everybody" in page
    assert "0 members fit." in page
    assert "No one is on a team yet." not in page
    assert (await found(world, team="x", discipline="y", free="z"))[0] == (await found(world))[0]
    markup, page = await found(world, q='"><script>x</script>')
    assert markup == set()
    assert "<script>x" not in page
