"""The roster without login: seen from the networks that were set, by nobody else, without whoever wants none of it."""

import re

import httpx2
import pytest

from tests.reporting import machine
from tests.world import BASE, World, peer_id

ROSTER = "/r/heartland/roster"
SETTINGS = "/program/intranet"
LINES = "redbank, 10.4.0.0/16\nredbank, https://intranet.redbank.example\nheartland, 2001:db8::/32"


async def _from(world: World, address: str, path: str = ROSTER, **headers: str) -> httpx2.Response:
    transport = httpx2.ASGITransport(app=world.app, client=(address, 1234))
    async with httpx2.AsyncClient(transport=transport, base_url=BASE, headers=headers) as client:
        return await client.get(path)


async def _set(world: World, lines: str = LINES) -> httpx2.Response:
    manager = await world.person("manager")
    return await manager.client.post(SETTINGS, data={"lines": lines})


def _refused(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, re.sub(r"/r/[\w-]+/roster|[0-9a-f]{16}", "", answer.text)


async def test_it_is_seen_from_the_networks_set_and_is_not_there_for_anybody_else(world: World) -> None:
    nothing = _refused(await _from(world, "10.4.0.7"))
    assert nothing[0] == 404
    assert (await _set(world)).status_code == 303
    shown = await _from(world, "10.4.0.7")
    assert shown.status_code == 200
    assert "Ana" in shown.text
    assert (await _from(world, "2001:db8::7")).status_code == 200
    for address in ("10.5.0.7", "8.8.8.8", "2001:db9::7"):
        assert _refused(await _from(world, address)) == nothing
    assert _refused(await _from(world, "10.4.0.7", "/r/no-such-region/roster")) == nothing
    assert _refused(await _from(world, "10.4.0.7", "/r/kansas-city/roster")) == nothing
    assert (await _set(world, "")).status_code == 303
    assert _refused(await _from(world, "10.4.0.7")) == nothing


async def test_a_header_of_somebody_elses_lets_nobody_in(world: World) -> None:
    await _set(world)
    for headers in ({"x-forwarded-for": "10.4.0.7"}, {"forwarded": "for=10.4.0.7"}):
        assert (await _from(world, "8.8.8.8", **headers)).status_code == 404
        assert (await _from(world, "10.4.0.7", **headers)).status_code == 404


async def test_only_the_pages_of_that_place_may_frame_it(world: World) -> None:
    await _set(world)
    policy = (await _from(world, "10.4.0.7")).headers["content-security-policy"]
    assert policy.endswith("frame-ancestors https://intranet.redbank.example")
    assert (await _from(world, "2001:db8::7")).headers["content-security-policy"].endswith("frame-ancestors 'none'")
    assert (await _from(world, "8.8.8.8")).headers["content-security-policy"].endswith("frame-ancestors 'none'")


async def test_it_shows_no_way_to_reach_anybody_and_nothing_of_a_request(world: World) -> None:
    await _set(world)
    before = await _from(world, "10.4.0.7")
    for column in ("email", "phone", "duty_phone"):
        kept = {row[0] for row in await world.rows(f"SELECT {column} FROM shared.member") if row[0]}
        assert kept
        assert not [value for value in kept if value in before.text]
    await world.asks()
    await (await world.person("ana")).accepts()
    assert (await _from(world, "10.4.0.7")).text == before.text


async def test_who_does_not_want_to_be_shown_is_on_no_list_and_is_asked_as_before(world: World) -> None:
    await _set(world)
    ana = await world.person("ana")
    client = await machine(world, scope="roster:read")
    name = (await world.rows("SELECT name FROM shared.member WHERE id = $1", peer_id("ana")))[0][0]
    assert name in (await _from(world, "10.4.0.7")).text
    assert (await ana.client.post("/peer/limits/shown", data={"is_shown": "false"})).status_code == 303
    assert name not in (await _from(world, "10.4.0.7")).text
    assert name not in (await client.get("/v1/roster.csv")).text
    await world.asks()
    assert await ana.is_paged()
    assert (await ana.client.post("/peer/limits/shown", data={"is_shown": "true"})).status_code == 303
    assert name in (await _from(world, "10.4.0.7")).text


@pytest.mark.parametrize("lines", ["nowhere, 10.4.0.0/16", "redbank, 0.0.0.0/0", "redbank, https://*"])
async def test_a_line_that_cannot_be_used_changes_nothing(world: World, lines: str) -> None:
    await _set(world)
    manager = await world.person("manager")
    refused = await _set(world, f"redbank, 10.6.0.0/16\n{lines}")
    assert refused.status_code == 422
    assert lines in refused.text.replace("&#39;", "'")
    assert "10.4.0.0/16" in (await manager.client.get(SETTINGS)).text
    assert (await _from(world, "10.6.0.7")).status_code == 404
