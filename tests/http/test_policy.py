"""Every route before every principal; foreign and missing look alike; nobody outside learns that a request exists."""

import asyncio
import json
import re
from uuid import uuid4

import httpx2
import pytest

from libs.peer.clients import actions as clients
from libs.peer.clients.actions import NewClient
from services.api.app import routes
from services.api.policy import POLICY, Principal
from tests.world import World

ROLES = {
    Principal.PEER: "ana",
    Principal.COORDINATOR: "mara",
    Principal.PROGRAM_MANAGER: "manager",
    Principal.PSAP_ADMIN: "admin",
}


def _path(template: str) -> str:
    filled = (
        template.replace("{region}", "heartland")
        .replace("{agency}", "redbank")
        .replace("{code}", "already_taken")
        .replace("{token}", "none")
        .replace("{name}", "none")
    )
    return re.sub(r"\{\w+_id\}", str(uuid4()), filled)


async def _call(client: httpx2.AsyncClient, method: str, path: str) -> httpx2.Response:
    if path.endswith("/live"):
        # A live page never ends by itself; who may open it is decided before it begins.
        return await client.post(path, data={"receipt": ""}) if method == "POST" else await client.head(path)
    return await client.request(method, path)


@pytest.mark.parametrize("route", routes(), ids=lambda route: route.name)
async def test_only_the_principals_of_the_policy_pass(world: World, route: object) -> None:
    name, path, methods = route.name, route.path, route.methods  # type: ignore[attr-defined]  # an APIRoute
    entry = POLICY[name]
    if Principal.ANYBODY in entry.principals or path.endswith("/live"):
        return
    for method in methods:
        nobody = await world.client().request(method, _path(path))
        assert nobody.status_code == 401, (name, "nobody")
        expired = await world.client("no-such-session").request(method, _path(path))
        assert expired.status_code == 401, (name, "expired")
        assert (
            await world.client(headers={"authorization": "Bearer none"}).request(method, _path(path))
        ).status_code == 401
        for principal, slug in ROLES.items():
            person = await world.person(slug)
            response = await _call(person.client, method, _path(path))
            if principal in entry.principals:
                assert response.status_code not in {401, 403, 500}, (name, principal, response.text)
            else:
                assert response.status_code == 403, (name, principal, response.text)


async def test_live_pages_are_refused_to_others_too(world: World) -> None:
    for path, allowed in (
        ("/peer/live", {"ana", "mara"}),
        ("/coordinator/live", {"mara"}),
        ("/program/live", {"manager"}),
        ("/deployments/live", {"manager", "mara"}),
        ("/desk/incidents/live", {"admin"}),
        ("/peer/deployments/live", {"ana", "mara"}),
    ):
        assert (await world.client().get(path)).status_code == 401
        for slug in set(ROLES.values()) - allowed:
            assert (await (await world.person(slug)).client.get(path)).status_code == 403, (path, slug)


async def test_an_offer_of_somebody_else_and_none_at_all_are_the_same_answer(world: World) -> None:
    await world.asks()
    offer_id = await (await world.person("ana")).is_paged()
    ben = await world.person("ben")
    for act in ("accept", "decline", "recuse"):
        foreign = await ben.client.post(f"/v1/offers/{offer_id}/{act}")
        missing = await ben.client.post(f"/v1/offers/{uuid4()}/{act}")
        assert foreign.status_code == missing.status_code == 404
        assert _without_id(foreign) == _without_id(missing)
        assert len(foreign.content) == len(missing.content)


async def test_a_wrong_receipt_an_expired_one_and_no_receipt_at_all_are_the_same_answer(world: World) -> None:
    requester = await world.asks()
    await requester.withdraws()
    await world.settle()
    answers = [
        await world.client().post("/v1/regions/heartland/requests/status", json={"receipt": typed})
        for typed in (requester.receipt, "zoom " * 7, "not seven words", "")
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert len({json.dumps(_without_id(answer)) for answer in answers}) == 1
    assert len({len(answer.content) for answer in answers}) == 1


async def test_manager_admin_and_integrator_see_no_sign_of_a_request(world: World) -> None:
    """Everything that they can read is the same to the letter, headers and all, before, during and after a request."""
    readers = [(await world.person("manager")).client, (await world.person("admin")).client, await _machine(world)]
    before = await _everything(readers)

    requester = await world.asks(center="redbank")
    assert await _everything(readers) == before
    await (await world.person("ana")).accepts()
    assert await _everything(readers) == before
    await world.advance(minutes=11)
    assert await _everything(readers) == before
    await (await world.person("ben")).accepts()
    await requester.confirms_contact()
    assert await _everything(readers) == before
    await requester.closes()
    await world.advance(days=7, seconds=1)
    readers = [(await world.signed_in_anew("manager")).client, (await world.signed_in_anew("admin")).client]
    # An example's days count from the day on which somebody looks; where they are signed in, they are since today.
    # A system's secret before runs out within the week.
    of_the_day = {"/program/roster/example.csv", "/account", "/v1/account/sign-ins", "/program/keys", "/v1/clients"}
    later = [row for row in await _everything(readers) if row[1] not in of_the_day]
    assert later == [row for row in before if row[0] != 2 and row[1] not in of_the_day]


async def test_the_managers_live_page_stays_silent_while_somebody_asks(world: World) -> None:
    """By the stream as by the signals: nothing rings for the program unless a request comes from outside."""
    region = await world.heartland()
    with world.live.hear(f"program:{region.id}") as rung:
        requester = await world.asks(center="redbank")
        await (await world.person("ana")).accepts()
        await requester.confirms_contact()
        await requester.closes()
        await asyncio.sleep(0.2)
        assert not rung.is_set()
        await world.asks(center="outside:elsewhere")
        await asyncio.wait_for(rung.wait(), 5)


async def test_what_they_may_do_answers_the_same_while_somebody_asks(world: World) -> None:
    """Acts, right and wrong ones: same status, same headers, same words."""
    clients = [(await world.person("manager")).client, (await world.person("admin")).client]

    async def acts() -> list[tuple[object, ...]]:
        made: list[tuple[object, ...]] = []
        for client in clients:
            for path in ("/v1/approvals/{}/approve", "/v1/offers/{}/accept", "/v1/waiting/{}/take", "/v1/requests"):
                answer = await client.post(path.format("00000000-0000-4000-a000-000000000000"))
                made.append(
                    (path, answer.status_code, _headers(answer), re.sub(r'"request_id":"\w+"', "", answer.text))
                )
        return made

    before = await acts()
    requester = await world.asks(center="redbank")
    assert await acts() == before
    await requester.withdraws()
    await world.settle()
    assert await acts() == before


async def _machine(world: World) -> httpx2.AsyncClient:
    async with world.planes.door() as door:
        region_id = (await world.heartland()).id
        await clients.put(door, NewClient("psk_test_t1", region_id=region_id, secret="s", scope="agencies:read"))
        token = await clients.issue_access_token(door, "psk_test_t1", "agencies:read")
    return world.client(headers={"authorization": f"Bearer {token}"})


async def _everything(clients: list[httpx2.AsyncClient]) -> list[tuple[object, ...]]:
    seen: list[tuple[object, ...]] = []
    for number, client in enumerate(clients):
        for route in routes():
            if "GET" in (route.methods or ()) and not route.path.endswith("/live") and route.name != "readyz":
                response = await client.get(_stable(route.path))
                drawn = (
                    r'name="(?:receipt|incident_id|offer_id|happened_at)" value="[^"]*"'
                    r'|"request_id":"\w+"|"last_used_at":"[^"]*"|As of .*'
                )
                text = re.sub(drawn, "", response.text)
                seen.append((number, route.path, response.status_code, _headers(response), text))
    return seen


def _headers(response: httpx2.Response) -> list[tuple[str, str]]:
    """Everything but what is drawn anew, or counts the client's own requests (`ratelimit`).

    A page with a receipt drawn into it, or the minute it was made, varies in length by that.
    """
    varies = 'name="receipt"' in response.text or "As of " in response.text
    drawn = {"request-id", "date", "ratelimit", *({"content-length"} if varies else ())}
    return sorted((name, value) for name, value in response.headers.items() if name not in drawn)


def _stable(template: str) -> str:
    filled = (
        template.replace("{region}", "heartland")
        .replace("{agency}", "redbank")
        .replace("{code}", "already_taken")
        .replace("{token}", "none")
    )
    return re.sub(r"\{\w+_id\}", "00000000-0000-4000-a000-000000000000", filled)


def _without_id(response: httpx2.Response) -> dict[str, object]:
    body: dict[str, object] = response.json()
    return {key: value for key, value in body.items() if key != "request_id"}
