"""What holds for every answer: headers, problems, sign-in, tokens, and forms sent twice."""

import base64
import re

import httpx2
import pytest

from libs.peer.accounts import actions as accounts
from libs.peer.clients import actions as clients
from libs.peer.clients.actions import NewClient
from tests.world import World, peer_id


async def test_every_answer_carries_the_headers(world: World) -> None:
    for path in ("/", "/r/heartland", "/nowhere", "/v1/offers", "/static/tokens.css", "/livez"):
        headers = (await world.client().get(path)).headers
        assert headers["content-security-policy"].startswith("default-src 'none'")
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-content-type-options"] == "nosniff"
        assert "no-store" in headers["cache-control"] or path.startswith("/static")
        assert re.fullmatch(r"[0-9a-f]{16}", headers["request-id"])


async def test_a_requester_gets_no_cookie(world: World) -> None:
    client = world.client()
    page = await client.get("/a/redbank")
    form = dict(re.findall(r'name="(receipt|center|lang)" value="([^"]*)"', page.text))
    asked = await client.post("/r/heartland/ask", data=form)
    assert asked.status_code == 200
    assert "set-cookie" not in page.headers
    assert "set-cookie" not in asked.headers
    assert form["receipt"] in asked.text


async def test_a_form_sent_twice_asks_once(world: World) -> None:
    client = world.client()
    page = await client.get("/a/redbank")
    form = dict(re.findall(r'name="(receipt|center|lang)" value="([^"]*)"', page.text))
    for _ in range(3):
        assert (await client.post("/r/heartland/ask", data=form)).status_code == 200
    assert await world.rows("SELECT count(*) FROM shared.callout") == [(1,)]


async def test_json_asked_twice_with_the_same_receipt_asks_once_and_returns_none(world: World) -> None:
    body = {"center": "redbank", "receipt": " ".join(["zoom"] * 7)}
    first = await world.client().post("/v1/regions/heartland/requests", json=body)
    second = await world.client().post("/v1/regions/heartland/requests", json=body)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["receipt"] is None
    assert await world.rows("SELECT count(*) FROM shared.callout") == [(1,)]


async def test_nothing_that_was_typed_comes_back_in_an_error(world: World) -> None:
    canary = "canary-5f2c"
    for body in ({"center": canary}, {"urgency": canary}, {canary: canary}, {"receipt": canary}, [canary]):
        response = await world.client().post("/v1/regions/heartland/requests", json=body)
        assert response.status_code in {404, 422}
        assert canary not in response.text.replace(f'"/{canary}"', "")
        assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"origin": "https://evil.example"}, 403),
        ({"sec-fetch-site": "same-origin"}, 303),
        ({"origin": "http://localhost:8080"}, 303),
        ({}, 303),
    ],
)
async def test_a_change_asked_for_by_another_site_is_refused(
    world: World, headers: dict[str, str], status: int
) -> None:
    client = world.client(await world.signs_in(peer_id("ana")), headers)
    response = await client.post("/peer/availability", data={"is_available": "true"})
    assert response.status_code == status


async def test_a_link_works_once_and_opening_it_changes_nothing(world: World) -> None:
    async with world.planes.door() as door:
        token = await accounts.invite(door, peer_id("ana"))
    for _ in range(2):
        assert (await world.client().get("/sign-in")).status_code == 200
    first = await world.client().post("/sign-in", data={"token": token})
    second = await world.client().post("/sign-in", data={"token": token})
    assert first.status_code == 303
    assert second.status_code == 403
    assert "set-cookie" not in second.headers


async def test_a_link_dies_after_a_day_and_a_session_after_a_shift(world: World) -> None:
    async with world.planes.door() as door:
        token = await accounts.invite(door, peer_id("ana"))
    await world.advance(hours=25)
    assert (await world.client().post("/sign-in", data={"token": token})).status_code == 403
    cookie = await world.signs_in(peer_id("ana"))
    assert (await world.client(cookie).get("/v1/offers")).status_code == 200
    await world.advance(hours=13)
    assert (await world.client(cookie).get("/v1/offers")).status_code == 401


async def test_signing_out_ends_the_session_itself(world: World) -> None:
    cookie = await world.signs_in(peer_id("ana"))
    assert (await world.client(cookie).post("/sign-out")).status_code == 303
    assert (await world.client(cookie).get("/v1/offers")).status_code == 401


async def test_an_integrator_reads_agencies_with_a_token_of_fifteen_minutes(world: World) -> None:
    region = await world.heartland()
    async with world.planes.door() as door:
        await clients.put(door, NewClient("cad", region_id=region.id, secret="s3cret", scope="agencies:read"))
    granted = await _token(world, "cad", "s3cret")
    assert granted.status_code == 200
    assert granted.json()["expires_in"] == 900
    assert granted.json()["scope"] == "agencies:read"
    client = world.client(headers={"authorization": f"Bearer {granted.json()['access_token']}"})
    assert len((await client.get("/v1/agencies")).json()["data"]) == 18
    assert (await client.get("/v1/members")).status_code == 403
    await world.advance(minutes=16)
    assert (await client.get("/v1/agencies")).status_code == 401


@pytest.mark.parametrize(("client_id", "secret"), [("cad", "wrong"), ("nobody", "s3cret"), ("", "")])
async def test_a_wrong_secret_gets_no_token(world: World, client_id: str, secret: str) -> None:
    region = await world.heartland()
    async with world.planes.door() as door:
        await clients.put(door, NewClient("cad", region_id=region.id, secret="s3cret", scope="agencies:read"))
    refused = await _token(world, client_id, secret)
    assert refused.status_code == 401
    assert refused.json()["error"] == "invalid_client"


async def test_a_scope_that_was_not_given_is_not_granted(world: World) -> None:
    region = await world.heartland()
    async with world.planes.door() as door:
        await clients.put(door, NewClient("cad", region_id=region.id, secret="s3cret", scope="agencies:read"))
    granted = await _token(world, "cad", "s3cret", scope="agencies:read admin")
    assert granted.json().get("scope", "") in {"agencies:read", ""}
    assert "admin" not in granted.text


async def test_a_problem_type_resolves_and_unknown_ones_do_not(world: World) -> None:
    assert "Someone has it" in (await world.client().get("/problems/already_taken")).text
    assert (await world.client().get("/problems/made_up")).status_code == 404


async def test_the_pages_speak_spanish_when_asked(world: World) -> None:
    english = (await world.client().get("/r/heartland")).text
    spanish = (await world.client().get("/r/heartland?lang=es")).text
    by_browser = (await world.client(headers={"accept-language": "es-MX,es;q=0.9"}).get("/r/heartland")).text
    assert '<html lang="en"' in english
    assert '<html lang="es"' in spanish
    assert '<html lang="es"' in by_browser


async def _token(world: World, client_id: str, secret: str, **form: str) -> httpx2.Response:
    basic = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
    return await world.client(headers={"authorization": f"Basic {basic}"}).post(
        "/v1/oauth/token", data={"grant_type": "client_credentials", **form}
    )
