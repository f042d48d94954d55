"""The sandbox: what a test key can do there, and that nothing of it reaches anybody or anything real."""

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from libs.peer.accounts import actions as accounts
from libs.peer.accounts.actions import NewAccount
from libs.peer.accounts.models import Role
from libs.peer.clients.models import Scope
from libs.peer.hardcalls import actions as hardcalls
from libs.tenancy.directory import RegionRef
from libs.tenancy.planes import quoted
from services.api.app import routes
from services.api.policy import POLICY, Principal
from tests.reporting import by_key, eido, machine, machine_in, now
from tests.world import World

HERE = "/v1/agencies/heartland-sandbox"
EVERYTHING = " ".join(Scope)
_OF_CLIENTS = {"client", "access_token", "kept_answer", "client_assertion"}


async def _sandbox(world: World) -> RegionRef:
    found = (await world.planes.tenants()).sandbox_of(await world.heartland())
    assert found is not None
    return found


async def _key(world: World) -> Any:  # noqa: ANN401 - a client
    return await machine_in(world, (await _sandbox(world)).id, scope=EVERYTHING)


async def _incident(world: World) -> dict[str, str]:
    at = await now(world)
    return {"id": str(uuid4()), "type": "child_death", "involved": "1_5", "happened_at": at.isoformat()}


async def _real(world: World) -> dict[str, list[str]]:
    """Every row of every shared table that is not the sandbox's own, and every letter."""
    sandbox = str((await _sandbox(world)).id)
    own = {sandbox, *(str(agency.id) for agency in (await world.planes.tenants()).agencies_of(await _sandbox(world)))}
    tables = await world.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'shared'")
    found = {}
    for (table,) in tables:
        if table not in _OF_CLIENTS:
            rows = await world.rows(f"SELECT CAST(t AS text) FROM shared.{table} t ORDER BY 1")
            found[table] = [row[0] for row in rows if not any(one in row[0] for one in own)]
    return found


async def test_everything_that_a_system_does_can_be_tried(world: World) -> None:
    client = await _key(world)
    assert [one["slug"] for one in (await client.get("/v1/agencies")).json()["data"]] == [
        "heartland-sandbox",
        "heartland-sandbox-neighbor",
    ]
    people = (await client.get("/v1/roster")).json()["data"]
    assert len(people) == 8
    center, _neighbor = (await world.planes.tenants()).agencies_of(await _sandbox(world))
    async with world.planes.desk(center) as desk:
        await hardcalls.add_station(desk, center.id, "1")
    offered = await client.post(f"{HERE}/eido", content=await eido(world, "1", "2"), headers=by_key())
    assert offered.status_code == 200, offered.text
    assert (offered.json()["action"], offered.json()["has_station"]) == ("offer_support", True)
    assert len(await world.rows("SELECT 1 FROM shared.private_offer WHERE agency_id = $1", center.id)) == 1
    assert (await client.post(f"{HERE}/incidents", json=await _incident(world), headers=by_key())).status_code == 202
    await world.settle()
    teams = await world.rows(
        "SELECT d.state, count(i.id) FROM shared.deployment d LEFT JOIN shared.invitation i ON i.deployment_id = d.id"
        " WHERE d.region_id = $1 GROUP BY d.id, d.state",
        (await _sandbox(world)).id,
    )
    assert [(row[0], row[1] > 0) for row in teams] == [("proposed", True)]


async def test_nothing_real_changes_and_nobody_is_reached(world: World) -> None:
    """A storm of everything that a test key can call, then days of the worker: all that is real stays to the letter."""
    client, before = await _key(world), await _real(world)
    with world.live.hear(f"program:{(await world.heartland()).id}") as program:
        for _ in range(3):
            for route in routes():
                entry = POLICY[route.name]
                if Principal.INTEGRATOR in entry.principals:
                    path = route.path.replace("{agency}", "heartland-sandbox")
                    for method in route.methods or ():
                        await client.request(method, path, json=await _incident(world), headers=by_key())
        await client.post(f"{HERE}/eido", content=await eido(world, "1"), headers=by_key())
        await client.post(f"{HERE}/incidents", json=await _incident(world), headers=by_key())
        for _ in range(4):
            await world.settle()
            await world.copy.push_clock(timedelta(hours=2))
        assert not program.is_set()
    after = await _real(world)
    assert {table: rows for table, rows in after.items() if rows != before[table]} == {}
    assert await world.rows("SELECT 1 FROM shared.deployment") != []
    world.no_unexpected_message()


async def test_real_names_are_none_for_a_test_key_and_the_sandboxes_none_for_anybody_else(world: World) -> None:
    client, body = await _key(world), await _incident(world)
    real, none = [
        await client.post(f"/v1/agencies/{slug}/incidents", json=body, headers=by_key())
        for slug in ("redbank", "nowhere")
    ]
    assert real.status_code == none.status_code == 404
    assert len(real.content) == len(none.content)
    live = await machine(world)
    assert (await live.post(f"{HERE}/incidents", json=body, headers=by_key())).status_code == 404


async def test_nobody_can_ask_where_nobody_would_hear(world: World) -> None:
    sandbox, client = await _sandbox(world), world.client()
    assert sandbox.slug not in (await client.get("/")).text
    for path in (f"/r/{sandbox.slug}", "/a/heartland-sandbox", f"/r/{sandbox.slug}/trust"):
        assert (await client.get(path)).status_code == 404
    asked = {"receipt": "zoom " * 7, "urgency": "now"}
    assert (await client.post(f"/v1/regions/{sandbox.slug}/requests", json=asked)).status_code == 404
    for page in ("/r/heartland", "/a/redbank"):
        assert "andbox" not in (await client.get(page)).text
    manager = (await world.person("manager")).client
    for page in ("/program", "/program/agencies", "/program/agreements", "/program/roster"):
        assert sandbox.slug not in (await manager.get(page)).text, page


async def test_it_is_put_back_by_one_call_and_a_real_program_is_not(world: World) -> None:
    client = await _key(world)
    live = await machine_in(world, (await world.heartland()).id, scope=EVERYTHING)
    for each, agency in ((client, "heartland-sandbox"), (live, "redbank")):
        said = await each.post(f"/v1/agencies/{agency}/incidents", json=await _incident(world), headers=by_key())
        assert said.status_code == 202, said.text
        hook = {"url": "https://hooks.example.org/", "event_types": ["deployment.changed"]}
        assert (await each.post("/v1/webhooks", json=hook, headers=by_key())).status_code == 201
    await world.settle()
    assert (await client.post("/v1/sandbox/reset")).status_code == 204
    assert (await live.post("/v1/sandbox/reset")).status_code == 204
    for table in ("incident", "deployment", "slot", "invitation", "webhook_endpoint"):
        left = {row[0] for row in await world.rows(f"SELECT region_id FROM shared.{table}")}
        assert left == {(await world.heartland()).id}, table
    assert (await client.post(f"{HERE}/incidents", json=await _incident(world), headers=by_key())).status_code == 202
    assert (await client.post("/v1/sandbox/reset")).status_code == 204
    await world.settle()  # a job about what is gone finds nothing, and fails nowhere
    assert not await world.rows("SELECT kind, state FROM shared.job WHERE attempt > 1 OR state = 'failed'")
    assert len((await client.get("/v1/roster")).json()["data"]) == 8


async def test_only_in_a_sandbox_does_the_database_let_an_incident_go(world: World) -> None:
    live = await machine(world, of="redbank")
    await live.post("/v1/agencies/redbank/incidents", json=await _incident(world), headers=by_key())
    await world.settle()
    async with world.copy.superuser.transaction():
        await world.copy.superuser.execute(f"SET LOCAL ROLE {quoted((await world.heartland()).program_role)}")
        for table in ("deployment", "incident"):
            assert await world.copy.superuser.fetchval(f"SELECT count(*) FROM shared.{table}") == 1
            assert await world.copy.superuser.execute(f"DELETE FROM shared.{table}") == "DELETE 0"


@pytest.mark.parametrize("change", ["channels = '{in_app,mail}'", "line_phone = '+18165550100'"])
async def test_a_sandbox_gets_no_way_to_reach_anybody(world: World, change: str) -> None:
    with pytest.raises(asyncpg.CheckViolationError):
        await world.copy.superuser.execute(f"UPDATE shared.region SET {change} WHERE sandbox_of IS NOT NULL")
    kept = "SELECT count(*) FROM shared.member WHERE region_id = $1 AND concat(email, phone, duty_phone) <> ''"
    assert await world.rows(kept, (await _sandbox(world)).id) == [(0,)]
    assert await world.rows("SELECT 1 FROM shared.account WHERE region_id = $1", (await _sandbox(world)).id) == []


async def test_a_manager_makes_test_keys_and_they_are_the_sandboxes(world: World) -> None:
    manager = (await world.signed_in_anew("manager")).client
    asked: dict[str, Any] = {"name": "What we try", "scopes": ["incidents:write"], "is_test": True}
    made = (await manager.post("/v1/clients", json=asked, headers=by_key())).json()
    assert made["secret"].startswith("psk_test_")
    listed = next(one for one in (await manager.get("/v1/clients")).json()["data"] if one["id"] == made["id"])
    assert (listed["is_test"], listed["scopes"]) == (True, ["incidents:write", "sandbox:write"])
    rows = await world.rows("SELECT region_id FROM shared.client WHERE id = $1", made["id"])
    assert rows == [((await _sandbox(world)).id,)]
    again = (await manager.post(f"/v1/clients/{made['id']}/secret", headers=by_key())).json()
    assert again["secret"].startswith("psk_test_")
    shown = await manager.post("/program/keys", data={"name": "By hand", "scope": "roster:read", "serves": "sandbox"})
    assert shown.text.count("psk_test_") == 1
    page = (await manager.get("/program/keys")).text
    assert re.search(rf'>The sandbox · <span translate="no">{made["id"]}<', page)
    assert (await manager.delete(f"/v1/clients/{made['id']}")).status_code == 204
    elsewhere = await world.rows("SELECT id FROM shared.agency WHERE slug = 'redbank'")
    wrong = {**asked, "agency_id": str(elsewhere[0][0])}
    assert (await manager.post("/v1/clients", json=wrong, headers=by_key())).status_code == 404
    refused = await manager.post(
        "/v1/clients", json={**asked, "is_test": False, "scopes": ["sandbox:write"]}, headers=by_key()
    )
    assert (refused.status_code, refused.json()["type"]) == (422, "/problems/scope_refused")


async def test_where_there_is_no_sandbox_it_says_who_makes_one(world: World) -> None:
    tenants = await world.planes.tenants()
    region = tenants.region("kansas-city")
    assert tenants.sandbox_of(region) is None
    account = uuid4()
    async with world.planes.door() as door:
        await accounts.add(door, NewAccount(account, Role.PROGRAM_MANAGER, region.id, "Somebody Else"))
    manager = world.client(await world.signs_in(account))
    assert "The sandbox" not in (await manager.get("/program/keys")).text
    refused = await manager.post(
        "/v1/clients", json={"name": "Try", "scopes": ["roster:read"], "is_test": True}, headers=by_key()
    )
    assert (refused.status_code, refused.json()["type"]) == (404, "/problems/sandbox_missing")
    assert "owncall region create" in (await manager.get("/problems/sandbox_missing")).text
    await world.copy.superuser.execute("DELETE FROM shared.account WHERE id = $1", account)
