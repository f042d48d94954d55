"""A client that asks too much is told so, and when it goes on; nobody else notices, people least of all."""

import dataclasses
from collections.abc import Iterator

import httpx2
import pytest

from libs.peer.clients import actions as clients
from libs.peer.clients.actions import NewClient
from services.api.app import routes
from services.api.policy import POLICY, Principal
from services.api.rates import Counted, Rates
from tests.world import World

MOST = 3
ASK = "/v1/regions/heartland/requests"


@pytest.fixture(autouse=True)
def _three_a_minute(world: World) -> Iterator[None]:
    """A client may send three requests a minute, which never ends."""
    usual = world.app.state.wiring
    world.app.state.wiring = dataclasses.replace(
        usual, rates=Rates(world.redis, dict.fromkeys(Counted, MOST), clock=lambda: 90.0)
    )
    yield
    world.app.state.wiring = usual


async def _client(world: World, name: str, scope: str) -> httpx2.AsyncClient:
    await world.redis.delete(f"owncall:rate:client:{name}:1")
    async with world.planes.door() as door:
        region = await world.heartland()
        await clients.put(door, NewClient(name, region_id=region.id, secret=name, scope=scope))
        token = await clients.issue_access_token(door, name, scope)
    return world.client(headers={"authorization": f"Bearer {token}"})


async def test_every_answer_to_a_client_says_what_is_left_and_the_next_one_when_it_goes_on(world: World) -> None:
    console = await _client(world, "rates_console", "agencies:read")
    answers = [await console.get("/v1/agencies") for _ in range(MOST)]
    assert [answer.status_code for answer in answers] == [200] * MOST
    assert [answer.headers["ratelimit"] for answer in answers] == [f'"client";r={left};t=30' for left in (2, 1, 0)]
    refused = await console.get("/v1/agencies")
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "30")
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["type"] == "/problems/too_many_requests"
    assert refused.headers["ratelimit-policy"] == f'"client";q={MOST};w=60'


async def test_what_is_refused_counts_and_says_what_is_left(world: World) -> None:
    console = await _client(world, "rates_refused", "figures:read")
    answers = [await console.get("/v1/agencies") for _ in range(MOST + 1)]
    assert [answer.status_code for answer in answers] == [403] * MOST + [429]
    assert answers[0].headers["ratelimit"] == '"client";r=2;t=30'


async def test_one_client_at_its_limit_is_nothing_to_another_and_a_second_token_is_no_second_limit(
    world: World,
) -> None:
    console = await _client(world, "rates_one", "agencies:read")
    for _ in range(MOST):
        await console.get("/v1/agencies")
    async with world.planes.door() as door:
        token = await clients.issue_access_token(door, "rates_one", "agencies:read")
    again = world.client(headers={"authorization": f"Bearer {token}"})
    assert (await again.get("/v1/agencies")).status_code == 429
    another = await _client(world, "rates_another", "agencies:read")
    assert (await another.get("/v1/agencies")).status_code == 200


async def test_people_have_no_limit_least_of_all_those_who_ask(world: World) -> None:
    console = await _client(world, "rates_loop", "agencies:read")
    for _ in range(MOST + 1):
        await console.get("/v1/agencies")
    # Even who asks with a client's used-up token in hand is nobody's client.
    for client in (world.client(), console):
        for _ in range(2 * MOST):
            answer = await client.post(ASK, json={"center": "redbank"})
            assert answer.status_code == 201
            assert "ratelimit" not in answer.headers
    manager = (await world.person("manager")).client
    for _ in range(2 * MOST):
        answer = await manager.get("/v1/agencies")
        assert answer.status_code == 200
        assert "ratelimit" not in answer.headers


def test_every_operation_of_a_client_declares_that_it_may_be_too_many() -> None:
    ours = [route for route in routes() if Principal.INTEGRATOR in POLICY[route.name].principals]
    assert ours
    assert [route.name for route in ours if 429 not in route.responses] == []
