"""A peer's photo: put there by the peer alone, seen where the roster is, gone when they take it out or leave."""

import io
from dataclasses import replace

import httpx2
import pytest
from PIL import Image

from libs.peer.intranet import photos
from libs.peer.roster import actions as roster
from libs.peer.roster import queries
from tests.reporting import machine
from tests.world import BASE, Person, World, peer_id

HERE = "/peer/limits/photo"
ROSTER = "/r/heartland/roster"


def _jpeg(color: str = "teal", size: int = 700) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (size, size), color).save(out, "JPEG", comment=b"taken at home")
    return out.getvalue()


async def _puts(person: Person, content: bytes) -> httpx2.Response:
    return await person.client.post(HERE, files={"photo": ("me.jpg", content, "image/jpeg")}, data={"lang": "es"})


async def _from_a_console(world: World, path: str = ROSTER, address: str = "10.4.0.7") -> httpx2.Response:
    transport = httpx2.ASGITransport(app=world.app, client=(address, 1234))
    async with httpx2.AsyncClient(transport=transport, base_url=BASE) as client:
        return await client.get(path)


async def _opened(world: World) -> None:
    manager = await world.person("manager")
    assert (await manager.client.post("/program/intranet", data={"lines": "redbank, 10.4.0.0/16"})).status_code == 303


async def _statuses(world: World) -> list[int]:
    """Of Ana's photo: at a console, for the manager, for an integrator."""
    manager, client = await world.person("manager"), await machine(world, scope="roster:read")
    ways = [
        await _from_a_console(world, f"{ROSTER}/{peer_id('ana')}/photo"),
        await manager.client.get(f"/program/intranet/roster/{peer_id('ana')}/photo"),
        await client.get(f"/v1/roster/{peer_id('ana')}/photo"),
    ]
    kept = [row[0] for row in await world.rows("SELECT jpeg FROM shared.photo WHERE member_id = $1", peer_id("ana"))]
    for one in ways:
        assert one.status_code == 404 or [one.content] == kept
        assert one.headers["cache-control"] == "no-store"
        assert one.headers["x-content-type-options"] == "nosniff"
    return [one.status_code for one in ways]


async def test_it_is_put_there_by_its_owner_and_seen_where_the_roster_is(world: World) -> None:
    await _opened(world)
    ana = await world.person("ana")
    assert await _statuses(world) == [404, 404, 404]
    answer = await _puts(ana, _jpeg())
    assert (answer.status_code, answer.headers["location"]) == (303, "/peer/limits?done=photo&lang=es")
    assert await _statuses(world) == [200, 200, 200]
    own = await ana.client.get(HERE)
    assert own.headers["content-type"] == "image/jpeg"
    assert Image.open(io.BytesIO(own.content)).size == (photos.SIDE, photos.SIDE)
    assert b"taken at home" not in own.content
    assert f"{ROSTER}/{peer_id('ana')}/photo" in (await _from_a_console(world)).text
    client, seen = await machine(world, scope="roster:read"), {}
    for one in (await client.get("/v1/roster", params={"limit": 100})).json()["data"]:
        seen[one["id"]] = one["photo"]
    assert {key: path for key, path in seen.items() if path} == {
        str(peer_id("ana")): f"/v1/roster/{peer_id('ana')}/photo"
    }
    assert (await _puts(ana, _jpeg("maroon"))).status_code == 303
    assert (await ana.client.get(HERE)).content != own.content
    assert (await ana.client.post(f"{HERE}/end")).status_code == 303
    assert await _statuses(world) == [404, 404, 404]
    assert await world.rows("SELECT 1 FROM shared.photo") == []


async def test_nobody_else_sees_it(world: World) -> None:
    await _opened(world)
    await _puts(await world.person("ana"), _jpeg())
    path = f"{ROSTER}/{peer_id('ana')}/photo"
    for elsewhere, address in ((path, "8.8.8.8"), (path.replace("heartland", "kansas-city"), "10.4.0.7")):
        assert (await _from_a_console(world, elsewhere, address)).status_code == 404
    assert (await (await world.person("ben")).client.get(HERE)).status_code == 404
    assert (await (await machine(world, scope="agencies:read")).get(f"/v1/{path[3:]}")).status_code in {403, 404}
    foreign = await machine(world, scope="roster:read", region="kansas-city")
    assert (await foreign.get(f"/v1/roster/{peer_id('ana')}/photo")).status_code == 404


async def test_it_is_seen_no_more_by_anybody_while_its_owner_does_not_want_to_be_shown(world: World) -> None:
    await _opened(world)
    ana = await world.person("ana")
    await _puts(ana, _jpeg())
    await ana.client.post("/peer/limits/shown", data={"is_shown": "false"})
    assert await _statuses(world) == [404, 404, 404]
    assert (await ana.client.get(HERE)).status_code == 200
    await ana.client.post("/peer/limits/shown", data={"is_shown": "true"})
    assert await _statuses(world) == [200, 200, 200]


async def test_it_is_deleted_when_its_owner_is_in_no_team_any_more(world: World) -> None:
    for slug in ("ana", "ben"):
        await _puts(await world.person(slug), _jpeg())
    region = await world.heartland()
    async with world.planes.program(region) as tx:
        before = {one.id: one.person for one in await queries.known(tx)}[peer_id("ana")]
    try:
        for designations, kept in ((before.designations, {"ana", "ben"}), ((), {"ben"})):
            async with world.planes.program(region) as tx:
                await roster.edit(tx, region.id, peer_id("ana"), replace(before, designations=designations))
            found = {row[0] for row in await world.rows("SELECT member_id FROM shared.photo")}
            assert found == {peer_id(slug) for slug in kept}
    finally:
        async with world.planes.program(region) as tx:
            await roster.edit(tx, region.id, peer_id("ana"), before)


@pytest.mark.parametrize("content", [b"", b"not a photo", b"\xff\xd8\xff" + b"\0" * 100, _jpeg()[:400]])
async def test_what_cannot_be_used_changes_nothing_and_the_page_says_so(world: World, content: bytes) -> None:
    ana = await world.person("ana")
    await _puts(ana, _jpeg())
    before = (await ana.client.get(HERE)).content
    answer = await _puts(ana, content)
    assert answer.status_code == 422
    assert "JPEG, PNG" in answer.text
    assert (await ana.client.get(HERE)).content == before


async def test_what_is_too_large_is_refused_and_a_large_photo_is_not(world: World) -> None:
    ana = await world.person("ana")
    padded = _jpeg() + b"\0" * (photos.LARGEST_PHOTO_BYTES - len(_jpeg()))
    assert (await _puts(ana, padded)).status_code == 303
    assert (await _puts(ana, padded + b"\0")).status_code == 422
    assert (await _puts(ana, padded + b"\0" * 200_000)).status_code == 413


async def test_who_is_no_peer_puts_none(world: World) -> None:
    for slug in ("manager", "admin"):
        person = await world.person(slug)
        assert (await _puts(person, _jpeg())).status_code == 403
    assert (await world.client().post(HERE, files={"photo": ("me.jpg", _jpeg(), "image/jpeg")})).status_code == 401
