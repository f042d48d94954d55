"""SCIM for a center's directory: the protocol, its limits, its token; conformance by scim2-tester over a socket."""

import asyncio
import json
from typing import Any

import httpx2
import pytest
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import Status, check_server

from libs.peer.provisioning import rules, tokens
from tests import processes
from tests.directories import ADMIN, PATCH, USER, Directory, directory, with_token
from tests.world import World

SCIM_ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"


async def _finds(scim: Directory, query: str) -> dict[str, Any]:
    answer = await scim.call("GET", f"/Users{query}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def _is_refused(answer: httpx2.Response, status: int, scim_type: str | None = None) -> bool:
    body = answer.json()
    return (answer.status_code, body["status"], body.get("scimType"), body["schemas"]) == (
        *(status, str(status), scim_type),
        [SCIM_ERROR],
    ) and answer.headers["content-type"].startswith("application/scim+json")


@pytest.mark.timeout(240)
async def test_scim2_tester_finds_nothing(world: World) -> None:
    agency = (await world.planes.tenants()).agency("redbank")
    async with world.planes.door() as door:
        token = await tokens.make(door, agency.id)
    async with processes.api(world.copy) as base:

        def check() -> list[Any]:
            headers = {"authorization": f"Bearer {token}"}
            with httpx2.Client(base_url=f"{base}/scim/redbank/v2", headers=headers, timeout=20) as client:
                return list(check_server(SyncSCIMClient(client)))

        results = await asyncio.to_thread(check)
    wrong = [f"{one.title}: {one.reason}" for one in results if one.status not in {Status.SUCCESS, Status.SKIPPED}]
    assert wrong == []
    assert sum(one.status is Status.SUCCESS for one in results) > 25


async def test_what_a_directory_sends_beyond_need_is_passed_over_and_in_no_row(world: World) -> None:
    scim = await directory(world)
    made = await scim.names(
        "dana@redbank.example",
        externalId="00u1",
        displayName="Dana Diaz",
        active=True,
        name={"givenName": "Canaryname", "familyName": "Diaz"},
        emails=[{"value": "canary@mail.example", "primary": True}],
        phoneNumbers=[{"value": "+18165550111"}],
        addresses=[{"streetAddress": "1 Canary Street"}],
        password="Canaryword",
        roles=[{"value": "canaryrole"}, {"value": "PSAP_Admin", "display": "canary", "primary": True}],
        **{"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"employeeNumber": "canary7"}},
    )
    assert {key: value for key, value in made.items() if key not in {"id", "meta"}} == {
        "schemas": [USER],
        "userName": "dana@redbank.example",
        "externalId": "00u1",
        "displayName": "Dana Diaz",
        "active": True,
        **ADMIN,
    }
    await world.settle()
    for table in ("desk_person", "account", "job", "event"):
        rows = await world.rows(f"SELECT t::text FROM shared.{table} t")
        assert "canary" not in str(rows).lower(), table
    assert await world.rows("SELECT name FROM shared.account WHERE is_provisioned") == [("Dana Diaz",)]


async def test_people_are_found_by_name_or_own_id_and_in_pages(world: World) -> None:
    scim = await directory(world)
    for number in range(5):
        await scim.names(f"P{number}@redbank.example", externalId=f"x{number}")
    assert (await _finds(scim, '?filter=userName eq "p3@REDBANK.example"'))["totalResults"] == 1
    assert (await _finds(scim, '?filter=externalId eq "x3"'))["Resources"][0]["userName"] == "P3@redbank.example"
    assert (await _finds(scim, '?filter=externalId eq "X3"'))["totalResults"] == 0
    assert (await _finds(scim, '?filter=userName eq "\\u0000"'))["totalResults"] == 0
    pages = [await _finds(scim, f"?startIndex={start}&count=2") for start in (1, 3, 5, 7)]
    assert [page["itemsPerPage"] for page in pages] == [2, 2, 1, 0]
    assert len({one["id"] for page in pages for one in page.get("Resources", ())}) == 5
    assert (await _finds(scim, "?count=100000&startIndex=1"))["itemsPerPage"] == 5
    assert (await _finds(scim, f"?startIndex={'9' * 30}"))["totalResults"] == 5
    found = await scim.call("POST", "/Users/.search", {"filter": 'externalId eq "x1"'})
    assert found.json()["totalResults"] == 1


async def test_a_page_never_has_more_than_two_hundred(world: World) -> None:
    scim, agency = await directory(world), (await world.planes.tenants()).agency("redbank")
    await world.copy.superuser.execute(
        "INSERT INTO shared.desk_person (id, agency_id, user_name) SELECT gen_random_uuid(), $1, 'p' || n"
        f" FROM generate_series(1, {rules.MOST_PEOPLE}) n",
        agency.id,
    )
    page = await _finds(scim, "?count=5000")
    assert (page["totalResults"], page["itemsPerPage"]) == (rules.MOST_PEOPLE, 200)
    assert (await _finds(scim, ""))["itemsPerPage"] == 200
    assert _is_refused(await scim.call("POST", "/Users", {"userName": "one more"}), 409)


@pytest.mark.parametrize(
    "filtered",
    [
        'userName co "a"',
        "active eq true",
        'not (userName eq "a")',
        'userName eq "a" and externalId eq "b"',
        "userName",
        'emails.value eq "a"',
        "(" * 100 + 'userName eq "a"' + ")" * 101,
    ],
)
async def test_other_filters_are_refused_and_never_answered_with_everybody(world: World, filtered: str) -> None:
    scim = await directory(world)
    answer = await scim.client.get(f"{scim.base}/Users", params={"filter": filtered})
    assert _is_refused(answer, 400, "invalidFilter")


async def test_a_user_name_belongs_to_one(world: World) -> None:
    scim = await directory(world)
    ana, ben = await scim.names("ana"), await scim.names("ben")
    assert _is_refused(await scim.call("POST", "/Users", {"userName": "ANA"}), 409, "uniqueness")
    taken = {"schemas": [USER], "userName": "Ana"}
    assert _is_refused(await scim.call("PUT", f"/Users/{ben['id']}", taken), 409, "uniqueness")
    assert (await scim.call("PUT", f"/Users/{ana['id']}", taken)).json()["userName"] == "Ana"
    elsewhere = await directory(world, "bluestem")
    await elsewhere.names("ana")
    answers = await asyncio.gather(*(scim.call("POST", "/Users", {"userName": "cleo"}) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]


async def test_a_version_that_is_not_the_last_changes_nothing(world: World) -> None:
    scim = await directory(world)
    ana = await scim.names("ana")
    path, old = f"{scim.base}/Users/{ana['id']}", {"if-match": ana["meta"]["version"]}
    assert (await scim.client.get(path, headers={"if-none-match": ana["meta"]["version"]})).status_code == 304
    await scim.says(ana, displayName="Ana A.")
    body = {"schemas": [USER], "userName": "ana", "displayName": "Old"}
    assert _is_refused(await scim.client.put(path, json=body, headers=old), 412)
    assert _is_refused(await scim.client.delete(path, headers=old), 412)
    assert (await scim.client.get(path)).json()["displayName"] == "Ana A."


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"[]", 400),
        (b'{"userName": "\xff"}', 400),
        (b'{"userName": "\\u0000"}', 400),
        (b'{"userName": "\\ud800"}', 400),
        (b'{"userName": "a", "x": ' + b"[" * 5_000 + b"]" * 5_000 + b"}", 400),
        (b'{"userName": "a", "active": "perhaps"}', 400),
        (json.dumps({"userName": "a" * 256}).encode(), 400),
        (json.dumps({"userName": "a", "displayName": ""}).encode(), 400),
        (b'{"userName": "a", "x": "' + b"x" * 20_000 + b'"}', 413),
        (b'{"userName": "a", "x": "' + b"x" * 10 * 1024**2 + b'"}', 413),
        (b'{"userName": "a", "x": "' + b"(" * 1_000 + b'"}', 400),
    ],
)
async def test_bad_input_is_refused_and_repeated_to_nobody(world: World, body: bytes, status: int) -> None:
    scim = await directory(world)
    ana = await scim.names("somebody")
    for method, path in (("POST", "/Users"), ("PUT", f"/Users/{ana['id']}"), ("PATCH", f"/Users/{ana['id']}")):
        headers = {"content-type": "application/scim+json"}
        answer = await scim.client.request(method, scim.base + path, content=body, headers=headers)
        assert answer.status_code == status, (method, answer.text)
        assert answer.json()["schemas"] == [SCIM_ERROR]
        assert "xxx" not in answer.text
    assert (await _finds(scim, ""))["totalResults"] == 1


async def test_a_patch_that_would_take_the_parser_long_is_refused_at_once(world: World) -> None:
    scim = await directory(world)
    ana = await scim.names("ana")
    path = "roles[" + "(" * 7_000 + 'value eq "a"' + ")" * 7_000 + "]"
    body = {"schemas": [PATCH], "Operations": [{"op": "add", "path": path, "value": "x"}]}
    assert _is_refused(await scim.call("PATCH", f"/Users/{ana['id']}", body), 400, "invalidSyntax")


async def test_no_other_token_opens_scim_and_its_own_opens_nothing_else(world: World) -> None:
    scim, elsewhere = await directory(world), await directory(world, "bluestem")
    agency = (await world.planes.tenants()).agency("redbank")
    async with world.planes.door() as door:
        (token,) = await tokens.of_agency(door, agency.id)
        newer = await tokens.make(door, agency.id)
    replaced = with_token(world, newer)
    assert (await scim.call("GET", "/Users")).status_code == 200  # for a day more
    assert (await replaced.call("GET", "/Users")).status_code == 200
    assert (await scim.client.get("/v1/agencies")).status_code == 403
    assert (await scim.client.get("/v1/desk")).status_code == 403
    assert (await (await world.person("admin")).client.get("/scim/redbank/v2/Users")).status_code == 403

    await world.advance(hours=25)
    refused = [
        await scim.call("GET", "/Users"),  # replaced
        await with_token(world, "scim_made_up").call("GET", "/Users"),
        await with_token(world, "made_up").call("GET", "/Users"),
        await Directory(elsewhere.client, scim.base).call("GET", "/Users"),  # another center's
        await Directory(elsewhere.client, "/scim/no-such-center/v2").call("GET", "/Users"),
        await Directory(world.client(), scim.base).call("GET", "/Users"),
    ]
    assert {(answer.status_code, answer.text) for answer in refused} == {(401, refused[0].text)}
    assert (await replaced.call("GET", "/Users")).status_code == 200
    async with world.planes.door() as door:
        (left,) = await tokens.of_agency(door, agency.id)
        assert left.id != token.id
        await tokens.end(door, left.id, of=agency.id)
    assert (await replaced.call("GET", "/Users")).status_code == 401


async def test_what_is_no_part_of_it_is_an_error_of_scim(world: World) -> None:
    scim = await directory(world)
    for method, path, status in (
        ("GET", "/Groups", 404),
        ("GET", "/Me", 404),
        ("POST", "/Bulk", 404),
        ("GET", "/Users/no-id", 404),
        ("GET", "/Schemas/nothing", 404),
        ("POST", "/Users/00000000-0000-4000-a000-000000000000", 405),
        ("GET", "/Users?sortBy=userName", 501),
        ("GET", "/Users?cursor=", 501),
    ):
        assert _is_refused(await scim.call(method, path), status), path
