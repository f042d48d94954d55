"""Passkeys over HTTP: enrolled by a link, shown, listed, renamed, removed; and every answer that is not in order."""

import asyncio
import base64
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest

from libs.peer.passkeys import actions as passkeys
from libs.peer.passkeys import challenges
from services.cli import demo
from tests.authenticators import TRUTH, Lie, Passkey
from tests.reporting import by_key
from tests.world import World, peer_id

ANA, BEN, MARA = peer_id("ana"), peer_id("ben"), peer_id("mara")
COOKIE = "owncall_demo"


@dataclass
class Holder:
    """Somebody with a passkey, and the browser that it signed in."""

    client: httpx2.AsyncClient
    key: Passkey


async def link(world: World, account: UUID, *, keep: bool = False) -> str:
    """A one-time link's token."""
    async with world.planes.door() as door:
        return (await passkeys.make_link(door, account, keep=keep)).token


async def asked(client: httpx2.AsyncClient, path: str, **body: object) -> dict[str, Any]:
    """What the browser is asked for."""
    response = await client.post(f"/v1/{path}/options", json=body)
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()["publicKey"]
    return found


async def enrolls(world: World, account: UUID, token: str = "") -> Holder:
    """Use a link with a new passkey."""
    token, client, key = token or await link(world, account), world.client(), Passkey()
    credential = key.made(await asked(client, "enrollments", token=token))
    response = await client.post("/v1/enrollments", json={"token": token, "credential": credential})
    assert response.status_code == 200, response.text
    return Holder(client, key)


async def signs_in(world: World, key: Passkey, lie: Lie = TRUTH) -> httpx2.Response:
    """Show a passkey in a browser that nobody is signed in in."""
    client = world.client()
    options = await asked(client, "sign-ins")
    return await client.post("/v1/sign-ins", json={"credential": key.shown(options, lie)})


async def mine(holder: Holder) -> list[dict[str, Any]]:
    """The passkeys that somebody is shown."""
    found: list[dict[str, Any]] = (await holder.client.get("/v1/account/passkeys")).json()["data"]
    return found


async def an_hour_passes(world: World) -> None:
    """Let every proof be an old one."""
    await world.copy.superuser.execute("UPDATE shared.sign_in SET proved_at = proved_at - interval '1 hour'")


async def test_a_link_makes_a_passkey_and_the_passkey_signs_in(world: World) -> None:
    ana = await enrolls(world, ANA)
    assert [one["name"] for one in await mine(ana)] == [""]
    answer = await signs_in(world, ana.key)
    assert (answer.status_code, answer.json()) == (200, {"next": "/dashboard"})
    assert "httponly" in answer.headers["set-cookie"].lower()
    (stored,) = await world.rows("SELECT sign_count, octet_length(public_key) FROM shared.passkey")
    assert stored[0] == 2
    assert await world.rows("SELECT ceremony FROM shared.challenge") == [("sign_in",)]


async def test_a_link_works_once_for_its_own_day_and_only_in_the_hands_of_whoever_asked(world: World) -> None:
    token = await link(world, ANA)
    client, key = world.client(), Passkey()
    mixed = key.made(await asked(client, "enrollments", token=await link(world, BEN)))
    answer = await client.post("/v1/enrollments", json={"token": token, "credential": mixed})
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/passkey_refused")
    await enrolls(world, ANA, token)  # the failed try has not used it up
    again = await client.post("/v1/enrollments/options", json={"token": token})
    assert (again.status_code, again.json()["type"]) == (403, "/problems/link_used")
    token = await link(world, ANA)
    await world.copy.superuser.execute("UPDATE shared.sign_in_link SET expires_at = shared.clock()")
    late = await client.post("/v1/enrollments/options", json={"token": token})
    assert {k: v for k, v in late.json().items() if k != "request_id"} == {
        k: v for k, v in again.json().items() if k != "request_id"
    }


async def test_a_demonstrations_link_makes_no_passkey_and_an_enrolling_one_does_not_sign_in(world: World) -> None:
    answer = await world.client().post("/sign-in", data={"token": await link(world, ANA)})
    assert answer.status_code == 403


async def test_ten_passkeys_are_enough(world: World) -> None:
    ana = await enrolls(world, ANA)
    for _ in range(9):
        key = Passkey()
        body = {"credential": key.made(await asked(ana.client, "account/passkeys")), "name": " My \n phone "}
        assert (await ana.client.post("/v1/account/passkeys", json=body)).status_code == 201
    body = {"credential": Passkey().made(await asked(ana.client, "account/passkeys"))}
    assert (await ana.client.post("/v1/account/passkeys", json=body)).json()["type"] == "/problems/too_many_passkeys"
    assert [one["name"] for one in await mine(ana)].count("My phone") == 9


async def test_a_passkey_is_renamed_and_removed_by_its_owner_alone(world: World) -> None:
    ana, ben = await enrolls(world, ANA), await enrolls(world, BEN)
    (hers,) = await mine(ana)
    address = f"/v1/account/passkeys/{hers['id']}"
    foreign = await ben.client.patch(address, json={"name": "Mine now"})
    missing = await ben.client.patch(f"/v1/account/passkeys/{uuid4()}", json={"name": "Mine now"})
    assert foreign.status_code == missing.status_code == 404
    assert len(foreign.content) == len(missing.content)
    assert (await ben.client.delete(f"{address}?even_the_last=true")).status_code == 404
    assert (await ana.client.patch(address, json={"name": "Kitchen tablet"})).status_code == 204
    assert [one["name"] for one in await mine(ana)] == ["Kitchen tablet"]


async def test_removing_one_signs_out_what_it_signed_in_and_the_last_one_goes_only_when_that_is_understood(
    world: World,
) -> None:
    ana = await enrolls(world, ANA)
    second = Passkey()
    body = {"credential": second.made(await asked(ana.client, "account/passkeys")), "name": "Z"}
    assert (await ana.client.post("/v1/account/passkeys", json=body)).status_code == 201
    elsewhere = world.client((await signs_in(world, second)).cookies[COOKIE])
    first, other = sorted(await mine(ana), key=lambda one: one["name"])
    assert (await ana.client.delete(f"/v1/account/passkeys/{other['id']}")).status_code == 204
    assert (await elsewhere.get("/v1/account/sign-ins")).status_code == 401
    assert (await signs_in(world, second)).status_code == 403
    last = f"/v1/account/passkeys/{first['id']}"
    assert (await ana.client.delete(last)).json()["type"] == "/problems/last_passkey"
    assert (await signs_in(world, ana.key)).status_code == 200
    assert (await ana.client.delete(f"{last}?even_the_last=true")).status_code == 204
    assert await world.rows("SELECT count(*) FROM shared.sign_in") == [(0,)]
    assert (await signs_in(world, ana.key)).status_code == 403


async def test_what_gives_a_way_in_asks_for_a_passkey_once_more_and_work_does_not(world: World) -> None:
    mara = await enrolls(world, MARA)
    (hers,) = await mine(mara)
    await an_hour_passes(world)
    gated = (
        ("POST", "/v1/account/passkeys/options"),
        ("POST", "/v1/account/passkeys"),
        ("DELETE", f"/v1/account/passkeys/{hers['id']}"),
        ("POST", f"/v1/team/{ANA}/link"),
    )
    for method, path in gated:
        answer = await mara.client.request(method, path, json={"credential": {}} if method == "POST" else None)
        assert (answer.status_code, answer.json()["type"]) == (403, "/problems/prove_again"), path
    page = await mara.client.post(f"/coordinator/people/access/{ANA}/link", data={"lang": "es"})
    assert page.status_code == 303
    assert page.headers["location"] == "/account/prove?next=%2Fcoordinator%2Fpeople%2Faccess&lang=es"
    assert (await mara.client.get("/v1/offers")).status_code == 200
    before = mara.client.cookies[COOKIE]
    body = {"credential": mara.key.shown(await asked(mara.client, "account/proofs"))}
    assert (await mara.client.post("/v1/account/proofs", json=body)).status_code == 204
    assert mara.client.cookies[COOKIE] != before
    assert (await world.client(before).get("/v1/offers")).status_code == 401
    assert (await mara.client.post(f"/v1/team/{ANA}/link", json={})).status_code == 201


async def test_a_proof_is_given_by_ones_own_passkey_alone(world: World) -> None:
    ana, ben = await enrolls(world, ANA), await enrolls(world, BEN)
    options = await asked(ana.client, "account/proofs")
    for key in (ben.key, Passkey(owner=ANA.bytes)):
        answer = await ana.client.post("/v1/account/proofs", json={"credential": key.shown(options)})
        assert answer.json()["type"] == "/problems/passkey_refused"
        options = await asked(ana.client, "account/proofs")
    # A device may leave out whose it is where it was asked for one of a list; a sign-in may not.
    nameless = ana.key.shown(options, Lie(nameless=True))
    assert (await ana.client.post("/v1/account/proofs", json={"credential": nameless})).status_code == 204
    assert (await signs_in(world, ana.key, Lie(nameless=True))).status_code == 403


async def test_a_lost_device_is_replaced_by_a_link_and_lets_nobody_in_from_then_on(world: World) -> None:
    mara, ana = await enrolls(world, MARA), await enrolls(world, ANA)
    made = await mara.client.post(f"/v1/team/{ANA}/link", json={})
    assert (await ana.client.get("/v1/account/sign-ins")).status_code == 401
    assert (await signs_in(world, ana.key)).status_code == 403
    again = await enrolls(world, ANA, made.json()["url"].split("#")[1])
    assert (await again.client.get("/dashboard")).headers["location"] == "/account"
    assert "Your earlier passkeys ended" in (await again.client.get("/account")).text
    assert (await again.client.post("/account/news/seen")).status_code == 303
    assert (await again.client.get("/dashboard")).headers["location"] == "/peer"


async def test_a_link_for_one_more_device_keeps_what_is_there_when_the_coordinator_chooses_so(world: World) -> None:
    mara, ana = await enrolls(world, MARA), await enrolls(world, ANA)
    made = await mara.client.post(f"/v1/team/{ANA}/link", json={"keep": True})
    assert (await ana.client.get("/v1/account/sign-ins")).status_code == 200
    await enrolls(world, ANA, made.json()["url"].split("#")[1])
    assert (await signs_in(world, ana.key)).status_code == 200
    assert "A link for one more device was made for you." in (await ana.client.get("/account")).text


async def test_a_coordinator_makes_links_for_their_own_team_alone(world: World) -> None:
    mara = await enrolls(world, MARA)
    names = {one["key"] for one in (await mara.client.get("/v1/team")).json()["data"]}
    assert str(ANA) in names
    assert str(MARA) not in names
    for stranger in (MARA, demo.MANAGER, demo.ADMIN, uuid4()):
        answer = await mara.client.post(f"/v1/team/{stranger}/link", json={})
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/not_your_team")


async def test_a_manager_lets_an_admin_in_for_the_first_time_and_sees_no_peer(world: World) -> None:
    boss = await world.person("manager")
    (agency,) = await world.rows("SELECT id FROM shared.agency WHERE slug = 'redbank'")
    try:
        asked = {"name": " Jo  Park ", "agency_id": str(agency[0])}
        made = await boss.client.post("/v1/admins", json=asked, headers=by_key())
        assert made.status_code == 201, made.text
        token = made.json()["url"].split("#")[1]
        admin = await enrolls(world, demo.ADMIN, token)
        assert (await admin.client.get("/dashboard")).headers["location"] == "/desk"
        shown = (await boss.client.get("/v1/admins")).json()["data"]
        assert ("Jo Park", 1) in {(one["name"], one["passkeys"]) for one in shown}
        assert {str(ANA), str(MARA)}.isdisjoint(one["key"] for one in shown)
        for stranger in (ANA, demo.MANAGER, uuid4()):
            answer = await boss.client.post(f"/v1/admins/{stranger}/link", json={})
            assert (answer.status_code, answer.json()["type"]) == (404, "/problems/admin_unknown")
        foreign = await boss.client.post("/v1/admins", json={"name": "Jo", "agency_id": str(uuid4())}, headers=by_key())
        assert foreign.json()["type"] == "/problems/agency_unknown"
    finally:
        await world.copy.superuser.execute("DELETE FROM shared.account WHERE name = 'Jo Park'")


async def _refused(world: World, credential: dict[str, Any]) -> httpx2.Response:
    return await world.client().post("/v1/sign-ins", json={"credential": credential})


def _plain(answer: httpx2.Response) -> tuple[int, dict[str, Any]]:
    return answer.status_code, {key: value for key, value in answer.json().items() if key != "request_id"}


LIES = {
    "foreign origin": Lie(origin="http://localhost.example.org:8080"),
    "other port": Lie(origin="http://localhost:8081"),
    "wrong rp id": Lie(host="example.org"),
    "made up challenge": Lie(challenge="AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
    "empty challenge": Lie(challenge=""),
    "wrong user handle": Lie(handle=BEN.bytes),
    "user handle that is none": Lie(handle=b"\xff"),
    "no user handle": Lie(nameless=True),
    "not verified": Lie(unverified=True),
    "in a foreign frame": Lie(framed=True),
    "another ceremony's type": Lie(kind="webauthn.create"),
    "wrong signature": Lie(signature=b"\x30\x06\x02\x01\x01\x02\x01\x01"),
    "no signature at all": Lie(signature=b"\x00"),
    "counter that stands": Lie(counter=1),
    "counter going back": Lie(counter=0),
}


async def test_every_answer_that_is_not_in_order_gets_the_same_plain_one(world: World) -> None:
    seen = set()
    for name, lie in LIES.items():
        await world.begin()
        ana = await enrolls(world, ANA)
        answer = await signs_in(world, ana.key, lie)
        status, said = _plain(answer)
        assert (status, said["type"]) == (403, "/problems/passkey_refused"), name
        assert "set-cookie" not in answer.headers
        seen.add(repr(said))
    unknown = await signs_in(world, Passkey(owner=ANA.bytes))
    garbage = [await _refused(world, one) for one in ({}, {"response": 1}, {"rawId": "é", "response": {"x": []}})]
    seen |= {repr(_plain(answer)[1]) for answer in (unknown, *garbage)}
    assert len(seen) == 1


async def test_an_answer_is_good_once_for_five_minutes_and_for_what_it_was_asked_for(world: World) -> None:
    ana, client = await enrolls(world, ANA), world.client()
    options = await asked(client, "sign-ins")
    good = ana.key.shown(options)
    assert (await _refused(world, good)).status_code == 200
    replayed = await _refused(world, good)
    taken = await _refused(world, ana.key.shown(options))  # a new signature over a spent challenge
    options = await asked(client, "sign-ins")
    await world.copy.push_clock(timedelta(minutes=6))
    late = await _refused(world, ana.key.shown(options))
    lent = await _refused(world, ana.key.shown(await asked(ana.client, "account/proofs")))
    answers = [_plain(answer) for answer in (replayed, taken, late, lent)]
    assert all(answer == answers[0] for answer in answers)
    assert answers[0][0] == 403


async def test_asking_for_sign_ins_stores_nothing_and_neither_does_a_wrong_answer(world: World) -> None:
    ana, client = await enrolls(world, ANA), world.client()
    for lie in (Lie(host="example.org"), Lie(signature=b"\x00"), Lie(challenge="A" * 75)):
        assert (await _refused(world, ana.key.shown(await asked(client, "sign-ins"), lie))).status_code == 403
    assert await world.rows("SELECT count(*) FROM shared.challenge") == [(0,)]


async def test_one_challenge_signs_in_once_however_many_answer_it_at_one_time(world: World) -> None:
    ana, ben = await enrolls(world, ANA), await enrolls(world, BEN)
    options = await asked(world.client(), "sign-ins")
    answers = [one.key.shown(options) for one in (ana, ben, ana, ben)]
    statuses = [answer.status_code for answer in await asyncio.gather(*(_refused(world, one) for one in answers))]
    assert sorted(statuses) == [200, 403, 403, 403]
    assert await world.rows("SELECT count(*) FROM shared.passkey WHERE doubted_on IS NOT NULL") == [(0,)]


async def test_a_played_back_answer_turns_nobodys_passkey_off_and_no_other_purpose_frees_it(world: World) -> None:
    ana = await enrolls(world, ANA)
    good = ana.key.shown(await asked(world.client(), "sign-ins"))
    assert (await _refused(world, good)).status_code == 200
    proof = await ana.client.post("/v1/account/proofs", json={"credential": good})
    assert proof.status_code == 403
    assert (await _refused(world, good)).status_code == 403
    assert (await signs_in(world, ana.key)).status_code == 200


async def test_a_challenge_that_another_key_has_signed_is_none(world: World) -> None:
    ana = await enrolls(world, ANA)
    async with world.planes.door() as door:
        forged = await challenges.offer(door, bytes(32))
    answer = await signs_in(world, ana.key, Lie(challenge=base64.urlsafe_b64encode(forged).rstrip(b"=").decode()))
    assert answer.status_code == 403


async def test_a_wrong_proof_takes_its_challenge(world: World) -> None:
    ana = await enrolls(world, ANA)
    options = await asked(ana.client, "account/proofs")
    for lie in (Lie(host="example.org"), TRUTH):
        answer = await ana.client.post("/v1/account/proofs", json={"credential": ana.key.shown(options, lie)})
        assert answer.status_code == 403


async def test_another_accounts_credential_cannot_be_taken_over(world: World) -> None:
    ana, ben = await enrolls(world, ANA), await enrolls(world, BEN)
    thief = Passkey(id=ana.key.id)
    body = {"credential": thief.made(await asked(ben.client, "account/passkeys"))}
    assert (await ben.client.post("/v1/account/passkeys", json=body)).json()["type"] == "/problems/passkey_refused"
    assert (await signs_in(world, thief)).status_code == 403
    assert (await signs_in(world, ana.key)).status_code == 200
    (count,) = await world.rows("SELECT count(*) FROM shared.passkey WHERE account_id = $1", BEN)
    assert count == (1,)


async def test_a_copy_is_turned_off_for_everybody_and_its_owner_is_told_later(world: World) -> None:
    ana, mara = await enrolls(world, ANA), await enrolls(world, MARA)
    assert (await signs_in(world, ana.key, Lie(counter=1))).status_code == 403
    assert (await ana.client.get("/v1/account/sign-ins")).status_code == 401
    assert (await signs_in(world, ana.key)).status_code == 403
    made = await mara.client.post(f"/v1/team/{ANA}/link", json={})
    again = await enrolls(world, ANA, made.json()["url"].split("#")[1])
    assert "Two copies of a passkey" in (await again.client.get("/account")).text


async def test_a_device_that_counts_nothing_is_no_copy(world: World) -> None:
    ana = await enrolls(world, ANA)
    await world.copy.superuser.execute("UPDATE shared.passkey SET sign_count = 0")
    for _ in range(2):
        assert (await signs_in(world, ana.key, Lie(counter=0))).status_code == 200


async def test_who_has_no_account_any_more_has_no_passkey(world: World) -> None:
    admin = uuid4()
    region = (await world.heartland()).id
    await world.copy.superuser.execute(
        "INSERT INTO shared.account (id, role, region_id, agency_id, name)"
        " SELECT $1, 'psap_admin', $2, agency_id, 'Gone' FROM shared.account WHERE id = $3",
        admin,
        region,
        demo.ADMIN,
    )
    gone = await enrolls(world, admin)
    await world.copy.superuser.execute("DELETE FROM shared.account WHERE id = $1", admin)
    assert (await gone.client.get("/v1/account/sign-ins")).status_code == 401
    assert (await signs_in(world, gone.key)).status_code == 403


@pytest.mark.parametrize("path", ["enrollments", "sign-ins"])
async def test_what_is_asked_of_a_stranger_says_nothing_about_anybody(world: World, path: str) -> None:
    await enrolls(world, ANA)
    if path == "sign-ins":
        options = await asked(world.client(), path)
        assert options["allowCredentials"] == []
        assert str(ANA) not in repr(options)
    else:
        wrong = await world.client().post(f"/v1/{path}/options", json={"token": "x" * 43})
        assert (wrong.status_code, wrong.json()["type"]) == (403, "/problems/link_used")
