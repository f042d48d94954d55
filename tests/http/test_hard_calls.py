"""Hard calls come in as EIDO, as CSV and by one button; support is offered at the workstations."""

import json

import httpx2
import pytest

from services.cli import demo
from services.worker.schedule import Context, forget_expired
from tests.reporting import EIDO, HARD_CALLS, NENA_SAMPLE, by_key, eido, machine, now, shows_an_offer, station
from tests.world import World

_NOWHERE = "/v1/agencies/no-such-center/eido"


async def test_an_incident_offers_support_where_it_was_taken_and_nowhere_else(world: World) -> None:
    five, six = await station(world, "5"), await station(world, "6")
    cad = await machine(world)

    answer = await cad.post(EIDO, content=await eido(world, "5", "99"), headers=by_key())

    assert (answer.status_code, answer.json()["action"], answer.json()["why"]) == (200, "offer_support", "mapped")
    assert answer.json()["has_station"] is True
    assert await shows_an_offer(world, five)
    assert not await shows_an_offer(world, six)
    assert len(await world.rows("SELECT FROM shared.private_offer")) == 1  # of 99, which has no page, nothing is kept


async def test_the_offer_goes_by_itself_after_three_days(world: World) -> None:
    five, cad = await station(world, "5"), await machine(world)
    await cad.post(EIDO, content=await eido(world, "5"), headers=by_key())
    await world.advance(hours=71)
    assert await shows_an_offer(world, five)
    await forget_expired({"owncall": Context(world.planes)})
    assert len(await world.rows("SELECT FROM shared.private_offer")) == 1
    await world.advance(hours=2)
    assert not await shows_an_offer(world, five)
    await forget_expired({"owncall": Context(world.planes)})
    assert await world.rows("SELECT FROM shared.private_offer") == []


async def test_nenas_own_sample_has_nothing_to_do_and_says_so(world: World) -> None:
    five, cad = await station(world, "5"), await machine(world)
    answer = await cad.post(EIDO, content=NENA_SAMPLE.read_bytes(), headers=by_key())
    assert answer.status_code == 200
    assert (answer.json()["action"], answer.json()["why"]) == ("nothing", "no_incident")
    assert "no incident component" in answer.json()["detail"]
    assert not await shows_an_offer(world, five)


async def test_an_unknown_type_falls_back_to_the_centers_own_text_and_says_so(world: World) -> None:
    five, cad = await station(world, "5"), await machine(world)
    admin = (await world.person("admin")).client
    body = await eido(world, "5", kind="No such type", canary="Bad one")
    answer = (await cad.post(EIDO, content=body, headers=by_key())).json()
    assert (answer["action"], answer["why"]) == ("nothing", "unknown_type")
    assert not await shows_an_offer(world, five)

    put = await admin.put("/v1/desk/incident-types", json={"code": "bad ONE", "action": "offer_support"})
    assert put.status_code == 204
    answer = (await cad.post(EIDO, content=body, headers=by_key())).json()
    assert (answer["action"], answer["why"]) == ("offer_support", "internal_text")
    assert await shows_an_offer(world, five)


async def test_a_team_is_proposed_once_however_often_it_is_reported(world: World) -> None:
    five, cad = await station(world, "5"), await machine(world)
    body = await eido(world, "5", kind="MCI")
    answers = [await cad.post(EIDO, content=body, headers=by_key()) for _ in range(2)]
    later = json.loads(body)
    later["incidentComponent"][0]["lastUpdateTimeStamp"] = (await now(world)).isoformat()
    answers.append(await cad.post(EIDO, content=json.dumps(later), headers=by_key()))
    await world.settle()
    assert {answer.text for answer in answers} == {answers[0].text}
    assert answers[0].json()["action"] == "propose_deployment"
    rows = await world.rows("SELECT type, involved, place, opened_by FROM shared.incident")
    assert rows == [("mci", "1_5", "", "integrator")]
    assert len(await world.rows("SELECT FROM shared.deployment")) == 1
    assert len(await world.rows("SELECT FROM shared.private_offer")) == 1
    assert await shows_an_offer(world, five)
    world.leads_get_a_notice()


async def test_csv_is_taken_in_all_or_nothing(world: World) -> None:
    five, six = await station(world, "5"), await station(world, "6")
    cad, at = await machine(world), (await now(world)).isoformat()
    head = "incident_type,at,workstations\n"
    wrong = await cad.post(HARD_CALLS, content=f"{head}SUICIDE,{at},5\nSUICIDE,never,6\n", headers=by_key())
    assert (wrong.status_code, wrong.json()["errors"]) == (422, [{"line": 3, "column": "at"}])
    assert not await shows_an_offer(world, five)

    good = f"{head}SUICIDE,{at},5\nNOISE,{at},6\n"
    for _ in range(2):
        answer = await cad.post(HARD_CALLS, content=good, headers=by_key())
        assert [one["action"] for one in answer.json()["data"]] == ["offer_support", "nothing"]
    assert await shows_an_offer(world, five)
    assert not await shows_an_offer(world, six)
    assert len(await world.rows("SELECT FROM shared.private_offer")) == 1


async def test_a_list_is_taken_in_on_the_desks_page_all_or_nothing(world: World) -> None:
    five, six = await station(world, "5"), await station(world, "6")
    admin, at = (await world.person("admin")).client, (await now(world)).isoformat()
    head = "incident_type,at,workstations\n"

    async def sends(content: str) -> httpx2.Response:
        return await admin.post("/desk/hard-calls/list", files={"file": ("calls.csv", content)}, data={"lang": "en"})

    wrong = await sends(f"{head}SUICIDE,{at},5\nSUICIDE,never,6\n")
    assert wrong.status_code == 422
    assert "Nothing was taken in. Look at these lines: 3." in wrong.text
    assert (await sends(f"{head}SUICIDE,2099-01-01T00:00:00Z,5\n")).status_code == 422
    assert (await admin.post("/desk/hard-calls/list")).status_code == 422
    assert await world.rows("SELECT count(*) FROM shared.private_offer") == [(0,)]

    for _ in range(2):
        taken = await sends(f"{head}SUICIDE,{at},5\nNOISE,{at},6\n")
        assert "Hard calls among its 2 lines: 1." in taken.text
    assert await shows_an_offer(world, five)
    assert not await shows_an_offer(world, six)
    assert len(await world.rows("SELECT FROM shared.private_offer")) == 1


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "eido_unreadable"),
        (b'{"$id": "\xff"}', 400, "eido_unreadable"),
        (b'{"$id":' + b"[" * 100_000, 400, "eido_unreadable"),
        (b"{}", 422, "eido_unsound"),
        (b"[]", 422, "eido_unsound"),
        (b'{"$id": "e", "pad": "' + b"x" * 10 * 1024**2 + b'"}', 413, "content_too_large"),
    ],
    ids=["cut", "utf-8", "deep", "empty", "list", "10 MB"],
)
async def test_bad_input_is_a_problem_that_says_what_to_do(world: World, body: bytes, status: int, code: str) -> None:
    answer = await (await machine(world)).post(EIDO, content=body, headers=by_key())
    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{code}")
    assert answer.headers["content-type"] == "application/problem+json"


async def test_ten_thousand_components_are_taken_in(world: World) -> None:
    five, cad = await station(world, "5"), await machine(world)
    body = await eido(world, *map(str, range(10_000)))
    assert len(body) > 2 * 1024**2
    answer = await cad.post(EIDO, content=body, headers=by_key())
    assert answer.status_code == 200, answer.text
    assert await shows_an_offer(world, five)


async def test_another_agency_another_region_and_none_at_all_are_the_same_404(world: World) -> None:
    body = await eido(world, "5")
    own = await machine(world, of="redbank")
    assert (await own.post(EIDO, content=body, headers=by_key())).status_code == 200
    elsewhere = await machine(world, region="kansas-city")
    answers = [
        await own.post("/v1/agencies/bluestem/eido", content=body, headers=by_key()),
        await own.post(_NOWHERE, content=body, headers=by_key()),
        await elsewhere.post(EIDO, content=body, headers=by_key()),
        await (await world.person("admin")).client.post("/v1/agencies/bluestem/eido", content=body, headers=by_key()),
    ]
    assert {answer.status_code for answer in answers} == {404}
    texts = {json.dumps({**answer.json(), "request_id": ""}) for answer in answers}
    assert len(texts) == 1


async def test_a_scope_is_needed_for_each_of_both_and_a_revoked_one_ends_at_once(world: World) -> None:
    """T14's sample for `incidents:write`."""
    body = await eido(world, "5")
    for scope in ("agencies:read", "incidents:read", "incidents:write agencies:read"):
        cad = await machine(world, scope=scope)
        wanted = 200 if "incidents:write" in scope else 403
        assert (await cad.post(EIDO, content=body, headers=by_key())).status_code == wanted
        assert (await cad.post(HARD_CALLS, content="x", headers=by_key())).status_code == (
            422 if wanted == 200 else 403
        )
    for path in ("/v1/desk/stations", "/v1/desk/incident-types", "/v1/agencies", "/v1/members", "/v1/offers"):
        assert (await (await machine(world)).get(path)).status_code == 403
    cad = await machine(world)
    await world.copy.superuser.execute("DELETE FROM shared.access_token")
    assert (await cad.post(EIDO, content=body, headers=by_key())).status_code == 401
    nobody = world.client()
    assert (await nobody.post(EIDO, content=body, headers=by_key())).status_code == 401


async def test_one_button_by_page_and_by_api(world: World) -> None:
    five, six = await station(world, "5"), await station(world, "6")
    admin = (await world.person("admin")).client
    listed = {one["position"]: one["id"] for one in (await admin.get("/v1/desk/stations")).json()["data"]}
    form = {"offer_id": "the-same-tap", "station": [listed["5"]], "lang": "en"}
    for _ in range(2):
        sent = await admin.post("/desk/hard-calls/offer", data=form)
        assert sent.status_code == 303
    assert "It is sent." in (await admin.get(sent.headers["location"])).text
    assert await shows_an_offer(world, five)
    assert not await shows_an_offer(world, six)
    assert len(await world.rows("SELECT FROM shared.private_offer")) == 1
    assert (await admin.post("/v1/desk/hard-calls", json={}, headers=by_key())).json() == {"is_taken_in": True}
    assert await shows_an_offer(world, six)


async def test_the_desks_pages_add_show_once_and_remove(world: World) -> None:
    admin = (await world.person("admin")).client
    made = await admin.post("/desk/hard-calls/stations", data={"position": " 12a "})
    assert made.status_code == 201
    assert "/w/" in made.text
    assert "/w/" not in (await admin.get("/desk/hard-calls")).text
    assert (await admin.post("/desk/hard-calls/stations", data={"position": "12A"})).status_code == 409
    assert (await admin.post("/desk/hard-calls/stations", data={"position": "Ann Lee"})).status_code == 422
    for odd in ("Ann Lee", "\x00", "\u200b"):
        assert (await admin.post("/v1/desk/stations", json={"position": odd})).status_code == 422
        assert (await admin.post("/desk/hard-calls/stations", data={"position": odd})).status_code == 422
    assert (await admin.put("/v1/desk/incident-types", json={"code": "\x00", "action": "nothing"})).status_code == 422
    (one,) = (await admin.get("/v1/desk/stations")).json()["data"]
    assert one["position"] == "12A"
    assert (await admin.post(f"/desk/hard-calls/stations/{one['id']}/remove")).status_code == 303
    assert (await admin.delete(f"/v1/desk/stations/{one['id']}")).status_code == 404
    kept = await admin.post(
        "/desk/hard-calls/types", data={"code": "noise", "action": "offer_support", "incident_type": "other"}
    )
    assert "NOISE" in (await admin.get(kept.headers["location"])).text
    assert (await admin.post("/desk/hard-calls/types", data={"code": "noise", "action": "all"})).status_code == 422
    types = {one["code"]: one["action"] for one in (await admin.get("/v1/desk/incident-types")).json()["data"]}
    assert (types["NOISE"], types["MCI"]) == ("offer_support", "propose_deployment")


async def test_one_agencys_workstations_are_not_anothers(world: World) -> None:
    """Redbank's position 5 has a page; a report for Bluestem about its own position 5 shows nothing there."""
    five = await station(world, "5")
    cad = await machine(world)
    answer = await cad.post("/v1/agencies/bluestem/eido", content=await eido(world, "5"), headers=by_key())
    assert (answer.status_code, answer.json()["has_station"]) == (200, False)
    assert not await shows_an_offer(world, five)
    assert demo.REQUESTERS_CENTER == "redbank"
