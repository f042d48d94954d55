"""As it runs for people: TLS in front, no demonstration. Cookies and headers to the letter, and doors that are shut."""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any
from uuid import UUID

import httpx2
import pytest
from fastapi import FastAPI
from pydantic import ValidationError
from starlette.responses import Response

from libs.peer.accounts import actions as accounts
from libs.peer.passkeys import actions as passkeys
from services.api import cookies
from services.api.app import create_app
from services.api.settings import Settings
from services.cli import demo
from tests.authenticators import Lie, Passkey
from tests.world import World, peer_id

HOST = "peer.example.org"
SITE = f"https://{HOST}"
TRUTH = Lie(origin=SITE, host=HOST)
_DRAWN = r"[A-Za-z0-9_-]{43}"
_DAYS, _HOURS = 24 * 3600, 3600

ALWAYS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; require-trusted-types-for 'script'; "
    "trusted-types owncall-live; frame-ancestors 'none'",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "referrer-policy": "no-referrer",
    "strict-transport-security": "max-age=63072000; includeSubDomains",
    "x-content-type-options": "nosniff",
}
_OF_THE_ANSWER = {"content-length", "request-id", "etag", "last-modified"}
_HTML, _JSON = "text/html; charset=utf-8", "application/json"
_PROBLEM = "application/problem+json"


def settings(world: World, **more: Any) -> Settings:  # noqa: ANN401 - whatever a setting may be
    """What the API is told where it runs for people."""
    told = {"database_url": world.copy.login_url, "redis_url": world.copy.redis_url, "public_url": SITE}
    return Settings.model_validate({**told, "network_a_minute": 1_000_000, **more})


@pytest.fixture
async def app(world: World) -> AsyncIterator[FastAPI]:
    """The application beside the demonstration's, on the same database."""
    made = create_app(settings(world))
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(made.router.lifespan_context(made))
        yield made


def browser(app: FastAPI) -> httpx2.AsyncClient:
    """A browser of somebody's own."""
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url=SITE)


async def enrolls(world: World, app: FastAPI, account: UUID, key: Passkey) -> tuple[httpx2.AsyncClient, str]:
    """Somebody makes a passkey by a link; their browser, and the cookie that it got."""
    client = browser(app)
    async with world.planes.door() as door:
        token = (await passkeys.make_link(door, account, keep=False)).token
    asked = (await client.post("/v1/enrollments/options", json={"token": token})).json()["publicKey"]
    made = await client.post("/v1/enrollments", json={"token": token, "credential": key.made(asked, TRUTH)})
    assert made.status_code == 200, made.text
    return client, made.headers["set-cookie"]


def cookie(name: str, lives_s: int) -> str:
    """What a browser is told, to the letter, but for the token."""
    return rf"{name}={_DRAWN}; HttpOnly; Max-Age={lives_s}; Path=/; SameSite=lax; Secure"


async def test_a_passkey_signs_in_and_the_cookie_is_bound_to_this_host_and_tls(world: World, app: FastAPI) -> None:
    key = Passkey()
    first, enrolled = await enrolls(world, app, peer_id("ana"), key)
    assert re.fullmatch(cookie("__Host-owncall", 7 * _DAYS), enrolled)
    client = browser(app)
    asked = (await client.post("/v1/sign-ins/options", json={})).json()["publicKey"]
    assert asked["rpId"] == HOST
    shown = await client.post("/v1/sign-ins", json={"credential": key.shown(asked, TRUTH)})
    assert shown.status_code == 200, shown.text
    assert shown.headers.get_list("set-cookie") == [shown.headers["set-cookie"]]
    assert re.fullmatch(cookie("__Host-owncall", 7 * _DAYS), shown.headers["set-cookie"])
    assert (await client.get("/v1/offers")).status_code == 200
    out = await client.post("/sign-out")
    assert re.fullmatch(
        r'__Host-owncall=""; expires=[^;]+; HttpOnly; Max-Age=0; Path=/; SameSite=lax; Secure',
        out.headers["set-cookie"],
    )
    assert ((await client.get("/v1/offers")).status_code, (await first.get("/v1/offers")).status_code) == (401, 200)


async def test_a_passkey_of_another_site_signs_nobody_in(world: World, app: FastAPI) -> None:
    key = Passkey()
    await enrolls(world, app, peer_id("ana"), key)
    for lie in Lie(), Lie(origin=SITE.replace("https", "http"), host=HOST), Lie(origin=SITE, host="example.org"):
        client = browser(app)
        asked = (await client.post("/v1/sign-ins/options", json={})).json()["publicKey"]
        refused = await client.post("/v1/sign-ins", json={"credential": key.shown(asked, lie)})
        assert (refused.status_code, "set-cookie" in refused.headers) == (403, False)


async def test_a_manager_is_in_for_twelve_hours(world: World, app: FastAPI) -> None:
    _client, enrolled = await enrolls(world, app, demo.MANAGER, Passkey())
    assert re.fullmatch(cookie("__Host-owncall", 12 * _HOURS), enrolled)


def test_what_binds_a_trip_to_the_browser_is_bound_to_this_host_and_tls(world: World) -> None:
    gone, kept = Response(), Response()
    cookies.put_trip(kept, "x" * 43, settings(world))
    assert re.fullmatch(cookie("__Host-owncall-trip", 600), kept.headers["set-cookie"])
    cookies.drop_trip(gone, settings(world))
    assert gone.headers["set-cookie"].startswith('__Host-owncall-trip=""; expires=')
    assert gone.headers["set-cookie"].endswith("; HttpOnly; Max-Age=0; Path=/; SameSite=lax; Secure")


ANSWERS: dict[str, tuple[str, str, int, dict[str, str]]] = {
    "a page": ("GET", "/a/redbank", 200, {"content-type": _HTML}),
    "a page that is not there": ("GET", "/nothing", 404, {"content-type": _HTML}),
    "a page for somebody else": ("GET", "/program", 401, {"content-type": _HTML, "www-authenticate": "Bearer"}),
    "a form that says nothing": ("POST", "/sign-in", 422, {"content-type": _HTML}),
    "JSON": ("GET", "/v1/regions/heartland/figures", 200, {"content-type": _JSON}),
    "a problem": ("GET", "/v1/offers", 401, {"content-type": _PROBLEM, "www-authenticate": "Bearer"}),
    "a method that there is not": ("PUT", "/v1/offers", 405, {"content-type": _PROBLEM, "allow": "GET"}),
    "a style": ("GET", "/static/base.css", 200, {"content-type": "text/css; charset=utf-8", "accept-ranges": "bytes"}),
    "whether it lives": ("GET", "/livez", 200, {"content-type": _JSON}),
}


@pytest.mark.parametrize("what", ANSWERS)
async def test_every_header_of_every_kind_of_answer(app: FastAPI, what: str) -> None:
    method, path, status, more = ANSWERS[what]
    answer = await browser(app).request(method, path)
    said = {name: value for name, value in answer.headers.items() if name not in _OF_THE_ANSWER}
    assert (answer.status_code, said) == (status, {**ALWAYS, **more})
    assert re.fullmatch(r"[0-9a-f]{16}", answer.headers["request-id"])


async def test_what_another_site_asked_for_is_refused_with_the_same_headers(world: World, app: FastAPI) -> None:
    client, _cookie = await enrolls(world, app, peer_id("ana"), Passkey())
    for headers in {"sec-fetch-site": "cross-site"}, {"origin": "https://elsewhere.example"}:
        refused = await client.post("/sign-out", headers=headers)
        assert refused.status_code == 403
        assert {name: refused.headers.get(name) for name in ALWAYS} == ALWAYS
        assert "set-cookie" not in refused.headers
    assert (await client.get("/v1/offers")).status_code == 200


async def test_there_is_no_door_of_a_demonstration(world: World, app: FastAPI) -> None:
    async with world.planes.door() as door:
        token = await accounts.invite(door, peer_id("ana"))
    refused = await browser(app).post("/sign-in", data={"token": token})
    assert (refused.status_code, "set-cookie" in refused.headers) == (404, False)
    assert await world.rows("SELECT count(*) FROM shared.sign_in_link WHERE kind = 'sign_in'") == [(1,)]
    await world.copy.superuser.execute("DELETE FROM shared.sign_in_link")
    ana, _cookie = await enrolls(world, app, peer_id("ana"), Passkey())
    assert (await ana.get("/demo/mail")).status_code == 404
    assert (await ana.get("/peer")).status_code == 200
    # The demonstration's session is nobody here: its cookie has another name.
    theirs = browser(app)
    assert (
        await theirs.get("/peer", headers={"cookie": f"owncall_demo={await world.signs_in(peer_id('ana'))}"})
    ).status_code == 401


async def test_a_demonstration_promises_no_tls(world: World) -> None:
    answer = await world.client().get("/a/redbank")
    assert "strict-transport-security" not in answer.headers
    assert {name: answer.headers.get(name) for name in ALWAYS.keys() - {"strict-transport-security"}} == {
        name: value for name, value in ALWAYS.items() if name != "strict-transport-security"
    }


REFUSED: dict[str, tuple[dict[str, object], str]] = {
    "a demonstration that anybody can reach": ({"demo": True, "host": "0.0.0.0"}, "loopback address only"),  # noqa: S104
    "a demonstration on the local network": ({"demo": True, "host": "192.168.1.4"}, "loopback address only"),
    "a demonstration by a name": ({"demo": True, "host": "peer.example.org"}, "does not appear to be"),
    "webhooks to this machine": ({"webhook_loopback": True}, "it needs OWNCALL_DEMO"),
    "no TLS": ({"public_url": "http://peer.example.org"}, "must begin with https://"),
    "no TLS, as it is by itself": ({"public_url": "http://localhost:8080"}, "must begin with https://"),
    "proxies that are no networks": ({"trusted_proxies": "10.0.0.0/8, proxy"}, "does not appear to be"),
    "proxies with bits too many": ({"trusted_proxies": "10.0.0.1/8"}, "has host bits set"),
    "a port that is none": ({"port": 70_000}, "less than or equal to 65535"),
    "no clients at all": ({"client_a_minute": 0}, "greater than or equal to 1"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_it_does_not_start_with(what: str) -> None:
    more, said = REFUSED[what]
    told = {"database_url": "postgresql://x_login:secret-word@x/x", "redis_url": "redis://:secret-word@x"}
    with pytest.raises(ValidationError, match=re.escape(said)) as refused:
        Settings.model_validate({**told, "public_url": SITE, **more})
    assert "secret-word" not in str(refused.value)


def test_it_starts_with_what_is_said_to_be_enough() -> None:
    told = {"database_url": "postgresql://x_login:x@x/x", "redis_url": "redis://x"}
    assert Settings.model_validate({**told, "public_url": SITE, "host": "0.0.0.0"}).is_secure  # noqa: S104
    assert not Settings.model_validate({**told, "demo": True, "host": "::1"}).is_secure
