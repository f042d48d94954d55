"""The roster on an intranet, and incidents that a center's own systems report."""

import csv
import io
from datetime import timedelta
from typing import Any
from uuid import uuid4

from tests.reporting import by_key, machine, now
from tests.world import World

INCIDENTS = "/v1/agencies/redbank/incidents"


async def _everybody(world: World, **of: str) -> list[dict[str, Any]]:
    client, found, cursor = await machine(world, scope="roster:read", **of), [], None
    while True:
        answer = await client.get("/v1/roster", params={"limit": 25, **({"cursor": cursor} if cursor else {})})
        assert answer.status_code == 200, answer.text
        found += answer.json()["data"]
        cursor = answer.json()["next_cursor"]
        if cursor is None:
            return found


async def test_it_shows_who_the_peers_are_and_no_way_to_reach_them(world: World) -> None:
    shown = await _everybody(world)
    assert len(shown) == len({one["id"] for one in shown}) > 25
    assert [one["name"] for one in shown] == sorted(one["name"] for one in shown)
    assert shown == await _everybody(world, of="redbank")
    for column in ("email", "phone", "duty_phone"):
        kept = {row[0] for row in await world.rows(f"SELECT {column} FROM shared.member") if row[0]}
        assert kept
        assert not [value for value in kept if value in str(shown)]


async def test_who_is_suspended_or_of_another_region_is_not_on_it(world: World) -> None:
    ana = next(one for one in await _everybody(world) if one["name"].startswith("Ana"))
    await world.copy.superuser.execute(
        "UPDATE shared.member SET suspended_on = CAST(shared.clock() AS date) WHERE id = $1", ana["id"]
    )
    try:
        assert ana["id"] not in {one["id"] for one in await _everybody(world)}
    finally:
        await world.copy.superuser.execute("UPDATE shared.member SET suspended_on = NULL WHERE id = $1", ana["id"])
    elsewhere = {one["id"] for one in await _everybody(world, region="kansas-city")}
    assert not elsewhere & {one["id"] for one in await _everybody(world)}


async def test_on_duty_is_the_schedules_word_and_says_nothing_of_a_request(world: World) -> None:
    ana = next(one for one in await _everybody(world) if one["name"].startswith("Ana"))
    rows = await world.rows("SELECT team_id, region_id FROM shared.membership WHERE member_id = $1", ana["id"])
    team, region = rows[0]
    start = await now(world)
    await world.copy.superuser.execute("DELETE FROM shared.duty WHERE peer_id = $1", ana["id"])
    await world.copy.superuser.execute(
        "INSERT INTO shared.schedule VALUES ($1, $2, 1, false, shared.clock()) ON CONFLICT DO NOTHING", team, region
    )
    await world.copy.superuser.execute(
        "INSERT INTO shared.duty (id, team_id, region_id, layer_id, peer_id, origin, starts_at, ends_at)"
        " VALUES ($1, $2, $3, $4, $5, 'rotation', $6, $7)",
        *(uuid4(), team, region, uuid4(), ana["id"], start - timedelta(hours=1), start + timedelta(hours=1)),
    )
    before = await _everybody(world)
    assert next(one for one in before if one["id"] == ana["id"])["on_duty"]
    await world.asks()
    await (await world.person("ana")).accepts()
    assert await _everybody(world) == before
    await world.copy.push_clock(timedelta(hours=2))
    assert not next(one for one in await _everybody(world) if one["id"] == ana["id"])["on_duty"]


async def test_the_csv_says_the_same(world: World) -> None:
    client = await machine(world, scope="roster:read")
    answer = await client.get("/v1/roster.csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["name"] for row in rows] == [one["name"] for one in await _everybody(world)]
    assert answer.headers["content-type"].startswith("text/csv")


async def test_an_incident_is_opened_once_and_the_coordinators_see_it(world: World) -> None:
    client, body = await machine(world, of="redbank"), {"id": str(uuid4()), "type": "child_death", "involved": "1_5"}
    body["happened_at"] = (await now(world)).isoformat()
    for _ in range(2):
        assert (await client.post(INCIDENTS, json=body, headers=by_key())).status_code == 202
    await world.settle()
    found = await world.rows("SELECT opened_by FROM shared.incident WHERE id = $1", body["id"])
    assert [row[0] for row in found] == ["integrator"]
    assert (await client.post(INCIDENTS, json=body)).status_code == 400
    assert (await client.post("/v1/agencies/kestrel/incidents", json=body, headers=by_key())).status_code == 404
    stranger = await machine(world, scope="roster:read", of="redbank")
    assert (await stranger.post(INCIDENTS, json=body, headers=by_key())).status_code == 403


async def test_a_place_with_signs_that_cannot_be_printed_loses_no_incident(world: World) -> None:
    """The database takes none in a place: it was a 500, and the incident was gone."""
    client = await machine(world, of="redbank")
    said = {"type": "ois", "involved": "1_5", "happened_at": (await now(world)).isoformat()}
    for sent, kept in (("Room\u0019\u0089 5\x00", "Room 5"), ("\u0001", ""), ("\n Main\tSt ", "Main St")):
        body = {"id": str(uuid4()), "place": sent, **said}
        assert (await client.post(INCIDENTS, json=body, headers=by_key())).status_code == 202
        assert await world.rows("SELECT place FROM shared.incident WHERE id = $1", body["id"]) == [(kept,)]


async def test_an_id_that_another_center_has_used_is_told_instead_of_losing_the_incident(world: World) -> None:
    """A system of several centers may send one call's id for each: it answered 202, and only the first was opened."""
    client = await machine(world)
    body = {"id": str(uuid4()), "type": "ois", "involved": "1_5", "happened_at": (await now(world)).isoformat()}
    for _ in range(2):
        assert (await client.post(INCIDENTS, json=body, headers=by_key())).status_code == 202
    answer = await client.post("/v1/agencies/bluestem/incidents", json=body, headers=by_key())
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/incident_taken")
    body["id"] = str(uuid4())
    assert (await client.post("/v1/agencies/bluestem/incidents", json=body, headers=by_key())).status_code == 202
    centers = [
        row[0]
        for row in await world.rows("SELECT a.slug FROM shared.incident JOIN shared.agency a ON a.id = agency_id")
    ]
    assert sorted(centers) == ["bluestem", "redbank"]
    admin = (await world.person("admin")).client
    taken = {**body, "type": "child_death"}
    assert (await admin.post("/v1/desk/incidents", json=taken)).status_code == 409
