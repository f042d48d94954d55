"""T1: every operation before every principal, about every kind of object; then probes at random."""

import asyncio
import json
import random
import re
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest
from fastapi.routing import APIRoute
from joserfc import jwk

from libs.peer.receipts import rules as receipts
from services.api import meanings
from services.api.app import routes
from services.api.policy import POLICY, Principal
from tests.directories import PATCH
from tests.principals import Caller, Things, laid
from tests.verify import record
from tests.world import World

_JWK = json.dumps(jwk.ECKey.generate_key("P-256").as_dict(private=False))
_MALFORMED = "not-an-id"
_ID = str(UUID(int=1))
_TIMES = {"starts_at": "2027-01-01T08:00:00Z", "ends_at": "2027-01-01T18:00:00Z"}
_ROTATION = {"name": "Weeks", "people": [_ID], "zone": "UTC", "starts_on": "2027-01-01"}
_BODIES: dict[str, dict[str, Any]] = {
    "create_another": {"json": {"id": str(uuid4()), "kind": "pfa"}},
    "another_page": {"data": {"another_id": str(uuid4()), "kind": "pfa"}},
    "pass_over_member": {"json": {"member_id": str(uuid4())}},
    "pass_over_page": {"data": {"member_id": str(uuid4())}},
    "ask_member": {"json": {"member_id": str(uuid4()), "role": "peer"}},
    "ask_member_page": {"data": {"member_id": str(uuid4()), "role": "peer"}},
    "replace_member": {"json": {"member_id": str(uuid4())}},
    "replace_member_page": {"data": {"member_id": str(uuid4())}},
    "change_deployment": {
        "json": {"starts_at": "2030-01-01T12:00:00Z", "dispatchers_included": "yes", "backfill": "yes"}
    },
    "change_deployment_page": {
        "data": {"starts_at": "2030-01-01T12:00", "dispatchers_included": "yes", "backfill": "yes"}
    },
    "finish_deployment": {"json": {"attendees": 1}},
    "finish_page": {"data": {"attendees": "1"}},
    "note_one_on_ones": {"json": {"were_offered": True}},
    "note_one_on_ones_page": {"data": {"were_offered": "true"}},
    "cancel_deployment": {"json": {"reason": "not_wanted"}},
    "cancel_page": {"data": {"reason": "not_wanted"}},
    "take_step": {"json": {"step": "arrive"}},
    "take_step_page": {"data": {"step": "arrive"}},
    "set_availability": {"json": {"is_available": True}},
    "set_availability_page": {"data": {"is_available": "true"}},
    "decline": {"json": {"reason": "no_agreement"}},
    "decline_page": {"data": {"reason": "no_agreement"}},
    "hand_on": {"json": {"region": "kansas-city"}},
    "hand_on_page": {"data": {"partner": "00000000-0000-4000-a000-000000000000"}},
    "change_agency": {"json": {"name": "Somebody Else"}},
    "turn_away": {"json": {"reason": "no_agreement"}},
    "suspend_member_page": {"data": {"is_suspended": "true"}},
    "change_member": {"json": {"name": "Somebody"}, "headers": {"if-match": '"*"'}},
    "turn_away_page": {"data": {"reason": "no_agreement"}},
    "rename_passkey": {"json": {"name": "Mine now"}},
    "link_member": {"json": {"keep": False}},
    "link_admin": {"json": {"keep": False}},
    "hand_over": {"json": {"to": _ID}},
    "hand_over_page": {"data": {"to": _ID}},
    "show_me_page": {"data": {"is_shown": "true"}},
    "prove_channel": {"json": {"code": "123456"}},
    "note_attempt": {"json": {"word": "tried"}},
    "note_attempt_page": {"data": {"word": "tried"}},
    "change_schedule": {"json": {"needs": 1}},
    "add_rotation": {"json": _ROTATION},
    "change_rotation": {"json": _ROTATION, "headers": {"if-match": '"*"'}},
    "add_override": {"json": {"layer_id": _ID, "peer_id": _ID, **_TIMES}},
    "offer_open_shifts": {"json": {"shifts": [_TIMES]}},
    "set_policy_page": {"data": {"needs": "1"}},
    "add_override_page": {"data": {"layer_id": _ID, "peer_id": _ID, "starts_at": "2027-01-01T08:00", "ends_at": ""}},
    "offer_open_shifts_page": {"data": {"opens_at": "2027-01-01T08:00", "closes_at": "2027-01-01T18:00"}},
    "offer_support": {"json": {}},
    "receive_eido": {"json": {"$id": "e"}},
    "put_incident_type": {"json": {"code": "NOISE", "action": "nothing"}},
    "add_station": {"json": {"position": "5"}},
    "add_rotation_page": {"data": {"name": "Weeks"}},
    "change_rotation_page": {"data": {"name": "Weeks"}},
    "add_public_key": {"json": {"public_key": _JWK}},
    "add_public_key_page": {"data": {"public_key": _JWK}},
    "scim_replace_user": {"json": {"userName": "somebody"}},
    "scim_change_user": {
        "json": {"schemas": [PATCH], "Operations": [{"op": "replace", "path": "active", "value": True}]}
    },
    "change_webhook": {"json": {"status": "disabled"}},
    "replay_webhook": {"json": {"since": "2026-01-01T00:00:00Z"}},
}


def _is_live(route: APIRoute) -> bool:
    return route.path.endswith("/live")


def _path(template: str, kind: str, value: str) -> str:
    filled = (
        (template.replace("{" + kind + "}", value) if kind else template)
        .replace("{region}", "heartland")
        .replace("{agency}", "redbank")
        .replace("{code}", "already_taken")
        .replace("{token}", "none")
        .replace("{key_id}", "A" * 43)
        .replace("{channel}", "mail")
        .replace("{name}", "none")
    )
    filled = filled.replace("{urgency}", "now")
    assert "{" not in filled, "a kind of object that this test does not know"
    return filled


def _id_kind(route: APIRoute) -> str:
    return next(iter(re.findall(r"{(\w+_id)}", route.path)), "")


def _kind(route: APIRoute) -> str:
    """What is named to a route: an id, or a center where not everybody may name each; nothing is the empty text."""
    is_of_a_center = "{agency}" in route.path and Principal.ANYBODY not in POLICY[route.name].principals
    return _id_kind(route) or ("agency" if is_of_a_center else "")


def _missing(kind: str) -> str:
    """An id that there is none of; a client's looks different, and so does a center's name."""
    return f"t1_{uuid4().hex[:9]}" if kind == "client_id" else uuid4().hex if kind == "agency" else str(uuid4())


def _refused_as_foreign(route: APIRoute, kind: str) -> set[int]:
    """To a directory another center's address is one that its token does not open."""
    return {401} if kind == "agency" and route.path.startswith("/scim/") else {404, 409}


def _seen(asked: str, response: httpx2.Response) -> tuple[int, str, int]:
    """Return status, body and size, without what is drawn anew for every answer and the id that was asked about."""
    text = re.sub(r'"request_id":"\w+"|name="receipt" value="[^"]*"', "", response.text)
    return response.status_code, text.replace(asked or " ", ""), len(response.content)


async def _call(caller: Caller, route: APIRoute, method: str, path: str) -> httpx2.Response:
    more = {"headers": {"accept": "text/event-stream"}} if _is_live(route) else _BODIES.get(route.name, {})
    by_key = {"idempotency-key": uuid4().hex} if method == "POST" else {}
    return await caller.client.request(method, path, **{**more, "headers": {**by_key, **more.get("headers", {})}})


@pytest.mark.timeout(900)
async def test_every_operation_before_every_principal_about_every_object(world: World) -> None:
    wrong: list[tuple[object, ...]] = []
    calls = 0
    async with laid(world) as (callers, things):
        for route in routes():
            kind, entry = _kind(route), POLICY[route.name]
            for caller in callers:
                if caller.may(entry) and (_is_live(route) or route.name in {"leave", "sign_out"}):
                    continue  # a live page never ends by itself; signing out ends the caller
                named = things.named(kind) if kind else {"": ""}
                foreign = {owner: value for owner, value in named.items() if value not in caller.sees}
                objects = [*foreign.values(), *([_missing(kind)] if kind else [])]
                for method in sorted(route.methods or ()):
                    answers = [
                        (one, await _call(caller, route, method, _path(route.path, kind, one))) for one in objects
                    ]
                    calls += len(answers)
                    wrong += _judge(route, method, caller, answers, things)
    assert wrong == []
    record.note(
        "T1",
        f"{len(routes())} operations × {len(callers)} principals × foreign and missing objects",
        f"{calls} calls, 0 leaks",
    )


def _judge(
    route: APIRoute,
    method: str,
    caller: Caller,
    answers: list[tuple[str, httpx2.Response]],
    things: Things,
) -> list[tuple[object, ...]]:
    where = (route.name, method, caller.name)
    found: list[tuple[object, ...]] = []
    statuses = {answer.status_code for _one, answer in answers}
    if not caller.may(POLICY[route.name]):
        expected = {401} if caller.principal is None else {403}
    elif _kind(route):
        expected = _refused_as_foreign(route, _kind(route))
    else:
        expected = {200, 201, 202, 204, 303, 400, 401, 404, 422} - ({401} if caller.principal else set())
    if route.name.startswith("ask_for_code"):
        expected |= {409}  # by page and by REST within the minute
    if not statuses <= expected:
        found.append((*where, statuses))
    if len({_seen(*answer) for answer in answers}) != 1:
        found.append((*where, "foreign and missing differ", statuses))
    if any(not _says_what_to_do(answer) for _one, answer in answers):
        found.append((*where, "a problem without a page, or without a word on what to do"))
    leaked = {one for asked, answer in answers for one in things.all - caller.sees - {asked} if one in answer.text}
    return [*found, *((*where, "told", one) for one in leaked)]


def _says_what_to_do(answer: httpx2.Response) -> bool:
    """Whether an answer is none of a problem, or one whose `type` has a page and whose `detail` says what to do."""
    if answer.headers.get("content-type") != "application/problem+json":
        return (
            answer.status_code < 400 or not answer.request.url.path.startswith("/v1/") or "/oauth/" in str(answer.url)
        )
    return answer.json()["type"].removeprefix("/problems/") in meanings.every() and bool(answer.json()["detail"])


async def test_each_may_do_what_is_theirs(world: World) -> None:
    """So that the test above cannot pass by refusing everything."""
    async with laid(world) as (callers, things):
        by_name = {caller.name: caller for caller in callers}
        for name, path in (
            ("ana", f"/v1/offers/{things.ids['offer_id']['ana']}/decline"),
            ("ben", f"/v1/offers/{things.ids['offer_id']['ben']}/accept"),
            ("mara", f"/v1/waiting/{things.ids['callout_id']['coordinator']}/take"),
            ("the manager", f"/v1/approvals/{things.ids['approval_id']['manager']}/approve"),
            ("a manager elsewhere", f"/v1/approvals/{things.ids['approval_id']['elsewhere']}/approve"),
            ("a manager elsewhere", f"/v1/approvals/{things.ids['approval_id']['who helps']}/approve"),
            ("a coordinator elsewhere", f"/v1/waiting/{things.ids['callout_id']['elsewhere']}/take"),
        ):
            assert (await by_name[name].client.post(path)).status_code in {200, 204}, name
        assert (await by_name["a machine"].client.get("/v1/agencies")).status_code == 200


async def test_an_id_that_is_none_is_refused_alike(world: World) -> None:
    async with laid(world) as (callers, _things):
        for route in (one for one in routes() if _id_kind(one)):
            path = _path(route.path, _kind(route), _MALFORMED)
            for caller in callers:
                status = (await _call(caller, route, max(route.methods or ()), path)).status_code
                none = 404 if route.path.startswith("/scim/") else 422  # an id is any text there
                assert status == (none if caller.may(POLICY[route.name]) else 403 if caller.principal else 401), (
                    route.name
                )


@pytest.mark.timeout(3600)
async def test_probes_at_random_learn_nothing(world: World) -> None:
    """Anybody calls anything about anything, with anything in the body, while states move under it."""
    probes, dice = record.size(100_000, 1_500), random.Random(911)  # noqa: S311 - the same walk each time
    wrong: list[tuple[object, ...]] = []
    operations = [route for route in routes() if not _is_live(route) and route.name not in {"leave", "sign_out"}]
    async with laid(world) as (callers, things):
        pool = [*sorted(things.all), *things.slugs.values(), *(str(uuid4()) for _ in range(4)), _MALFORMED]

        async def probe() -> None:
            caller, route, thing = dice.choice(callers), dice.choice(operations), dice.choice(pool)
            method, path = dice.choice(sorted(route.methods or ())), _path(route.path, _kind(route), thing)
            answer = await caller.client.request(method, path, **_anything(dice, pool))
            told = {one for one in things.all - caller.sees if one in answer.text.replace(thing, "")}
            if answer.status_code >= 500 or told:
                wrong.append((route.name, caller.name, answer.status_code, told))
            if not caller.may(POLICY[route.name]) and answer.status_code not in {401, 403}:
                wrong.append((route.name, caller.name, answer.status_code))

        for _ in range(probes // 8):
            await asyncio.gather(*(probe() for _ in range(8)))
    assert wrong == []
    record.note(
        "T1", f"{probes:,} random probes over all operations and principals: told or done what is another's", "0"
    )


def _anything(dice: random.Random, pool: list[str]) -> dict[str, Any]:
    values = [*pool, "", "now", "no_agreement", True, None, 7, "é\x00", receipts.draw(), "outside:kansas-city", ["own"]]
    keys = ("receipt", "reason", "is_available", "center", "urgency", "epoch", "lang", "token", "proof", "wishes")
    body = {key: dice.choice(values) for key in keys if dice.random() < 0.4}
    how = dice.choice(("json", "data", "content", "none"))
    if how == "json":
        return {"json": body}
    if how == "data":
        return {"data": {key: str(value) for key, value in body.items()}}
    return {"content": bytes(dice.randrange(256) for _ in range(40))} if how == "content" else {}
