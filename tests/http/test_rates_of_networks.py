"""What is no client's is counted by the network that it comes from, and locks nobody out who proves to be somebody."""

import base64
import dataclasses
import secrets
from collections.abc import Iterator

import httpx2
import pytest

from libs.peer.clients import actions as clients
from libs.peer.clients.actions import NewClient
from services.api.rates import Counted, Rates
from tests.hostile import Provider
from tests.signing_on import CENTER, Browser, admin
from tests.world import BASE, World

MOST = 3
ASK = "/v1/regions/heartland/requests"
HERE, NEXT_DOOR, ELSEWHERE = "203.0.113.7", "203.0.113.200", "198.51.100.7"
TAKEN = {"grant_type": "client_credentials"}


@pytest.fixture
def _three_a_minute(world: World) -> Iterator[None]:
    """Three of everything a minute, in a minute of this test's own, which never ends."""
    usual, now = world.app.state.wiring, 60.0 * secrets.randbelow(2**40) + 30
    rates = Rates(world.redis, dict.fromkeys(Counted, MOST), clock=lambda: now)
    world.app.state.wiring = dataclasses.replace(usual, rates=rates)
    yield
    world.app.state.wiring = usual


def comes_from(world: World, address: str, **headers: str) -> httpx2.AsyncClient:
    """Somebody at an address."""
    transport = httpx2.ASGITransport(app=world.app, client=(address, 50_000))
    return httpx2.AsyncClient(transport=transport, base_url=BASE, headers=headers)


async def console(world: World, name: str) -> None:
    """Let there be a client, whose secret is its name."""
    async with world.planes.door() as door:
        region = await world.heartland()
        await clients.put(door, NewClient(name, region_id=region.id, secret=name, scope="agencies:read"))


async def takes_token(
    world: World, name: str, secret: str = "", address: str = HERE, path: str = "token", **form: str
) -> httpx2.Response:
    """Take a token, or do something else with a secret."""
    basic = base64.b64encode(f"{name}:{secret or name}".encode()).decode()
    caller = comes_from(world, address, authorization=f"Basic {basic}")
    return await caller.post(f"/v1/oauth/{path}", data=form or TAKEN)


@pytest.mark.usefixtures("_three_a_minute")
async def test_guessing_ends_for_a_network_and_never_for_the_client_that_was_named(world: World) -> None:
    await console(world, "networks_named")
    tried = [await takes_token(world, "networks_named", f"guess {number}") for number in range(MOST)]
    assert [one.status_code for one in tried] == [401] * MOST
    assert tried[0].headers["ratelimit"] == '"failed";r=2;t=30'
    refused = await takes_token(world, "networks_named", "guess", NEXT_DOOR)
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "30")
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["type"] == "/problems/too_many_from_here"
    # The client itself comes in, even from next door; another network may still be wrong.
    for address in (HERE, NEXT_DOOR, ELSEWHERE):
        assert (await takes_token(world, "networks_named", address=address)).status_code == 200
    assert (await takes_token(world, "networks_named", "guess", ELSEWHERE)).status_code == 401


@pytest.mark.usefixtures("_three_a_minute")
async def test_ending_a_token_fails_no_oftener_than_taking_one(world: World) -> None:
    await console(world, "networks_ends")
    for path in ("token", "revoke", "token"):
        form = {"token": "t"} if path == "revoke" else TAKEN
        assert (await takes_token(world, "networks_ends", "guess", path=path, **form)).status_code == 401
    assert (await takes_token(world, "networks_ends", "guess", path="revoke", token="t")).status_code == 429
    assert (await takes_token(world, "networks_ends", path="revoke", token="t")).status_code == 200


@pytest.mark.usefixtures("_three_a_minute")
async def test_taking_tokens_is_calling_and_what_is_refused_leaves_no_row(world: World) -> None:
    await console(world, "networks_loop")
    taken = [await takes_token(world, "networks_loop", address=address) for address in (HERE, ELSEWHERE)]
    assert [one.headers["ratelimit"] for one in taken] == ['"client";r=2;t=30', '"client";r=1;t=30']
    bearer = {"authorization": f"Bearer {taken[0].json()['access_token']}"}
    assert (await world.client(headers=bearer).get("/v1/agencies")).headers["ratelimit"] == '"client";r=0;t=30'
    refused = await takes_token(world, "networks_loop")
    assert (refused.status_code, refused.json()["type"]) == (429, "/problems/too_many_requests")
    rows = await world.rows("SELECT count(*) FROM shared.access_token WHERE client_id = 'networks_loop'")
    assert rows == [(2,)]


async def test_sign_ins_begun_fill_no_table(world: World, liar: Provider) -> None:
    await (await admin(world, liar)).sets_up()
    usual, now = world.app.state.wiring, 60.0 * secrets.randbelow(2**40)
    rates = Rates(world.redis, dict.fromkeys(Counted, MOST), clock=lambda: now)
    world.app.state.wiring = dataclasses.replace(usual, rates=rates)
    try:
        for _ in range(MOST):
            await Browser(comes_from(world, HERE), liar).goes()
        refused = await comes_from(world, NEXT_DOOR).post(CENTER, data={"lang": "es"})
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "60")
        assert "Use una llave de acceso, o inténtelo de nuevo en un minuto." in refused.text
        assert "set-cookie" not in refused.headers
        assert await world.rows("SELECT count(*) FROM shared.sign_on_attempt") == [(MOST,)]
        assert (await Browser(comes_from(world, ELSEWHERE), liar).signs_in("rae")).status_code == 303
    finally:
        world.app.state.wiring = usual


@pytest.mark.usefixtures("_three_a_minute")
async def test_whoever_asks_is_asked_nothing_of_where_they_are(world: World) -> None:
    """A network whose every number is used up asks as before, and passkeys are shown as before."""
    for _ in range(MOST + 1):
        await takes_token(world, "nobody")
        await comes_from(world, HERE).post(CENTER)
    here = comes_from(world, HERE)
    for _ in range(2 * MOST):
        assert (await here.post(ASK, json={"center": "redbank"})).status_code == 201
        assert (await here.post("/v1/sign-ins/options")).status_code == 200


@pytest.mark.usefixtures("_three_a_minute")
async def test_no_address_is_left_anywhere(world: World) -> None:
    await takes_token(world, "nobody")
    await comes_from(world, HERE).post(CENTER)
    keys = [key.decode() async for key in world.redis.scan_iter("owncall:rate:*")]
    assert [key for key in keys if key.startswith("owncall:rate:failed:")]
    assert not [key for key in keys if "203.0" in key]
