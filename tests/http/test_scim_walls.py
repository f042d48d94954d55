"""HR must not be able to see or end care: whatever a directory says, of whomever, nothing of a peer changes."""

import random
import re
from typing import Any
from uuid import UUID, uuid4

import pytest
from asyncpg import InsufficientPrivilegeError
from sqlalchemy import text

from services.cli import demo
from tests.directories import ADMIN, PATCH, USER, Directory, directory
from tests.world import World, peer_id

_TABLES = """
    sign_in passkey sign_in_link member membership availability callout copy offer page receipt_route follow_up client
    account_news calendar_feed
"""
_OF_OTHERS = {
    "account": "SELECT t::text FROM shared.account t WHERE NOT is_provisioned ORDER BY 1",
    **{table: f"SELECT t::text FROM shared.{table} t ORDER BY 1" for table in _TABLES.split()},
}


async def _dump(world: World) -> dict[str, list[Any]]:
    found = {table: await world.rows(statement) for table, statement in _OF_OTHERS.items()}
    homes = await world.rows("SELECT schema_name FROM shared.agency UNION SELECT schema_name FROM shared.region")
    found["request"] = [row for (name,) in homes for row in await world.rows(f'SELECT t::text FROM "{name}".request t')]
    return found


async def _known(world: World) -> tuple[list[str], list[str]]:
    """Names and ids of people and things that a directory could try."""
    ids = [str(row[0]) for row in await world.rows("SELECT id FROM shared.account UNION SELECT id FROM shared.member")]
    people = await world.rows("SELECT name, email, duty_phone FROM shared.member")
    return [str(one) for row in people for one in row if one], ids


@pytest.mark.timeout(240)
async def test_whatever_a_directory_says_no_peer_session_passkey_or_request_changes(world: World) -> None:
    ana = await world.person("ana")
    await world.asks()
    names, ids = await _known(world)
    scim, dice = await directory(world), random.Random(911)  # noqa: S311 - the same walk each time
    before, mine = await _dump(world), [str(uuid4())]
    for _ in range(250):
        answer = await _says_anything(scim, dice, names, ids + mine)
        assert answer.status_code < 500, answer.text
        if answer.status_code == 201:
            mine.append(answer.json()["id"])
        if dice.random() < 0.1:
            await world.settle()
    await world.settle()
    after = await _dump(world)
    for table, rows in before.items():
        assert after[table] == rows, table
    assert len(mine) > 20
    assert before["callout"]
    assert before["request"]
    assert (await ana.client.get("/v1/offers")).status_code == 200


async def _says_anything(scim: Directory, dice: random.Random, names: list[str], ids: list[str]) -> Any:  # noqa: ANN401 - an answer
    name, one = dice.choice(names), dice.choice(ids)
    said = {
        "schemas": [USER],
        "userName": name,
        "externalId": dice.choice([name, one]),
        "id": one,
        "active": dice.random() < 0.6,
        **dice.choice([{}, ADMIN, {"roles": [{"value": "peer"}]}]),
    }
    operations = [
        {"op": dice.choice(["add", "replace"]), "path": path, "value": value}
        for path, value in (("active", False), ("roles", [{"value": "psap_admin"}]), ("userName", name), ("id", one))
        if dice.random() < 0.5
    ]
    removes = [{"op": "remove", "path": dice.choice(["roles", "active", "externalId"])}]
    what = dice.randrange(6)
    if what == 0:
        return await scim.call("POST", "/Users", said)
    if what == 1:
        return await scim.call("PUT", f"/Users/{one}", said)
    if what == 2:
        return await scim.call("DELETE", f"/Users/{one}")
    if what == 3:
        return await scim.call("PATCH", f"/Users/{one}", {"schemas": [PATCH], "Operations": removes})
    if what == 4:
        return await scim.call("POST", "/Users", said)
    return await scim.call("PATCH", f"/Users/{one}", {"schemas": [PATCH], "Operations": operations or removes})


async def test_a_probe_for_a_peer_is_a_probe_for_nobody(world: World) -> None:
    scim = await directory(world)
    member = await world.rows("SELECT id, name, email FROM shared.member WHERE id = $1", peer_id("ana"))
    people = [str(member[0][0]), *(str(one) for one in member[0][1:] if one), str(peer_id("mara")), str(demo.ADMIN)]
    nobody = [str(UUID(int=7)), "Nobody At All", "nobody@nowhere.example"]

    async def told(one: str) -> list[tuple[int, str, str]]:
        answers = [
            await scim.call("GET", f"/Users/{one}"),
            await scim.call("GET", f'/Users?filter=userName eq "{one}"'),
            await scim.call("GET", f'/Users?filter=externalId eq "{one}"'),
            await scim.call("DELETE", f"/Users/{one}"),
            await scim.call("POST", "/Users", {"userName": one, "externalId": one}),
            await scim.call("DELETE", f"/Users/{one}"),
            await scim.call("GET", "/Users?count=0"),
        ]
        await world.copy.superuser.execute("DELETE FROM shared.desk_person")
        drawn = rf"{re.escape(one)}|[0-9a-f-]{{36}}|\d{{4}}-\d\d-\d\dT[\d:.]+Z"
        return [(answer.status_code, re.sub(drawn, "", answer.text), answer.reason_phrase) for answer in answers]

    seen = [await told(one) for one in people + nobody]
    assert all(one == seen[0] for one in seen)


async def test_the_desk_can_touch_no_account_and_tie_nobody(world: World) -> None:
    """Not because the code does not: the role that SCIM's routes act under may not."""
    agency = (await world.planes.tenants()).agency("redbank")
    for statement in (
        "SELECT FROM shared.account",
        "DELETE FROM shared.sign_in",
        "UPDATE shared.account SET is_provisioned = true",
        "SELECT account_id FROM shared.desk_person",
        "UPDATE shared.desk_person SET account_id = gen_random_uuid()",
        "SELECT FROM shared.provisioning_token",
        "SELECT FROM shared.member",
    ):
        with pytest.raises(InsufficientPrivilegeError):
            async with world.planes.desk(agency) as desk:
                await desk.execute(text(statement))


async def test_the_database_lets_no_directory_decide_on_a_peer_or_manager(world: World) -> None:
    for account in (peer_id("ana"), demo.MANAGER):
        with pytest.raises(Exception, match="account_provisioned_is_an_admin"):
            await world.copy.superuser.execute("UPDATE shared.account SET is_provisioned = true WHERE id = $1", account)


async def test_one_center_never_reads_anothers_people(world: World) -> None:
    here, elsewhere = await directory(world), await directory(world, "bluestem")
    ana = await here.names("ana@redbank.example", displayName="Ana")
    for path in (f"/Users/{ana['id']}", f"/Users/{uuid4()}"):
        for method, body in (("GET", None), ("DELETE", None), ("PUT", {"userName": "x"})):
            answer = await elsewhere.call(method, path, body)
            assert (answer.status_code, len(answer.content)) == (404, len(answer.content))
            assert "ana" not in answer.text.lower()
    assert (await elsewhere.call("GET", "/Users")).json()["totalResults"] == 0
    assert (await here.call("GET", "/Users")).json()["totalResults"] == 1
