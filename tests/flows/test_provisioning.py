"""A center's directory and its admins: who comes is on the manager's list, who leaves is out on the next request."""

import asyncio
import re

import httpx2
import pytest

from libs.peer.sessions import queries as sessions
from services.cli import demo
from tests.directories import ADMIN, Directory, directory, with_token
from tests.hostile import serving
from tests.http.test_passkeys import COOKIE, Holder, an_hour_passes, enrolls, signs_in
from tests.reporting import by_key
from tests.signing_on import accounts_of_groups, admin, stranger
from tests.world import World


async def _comes(world: World, scim: Directory, name: str) -> tuple[dict[str, object], Holder]:
    """The directory names an admin, the manager makes the link, a device is enrolled."""
    person = await scim.names(f"{name}@redbank.example", displayName=name, **ADMIN)
    await world.settle()
    ((account,),) = await world.rows("SELECT id FROM shared.account WHERE name = $1 AND is_provisioned", name)
    return person, await enrolls(world, account)


async def _is_in(client: httpx2.AsyncClient) -> bool:
    return (await client.get("/v1/desk")).status_code == 200


async def test_an_admin_of_the_directory_waits_for_the_managers_link(world: World) -> None:
    scim, manager = await directory(world), (await world.person("manager")).client
    await scim.names("dana@redbank.example", displayName="Dana Diaz", **ADMIN)
    await scim.names("erin@redbank.example", displayName="Erin")
    await scim.names("finn@redbank.example", displayName="Finn", active=False, **ADMIN)
    await world.settle()
    listed = {one["name"]: one for one in (await manager.get("/v1/admins")).json()["data"]}
    assert listed["Dana Diaz"]["passkeys"] == 0
    assert not {"Erin", "Finn"} & set(listed)
    assert (
        await manager.post(f"/v1/admins/{listed['Dana Diaz']['key']}/link", json={"keep": False})
    ).status_code == 201


@pytest.mark.parametrize("how", ["active", "role", "delete", "removed"])
async def test_who_leaves_is_out_on_the_next_request_before_any_job_has_run(world: World, how: str) -> None:
    scim = await directory(world)
    person, dana = await _comes(world, scim, "Dana")
    assert await _is_in(dana.client)
    async with world.planes.door() as door:
        caller = await sessions.signed_in(door, dana.client.cookies[COOKIE])
    assert caller is not None
    if how == "active":
        await scim.says(person, active=False)
    elif how == "role":
        await scim.says(person, roles=[])
    elif how == "removed":
        body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"]}
        operations = [{"op": "remove", "path": "active"}]
        await scim.call("PATCH", f"/Users/{person['id']}", {**body, "Operations": operations})
    else:
        await scim.forgets(person)
    assert (await dana.client.get("/v1/desk")).status_code == 401
    assert (await dana.client.get("/desk")).status_code == 401
    async with world.planes.door() as door:
        assert not await sessions.goes_on(door, caller)  # what an open live page asks
    again = await signs_in(world, dana.key)
    assert not await _is_in(world.client(again.cookies[COOKIE]))
    await world.settle()
    assert (await signs_in(world, dana.key)).status_code == 403
    assert await world.rows("SELECT FROM shared.account WHERE name = 'Dana'") == []
    assert await world.rows("SELECT FROM shared.passkey") == []


async def test_who_comes_back_needs_a_new_link(world: World) -> None:
    scim = await directory(world)
    person, dana = await _comes(world, scim, "Dana")
    await scim.says(person, active=False)
    await world.settle()
    await scim.says(person, active=True)
    await world.settle()
    assert (await signs_in(world, dana.key)).status_code == 403
    ((account,),) = await world.rows("SELECT id FROM shared.account WHERE name = 'Dana'")
    assert await _is_in((await enrolls(world, account)).client)


async def test_a_switch_back_before_the_job_has_run_costs_nothing(world: World) -> None:
    scim = await directory(world)
    person, dana = await _comes(world, scim, "Dana")
    await scim.says(person, active=False)
    await scim.says(person, active=True, displayName="Dana D.")
    await world.settle()
    assert await _is_in(dana.client)
    assert await world.rows("SELECT name FROM shared.account WHERE is_provisioned") == [("Dana D.",)]


async def test_an_admin_of_before_says_this_is_me_and_the_directory_decides_from_then_on(world: World) -> None:
    scim, manager = await directory(world), (await world.person("manager")).client
    agency = (await world.planes.tenants()).agency("redbank")
    asked = {"name": "C. by the manager", "agency_id": str(agency.id)}
    await manager.post("/v1/admins", json=asked, headers=by_key())
    ((account,),) = await world.rows("SELECT id FROM shared.account WHERE name = 'C. by the manager'")
    cass = await enrolls(world, account)
    admin = cass.client
    person = await scim.names("cass@redbank.example", displayName="Cass", **ADMIN)
    other = await scim.names("dana@redbank.example", displayName="Dana", **ADMIN)
    await world.settle()
    page = (await admin.get("/desk/directory")).text
    claims = re.findall(r'action="(/desk/directory/people/[0-9a-f-]+/claim)"', page)
    assert len(claims) == 2
    (mine,) = [one for one in claims if str(person["id"]) in one]
    assert (await admin.post(mine)).status_code == 303
    await world.settle()
    names = {one["name"] for one in (await manager.get("/v1/admins")).json()["data"]}
    assert names & {"Cass", "Dana", "C. by the manager"} == {"Cass", "Dana"}
    rows = await world.rows("SELECT id FROM shared.account WHERE name = 'Cass'")
    assert rows == [(account,)]  # the account of before, under the directory's name, and no second one
    (theirs,) = [one for one in claims if str(other["id"]) in one]
    assert (await admin.post(theirs)).status_code == 404  # one person is one

    await scim.forgets(person)
    assert (await admin.get("/desk")).status_code == 401
    await world.settle()
    assert (await signs_in(world, cass.key)).status_code == 403


async def test_nobody_takes_the_place_of_an_admin_who_comes_in(world: World) -> None:
    scim, admin = await directory(world), (await world.person("admin")).client
    person, dana = await _comes(world, scim, "Dana")
    assert "/claim" not in (await admin.get("/desk/directory")).text
    assert (await admin.post(f"/desk/directory/people/{person['id']}/claim")).status_code == 409
    await world.settle()
    assert await _is_in(dana.client)
    assert await _is_in(admin)


async def test_when_the_last_admin_leaves_the_managers_are_told_before_anything_else(world: World) -> None:
    scim = await directory(world, "bluestem")
    await scim.names("nobody-in-charge")
    await world.settle()
    assert await world.rows("SELECT FROM shared.account_news") == []  # there was none to leave
    first, _ = await _comes(world, scim, "Dana")
    second, _ = await _comes(world, scim, "Erin")
    manager = (await world.person("manager")).client
    await scim.forgets(first)
    await world.settle()
    assert (await manager.get("/dashboard")).headers["location"] != "/account"
    await scim.says(second, active=False)
    await world.settle()
    assert (await manager.get("/dashboard")).headers["location"] == "/account"
    page = (await manager.get("/account")).text
    assert "A center has no admin any more" in page
    assert (await world.planes.tenants()).agency("bluestem").name in page
    assert (await manager.post("/account/news/seen")).status_code == 303
    assert (await manager.get("/dashboard")).headers["location"] != "/account"
    await world.asks(center="bluestem")  # asking goes on
    world.rang("ben")


async def test_the_token_is_shown_once_to_an_admin_with_a_fresh_proof(world: World) -> None:
    agency = (await world.planes.tenants()).agency("redbank")
    cass = await enrolls(world, demo.ADMIN)
    made = await cass.client.post("/desk/directory/token")
    (token,) = re.findall(r">(scim_[\w-]{43})</textarea>", made.text)
    assert (await with_token(world, token).call("GET", "/Users")).status_code == 200
    assert token not in (await cass.client.get("/desk/directory")).text
    rows = await world.rows("SELECT t::text FROM shared.provisioning_token t")
    assert len(rows) == 1
    assert token not in str(rows)
    assert await world.rows("SELECT last_used_on = made_on, agency_id FROM shared.provisioning_token") == [
        (True, agency.id)
    ]
    page = (await cass.client.get("/desk/directory")).text
    (end,) = re.findall(r'action="(/desk/directory/tokens/[0-9a-f-]+/end)"', page)
    await an_hour_passes(world)
    for path in ("/desk/directory/token", end):
        answer = await cass.client.post(path)
        assert answer.headers["location"].startswith("/account/prove")
    assert (await with_token(world, token).call("GET", "/Users")).status_code == 200


async def test_a_live_page_ends_with_the_session_of_whoever_left(world: World) -> None:
    """The signal that ends live pages rings when the account goes."""
    scim = await directory(world)
    person, _dana = await _comes(world, scim, "Dana")
    ((session,),) = await world.rows("SELECT id FROM shared.sign_in")
    with world.live.hear(f"sign_in:{session}") as heard:
        await scim.forgets(person)
        await world.settle()
        await asyncio.wait_for(heard.wait(), 5)


async def test_whom_the_directory_calls_gone_no_provider_lets_in(world: World) -> None:
    """The same person by single sign-on: the directory's own id is the provider's subject."""
    scim = await directory(world)
    with serving() as liar:
        await (await admin(world, liar)).sets_up()
        office, later = stranger(world, liar), stranger(world, liar)
        person = await scim.names("rae@redbank.example", externalId="rae")
        assert (await office.signs_in("rae")).status_code == 303
        await scim.says(person, active=False)
        assert (await later.signs_in("rae")).status_code == 403
        assert not await office.is_in()
        assert (await stranger(world, liar).signs_in("somebody-else")).status_code == 303
        new = await scim.names("sam@redbank.example", externalId="sam", active=False)
        assert (await stranger(world, liar).signs_in("sam")).status_code == 403
        assert len(await accounts_of_groups(world)) == 2
        await scim.says(new, active=True)
        assert (await stranger(world, liar).signs_in("sam")).status_code == 303
