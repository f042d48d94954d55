"""What a coordinator sees of people, and what is warned of before it matters."""

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
    await world.copy.superuser.execute("UPDATE shared.member SET suspended_on = now() WHERE id = $1", peer_id("mara"))
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
