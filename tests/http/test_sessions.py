"""Sessions: rotated, idle and absolute ends, listed and ended by their owner, and live pages that end with them."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from fastapi.sse import EventSourceResponse

from libs.peer.accounts import actions as accounts
from libs.peer.accounts.rules import hashed
from libs.peer.sessions import actions
from libs.peer.sessions import queries as sessions
from services.api import streams
from services.api.app import routes
from services.cli import demo
from tests.world import World, peer_id

_PHONE = {
    "user-agent": "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36 secret-7f"
}
ANA = peer_id("ana")


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not holds():
            await asyncio.sleep(0.01)


async def _is_in(world: World, cookie: str) -> bool:
    answer = await world.client(cookie).get("/v1/account/sign-ins")
    assert answer.status_code in {200, 401}
    return answer.status_code == 200


async def test_signing_in_never_takes_over_a_token_that_the_browser_came_with(world: World) -> None:
    """Fixation: a token that somebody else has planted, made up or real, is no session of whoever signs in."""
    for planted in ("planted-token", await world.signs_in(peer_id("ben"))):
        async with world.planes.door() as door:
            link = await accounts.invite(door, ANA)
        answer = await world.client(planted).post("/sign-in", data={"token": link})
        cookie = answer.headers["set-cookie"].split("=")[1].split(";")[0]
        assert cookie != planted
        assert not await _is_in(world, planted)
        assert await _is_in(world, cookie)


async def test_the_cookie_is_for_this_host_alone_and_out_of_reach_of_scripts(world: World) -> None:
    async with world.planes.door() as door:
        link = await accounts.invite(door, ANA)
    said = (await world.client().post("/sign-in", data={"token": link})).headers["set-cookie"].lower()
    assert "httponly" in said
    assert "samesite=lax" in said
    assert "path=/" in said
    assert "domain" not in said


@pytest.mark.parametrize(
    ("account", "idle", "in_all"),
    [(ANA, timedelta(hours=12), timedelta(days=7)), (demo.MANAGER, timedelta(hours=1), timedelta(hours=12))],
)
async def test_a_session_ends_unused_and_in_the_end_also_used(
    world: World, account: object, idle: timedelta, in_all: timedelta
) -> None:
    unused = await world.signs_in(account)  # type: ignore[arg-type]  # an id of the cast
    await world.copy.push_clock(idle + timedelta(minutes=1))
    assert not await _is_in(world, unused)

    used, ends = await world.signs_in(account), timedelta()  # type: ignore[arg-type]  # an id of the cast
    step = idle - timedelta(minutes=16)
    while ends + step < in_all:
        await world.copy.push_clock(step)
        ends += step
        assert await _is_in(world, used), ends
    await world.copy.push_clock(in_all - ends + timedelta(seconds=1))
    assert not await _is_in(world, used)


async def test_i_see_where_i_am_signed_in_and_end_it_from_afar(world: World) -> None:
    here = await world.signs_in(ANA)
    async with world.planes.door() as door:
        link = await accounts.invite(door, ANA)
    answer = await world.client(headers=_PHONE).post("/sign-in", data={"token": link})
    there = answer.headers["set-cookie"].split("=")[1].split(";")[0]
    client = world.client(here)

    listed = {one["device"]: one for one in (await client.get("/v1/account/sign-ins")).json()["data"]}
    assert listed["Chrome, Android"]["is_this"] is False
    assert "secret-7f" not in (await client.get("/account")).text
    assert await world.rows("SELECT count(*) FROM shared.sign_in WHERE device LIKE '%secret%'") == [(0,)]

    assert (await client.delete(f"/v1/account/sign-ins/{listed['Chrome, Android']['id']}")).status_code == 204
    assert not await _is_in(world, there)
    assert await _is_in(world, here)


async def test_i_sign_out_everywhere_else_and_stay(world: World) -> None:
    cookies = [await world.signs_in(ANA) for _ in range(3)]
    assert (await world.client(cookies[0]).post("/account/sign-ins/end-others")).status_code == 303
    assert [await _is_in(world, cookie) for cookie in cookies] == [True, False, False]


async def test_somebody_elses_session_and_none_at_all_are_the_same_answer(world: World) -> None:
    mine, others = await world.signs_in(ANA), await world.signs_in(peer_id("ben"))
    rows = await world.rows("SELECT id FROM shared.sign_in WHERE token_hash = $1", hashed(others))
    answers = [await world.client(mine).delete(f"/v1/account/sign-ins/{one}") for one in (rows[0][0], uuid4())]
    assert {answer.status_code for answer in answers} == {404}
    assert len({len(answer.content) for answer in answers}) == 1
    assert await _is_in(world, others)


async def test_a_role_that_is_taken_away_is_gone_on_the_next_request(world: World) -> None:
    mara = await world.person("mara")
    assert (await mara.client.get("/v1/waiting")).status_code == 200
    run = world.copy.superuser.execute
    await run("UPDATE shared.membership SET role = 'peer' WHERE member_id = $1", peer_id("mara"))
    try:
        assert (await mara.client.get("/v1/waiting")).status_code == 403
    finally:
        await run("UPDATE shared.membership SET role = 'coordinator' WHERE member_id = $1", peer_id("mara"))


@pytest.mark.parametrize("how", ["sign_out", "from_afar", "by_the_clock"])
async def test_a_live_page_ends_with_the_session_that_opened_it(
    world: World, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if how == "by_the_clock":
        monkeypatch.setattr(streams, "LOOK_AGAIN_S", 0.2)
    cookie, other = await world.signs_in(ANA), await world.signs_in(ANA)
    (mine,) = await world.rows("SELECT id FROM shared.sign_in WHERE token_hash = $1", hashed(cookie))
    live = asyncio.create_task(world.client(cookie).get("/peer/live"))
    await _until(lambda: world.live.is_heard(f"peer:{ANA}") and world.live.is_heard(actions.signal(mine[0])))
    assert not live.done()
    if how == "sign_out":
        await world.client(cookie).post("/sign-out")
    elif how == "from_afar":
        await world.client(other).post("/account/sign-ins/end-others")
    else:
        await world.copy.superuser.execute(
            "UPDATE shared.sign_in SET expires_at = shared.clock() WHERE token_hash = $1", hashed(cookie)
        )
    ended = await asyncio.wait_for(live, 5)
    assert ended.status_code == 200
    assert ended.headers["content-type"].startswith("text/event-stream")
    assert (await world.client(cookie).get("/peer/live")).status_code == 401


def test_every_live_page_has_the_address_by_which_it_is_watched_over() -> None:
    live = [route for route in routes() if route.response_class is EventSourceResponse]
    assert len(live) >= 8
    assert [route.path for route in live if not route.path.endswith("/live")] == []


async def test_a_live_page_is_a_use_of_the_session(world: World) -> None:
    cookie = await world.signs_in(ANA)
    async with world.planes.door() as door:
        caller = await sessions.signed_in(door, cookie)
        assert caller is not None
    for _ in range(3):
        await world.copy.push_clock(timedelta(hours=8))
        async with world.planes.door() as door:
            assert await sessions.goes_on(door, caller)
    assert await _is_in(world, cookie)
