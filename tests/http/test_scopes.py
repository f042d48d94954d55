"""T14: every scope before every operation; what is taken away is gone on the next request."""

from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import UUID, uuid4

import httpx2
import pytest
from fastapi.routing import APIRoute

from libs.peer.clients import actions as clients
from libs.peer.clients.actions import NewClient
from libs.peer.clients.models import Scope
from services.api.app import routes
from services.api.policy import POLICY, Principal
from tests.directories import ADMIN, directory
from tests.verify import record
from tests.world import World, peer_id

_ID = str(UUID(int=7))
_NAMES = {"region": "heartland", "agency": "redbank", "urgency": "now", "channel": "mail", "client_id": "none"}
_EVERY = record.size(1, 4)
"""One operation in as many; all in a verification."""


@pytest.fixture(autouse=True)
async def mara_stays_who_she_is(world: World) -> AsyncIterator[None]:
    """The roster says afterwards what it said before."""
    mara = peer_id("mara")
    ((role,),) = await world.rows("SELECT role FROM shared.membership WHERE member_id = $1", mara)
    yield
    run = world.copy.superuser.execute
    await run("UPDATE shared.membership SET role = $2 WHERE member_id = $1", mara, role)
    await run("UPDATE shared.member SET suspended_on = NULL WHERE id = $1", mara)


def _asked() -> list[APIRoute]:
    """Whatever is not for everybody, and what machines may call always."""
    behind = [route for route in routes() if Principal.ANYBODY not in POLICY[route.name].principals]
    ours = [route for route in behind if Principal.INTEGRATOR in POLICY[route.name].principals]
    others = [route for route in behind if route not in ours and not route.path.endswith("/live")]
    return [*ours, *others[::_EVERY]]


def _path(route: APIRoute) -> str:
    return route.path.format(**{name: _NAMES.get(name, _ID) for name in route.param_convertors})


async def _token(world: World, client_id: str, scope: str) -> str:
    region_id = (await world.heartland()).id
    async with world.planes.door() as door:
        await clients.put(door, NewClient(client_id, region_id, scope, secret="s3cret"))
        return await clients.issue_access_token(door, client_id, scope)


def _bearer(world: World, token: str) -> httpx2.AsyncClient:
    return world.client(headers={"authorization": f"Bearer {token}"})


@pytest.mark.timeout(600)
async def test_a_scope_opens_its_operations_and_no_others(world: World) -> None:
    wrong: list[tuple[object, ...]] = []
    calls = 0
    asked = _asked()
    for scope in Scope:
        client = _bearer(world, await _token(world, f"t14_{scope.replace(':', '_')}", scope))
        for route in asked:
            entry = POLICY[route.name]
            is_open = Principal.INTEGRATOR in entry.principals and entry.scope == scope
            for method in sorted(route.methods or ()):
                answer = await client.request(method, _path(route))
                calls += 1
                if (answer.status_code in {401, 403}) is is_open:
                    wrong.append((route.name, method, scope, answer.status_code))
                is_told = "insufficient_scope" in answer.headers.get("www-authenticate", "")
                if not is_open and not is_told:
                    wrong.append((route.name, method, scope, "not told what it lacks"))
    assert wrong == []
    opened = {POLICY[route.name].scope for route in asked if Principal.INTEGRATOR in POLICY[route.name].principals}
    assert opened == set(Scope), "a scope opens nothing, or an operation asks for one that there is none of"
    record.note("T14", f"{len(Scope)} scopes × {len(asked)} operations: opened or shut wrongly", f"0 of {calls} calls")


async def _revokes(world: World) -> tuple[httpx2.AsyncClient, str]:
    token = await _token(world, "t14_revoked", "agencies:read")
    client = _bearer(world, token)
    assert (await client.get("/v1/agencies")).status_code == 200
    form, basic = {"token": token}, httpx2.BasicAuth("t14_revoked", "s3cret")
    assert (await world.client().post("/v1/oauth/revoke", data=form, auth=basic)).status_code == 200
    return client, "/v1/agencies"


async def _removes_the_system(world: World) -> tuple[httpx2.AsyncClient, str]:
    client = _bearer(world, await _token(world, "t14_removed", "agencies:read"))
    assert (await client.get("/v1/agencies")).status_code == 200
    manager = (await world.person("manager")).client
    assert (await manager.delete("/v1/clients/t14_removed")).status_code == 204
    return client, "/v1/agencies"


async def _ends_the_session(world: World) -> tuple[httpx2.AsyncClient, str]:
    client = world.client(await world.signs_in(peer_id("ana")))
    assert (await client.get("/v1/offers")).status_code == 200
    assert (await client.post("/sign-out")).status_code == 303
    return client, "/v1/offers"


async def _changes_the_role(world: World) -> tuple[httpx2.AsyncClient, str]:
    client = world.client(await world.signs_in(peer_id("mara")))
    assert (await client.get("/v1/waiting")).status_code == 200
    await world.copy.superuser.execute(
        "UPDATE shared.membership SET role = 'peer' WHERE member_id = $1", peer_id("mara")
    )
    return client, "/v1/waiting"


async def _suspends_the_member(world: World) -> tuple[httpx2.AsyncClient, str]:
    client = world.client(await world.signs_in(peer_id("mara")))
    assert (await client.get("/v1/waiting")).status_code == 200
    manager = (await world.person("manager")).client
    path, headers = f"/v1/members/{peer_id('mara')}", {"if-match": "*"}
    assert (await manager.patch(path, json={"is_suspended": True}, headers=headers)).status_code == 200
    return client, "/v1/waiting"


async def _is_put_out_by_the_directory(world: World) -> tuple[httpx2.AsyncClient, str]:
    scim = await directory(world)
    person = await scim.names(f"{uuid4()}@redbank.example", displayName="Dana", **ADMIN)
    await world.settle()
    ((account,),) = await world.rows("SELECT id FROM shared.account WHERE name = 'Dana' AND is_provisioned")
    client = world.client(await world.signs_in(account))
    assert (await client.get("/v1/desk")).status_code == 200
    await scim.says(person, active=False)
    return client, "/v1/desk"


_TAKEN = (
    _revokes,
    _removes_the_system,
    _ends_the_session,
    _changes_the_role,
    _suspends_the_member,
    _is_put_out_by_the_directory,
)


@pytest.mark.parametrize("take", _TAKEN, ids=lambda take: take.__name__.strip("_"))
async def test_what_is_taken_away_is_gone_on_the_next_request(
    world: World, take: Callable[[World], Awaitable[tuple[httpx2.AsyncClient, str]]]
) -> None:
    client, path = await take(world)
    assert (await client.get(path)).status_code in {401, 403}
    shows = take.__name__.strip("_").replace("_", " ")
    record.note("T14", f"{shows}: let in on the next request", "0")
