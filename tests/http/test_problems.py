"""Every problem says what to do, by a `type` that resolves; and a machine is told what its token lacks (RFC 6750)."""

import html
import re
from http import HTTPStatus
from pathlib import Path

import polib  # type: ignore[import-untyped]  # polib ships no types
import pytest

from libs.peer.clients import actions as clients
from libs.peer.clients.actions import NewClient
from services.api import meanings
from tests.world import World, peer_id

_ROOT = Path(__file__).parents[2]
_DOCUMENTED = re.findall(r"^\| `(\w+)` \| \d", (_ROOT / "docs" / "errors.md").read_text(), re.MULTILINE)
_SPANISH = {entry.msgid: entry.msgstr for entry in polib.pofile(str(_ROOT / "services" / "api" / "locale" / "es.po"))}


async def _token(world: World, scope: str, agency: str | None = None) -> dict[str, str]:
    tenants = await world.planes.tenants()
    agency_id = tenants.agency(agency).id if agency else None
    async with world.planes.door() as door:
        await clients.put(
            door, NewClient("cad", (await world.heartland()).id, scope, secret="s3cret", agency_id=agency_id)
        )
        return {"authorization": f"Bearer {await clients.issue_access_token(door, 'cad', scope)}"}


def test_what_is_documented_is_what_can_be_answered() -> None:
    assert len(_DOCUMENTED) == len(set(_DOCUMENTED))
    assert set(_DOCUMENTED) == meanings.every().keys()


@pytest.mark.parametrize("code", _DOCUMENTED)
async def test_a_type_resolves_to_a_page_that_says_what_to_do_in_both_languages(world: World, code: str) -> None:
    meaning = meanings.every()[code]
    for lang, words in (("en", {}), ("es", _SPANISH)):
        page = await world.client().get(f"/problems/{code}?lang={lang}")
        assert page.status_code == 200
        text = html.unescape(page.text)
        assert words.get(meaning.title, meaning.title) in text
        assert words.get(meaning.advice, meaning.advice) in text
    assert {meaning.title, meaning.advice} <= _SPANISH.keys()


async def test_the_developers_page_has_every_code_with_what_to_do(world: World) -> None:
    page = html.unescape((await world.client().get("/developers")).text)
    for code, meaning in meanings.every().items():
        assert f'href="/problems/{code}"' in page
        assert f'<td data-label="what to do">{meaning.advice.replace("`", "")}</td>' in page


async def test_who_sends_nothing_is_told_how_to_sign_in(world: World) -> None:
    answer = await world.client().get("/v1/agencies")
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert answer.json()["type"] == "/problems/unauthorized"
    assert "/v1/oauth/token" in answer.json()["detail"]


async def test_a_token_that_is_no_more_is_told_apart_from_none_and_unknown_from_expired_is_not(world: World) -> None:
    old = world.client(headers=await _token(world, "agencies:read"))
    assert (await old.get("/v1/agencies")).status_code == 200
    await world.advance(minutes=16)
    answers = [
        await client.get("/v1/agencies")
        for client in (old, world.client(headers={"authorization": "Bearer psk_test_none"}))
    ]
    for answer in answers:
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith('Bearer error="invalid_token", error_description="')
        assert "Take a new one: POST /v1/oauth/token" in answer.json()["detail"]
    assert len({answer.json()["detail"] for answer in answers}) == 1


async def test_a_token_without_the_scope_is_told_which_one(world: World) -> None:
    client = world.client(headers=await _token(world, "agencies:read"))
    answer = await client.get("/v1/webhooks")
    assert answer.status_code == 403
    assert answer.headers["www-authenticate"] == 'Bearer error="insufficient_scope", scope="webhooks:read"'
    assert "scope webhooks:read" in answer.json()["detail"]


async def test_a_token_at_what_no_token_opens_is_told_so(world: World) -> None:
    client = world.client(headers=await _token(world, "agencies:read"))
    answer = await client.get("/v1/members")
    assert (answer.status_code, answer.headers["www-authenticate"]) == (403, 'Bearer error="insufficient_scope"')
    assert "No token opens this" in answer.json()["detail"]


async def test_a_centers_key_is_told_that_this_is_for_the_regions(world: World) -> None:
    client = world.client(headers=await _token(world, "webhooks:read", "redbank"))
    answer = await client.get("/v1/webhooks")
    assert answer.status_code == 403
    assert "one center's" in answer.json()["detail"]


async def test_a_change_that_another_site_asks_for_is_a_problem_for_machines_and_a_page_for_people(
    world: World,
) -> None:
    client = world.client(await world.signs_in(peer_id("ana")), {"sec-fetch-site": "cross-site"})
    answer = await client.put("/v1/availability", json={"is_available": True})
    assert (answer.status_code, answer.headers["content-type"]) == (403, "application/problem+json")
    assert answer.json()["type"] == "/problems/from_another_site"
    assert answer.json()["request_id"] == answer.headers["request-id"]
    page = await client.post("/peer/availability?lang=es", data={"is_available": "true"})
    assert (page.status_code, page.headers["content-type"]) == (403, "text/html; charset=utf-8")
    assert _SPANISH["This came from another site."] in page.text


@pytest.mark.parametrize(
    ("method", "path", "sent", "code"),
    [
        ("GET", "/v1/nowhere", {}, "not_found"),
        ("DELETE", "/v1/agencies", {}, "method_not_allowed"),
        ("POST", "/v1/regions/heartland/requests", {"content": b"{"}, "invalid"),
        ("POST", "/v1/regions/heartland/requests", {"json": {"urgency": "soon"}}, "invalid"),
        ("POST", "/v1/regions/heartland/requests", {"json": {"center": "nowhere"}}, "center_unknown"),
        ("POST", "/v1/regions/heartland/requests", {"content": b"0" * 300_000}, "content_too_large"),
    ],
)
async def test_an_answer_carries_the_advice_of_its_code(
    world: World, method: str, path: str, sent: dict[str, object], code: str
) -> None:
    answer = await world.client().request(method, path, **sent)  # type: ignore[arg-type]  # as the table says
    meaning = meanings.every()[code]
    assert (answer.json()["type"], answer.status_code) == (f"/problems/{code}", meaning.status)
    assert (answer.json()["title"], answer.json()["status"]) == (meaning.title, meaning.status)
    assert answer.json()["detail"]
    assert isinstance(meaning.status, HTTPStatus)
