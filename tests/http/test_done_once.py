"""What staff add by /v1 is added once, however often the request is sent again; what is secret is kept nowhere."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from sqlalchemy import text

from services.cli import demo
from services.worker.schedule import Context, forget_expired
from tests.http.test_keys import by_secret
from tests.http.test_passkeys import an_hour_passes, enrolls
from tests.reporting import EIDO, by_key, eido, machine
from tests.world import World

SECRET = {"add_client": "secret", "add_admin": "url"}
ROWS = {
    "add_client": "SELECT 1 FROM shared.client WHERE name = 'Added once'",
    "add_admin": "SELECT 1 FROM shared.account WHERE name = 'Added once'",
    "create_agreement": "SELECT 1 FROM shared.agreement",
}
PATHS = {"add_client": "/v1/clients", "add_admin": "/v1/admins", "create_agreement": "/v1/agreements"}


@pytest.fixture(autouse=True)
async def whoever_came_goes(world: World) -> AsyncIterator[None]:
    """What is added here is gone when a test ends."""
    yield
    for table in ("client", "account"):
        await world.copy.superuser.execute(f"DELETE FROM shared.{table} WHERE name LIKE 'Added %'")


async def manager(world: World) -> httpx2.AsyncClient:
    """The region's manager, just signed in."""
    return world.client(await world.signs_in(demo.MANAGER))


async def body(world: World, name: str) -> dict[str, Any]:
    """What is asked of one of the operations."""
    today = await world.today()
    agency = (await world.planes.tenants()).agency("redbank")
    bodies: dict[str, dict[str, Any]] = {
        "add_client": {"name": "Added once", "scopes": ["agencies:read"]},
        "add_admin": {"name": "Added once", "agency_id": str(agency.id)},
        "create_agreement": {
            "kind": "region",
            "region": "kansas-city",
            "takes_ours": True,
            "starts_on": str(today),
            "ends_on": str(today + timedelta(60)),
        },
    }
    return bodies[name]


def another(asked: dict[str, Any]) -> dict[str, Any]:
    """The same, but not quite."""
    return {**asked, "name": "Added twice"} if "name" in asked else {**asked, "takes_ours": False}


@pytest.mark.parametrize("name", PATHS)
async def test_sent_again_it_is_answered_the_same_and_there_is_one(world: World, name: str) -> None:
    client, asked, key = await manager(world), await body(world, name), by_key()
    before = len(await world.rows(ROWS[name]))
    first = await client.post(PATHS[name], json=asked, headers=key)
    assert first.status_code == 201, first.text
    assert "idempotent-replayed" not in first.headers
    again = await client.post(PATHS[name], json=asked, headers=key)
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["idempotent-replayed"] == "true"
    assert len(await world.rows(ROWS[name])) == before + 1


@pytest.mark.parametrize("name", PATHS)
async def test_no_key_or_the_key_of_another_request_adds_nothing(world: World, name: str) -> None:
    client, asked, key = await manager(world), await body(world, name), by_key()
    before = len(await world.rows(ROWS[name]))
    bare = await client.post(PATHS[name], json=asked)
    assert (bare.status_code, bare.json()["type"]) == (400, "/problems/idempotency_key_missing")
    assert len(await world.rows(ROWS[name])) == before
    assert (await client.post(PATHS[name], json=asked, headers=key)).status_code == 201
    reused = await client.post(PATHS[name], json=another(asked), headers=key)
    assert (reused.status_code, reused.json()["type"]) == (422, "/problems/idempotency_key_reused")
    assert len(await world.rows(ROWS[name])) == before + 1


@pytest.mark.parametrize("name", PATHS)
async def test_four_at_once_add_one(world: World, name: str) -> None:
    client, asked, key = await manager(world), await body(world, name), by_key()
    before = len(await world.rows(ROWS[name]))
    answers = await asyncio.gather(*(client.post(PATHS[name], json=asked, headers=key) for _ in range(4)))
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.text for answer in answers if answer.status_code == 201}) == 1
    assert len(await world.rows(ROWS[name])) == before + 1


@pytest.mark.parametrize("name", SECRET)
async def test_the_kept_answer_is_without_the_secret_and_by_another_key_it_is_another(world: World, name: str) -> None:
    client, asked = await manager(world), await body(world, name)
    key = by_key()
    shown = [
        (await client.post(PATHS[name], json=asked, headers=each)).json()[SECRET[name]] for each in (key, by_key())
    ]
    assert shown[0] != shown[1]
    kept = str(await world.rows("SELECT CAST(k AS text) FROM shared.kept_answer k"))
    assert kept.count(name) == 2
    for secret in (*(one.rpartition("#")[2].rpartition("_")[2] for one in shown), key["idempotency-key"]):
        assert secret not in kept


async def test_the_secret_that_is_shown_again_lets_the_system_in(world: World) -> None:
    client, asked, key = await manager(world), await body(world, "add_client"), by_key()
    await client.post("/v1/clients", json=asked, headers=key)  # the answer is lost
    again = (await client.post("/v1/clients", json=asked, headers=key)).json()
    assert again["secret"].startswith("psk_live_")
    assert (await by_secret(world, again["id"], again["secret"])).status_code == 200


async def test_the_link_that_is_shown_again_lets_the_admin_in(world: World) -> None:
    client, asked, key = await manager(world), await body(world, "add_admin"), by_key()
    await client.post("/v1/admins", json=asked, headers=key)  # the answer is lost
    again = (await client.post("/v1/admins", json=asked, headers=key)).json()
    [(account,)] = await world.rows(ROWS["add_admin"].replace("SELECT 1", "SELECT id"))
    holder = await enrolls(world, account, again["url"].partition("#")[2])
    assert (await holder.client.get("/dashboard")).headers["location"] == "/desk"


async def test_a_new_secret_that_is_asked_for_again_does_not_end_the_one_in_use(world: World) -> None:
    client, asked, key = await manager(world), await body(world, "add_client"), by_key()
    in_use = (await client.post("/v1/clients", json=asked, headers=by_key())).json()
    path = f"/v1/clients/{in_use['id']}/secret"
    first = await client.post(path, headers=key)
    again = await client.post(path, headers=key)
    assert (again.status_code, again.json()) == (200, first.json())
    assert again.headers["idempotent-replayed"] == "true"
    for secret in (in_use["secret"], again.json()["secret"]):
        assert (await by_secret(world, in_use["id"], secret)).status_code == 200
    kept = str(await world.rows("SELECT CAST(k AS text) FROM shared.kept_answer k WHERE route = 'rotate_secret'"))
    assert again.json()["secret"].rpartition("psk_live_")[2] not in kept
    assert (await client.post(path)).json()["type"] == "/problems/idempotency_key_missing"


async def test_the_door_reads_its_own_answers_alone_and_deletes_nothing_that_is_not_over(world: World) -> None:
    cad, client = await machine(world), await manager(world)
    assert (await cad.post(EIDO, content=await eido(world), headers=by_key())).status_code == 200
    await client.post("/v1/clients", json=await body(world, "add_client"), headers=by_key())
    async with world.planes.door() as door:
        read = (await door.execute(text("SELECT route FROM shared.kept_answer"))).scalars()
    assert list(read) == ["add_client"]
    every = "SELECT route FROM shared.kept_answer ORDER BY route"
    for hours, left in ((23, [("add_client",), ("receive_eido",)]), (2, [])):
        await world.advance(hours=hours)
        await forget_expired({"owncall": Context(world.planes)})
        assert await world.rows(every) == left


async def test_after_a_day_the_same_key_makes_another_system_with_another_secret(world: World) -> None:
    client, asked, key = await manager(world), await body(world, "add_client"), by_key()
    first = (await client.post("/v1/clients", json=asked, headers=key)).json()
    await world.advance(hours=25)
    later = await (await manager(world)).post("/v1/clients", json=asked, headers=key)
    assert "idempotent-replayed" not in later.headers
    assert later.json()["id"] != first["id"]
    assert later.json()["secret"] != first["secret"]


async def test_whoever_proved_to_be_there_long_ago_is_shown_no_secret_again(world: World) -> None:
    client, asked, key = (await enrolls(world, demo.MANAGER)).client, await body(world, "add_client"), by_key()
    assert (await client.post("/v1/clients", json=asked, headers=key)).status_code == 201
    await an_hour_passes(world)
    again = await client.post("/v1/clients", json=asked, headers=key)
    assert (again.status_code, again.json()["type"]) == (403, "/problems/prove_again")
