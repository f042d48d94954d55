"""Single sign-on as people live it: set up, in, refused, proved anew, and out when the provider says so."""

import time
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from libs.peer.sessions import queries as sessions
from services.cli import demo
from tests.hostile import CLIENT_ID, Json, Provider, serving, signed
from tests.http.test_passkeys import an_hour_passes
from tests.signing_on import CENTER, REGION, Browser, accounts_of_groups, admin, stranger
from tests.world import World

LOGOUT = "/v1/sign-on/centers/redbank/logout"


def says(liar: Provider, **changed: Any) -> None:  # noqa: ANN401 - any claim
    """Claims are changed; None: left out."""
    liar.claims = lambda said: {k: v for k, v in (said | changed).items() if v is not None}


async def test_a_set_up_provider_lets_in_whom_its_groups_name_and_nobody_else(world: World, liar: Provider) -> None:
    assert 'action="/sign-in/center/redbank"' not in (await world.client().get(CENTER)).text
    tested = await (await admin(world, liar)).sets_up()
    assert "It works." in tested.text
    assert 'value="leads"' in tested.text
    new = stranger(world, liar)
    says(liar, name="Rae Whitcomb", email="rae@redbank.example")
    answer = await new.signs_in("rae")
    assert (answer.status_code, answer.headers["location"]) == (303, "/dashboard?lang=en")
    assert (await new.client.get("/desk")).status_code == 200
    assert (await new.client.get("/program")).status_code == 403
    ((account, role, agency),) = await accounts_of_groups(world)
    assert (role, agency) == ("psap_admin", (await world.planes.tenants()).agency("redbank").id)
    assert "rae@" not in str(await world.rows("SELECT name FROM shared.account WHERE id = $1", account))
    says(liar, groups=["nobody"])
    other = stranger(world, liar)
    refused = await other.signs_in("else")
    assert refused.status_code == 403
    assert "has no part here" in refused.text
    assert not await other.is_in()
    assert len(await accounts_of_groups(world)) == 1


async def test_a_region_lets_managers_in_and_the_same_person_is_the_same_account(world: World, liar: Provider) -> None:
    await (await admin(world, liar, "manager", REGION)).sets_up()
    for _ in range(2):
        new = stranger(world, liar, REGION)
        assert (await new.signs_in("rae")).status_code == 303
        assert (await new.client.get("/program")).status_code == 200
        assert (await new.client.get("/desk")).status_code == 403
    ((_id, role, agency),) = await accounts_of_groups(world)
    assert (role, agency) == ("program_manager", None)


async def test_whoever_set_it_up_can_sign_in_with_it_whatever_the_groups(world: World, liar: Provider) -> None:
    await (await admin(world, liar)).sets_up("the-admin")
    says(liar, groups=None)
    again = stranger(world, liar)
    assert (await again.signs_in("the-admin")).status_code == 303
    rows = await world.rows("SELECT account_id FROM shared.sign_in WHERE identity_id IS NOT NULL")
    assert [row[0] for row in rows] == [demo.ADMIN]


async def test_whose_groups_map_no_longer_is_refused_and_what_they_had_open_ends(world: World, liar: Provider) -> None:
    await (await admin(world, liar)).sets_up()
    office, home = stranger(world, liar), stranger(world, liar)
    await office.signs_in("rae")
    assert await office.is_in()
    says(liar, groups=["others"])
    assert (await home.signs_in("rae")).status_code == 403
    assert not await office.is_in()
    says(liar)
    assert (await home.signs_in("rae")).status_code == 303
    assert len(await accounts_of_groups(world)) == 1


@pytest.mark.parametrize("step", ["groups", "off", "remove", "issuer"])
async def test_taking_it_back_ends_what_it_has_opened(world: World, liar: Provider, step: str) -> None:
    sets_up = await admin(world, liar)
    await sets_up.sets_up()
    rae = stranger(world, liar)
    await rae.signs_in("rae")
    with serving() as another:
        changes = {
            "groups": ("groups", {"group_claim": "groups", "groups": "bosses"}),
            "off": ("switch", {"is_on": "false"}),
            "remove": ("remove", {}),
            "issuer": ("issuer", {"issuer": another.issuer}),
        }
        path, form = changes[step]
        await sets_up.posts(path, **form)
    assert not await rae.is_in()
    assert (await sets_up.browser.client.get("/desk")).status_code == 200  # came by no provider
    if step == "groups":
        assert (await rae.signs_in("rae")).status_code == 403
    else:
        assert (await rae.client.post(CENTER)).status_code == 404


async def test_an_account_of_groups_is_fresh_by_a_new_sign_in_there_alone(world: World, liar: Provider) -> None:
    """Never by having no passkey; and no passkey of theirs may outlive what the provider says."""
    await (await admin(world, liar)).sets_up()
    rae = stranger(world, liar)
    await rae.signs_in("rae")  # the provider says nothing of when
    blocked = await rae.client.post("/sign-on/switch", data={"is_on": "true"})
    assert blocked.headers["location"].startswith("/account/prove?next=")
    url = await rae.goes("/account/prove/sign-on", next="/sign-on")
    assert "prompt=login" in url
    assert "max_age=60" in url  # what clocks may differ; `auth_time` is held to the same
    waved_through = await rae.comes_back(liar.signs_in(url, "rae"))
    assert waved_through.status_code == 403
    says(liar, auth_time=time.time() - 3600)  # an old sign-in is none
    assert (await rae.comes_back(liar.signs_in(await rae.goes("/account/prove/sign-on"), "rae"))).status_code == 403
    says(liar, auth_time=time.time())
    url = await rae.goes("/account/prove/sign-on", next="/sign-on")
    somebody_else = await rae.comes_back(liar.signs_in(url, "else"))
    assert somebody_else.status_code == 403
    url = await rae.goes("/account/prove/sign-on", next="/sign-on")
    proved = await rae.comes_back(liar.signs_in(url, "rae"))
    assert (proved.status_code, proved.headers["location"]) == (303, "/sign-on?lang=en")
    assert (await rae.client.post("/sign-on/switch", data={"is_on": "true"})).headers["location"].startswith("/sign-on")
    refused = await rae.client.post("/v1/account/passkeys/options", json={})
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/no_passkey_here")
    await world.copy.push_clock(timedelta(minutes=16))
    late = await rae.client.post("/sign-on/switch", data={"is_on": "true"})
    assert late.headers["location"].startswith("/account/prove")


async def test_a_recent_sign_in_there_is_a_proof_here(world: World, liar: Provider) -> None:
    await (await admin(world, liar)).sets_up()
    says(liar, auth_time=time.time() - 5)
    rae = stranger(world, liar)
    await rae.signs_in("rae")
    assert (await rae.client.post("/sign-on/switch", data={"is_on": "true"})).headers["location"].startswith("/sign-on")
    await an_hour_passes(world)
    assert (await rae.client.post("/sign-on/switch", data={"is_on": "true"})).headers["location"].startswith("/account")


async def test_nobody_gives_a_link_to_an_account_that_groups_made(world: World, liar: Provider) -> None:
    await (await admin(world, liar)).sets_up()
    await stranger(world, liar).signs_in("rae")
    ((account, _role, _agency),) = await accounts_of_groups(world)
    manager = (await world.person("manager")).client
    refused = await manager.post(f"/v1/admins/{account}/link", json={"keep": False})
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/no_passkey_here")
    assert f"/program/admins/{account}/link" not in (await manager.get("/program/admins")).text


def logout_token(liar: Provider, **changed: Any) -> str:  # noqa: ANN401 - any claim
    """What a provider sends when somebody has left."""
    events: Json = {"http://schemas.openid.net/event/backchannel-logout": {}}
    said = {
        "iss": liar.issuer,
        "aud": CLIENT_ID,
        "iat": time.time(),
        "jti": str(uuid4()),
        "sub": "rae",
        "events": events,
    }
    return signed({k: v for k, v in (said | changed).items() if v is not None}, typ="logout+jwt")


async def _two_browsers(world: World, liar: Provider) -> tuple[Browser, Browser]:
    await (await admin(world, liar)).sets_up()
    found = []
    for sid in ("sid-1", "sid-2"):
        says(liar, sid=sid)
        found.append(stranger(world, liar))
        await found[-1].signs_in("rae")
        assert await found[-1].is_in()
    return found[0], found[1]


@pytest.mark.parametrize(
    ("told", "left"),
    [
        ({}, (False, False)),
        ({"sid": "sid-1"}, (False, True)),
        ({"sid": "sid-2", "sub": None}, (True, False)),
        ({"sid": "sid-9"}, (True, True)),
        ({"sub": "somebody else"}, (True, True)),
    ],
)
async def test_whoever_leaves_there_has_left_here(
    world: World, liar: Provider, told: Json, left: tuple[bool, bool]
) -> None:
    browsers = await _two_browsers(world, liar)
    answer = await world.client().post(LOGOUT, data={"logout_token": logout_token(liar, **told)})
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert (await browsers[0].is_in(), await browsers[1].is_in()) == left


async def test_a_logout_token_counts_once_and_only_in_order(world: World, liar: Provider) -> None:
    office, _home = await _two_browsers(world, liar)
    for wrong in (logout_token(liar, aud="other"), logout_token(liar, iat=time.time() - 3600), "no.token", ""):
        answer = await world.client().post(LOGOUT, data={"logout_token": wrong})
        assert answer.status_code in {400, 422}, wrong
    foreign = await world.client().post(
        LOGOUT.replace("redbank", "bluestem"), data={"logout_token": logout_token(liar)}
    )
    assert foreign.status_code == 400
    assert await office.is_in()
    token = logout_token(liar)
    assert (await world.client().post(LOGOUT, data={"logout_token": token})).status_code == 200
    assert not await office.is_in()
    says(liar)
    await office.signs_in("rae")
    again = await world.client().post(LOGOUT, data={"logout_token": token})
    assert (again.status_code, again.json()["type"]) == (400, "/problems/logout_refused")
    assert await office.is_in()


async def test_steps_out_of_order_and_wrong_values_say_what_to_do(world: World, liar: Provider) -> None:
    sets_up = await admin(world, liar)
    client = sets_up.browser.client
    for step, form in (
        ("client", {"client_id": "x", "client_secret": "y"}),
        ("groups", {"group_claim": "groups"}),
        ("switch", {"is_on": "true"}),
        ("remove", {}),
    ):
        assert (await client.post(f"/sign-on/{step}", data=form)).status_code == 422, step
    assert (await client.post("/sign-on/test")).status_code == 404
    inside = await client.post("/sign-on/issuer", data={"issuer": "https://10.0.0.1"})
    assert inside.status_code == 422
    assert "Name a server that everybody can reach" in inside.text
    liar.configuration = lambda said: said | {"code_challenge_methods_supported": ["plain"]}
    weak = await client.post("/sign-on/issuer", data={"issuer": liar.issuer})
    assert weak.status_code == 422
    assert "code_challenge_methods_supported" in weak.text
    away = await client.post("/sign-on/issuer", data={"issuer": "http://127.0.0.1:1"})
    assert away.status_code == 409
    assert await world.rows("SELECT count(*) FROM shared.sign_on_provider") == [(0,)]
    liar.configuration = lambda said: said
    await sets_up.posts("issuer", issuer=liar.issuer)
    await sets_up.posts("client", client_id=CLIENT_ID, client_secret="wrong")
    tested = await sets_up.tests("the-admin")
    assert "Check the redirect address, the client and its secret." in tested.text
    assert (await client.post("/sign-on/switch", data={"is_on": "true"})).status_code == 422
    assert "wrong" not in (await client.get("/sign-on")).text.replace("-wrong", "")


async def test_a_new_secret_is_tested_before_it_signs_in(world: World, liar: Provider) -> None:
    sets_up = await admin(world, liar)
    await sets_up.sets_up()
    await sets_up.posts("client", client_id=CLIENT_ID, client_secret="of+the client: 1")
    assert (await world.client().post(CENTER)).status_code == 404
    await sets_up.tests("the-admin")
    await sets_up.posts("switch", is_on="true")
    assert (await stranger(world, liar).signs_in("rae")).status_code == 303


async def test_changes_ask_for_a_proof(world: World, liar: Provider) -> None:
    await (await admin(world, liar)).sets_up()
    says(liar, auth_time=None)
    rae = stranger(world, liar)
    await rae.signs_in("rae")
    for step in ("issuer", "client", "test", "groups", "switch", "remove"):
        form = {"issuer": "x", "client_id": "x", "client_secret": "x", "is_on": "false"}
        answer = await rae.client.post(f"/sign-on/{step}", data=form)
        assert answer.headers["location"].startswith("/account/prove"), step


async def test_a_link_of_a_demonstration_needs_no_proof_there_and_is_none_anywhere_else(world: World) -> None:
    client = (await world.person("admin")).client
    await an_hour_passes(world)
    assert (await client.post("/sign-on/remove")).status_code == 422  # nothing to remove; no proof was asked for
    (row,) = await world.rows("SELECT id FROM shared.sign_in WHERE account_id = $1", demo.ADMIN)
    async with world.planes.door() as door:
        assert await sessions.is_fresh(door, row[0], is_demo=True)
        assert not await sessions.is_fresh(door, row[0], is_demo=False)
