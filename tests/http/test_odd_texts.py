"""No text that a column cannot hold is anybody's way to a 500: NUL and half a sign, in every place of every operation.

Of pages, too. Schemathesis (T7) sends them seldom, and to `/v1` alone.
"""

import json
from base64 import b64encode, urlsafe_b64encode
from contextlib import AsyncExitStack

import httpx2
import pytest

from libs.peer.clients import actions as clients
from libs.peer.clients.actions import NewClient
from libs.peer.clients.models import Scope
from services.api.app import routes
from services.api.policy import POLICY, Principal
from services.cli import demo
from tests import databases
from tests.databases import Addresses
from tests.oddtexts import ODD, Sent, percent, shapes
from tests.principals import Things, laid
from tests.reporting import by_key
from tests.verify import record
from tests.world import World, open_world, peer_id

_ACCOUNTS = {
    Principal.PEER: peer_id("cleo"),
    Principal.COORDINATOR: peer_id("mara"),
    Principal.PROGRAM_MANAGER: demo.MANAGER,
    Principal.PSAP_ADMIN: demo.ADMIN,
}
_ORDER = ("GET", "POST", "PUT", "PATCH", "DELETE")
_FEWEST_TAKEN = 150


async def _caller(world: World, name: str, token: str) -> httpx2.AsyncClient:
    """Somebody who may, just signed in."""
    allowed = POLICY[name].principals
    account = next((_ACCOUNTS[one] for one in _ACCOUNTS if one in allowed), None)
    if account is not None:
        return world.client(await world.signs_in(account))
    if Principal.INTEGRATOR in allowed:
        return world.client(headers={"authorization": f"Bearer {token}"})
    return world.client(headers={"authorization": "Bearer scim_directory"} if Principal.DIRECTORY in allowed else None)


async def _token(world: World) -> str:
    scope, region = " ".join(Scope), await world.heartland()
    async with world.planes.door() as door:
        await clients.put(door, NewClient("t1_hooks_own", region_id=region.id, secret="t1_hooks_own", scope=scope))
        return await clients.issue_access_token(door, "t1_hooks_own", scope)


async def _usual(world: World) -> dict[str, str]:
    """What stands for a parameter or a field of these names, so that a call gets as far as the database."""
    agency = (await world.planes.tenants()).agency("redbank")
    peer = str(peer_id("ana"))
    return {
        "region": "heartland",
        "agency": "redbank",
        "center": "redbank",
        "agency_id": str(agency.id),
        "if-match": "*",
        "receipt": (await world.asks()).receipt,
        "channel": "mail",
        "partner": "Elsewhere",
        "member_id": peer,
        "peer_id": peer,
        "to": peer,
        "zone": "America/Chicago",
        "urgency": "now",
    }


def _named(usual: dict[str, str], things: Things, names: set[str]) -> list[dict[str, str]]:
    """For each thing that there is of a kind that is named (two in a short run), the names of that call."""
    kind = next((name for name in sorted(names) if name in things.ids), "")
    values = sorted(set(things.ids.get(kind, {}).values()))
    return [usual | {kind: value} for value in values[: None if record.is_full() else 2]] or [usual]


async def _send(client: httpx2.AsyncClient, method: str, one: Sent) -> int:
    return (await client.request(method, one.path, headers=one.headers, content=one.content)).status_code


@pytest.mark.timeout(900)
async def test_no_odd_text_anywhere_is_a_bug_of_ours(addresses: Addresses, worker_id: str) -> None:
    wrong, taken = [], set[str]()
    async with AsyncExitStack() as stack:
        world = await open_world(
            stack, await stack.enter_async_context(databases.copied(addresses, f"odd_{worker_id}"))
        )
        await world.begin()
        _callers, things = await stack.enter_async_context(laid(world))
        usual, token = await _usual(world), await _token(world)
        all_of = [route for route in routes() if not route.path.endswith("/live")]
        taking = shapes(all_of)
        for method, route in ((method, one) for method in _ORDER for one in all_of if method in (one.methods or ())):
            shape, client = taking[route.path, method], await _caller(world, route.name, token)
            for ids in _named(usual, things, {one["name"] for one in shape.parameters}):
                for one in shape.calls(ids):
                    status = await _send(client, method, one)
                    taken |= {route.name} if status < 400 else set()
                    wrong += [(route.name, one.where)] if status >= 500 else []
    assert wrong == []
    assert len(taken) >= _FEWEST_TAKEN, "it would prove little if nearly everything were refused for another reason"


def _assertion(subject: str) -> str:
    parts = [urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in ({"alg": "ES256"}, {"sub": subject})]
    return b".".join([*parts, b"x"]).decode()


@pytest.mark.parametrize("path", ["token", "revoke"])
@pytest.mark.parametrize("odd", [*ODD, "ä", " ", "x" * 5_000, ""])
async def test_whoever_says_to_be_a_client_by_an_odd_name_is_nobody(world: World, path: str, odd: str) -> None:
    usual = {"grant_type": "client_credentials", "token": "x"}
    for name in {odd, percent(odd)}:
        basic = b64encode(f"{name}:x".encode("utf-8", "surrogatepass")).decode()
        refused = await world.client(headers={"authorization": f"Basic {basic}"}).post(f"/v1/oauth/{path}", data=usual)
        assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")
    kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    form = {**usual, "client_assertion_type": kind, "client_assertion": _assertion(odd)}
    refused = await world.client().post(f"/v1/oauth/{path}", data=form)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_client")


@pytest.mark.parametrize("said", ["Basic", "Basic ", "basic é", "Basic é:x", "Basic =", "Basic /w=="])
async def test_what_is_no_text_is_nobody(world: World, said: str) -> None:
    headers = [(b"authorization", said.encode()), (b"content-type", b"application/x-www-form-urlencoded")]
    refused = await world.client().post("/v1/oauth/token", content=b"grant_type=client_credentials", headers=headers)
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")


@pytest.mark.parametrize("odd", ODD)
async def test_no_odd_session_or_token_is_a_bug_of_ours(world: World, odd: str) -> None:
    raw = odd.encode("utf-8", "surrogatepass")
    for header in (b"authorization", b"Bearer " + raw), (b"cookie", b"owncall_demo=" + raw):
        for path in ("/v1/offers", "/v1/roster", "/scim/v2/redbank/Users"):
            assert (await world.client().get(path, headers=[header])).status_code in {401, 404}


async def test_a_name_is_kept_as_a_line_that_can_be_read(world: World) -> None:
    manager = world.client(await world.signs_in(demo.MANAGER))
    asked = {"name": "CAD\x00 \n 2", "scopes": ["agencies:read"]}
    made = await manager.post("/v1/clients", json=asked, headers=by_key())
    listed = (await manager.get("/v1/clients")).json()["data"]
    assert [one["name"] for one in listed if one["id"] == made.json()["id"]] == ["CAD 2"]
    await manager.delete(f"/v1/clients/{made.json()['id']}")
    for name in "\x00", "\x7f \t", "\ud800":
        body = json.dumps({"name": name, "scopes": ["agencies:read"]})  # half a sign goes as an escape
        as_json = {"content-type": "application/json", **by_key()}
        refused = await manager.post("/v1/clients", content=body, headers=as_json)
        assert refused.status_code == 422, refused.text
