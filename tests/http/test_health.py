"""Readiness: what it says when something is away, and that it says so in time."""

from contextlib import AsyncExitStack

import httpx2
import pytest

from services.api.app import create_app
from services.api.settings import Settings
from tests.world import BASE, World

_DEAD_REDIS = "redis://127.0.0.1:1/0"


async def _ready(**settings: str) -> httpx2.Response:
    app = create_app(Settings(demo=True, **settings))  # type: ignore[arg-type]  # pydantic reads the strings
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(app.router.lifespan_context(app))
        return await httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url=BASE).get("/readyz")


async def test_ready_when_everything_is_there(world: World) -> None:
    answer = await world.client().get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ready", "signals": "ok", "regions": 3, "schemas_behind": 0}


async def test_a_dead_database_is_a_problem_of_503_with_retry_after(world: World) -> None:
    url = "postgresql://test_login:x@127.0.0.1:1/owncall"
    answer = await _ready(database_url=url, redis_url=world.copy.redis_url)
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["type"] == "/problems/database_away"
    assert problem["status"] == 503
    page = await world.client().get(problem["type"])
    assert page.status_code == 200
    assert problem["title"] in page.text


async def test_a_wrong_password_is_a_503_too(world: World) -> None:
    url = world.copy.login_url.replace("of-the-tests", "another")
    assert (await _ready(database_url=url, redis_url=world.copy.redis_url)).status_code == 503


async def test_redis_away_costs_seconds_and_is_said(world: World) -> None:
    answer = await _ready(database_url=world.copy.login_url, redis_url=_DEAD_REDIS)
    assert answer.status_code == 200
    assert answer.json()["signals"] == "away"


@pytest.mark.parametrize(
    ("breaks", "mends"),
    [
        ("ALTER TABLE shared.event RENAME TO odd", "ALTER TABLE shared.odd RENAME TO event"),
        ("ALTER TABLE shared.page RENAME channel TO odd", "ALTER TABLE shared.page RENAME odd TO channel"),
        (
            "ALTER TABLE shared.agency RENAME schema_version TO odd",
            "ALTER TABLE shared.agency RENAME odd TO schema_version",
        ),
    ],
)
async def test_a_schema_older_than_the_code_is_not_ready(world: World, breaks: str, mends: str) -> None:
    await world.copy.superuser.execute(breaks)
    try:
        answer = await world.client().get("/readyz")
    finally:
        await world.copy.superuser.execute(mends)
    assert answer.status_code == 503
    assert answer.json()["type"] == "/problems/schema_behind"
    assert (await world.client().get("/readyz")).status_code == 200


async def test_one_center_behind_is_counted_and_turns_nobody_else_away(world: World) -> None:
    await world.copy.superuser.execute("UPDATE shared.agency SET schema_version = '0000' WHERE slug = 'redbank'")
    try:
        answer = await world.client().get("/readyz")
    finally:
        await world.copy.superuser.execute("UPDATE shared.agency SET schema_version = '0001' WHERE slug = 'redbank'")
    assert answer.status_code == 200
    assert answer.json()["schemas_behind"] == 1
    assert (await world.client().get("/readyz")).json()["schemas_behind"] == 0


async def test_alive_whatever_is_away() -> None:
    app = create_app(Settings(database_url="postgresql://x_login@127.0.0.1:1/x", redis_url=_DEAD_REDIS, demo=True))
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(app.router.lifespan_context(app))
        client = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url=BASE)
        assert (await client.get("/livez")).status_code == 200
