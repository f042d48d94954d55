"""What no longer works at the door is deleted: nobody can read later who was here when."""

from datetime import timedelta
from uuid import UUID

import pytest

from libs.peer.accounts import actions as accounts
from libs.peer.accounts.models import LinkKind
from libs.peer.clients import actions as clients
from libs.peer.clients import queries
from libs.peer.clients.actions import NewClient
from libs.peer.sessions import actions as sessions
from libs.peer.sessions import queries as session_queries
from libs.peer.sessions.actions import Browser
from services.worker.schedule import PERIODIC, Context, forget_expired
from tests import processes
from tests.world import World, peer_id

TABLES = ("sign_in_link", "sign_in", "access_token")
ANA: UUID = peer_id("ana")


async def _come_in(world: World) -> tuple[str, str, str]:
    """Leave a link unused, a session open and a token issued."""
    region = await world.heartland()
    async with world.planes.door() as door:
        await clients.put(door, NewClient("tests", region_id=region.id, secret="s", scope="agencies:read"))
        token = await clients.issue_access_token(door, "tests", "agencies:read")
        begun = await sessions.begin_by_link(door, await accounts.invite(door, ANA), Browser())
        return await accounts.invite(door, ANA), begun.token, token


async def _left(world: World) -> dict[str, int]:
    return {table: (await world.rows(f"SELECT count(*) FROM shared.{table}"))[0][0] for table in TABLES}


async def _nobody_here(world: World) -> None:
    await world.copy.superuser.execute("TRUNCATE shared.sign_in_link, shared.sign_in, shared.access_token")


@pytest.mark.parametrize(
    ("later", "left"),
    [
        (timedelta(minutes=14), {"sign_in_link": 1, "sign_in": 1, "access_token": 1}),
        (timedelta(minutes=16), {"sign_in_link": 1, "sign_in": 1, "access_token": 0}),
        (timedelta(hours=12, minutes=1), {"sign_in_link": 1, "sign_in": 0, "access_token": 0}),
        (timedelta(hours=24, minutes=1), {"sign_in_link": 0, "sign_in": 0, "access_token": 0}),
    ],
)
async def test_each_goes_when_it_no_longer_works_and_not_before(
    world: World, later: timedelta, left: dict[str, int]
) -> None:
    await _nobody_here(world)
    await _come_in(world)
    await world.copy.push_clock(later)

    await forget_expired({"owncall": Context(world.planes)})

    assert await _left(world) == left


async def test_what_works_goes_on_working(world: World) -> None:
    await _nobody_here(world)
    link, session, token = await _come_in(world)
    await forget_expired({"owncall": Context(world.planes)})
    async with world.planes.door() as door:
        assert await session_queries.signed_in(door, session) is not None
        assert await queries.machine(door, token) is not None
        assert await accounts.use_link(door, link, LinkKind.SIGN_IN) == ANA


async def test_however_many_there_are_all_go_and_twice_is_as_good_as_once(world: World) -> None:
    await _nobody_here(world)
    await world.copy.superuser.execute(
        "INSERT INTO shared.sign_in SELECT sha256(n::text::bytea), $1, t, gen_random_uuid(), '', t, t, t, t,"
        " NULL, NULL, NULL FROM generate_series(1, 2500) AS n, (SELECT shared.clock() - interval '1 s' AS t) AS past",
        ANA,
    )
    for _ in range(2):
        await forget_expired({"owncall": Context(world.planes)})
    assert await _left(world) == dict.fromkeys(TABLES, 0)


async def test_the_worker_does_it_by_itself(world: World) -> None:
    """At its start and every quarter of an hour, by arq."""
    assert [job.minute for job in PERIODIC if job.coroutine is forget_expired] == [{7, 22, 37, 52}]
    await _nobody_here(world)
    await _come_in(world)
    await world.copy.push_clock(timedelta(days=2))
    async with processes.worker(world.copy):
        await processes.until(lambda: _none_left(world))


async def _none_left(world: World) -> bool:
    return await _left(world) == dict.fromkeys(TABLES, 0)
