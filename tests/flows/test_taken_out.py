"""Somebody has left, or must be out at once: an admin by the manager, a manager by the operator. No way back alone."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from uuid import UUID, uuid4

import httpx2
import pytest
from typer.testing import CliRunner

from libs.peer.accounts import actions as accounts
from libs.peer.accounts.actions import NewAccount
from libs.peer.accounts.models import Role
from services.cli import demo
from services.cli.app import cli
from tests.hostile import Provider, serving
from tests.http.test_passkeys import Holder, asked, enrolls, signs_in
from tests.reporting import by_key
from tests.signing_on import REGION, Admin, Browser, accounts_of_groups, admin, stranger
from tests.world import World


@pytest.fixture
def liar() -> Iterator[Provider]:
    """A provider that lets in whom its groups name."""
    with serving() as provider:
        yield provider


@pytest.fixture(autouse=True)
async def whoever_came_goes(world: World) -> AsyncIterator[None]:
    """What a story adds beside the cast is gone when it ends."""
    before = [row[0] for row in await world.rows("SELECT id FROM shared.account")]
    yield
    await world.copy.superuser.execute("DELETE FROM shared.account WHERE id <> ALL ($1)", before)


async def manager(world: World) -> httpx2.AsyncClient:
    """The region's manager, just signed in."""
    return world.client(await world.signs_in(demo.MANAGER))


async def new_admin(world: World, by: httpx2.AsyncClient, center: str, name: str = "Rae Whitcomb") -> Holder:
    """The manager adds an admin, who makes a passkey by the link."""
    agency = (await world.planes.tenants()).agency(center)
    made = await by.post("/v1/admins", json={"name": name, "agency_id": str(agency.id)}, headers=by_key())
    assert made.status_code == 201, made.text
    [(account,)] = await world.rows("SELECT id FROM shared.account WHERE name = $1 AND agency_id = $2", name, agency.id)
    return await enrolls(world, account, made.json()["url"].partition("#")[2])


async def id_of(by: httpx2.AsyncClient, name: str) -> str:
    """Whom the manager's list calls so."""
    [found] = [one["key"] for one in (await by.get("/v1/admins")).json()["data"] if one["name"] == name]
    return str(found)


async def test_an_admin_who_is_taken_out_is_out_on_the_next_request(world: World) -> None:
    boss = await manager(world)
    rae, kim = await new_admin(world, boss, "bluestem"), await new_admin(world, boss, "bluestem", "Kim Osei")
    key = await id_of(boss, "Rae Whitcomb")
    open_link = (await boss.post(f"/v1/admins/{key}/link", json={"keep": True})).json()["url"].partition("#")[2]
    assert (await rae.client.get("/desk")).status_code == 200
    assert (await boss.delete(f"/v1/admins/{key}")).status_code == 204
    assert (await rae.client.get("/desk")).status_code == 401
    assert (await signs_in(world, rae.key)).status_code == 403
    refused = await world.client().post("/v1/enrollments/options", json={"token": open_link})
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/link_used")
    assert "Rae Whitcomb" not in (await boss.get("/program/admins")).text
    for table in ("passkey", "sign_in", "sign_in_link", "account_news"):
        assert await world.rows(f"SELECT FROM shared.{table} WHERE account_id = $1", UUID(key)) == []
    assert (await kim.client.get("/desk")).status_code == 200
    assert (await boss.delete(f"/v1/admins/{key}")).json()["type"] == "/problems/admin_unknown"


async def test_the_other_managers_are_told_of_a_center_without_an_admin_and_who_did_it_is_not(world: World) -> None:
    boss, other = await manager(world), uuid4()
    region = await world.heartland()
    async with world.planes.door() as door:
        await accounts.add(door, NewAccount(other, Role.PROGRAM_MANAGER, region.id, "Ada Holm"))
    await new_admin(world, boss, "bluestem")
    await new_admin(world, boss, "bluestem", "Kim Osei")
    told = "SELECT account_id, kind FROM shared.account_news WHERE kind = 'no_admin_left'"
    await boss.delete(f"/v1/admins/{await id_of(boss, 'Kim Osei')}")
    assert await world.rows(told) == []
    await boss.delete(f"/v1/admins/{await id_of(boss, 'Rae Whitcomb')}")
    assert other in {row[0] for row in await world.rows(told)}
    assert demo.MANAGER not in {row[0] for row in await world.rows(told)}
    ada = world.client(await world.signs_in(other))
    assert "Bluestem" in (await ada.get("/account")).text
    await world.copy.superuser.execute("DELETE FROM shared.account_news")


async def test_on_the_page_it_asks_for_a_passkey_first_and_is_one_button(world: World) -> None:
    boss = await manager(world)
    await new_admin(world, boss, "bluestem")
    key = await id_of(boss, "Rae Whitcomb")
    holder = await enrolls(world, demo.MANAGER)
    await world.copy.superuser.execute("UPDATE shared.sign_in SET proved_at = proved_at - interval '1 hour'")
    page = (await holder.client.get("/program/admins")).text
    assert f"/program/admins/{key}/remove" not in page
    late = await holder.client.post(f"/program/admins/{key}/remove")
    assert late.headers["location"].startswith("/account/prove?next=%2Fprogram%2Fadmins")
    assert (await holder.client.delete(f"/v1/admins/{key}")).json()["type"] == "/problems/prove_again"
    options = await asked(holder.client, "account/proofs")
    proved = await holder.client.post("/v1/account/proofs", json={"credential": holder.key.shown(options)})
    assert proved.status_code == 204, proved.text
    assert f"/program/admins/{key}/remove" in (await holder.client.get("/program/admins")).text
    done = await holder.client.post(f"/program/admins/{key}/remove", data={"lang": "es"})
    assert done.status_code == 303
    assert "Ya no entra" in (await holder.client.get(done.headers["location"])).text


async def test_a_manager_takes_out_no_manager_and_nobody_elsewhere(world: World) -> None:
    boss = await manager(world)
    before = await world.rows("SELECT count(*) FROM shared.account")
    for somebody in demo.MANAGER, demo.YOUR_MANAGER, uuid4():
        refused = await boss.delete(f"/v1/admins/{somebody}")
        assert (refused.status_code, refused.json()["type"]) == (404, "/problems/admin_unknown")
    admins = world.client(await world.signs_in(demo.ADMIN))
    assert (await admins.delete(f"/v1/admins/{demo.ADMIN}")).status_code == 403
    assert await world.rows("SELECT count(*) FROM shared.account") == before


async def test_whom_groups_let_in_they_let_in_no_more(world: World, liar: Provider) -> None:
    """A center's groups name somebody for weeks after they left: their own account here must not come back by that."""
    await (await admin(world, liar)).sets_up()
    office, home = stranger(world, liar), stranger(world, liar)
    assert (await office.signs_in("rae")).status_code == 303
    [(account, _role, _agency)] = await accounts_of_groups(world)
    boss = await manager(world)
    assert (await boss.delete(f"/v1/admins/{account}")).status_code == 204
    assert not await office.is_in()
    for browser in office, home:
        refused = await browser.signs_in("rae")
        assert (refused.status_code, "has no part here" in refused.text) == (403, True)
        assert not await browser.is_in()
    assert await accounts_of_groups(world) == []
    assert (await stranger(world, liar).signs_in("somebody-else")).status_code == 303, "nobody else is shut out"


async def test_a_new_link_is_the_way_back_and_the_work_account_follows_it(world: World, liar: Provider) -> None:
    await (await admin(world, liar)).sets_up()
    await stranger(world, liar).signs_in("rae")
    [(account, _role, _agency)] = await accounts_of_groups(world)
    boss = await manager(world)
    await boss.delete(f"/v1/admins/{account}")
    rae = await new_admin(world, boss, "redbank", "Rae again")
    assert (await rae.client.get("/desk")).status_code == 200
    assert (await stranger(world, liar).signs_in("rae")).status_code == 403, (
        "the link let in the person, not the account"
    )
    await Admin(Browser(rae.client, liar)).tests("rae")
    again = stranger(world, liar)
    assert (await again.signs_in("rae")).status_code == 303
    assert (await again.client.get("/desk")).status_code == 200


async def runs(*command: str, status: int = 0) -> str:
    """Run `owncall region unlink …` and insist on its exit status."""
    done = await asyncio.to_thread(CliRunner().invoke, cli, ["region", "unlink", "heartland", *command])
    assert done.exit_code == status, done.output
    return " ".join(done.output.split())


async def test_the_operator_takes_a_manager_out_and_never_the_last_one_who_can_come_in(
    world: World, liar: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OWNCALL_DATABASE_URL", world.copy.login_url)
    monkeypatch.delenv("OWNCALL_DEMO", raising=False)
    await (await admin(world, liar, "manager", REGION)).sets_up("the-manager")
    region, first, second = await world.heartland(), uuid4(), uuid4()
    async with world.planes.door() as door:
        for one in first, second:
            await accounts.add(door, NewAccount(one, Role.PROGRAM_MANAGER, region.id, "Ada Holm"))
    ada = await enrolls(world, first)
    assert (await ada.client.get("/program")).status_code == 200
    assert f"2 are called Ada Holm. Say which: {min(first, second, key=str)}" in await runs(
        "--manager", "Ada  Holm", status=1
    )
    assert "No program manager of heartland is called Eve." in await runs("--manager", "Eve", status=1)
    assert "Without Ada Holm no manager could come in." in await runs("--manager", str(first), status=1)
    rae = stranger(world, liar, REGION)
    assert (await rae.signs_in("rae")).status_code == 303
    assert "Nothing was changed: say --yes." in await runs("--manager", str(first), status=1)
    assert (await ada.client.get("/program")).status_code == 200
    assert await runs("--manager", str(first), "--yes") == "Ada Holm is out."
    assert (await ada.client.get("/program")).status_code == 401
    assert (await signs_in(world, ada.key)).status_code == 403
    [(account, _role, _agency)] = await accounts_of_groups(world)
    await enrolls(world, second)
    await runs("--manager", str(account), "--yes")
    assert not await rae.is_in()
    assert (await rae.signs_in("rae")).status_code == 403
