"""If-Match: what was read is what is changed, and of two who change it at once one comes second."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

import httpx2
import pytest

from tests import deploying, planning, receiving
from tests.planning import CHICAGO
from tests.world import World, peer_id

Json = dict[str, Any]


class Thing(NamedTuple):
    """Something that is read at `path`, and changed by `method` at `change` with one body or the other."""

    client: httpx2.AsyncClient
    path: str
    method: str
    one: Json
    other: Json
    change: str = ""


async def _agency(world: World) -> Thing:
    agency_id = (await world.planes.tenants()).agency("osprey").id
    client = (await world.person("manager")).client
    return Thing(client, f"/v1/agencies/{agency_id}", "PATCH", {"status": "suspended"}, {"status": "active"})


async def _member(world: World) -> Thing:
    client, path = (await world.person("manager")).client, f"/v1/members/{peer_id('ana')}"
    return Thing(client, path, "PATCH", {"is_suspended": True}, {"is_suspended": False})


async def _policy(world: World) -> Thing:
    client = (await world.person("manager")).client
    one, other = ({"steps": [{"who": ["peers"], "at_once": count, "answer_within_s": 90}]} for count in (1, 2))
    return Thing(client, "/v1/paging-policies/now", "PUT", one, other)


async def _rotation(world: World) -> Thing:
    team = await planning.planned(world)
    made = (await team.rotates("ana", "ben"))["id"]
    body = {"people": [str(peer_id("ana"))], "zone": CHICAGO.key, "starts_on": (await team.now()).date().isoformat()}
    client = (await world.signed_in_anew("mara")).client
    return Thing(client, f"/v1/rotations/{made}", "PUT", {"name": "One", **body}, {"name": "Other", **body})


async def _schedule(world: World) -> Thing:
    team = await planning.planned(world)
    client = (await world.signed_in_anew("mara")).client
    return Thing(client, f"/v1/schedules/{team.team_id}", "PATCH", {"needs": 2}, {"needs": 3})


async def _deployment(world: World) -> Thing:
    team = await deploying.opened(world)
    path, body = f"/v1/deployments/{team.id}", (await team.seen())["deployment"]
    body = {name: body[name] for name in ("starts_at", "dispatchers_included", "backfill")}
    return Thing(team.lead.client, path, "POST", {"place": "One", **body}, {"place": "Two", **body}, f"{path}/change")


async def _webhook(world: World) -> Thing:
    client = await receiving.client(world)
    async with receiving.opened() as receiver:
        made = await receiving.listens(client, receiver)
    types = {"event_types": ["duty.changed"]}, {"event_types": ["roster.imported"]}
    return Thing(client, f"/v1/webhooks/{made['id']}", "PATCH", *types)


THINGS: dict[str, Callable[[World], Awaitable[Thing]]] = {
    "agency": _agency,
    "member": _member,
    "policy": _policy,
    "rotation": _rotation,
    "schedule": _schedule,
    "deployment": _deployment,
    "webhook": _webhook,
}


@pytest.mark.parametrize("kind", THINGS)
async def test_a_change_names_what_was_read_and_of_two_at_once_one_comes_second(world: World, kind: str) -> None:
    thing = await THINGS[kind](world)

    async def changes(body: Json, if_match: str | None = None) -> httpx2.Response:
        headers = {} if if_match is None else {"if-match": if_match}
        return await thing.client.request(thing.method, thing.change or thing.path, json=body, headers=headers)

    async def tag() -> str:
        return (await thing.client.get(thing.path)).headers["etag"]

    first = await tag()
    assert await tag() == first
    bare = await changes(thing.one)
    assert (bare.status_code, bare.json()["type"]) == (428, "/problems/if_match_missing")
    assert await tag() == first

    both = await asyncio.gather(changes(thing.one, first), changes(thing.one, first))
    assert sorted(answer.status_code // 100 for answer in both) == [2, 4]
    (second,) = [answer for answer in both if answer.status_code >= 400]
    assert (second.status_code, second.json()["type"]) == (412, f"/problems/{kind}_changed")

    now = await tag()
    assert now != first
    several = await changes(thing.other, f'"another", {now}')
    assert several.status_code // 100 == 2, several.text
    assert (await changes(thing.other, "*")).status_code // 100 == 2
