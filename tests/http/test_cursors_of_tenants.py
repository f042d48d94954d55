"""A cursor is good for one list of one tenant: whoever calls elsewhere is refused with it, in every list there is."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

import httpx2
import pytest

from libs.peer.clients import actions as clients
from libs.peer.clients.actions import NewClient
from libs.peer.clients.models import Scope
from services.api.app import routes
from services.api.cursors import Cursors, Key
from services.api.policy import POLICY, Principal
from services.cli import demo
from tests import principals
from tests.oddtexts import shapes
from tests.principals import laid
from tests.world import World

_LISTS = sorted(
    (path, route.name)
    for route in routes()
    for (path, method), shape in shapes([route]).items()
    if method == "GET" and any(one["name"] == "cursor" for one in shape.parameters)
)


@dataclass(frozen=True)
class Tenant:
    """Who calls for one of two regions, and what they may name."""

    manager: httpx2.AsyncClient
    system: httpx2.AsyncClient
    endpoint_id: str

    async def lists(self, path: str, name: str, cursor: str) -> httpx2.Response:
        """Ask for a list from a cursor on."""
        is_manager = Principal.PROGRAM_MANAGER in POLICY[name].principals
        where = path.replace("{endpoint_id}", self.endpoint_id)
        return await (self.manager if is_manager else self.system).get(where, params={"cursor": cursor, "q": "police"})


async def _tenant(world: World, region_id: UUID, manager: UUID, client: str, endpoint_id: str) -> Tenant:
    async with world.planes.door() as door:
        scope = " ".join(Scope)
        await clients.put(door, NewClient(client, region_id=region_id, secret=client, scope=scope))
        token = await clients.issue_access_token(door, client, scope)
    system = world.client(headers={"authorization": f"Bearer {token}"})
    return Tenant(world.client(await world.signs_in(manager)), system, endpoint_id)


@asynccontextmanager
async def two_tenants(world: World) -> AsyncIterator[tuple[Tenant, Tenant]]:
    """Two regions, each with a manager and a system."""
    async with laid(world) as (_callers, things):
        here, there = await world.heartland(), (await world.planes.tenants()).region("kansas-city")
        hooks = things.ids["endpoint_id"]
        yield (
            await _tenant(world, here.id, demo.MANAGER, "t1_hooks_own", hooks["t1_hooks_own"]),
            await _tenant(world, there.id, principals.MANAGER, "t1_elsewhere", hooks["t1_elsewhere"]),
        )


def test_there_are_lists() -> None:
    assert {"show_roster", "list_members", "list_agencies", "list_webhooks"} <= {name for _path, name in _LISTS}


@pytest.mark.parametrize(("path", "name"), _LISTS)
async def test_a_cursor_of_one_tenant_is_refused_for_another(
    world: World, monkeypatch: pytest.MonkeyPatch, path: str, name: str
) -> None:
    scopes: list[str] = []
    decode = Cursors.decode

    def spy(self: Cursors, cursor: str | None, scope: str) -> Key | None:
        scopes.append(scope)
        return decode(self, cursor, scope)

    monkeypatch.setattr(Cursors, "decode", spy)
    async with two_tenants(world) as (here, there):
        made_up = await here.lists(path, name, "made-up")
        assert (made_up.status_code, len(scopes)) == (400, 1), "it does not look at its cursor"
        cursor = world.app.state.wiring.cursors.encode(("a", str(UUID(int=1))), scopes[0])
        refused = await there.lists(path, name, cursor)
        assert len(scopes) == 2, "nobody there may ask for it"
    assert refused.status_code == 400
    if path.startswith("/v1/"):
        assert refused.json()["type"] == "/problems/cursor_invalid"
        assert refused.content.replace(refused.json()["request_id"].encode(), b"") == made_up.content.replace(
            made_up.json()["request_id"].encode(), b""
        )
