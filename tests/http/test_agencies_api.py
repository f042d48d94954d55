"""Catalogue, agencies and onboardings under /v1: searched, paged, changed; whatever is sent, never a 5xx."""

import time
from typing import Any

import httpx2

from services.cli import demo
from tests.world import World


async def _manager(world: World) -> httpx2.AsyncClient:
    return (await world.person("manager")).client


async def test_search_finds_by_name_county_state_and_id_within_100_ms(world: World) -> None:
    client = await _manager(world)
    await client.get("/v1/catalogue", params={"q": "warm"})
    for q, wanted in (
        ("ray county", 3906),
        ("RAY mo", 3906),
        ("3906", 3906),
        ("doña ana", None),
        ("dona ana", None),
        ("St. Louis", None),
    ):
        began = time.perf_counter()
        answer = await client.get("/v1/catalogue", params={"q": q, "limit": 100})
        assert time.perf_counter() - began < 0.5  # 100 ms on an idle machine; tests share theirs
        found = answer.json()["data"]
        assert found, q
        assert wanted is None or wanted in {row["psap_id"] for row in found}
    by_state = (await client.get("/v1/catalogue", params={"state": "mo", "standing": "orphaned"})).json()["data"]
    assert {(row["state"], row["standing"]) for row in by_state} == {("MO", "orphaned")}
    assert (await client.get("/v1/catalogue", params={"q": "100%_"})).json()["data"] == []
    onboarded = (await client.get("/v1/catalogue", params={"q": "3906"})).json()["data"][0]
    assert (onboarded["region_name"], onboarded["is_mine"]) == ("Kansas City (registry)", False)


async def test_pages_go_on_where_they_ended_and_cursors_belong_to_one_list(world: World) -> None:
    client = await _manager(world)
    seen: list[int] = []
    url: str | None = "/v1/catalogue?state=DC&limit=2&standing=active_primary"
    cursor = None
    while url:
        answer = await client.get(url)
        assert answer.status_code == 200
        body = answer.json()
        seen += [row["psap_id"] for row in body["data"]]
        cursor = body["next_cursor"] or cursor
        link = answer.links.get("next")
        assert (link is None) == (body["next_cursor"] is None)
        url = link["url"] if link else None
    (total,) = (await world.rows(_IN_DC))[0]
    assert len(seen) == len(set(seen)) == total

    agencies: list[str] = []
    body = (await client.get("/v1/agencies", params={"limit": 7})).json()
    while True:
        agencies += [row["slug"] for row in body["data"]]
        if body["next_cursor"] is None:
            break
        cursor = body["next_cursor"]
        body = (await client.get("/v1/agencies", params={"limit": 7, "cursor": cursor})).json()
    assert len(agencies) == len(set(agencies)) == 18

    for path in ("/v1/catalogue", "/v1/onboardings", "/v1/agencies?cursor=AAAA"):
        refused = await client.get(path, params={"cursor": cursor} if "?" not in path else None)
        assert refused.status_code == 400
        assert refused.json()["type"] == "/problems/cursor_invalid"
    other = world.client(await world.signs_in(demo.YOUR_MANAGER))
    assert (await other.get("/v1/agencies", params={"cursor": cursor})).status_code == 400


_IN_DC = "SELECT count(*) FROM shared.psap_catalogue WHERE state = 'DC' AND standing = 'active_primary'"


async def test_an_agency_is_changed_by_who_has_read_it_last(world: World) -> None:
    client = await _manager(world)
    agency_id = (await world.planes.tenants()).agency("osprey").id
    path = f"/v1/agencies/{agency_id}"
    read = await client.get(path)
    etag, name = read.headers["etag"], read.json()["name"]
    patch: dict[str, Any] = {"headers": {"if-match": etag, "content-type": "application/merge-patch+json"}}

    assert (await client.patch(path, json={"name": "X"})).status_code == 428
    renamed = await client.patch(path, content='{"name": "Osprey “9-1-1” 🦅"}', **patch)
    assert renamed.status_code == 200, renamed.text
    assert renamed.json()["name"] == "Osprey “9-1-1” 🦅"
    late = await client.patch(path, content='{"status": "suspended"}', **patch)
    assert (late.status_code, late.json()["type"]) == (412, "/problems/agency_changed")
    fresh: dict[str, Any] = {"headers": {"if-match": renamed.headers["etag"]}}
    suspended = await client.patch(path, json={"status": "suspended"}, **fresh)
    assert suspended.json()["status"] == "suspended"
    assert "You can still talk to a peer." in (await world.client().get("/a/osprey")).text
    back: dict[str, Any] = {"headers": {"if-match": suspended.headers["etag"]}}
    assert (await client.patch(path, json={"status": "active", "name": name}, **back)).json()["name"] == name

    foreign = (await world.planes.tenants()).region("kansas-city")
    (other,) = (await world.rows("SELECT id FROM shared.agency WHERE region_id = $1 LIMIT 1", foreign.id))[0]
    for unknown in (other, demo.MANAGER):
        answer = await client.get(f"/v1/agencies/{unknown}")
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/agency_unknown")
        assert (await client.patch(f"/v1/agencies/{unknown}", json={}, **back)).status_code == 404


async def test_the_last_import_is_told_with_whom_it_touches(world: World) -> None:
    client = world.client(await world.signs_in(demo.YOUR_MANAGER))
    told = (await client.get("/v1/catalogue/last-import")).json()
    assert told["last_import"]["rows_read"] == 8915
    assert told["last_import"]["differences"] == {}
    assert told["touched"] == []
    page = await client.get("/program/agencies/registry")
    assert "8,915 rows" in page.text


async def test_what_cannot_be_onboarded_is_refused_and_nothing_is_asked_for(world: World) -> None:
    client = await _manager(world)
    orphan = (await world.rows("SELECT psap_id FROM shared.psap_catalogue WHERE standing = 'orphaned' LIMIT 1"))[0][0]
    for body, code in (
        ({"psap_ids": [orphan]}, "psap_unknown"),
        ({"psap_ids": [987654]}, "psap_unknown"),
        ({}, "agency_not_well_described"),
        ({"agencies": [{"name": "🚒", "discipline": "fire", "state": "MO"}]}, "agency_not_well_described"),
        ({"agencies": [{"name": "Fire", "discipline": "fire", "state": "Atlantis"}]}, "agency_not_well_described"),
        ({"agencies": [{"name": "Fire", "discipline": "plumbing", "state": "MO"}]}, "invalid"),
    ):
        answer = await client.post("/v1/onboardings", json=body)
        assert (answer.status_code, answer.json()["type"]) == (422, f"/problems/{code}"), body
    assert await world.rows("SELECT count(*) FROM shared.onboarding") == [(0,)]
    none = await client.post("/program/agencies/preview", data={"q": "ray"})
    assert "none_chosen=true" in none.headers["location"]
    assert "Choose at least one." in (await client.get(none.headers["location"])).text
    kept = await client.post("/program/agencies/by-hand", data={"name": 'Fire "One"', "county": "Clay"})
    assert kept.status_code == 422
    assert "Fire &#34;One&#34;" in kept.text
    assert "Choose the state." in kept.text
