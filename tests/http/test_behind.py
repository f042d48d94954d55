"""An agency whose schema waits for its migration: it alone is told to come back in a minute; everybody else works."""

import re
from collections.abc import AsyncIterator

import httpx2
import pytest

from libs.tenancy import trees
from services.api import rendering
from tests.world import World

KEPT = """
    SELECT (SELECT count(*) FROM shared.callout) + (SELECT count(*) FROM shared.receipt_route)
        + (SELECT count(*) FROM shared.job)
"""


async def _is_at(world: World, table: str, slug: str, version: str) -> None:
    await world.copy.superuser.execute(f"UPDATE shared.{table} SET schema_version = $1 WHERE slug = $2", version, slug)
    world.planes.forget_tenants()


@pytest.fixture
async def redbank_behind(world: World) -> AsyncIterator[None]:
    await _is_at(world, "agency", "redbank", "0000")
    yield
    await _is_at(world, "agency", "redbank", trees.AGENCY.head)


def _says_when_to_come_back(response: httpx2.Response) -> None:
    assert response.status_code == 503
    assert response.headers["retry-after"] == "60"


@pytest.mark.usefixtures("redbank_behind")
async def test_whoever_asks_from_an_agency_that_is_behind_is_told_so_and_nothing_is_half_kept(
    world: World,
) -> None:
    client = world.client()
    answer = await client.post("/v1/regions/heartland/requests", json={"center": "redbank"})
    _says_when_to_come_back(answer)
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["type"] == "/problems/being_updated"
    assert problem["detail"] == "Nothing was sent. Go back and send it again in a minute."
    assert problem["line_phone"] == (await world.heartland()).line_phone
    assert "receipt" not in problem
    assert await world.rows(KEPT) == [(0,)]


@pytest.mark.usefixtures("redbank_behind")
async def test_the_page_says_it_in_both_languages_with_the_line(world: World) -> None:
    client = world.client()
    page = await client.get("/a/redbank")
    form = dict(re.findall(r'name="(receipt|center|lang)" value="([^"]*)"', page.text))
    for lang, words in (("en", "are being updated"), ("es", "se están actualizando")):
        answer = await client.post("/r/heartland/ask", data={**form, "lang": lang})
        _says_when_to_come_back(answer)
        assert words in answer.text
        assert rendering.phone(str((await world.heartland()).line_phone)) in answer.text
        assert form["receipt"] not in answer.text


async def test_the_same_form_goes_through_once_the_agency_is_there(world: World) -> None:
    client = world.client()
    form = dict(re.findall(r'name="(receipt|center|lang)" value="([^"]*)"', (await client.get("/a/redbank")).text))
    await _is_at(world, "agency", "redbank", "0000")
    try:
        _says_when_to_come_back(await client.post("/r/heartland/ask", data=form))
    finally:
        await _is_at(world, "agency", "redbank", trees.AGENCY.head)
    answer = await client.post("/r/heartland/ask", data=form)
    assert answer.status_code == 200
    assert form["receipt"] in answer.text


@pytest.mark.usefixtures("redbank_behind")
async def test_the_others_work_meanwhile(world: World) -> None:
    tenants = await world.planes.tenants()
    region = await world.heartland()
    other = next(agency.slug for agency in tenants.agencies_of(region) if agency.slug != "redbank")
    requester = await world.asks(center=other)
    assert await requester.state() == "paging"
    assert (await (await world.asks(center="")).state()) == "paging"
    manager = await world.person("manager")
    assert (await manager.client.get("/program/roster")).status_code == 200


@pytest.mark.usefixtures("redbank_behind")
async def test_the_desk_of_an_agency_that_is_behind_waits_too(world: World) -> None:
    admin = await world.person("admin")
    answer = await admin.client.get("/desk")
    _says_when_to_come_back(answer)
    assert "Nothing was sent" not in answer.text


async def test_a_request_that_is_under_way_goes_on_in_dispatch(world: World) -> None:
    ana = await world.person("ana")
    requester = await world.asks()
    await _is_at(world, "agency", "redbank", "0000")
    try:
        assert (await ana.accepts()).status_code in {200, 204}
        _says_when_to_come_back(
            await requester.client.post("/v1/regions/heartland/requests/status", json={"receipt": requester.receipt})
        )
    finally:
        await _is_at(world, "agency", "redbank", trees.AGENCY.head)
    assert await requester.state() == "accepted"


async def test_a_regions_own_care_waits_alone_and_its_agencies_work(world: World) -> None:
    await _is_at(world, "region", "heartland", "0000")
    try:
        answer = await world.client().post("/v1/regions/heartland/requests", json={"center": ""})
        _says_when_to_come_back(answer)
        assert await (await world.asks()).state() == "paging"
    finally:
        await _is_at(world, "region", "heartland", trees.AGENCY.head)


async def test_an_agency_newer_than_the_code_works(world: World) -> None:
    await _is_at(world, "agency", "redbank", "9999")
    try:
        assert await (await world.asks()).state() == "paging"
    finally:
        await _is_at(world, "agency", "redbank", trees.AGENCY.head)


async def test_forgetting_waits_for_an_agency_that_is_behind(world: World) -> None:
    requester = await world.asks()
    await requester.withdraws()
    tied = "SELECT count(*) FROM shared.callout WHERE request_id IS NOT NULL"
    await _is_at(world, "agency", "redbank", "0000")
    try:
        for _ in range(10):
            await world.advance(minutes=1)
        assert await world.rows(tied) == [(1,)]
    finally:
        await _is_at(world, "agency", "redbank", trees.AGENCY.head)
    await world.advance(minutes=2)
    assert await world.rows(tied) == [(0,)]
