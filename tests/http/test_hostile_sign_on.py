"""T12 in the database: an attempt is good once, an identity counts at home alone, and a dump shows nothing of it."""

import asyncio
import json
import time
from collections.abc import Callable
from datetime import timedelta

import pytest

from libs.peer.accounts.rules import hashed
from services.cli import demo
from services.worker.schedule import Context, forget_expired
from tests.hostile import CLIENT_ID, SECRET, Json, Provider
from tests.signing_on import CENTER, REGION, Browser, accounts_of_groups, admin, stranger
from tests.verify import record
from tests.world import World

ELSEWHERE = "/sign-in/center/bluestem"


async def _there(world: World, liar: Provider, path: str = CENTER) -> tuple[Browser, list[tuple[str, str]]]:
    """Somebody who has signed in at the provider, and is about to be sent back."""
    browser = stranger(world, liar, path)
    return browser, liar.signs_in(await browser.goes(), "rae")


async def _copy_provider(world: World, slug: str) -> None:
    """Give another center the very same provider, client and secret, on from the start; its secret sealed anew."""
    agency = (await world.planes.tenants()).agency(slug)
    seal = world.app.state.wiring.sign_on.seal
    provider_id = agency.id
    await world.copy.superuser.execute(
        "INSERT INTO shared.sign_on_provider (id, region_id, agency_id, issuer, client_id, sealed_secret, tested_on,"
        " groups, is_on) SELECT $1, $2, $1, issuer, client_id, $3, tested_on, '{others}', true"
        " FROM shared.sign_on_provider LIMIT 1",
        *(provider_id, agency.region_id, seal.close(SECRET.encode(), provider_id.bytes)),
    )


async def test_an_attempt_is_good_once_with_fifty_at_once(world: World, liar: Provider) -> None:
    await (await admin(world, liar)).sets_up()
    browser, answer = await _there(world, liar)
    statuses = sorted(
        [one.status_code for one in await asyncio.gather(*(browser.comes_back(answer) for _ in range(50)))]
    )
    assert statuses == [303, *[400] * 49]
    assert await world.rows("SELECT count(*) FROM shared.sign_on_attempt") == [(0,)]
    record.note("T12", "one attempt, ended by 50 at once: sessions", "1")


Said = dict[str, str]
CHANGED: dict[str, Callable[[Said], Said]] = {
    "no code": lambda said: {k: v for k, v in said.items() if k != "code"},
    "an error beside the code": lambda said: said | {"error": "access_denied"},
    "another issuer": lambda said: said | {"iss": "https://other.example"},
    "no issuer, which is announced": lambda said: {k: v for k, v in said.items() if k != "iss"},
}
PLACES = {"another browser": CENTER, "another center": ELSEWHERE, "too late": CENTER}


@pytest.mark.parametrize("name", [*CHANGED, *PLACES])
async def test_a_way_back_that_is_not_in_order_is_over(world: World, liar: Provider, name: str) -> None:
    """Each takes the attempt with it: the right answer comes too late then."""
    await (await admin(world, liar)).sets_up()
    await _copy_provider(world, "bluestem")
    browser, answer = await _there(world, liar)
    came = stranger(world, liar) if name == "another browser" else browser
    if name == "too late":
        await world.copy.push_clock(timedelta(minutes=10, seconds=1))
    brought = CHANGED[name](dict(answer)) if name in CHANGED else dict(answer)
    refused = await came.comes_back(list(brought.items()), PLACES.get(name, CENTER))
    assert refused.status_code in {400, 403}
    assert "owncall_demo=" not in refused.headers.get("set-cookie", "")
    assert (await browser.comes_back(answer)).status_code == 400
    assert not await browser.is_in()
    assert not await came.is_in()
    assert await accounts_of_groups(world) == []
    record.note("T12", f"the way back: {name}", "nobody in, the attempt is over")


async def test_the_state_of_another_attempt_and_a_place_without_a_provider_lead_nowhere(
    world: World, liar: Provider
) -> None:
    await (await admin(world, liar)).sets_up()
    browser, answer = await _there(world, liar)
    _other, others = await _there(world, liar)
    assert (await browser.comes_back(answer, REGION)).status_code == 400
    assert (await browser.comes_back([("state", "x" * 5000)])).status_code == 400
    assert (await browser.comes_back([])).status_code == 400
    assert not await browser.is_in()
    assert (await browser.comes_back(answer)).status_code == 303  # its own attempt was not touched
    one_more, answer = await _there(world, liar)
    swapped = dict(answer) | {"state": dict(others)["state"]}
    assert (await one_more.comes_back(list(swapped.items()))).status_code == 403
    assert not await one_more.is_in()


async def test_a_set_up_that_changes_on_the_way_lets_nobody_in(world: World, liar: Provider) -> None:
    sets_up = await admin(world, liar)
    await sets_up.sets_up()
    browser, answer = await _there(world, liar)
    await sets_up.posts("client", client_id=CLIENT_ID, client_secret=SECRET)
    assert (await browser.comes_back(answer)).status_code == 400
    await sets_up.tests("the-admin")
    await sets_up.posts("switch", is_on="true")
    browser, answer = await _there(world, liar)
    await sets_up.posts("switch", is_on="false")
    assert (await browser.comes_back(answer)).status_code == 400
    assert not await browser.is_in()


async def test_an_identity_counts_at_home_alone(world: World, liar: Provider) -> None:
    """The same issuer, client, subject and address of mail at another center's provider is somebody else."""
    await (await admin(world, liar)).sets_up("the-admin")
    await _copy_provider(world, "bluestem")
    liar.claims = lambda said: said | {"email": "boss@redbank.example"}
    assert (await stranger(world, liar, ELSEWHERE).signs_in("the-admin")).status_code == 403
    liar.claims = lambda said: said | {"groups": ["others"], "email": "boss@redbank.example"}
    there = stranger(world, liar, ELSEWHERE)
    assert (await there.signs_in("the-admin")).status_code == 303
    ((account, _role, agency),) = await accounts_of_groups(world)
    assert account != demo.ADMIN
    assert agency == (await world.planes.tenants()).agency("bluestem").id
    assert "Redbank" not in (await there.client.get("/desk")).text
    other = stranger(world, liar)
    assert (await other.signs_in("of the same mail")).status_code == 403
    record.note("T12", "a foreign center's identity, group or address of mail: lets in", "0 of 3")


async def test_claims_make_nobody_what_the_provider_may_not_give(world: World, liar: Provider) -> None:
    await (await admin(world, liar)).sets_up()
    region = await world.heartland()
    liar.claims = lambda said: (
        said
        | {
            "role": "program_manager",
            "region_id": str(region.id),
            "agency_id": None,
            "account_id": str(demo.MANAGER),
        }
    )
    await stranger(world, liar).signs_in("rae")
    ((_account, role, agency),) = await accounts_of_groups(world)
    assert role == "psap_admin"
    assert agency is not None


async def test_an_account_that_moved_on_is_no_longer_what_the_provider_knew(world: World, liar: Provider) -> None:
    await (await admin(world, liar)).sets_up()
    rae = stranger(world, liar)
    await rae.signs_in("rae")
    await world.copy.superuser.execute(
        "UPDATE shared.account SET role = 'program_manager', agency_id = NULL WHERE provider_id IS NOT NULL"
    )
    assert (await stranger(world, liar).signs_in("rae")).status_code == 403
    assert not await rae.is_in()


async def test_a_test_links_only_whoever_began_it_and_is_still_here(world: World, liar: Provider) -> None:
    sets_up = await admin(world, liar)
    await sets_up.posts("issuer", issuer=liar.issuer)
    await sets_up.posts("client", client_id=CLIENT_ID, client_secret=SECRET)
    answer = liar.signs_in(await sets_up.browser.goes("/sign-on/test"), "attacker")
    lured = await stranger(world, liar).comes_back(answer)
    assert "came back in another browser" in lured.text
    answer = liar.signs_in(await sets_up.browser.goes("/sign-on/test"), "attacker")
    await world.copy.superuser.execute("DELETE FROM shared.sign_in WHERE account_id = $1", demo.ADMIN)
    gone = await sets_up.browser.comes_back(answer)
    assert "no longer signed in here" in gone.text
    assert await world.rows("SELECT count(*) FROM shared.sign_on_identity") == [(0,)]


async def test_a_test_gives_nobody_the_account_of_somebody_else(world: World, liar: Provider) -> None:
    sets_up = await admin(world, liar)
    await sets_up.sets_up("the-admin")
    says_time = time.time()
    liar.claims = lambda said: said | {"auth_time": says_time}
    rae = stranger(world, liar)
    await rae.signs_in("rae")
    tested = await rae.comes_back(liar.signs_in(await rae.goes("/sign-on/test"), "the-admin"))
    assert "It stays as it is." in tested.text
    tested = await rae.comes_back(liar.signs_in(await rae.goes("/sign-on/test"), "one more"))
    assert "It stays as it is." in tested.text
    assert await world.rows("SELECT count(*) FROM shared.sign_on_identity") == [(2,)]


async def test_a_secret_or_attempt_put_into_another_row_opens_nothing(world: World, liar: Provider) -> None:
    await (await admin(world, liar)).sets_up()
    await _copy_provider(world, "bluestem")
    run = world.copy.superuser.execute
    browser, answer = await _there(world, liar)
    mine = dict((await _there(world, liar, ELSEWHERE))[1])["state"]
    await run(
        "UPDATE shared.sign_on_attempt SET sealed = (SELECT sealed FROM shared.sign_on_attempt WHERE state_hash = $1)"
        " WHERE state_hash = $2",
        *(hashed(mine), hashed(dict(answer)["state"])),
    )
    assert (await browser.comes_back(answer)).status_code == 400
    await run(
        "UPDATE shared.sign_on_provider SET sealed_secret = (SELECT sealed_secret FROM shared.sign_on_provider"
        " WHERE groups = '{others}')"
    )
    answer_of_page = await world.client().post(CENTER)
    assert answer_of_page.status_code == 422
    assert "does not answer as it should" in answer_of_page.text


async def test_a_dump_shows_no_secret_no_token_and_no_address_of_mail(world: World, liar: Provider) -> None:
    """Not even of a provider that uses the address of mail as its subject, and not while somebody is on the way."""
    mail = "rae.whitcomb@redbank.example"
    tokens: list[str] = []
    liar.claims = lambda said: said | {"email": mail, "name": mail, "preferred_username": mail, "sid": mail}
    honest = liar.token

    def token(claims: Json) -> str:
        tokens.append(honest(claims))
        return tokens[-1]

    liar.token = token
    await (await admin(world, liar)).sets_up("admin@redbank.example")
    await stranger(world, liar).signs_in(mail)
    on_the_way, answer = await _there(world, liar)
    (code,) = liar.codes
    kept = liar.codes[code]
    secrets = [SECRET, mail, "admin@redbank.example", *tokens, code, dict(answer)["state"], kept["nonce"]]
    secrets += [str(on_the_way.client.cookies["owncall_demo_trip"])]
    dump = json.dumps([tuple(map(_shown, row)) for row in await _everything(world)])
    assert liar.issuer in dump  # so that the search cannot miss by looking nowhere
    for secret in secrets:
        assert len(secret) > 5
        for spelling in (secret, secret.encode().hex()):
            assert spelling not in dump, secret
    record.note(
        "T12", "client secret, ID tokens, state, nonce, subject and mail in every table", f"0 of {len(secrets)}"
    )


def _shown(value: object) -> object:
    return value.hex() if isinstance(value, bytes) else str(value)


async def _everything(world: World) -> list[tuple[object, ...]]:
    tables = await world.rows("SELECT table_name FROM information_schema.tables WHERE table_schema = 'shared'")
    return [tuple(row) for (table,) in tables for row in await world.rows(f"SELECT * FROM shared.{table}")]


async def test_what_is_over_is_deleted(world: World, liar: Provider) -> None:
    await (await admin(world, liar)).sets_up()
    await _there(world, liar)
    await world.copy.superuser.execute(
        "INSERT INTO shared.sign_on_logout SELECT id, '\\x01', shared.clock() + interval '12 minutes'"
        " FROM shared.sign_on_provider"
    )
    for minutes, left in ((9, (1, 1)), (2, (0, 1)), (2, (0, 0))):
        await world.copy.push_clock(timedelta(minutes=minutes))
        await forget_expired({"owncall": Context(world.planes)})
        rows = await world.rows(
            "SELECT (SELECT count(*) FROM shared.sign_on_attempt), (SELECT count(*) FROM shared.sign_on_logout)"
        )
        assert tuple(rows[0]) == left
