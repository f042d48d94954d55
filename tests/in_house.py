"""A center's own team for the time of a story: its people come by the manager's file, as they do in life."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from uuid import UUID

from tests import deploying
from tests.world import Person, World

HEAD = "Name,Agency,Rank,Team,Phone,E-mail,Designated,Training hours,Modules"


def line(name: str, center: str = "redbank", team: str = "in-house", rank: str = "telecommunicator") -> str:
    """A line of a roster file."""
    mail = f"{name.lower().replace(' ', '.')}@example.org"
    return f"{name},{center},{rank},{team},(816) 555-0150,{mail},2024-01-01,44,all"


async def imports(world: World, *lines: str) -> None:
    """Let the manager import these lines."""
    manager = await world.person("manager")
    answer = await manager.client.post("/v1/members/import", content="\n".join([HEAD, *lines]).encode())
    assert answer.status_code == 200, answer.text


async def on_call(world: World, name: str) -> UUID:
    """Let somebody who came by a file be reached by mail, and be on call; returns who it is."""
    ((found,),) = await world.rows("SELECT id FROM shared.member WHERE name = $1", name)
    run = world.copy.superuser.execute
    await run(
        "INSERT INTO shared.reach (peer_id, region_id, verified) SELECT id, region_id, '{mail}' FROM shared.member"
        " WHERE id = $1 ON CONFLICT (peer_id) DO UPDATE SET verified = excluded.verified",
        found,
    )
    await run(
        "INSERT INTO shared.availability (peer_id, region_id, is_available, changed_at) SELECT id, region_id, true,"
        " shared.clock() FROM shared.member WHERE id = $1 ON CONFLICT (peer_id) DO UPDATE SET is_available = true",
        found,
    )
    return UUID(str(found))


async def member(world: World, name: str) -> Person:
    """Somebody who came by a file: reached by mail, on call, signed in."""
    return await deploying.member(world, str(await on_call(world, name)))


@asynccontextmanager
async def cleared(world: World) -> AsyncIterator[None]:
    """Take everybody who came by a file out again, and every in-house team: the cast outlives the stories."""
    cast = [row[0] for row in await world.rows("SELECT id FROM shared.member")]
    yield
    await clear(world, cast)


async def clear(world: World, cast: Sequence[UUID]) -> None:
    """Take out whoever is not of the cast, and every in-house team."""
    run = world.copy.superuser.execute
    await run("DELETE FROM shared.account WHERE member_id IS NOT NULL AND member_id <> ALL ($1)", cast)
    await run("DELETE FROM shared.member WHERE id <> ALL ($1)", cast)
    await run("DELETE FROM shared.membership s USING shared.team t WHERE t.id = s.team_id AND t.kind = 'in_house'")
    await run("DELETE FROM shared.team WHERE kind = 'in_house'")
