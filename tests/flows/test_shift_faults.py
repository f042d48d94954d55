"""Bad input to a schedule: shifts that overlap, a rotation without people, what has been. Issue 6, "Bad input"."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from tests.planning import Planned, planned
from tests.world import World, peer_id


@pytest.fixture
async def team(world: World) -> AsyncIterator[Planned]:
    yield await planned(world)
    world.no_unexpected_message()


async def test_by_no_way_does_anybody_get_two_shifts_at_once(team: Planned) -> None:
    weeks = await team.rotates("ana")
    await team.rotates("ben", name="Backup")
    begin = await team.now() + timedelta(days=1)
    spans = [(begin + timedelta(hours=hour), begin + timedelta(hours=hour + 6)) for hour in (0, 5, 6)]
    shifts: list[dict[str, Any]] = [{"starts_at": a.isoformat(), "ends_at": b.isoformat()} for a, b in spans]
    made = await team.mara("POST", f"/schedules/{team.team_id}/open-shifts", shifts=shifts)
    first, overlaps, follows = (f"/open-shifts/{one['id']}/take" for one in made["data"])

    answers = [
        await team.does(who, "POST", path) for who, path in (("ana", first), ("cleo", first), ("cleo", overlaps))
    ]
    override = {"layer_id": weeks["id"], "peer_id": str(peer_id("ben")), **shifts[0]}
    refused = await team.mara("POST", f"/schedules/{team.team_id}/overrides", status=409, **override)

    assert [answer.status_code for answer in answers] == [409, 204, 409]
    said = {answer.json()["type"] for answer in answers if answer.content} | {refused["type"]}
    assert said == {"/problems/on_duty_then"}
    assert (await team.does("cleo", "POST", follows)).status_code == 204, "one that begins as the other ends is fine"
    overlapping = """
        SELECT a.peer_id FROM shared.duty a JOIN shared.duty b ON b.peer_id = a.peer_id AND b.id <> a.id
        AND b.starts_at < a.ends_at AND a.starts_at < b.ends_at
    """
    assert await team.world.rows(overlapping) == []


async def test_whoever_is_in_two_rotations_at_once_is_one_person(team: Planned) -> None:
    await team.rotates("ana", name="Days")
    await team.rotates("ana", name="Nights")
    await team.mara("PATCH", f"/schedules/{team.team_id}", status=204, needs=2)

    assert await team.answers() == ["Ana"]
    assert {gap["there"] for gap in (await team.coverage())["gaps"]} == {1}


async def test_a_rotation_whose_people_have_all_gone_is_a_gap_with_that_reason(team: Planned) -> None:
    nobody = await team.rotates(status=422)
    assert "nobody would be on duty" in str(nobody["errors"])
    await team.rotates("ana", "ben")
    ways = "UPDATE shared.member SET suspended_on = $2 WHERE id = ANY($1)"
    gone, run = [peer_id("ana"), peer_id("ben")], team.world.copy.superuser.execute
    manager = await team.world.signed_in_anew("manager")
    try:
        for one in gone:
            await manager.client.post(f"/program/members/{one}/suspension", data={"is_suspended": "true"})
        await team.world.settle()

        assert await team.answers() == []
        assert {gap["why"] for gap in (await team.coverage())["gaps"]} == {"everybody_away"}
    finally:
        await run(ways, gone, None)


async def test_what_has_been_is_neither_swapped_nor_taken_nor_undone(team: Planned) -> None:
    await team.rotates("ana", "cleo")
    await team.mara("PATCH", f"/schedules/{team.team_id}", status=204, swaps_need_a_yes=True)
    over, begin = (await team.shifts("ana"))[0]["id"], await team.now() + timedelta(days=1)
    shift = {"starts_at": begin.isoformat(), "ends_at": (begin + timedelta(hours=6)).isoformat()}
    made = await team.mara("POST", f"/schedules/{team.team_id}/open-shifts", shifts=[shift])
    waits, agreed = await team.asks("cleo"), await team.asks("ana", 1)
    for swap in (waits, agreed):
        assert (await team.does("ben", "POST", f"/swaps/{swap}/take")).status_code == 200
    await team.mara("POST", f"/swaps/{agreed}/approve", status=204)

    await team.at(9, days=15)

    late = [
        await team.does(who, "POST", path, **body)
        for who, path, body in (
            ("ana", "/swaps", {"shift_id": over}),
            ("cleo", f"/open-shifts/{made['data'][0]['id']}/take", {}),
            ("mara", f"/swaps/{waits}/approve", {}),
            ("ana", f"/swaps/{agreed}/undo", {}),
            ("ben", f"/swaps/{agreed}/undo", {}),
            ("mara", f"/swaps/{agreed}/call-off", {}),
        )
    ]
    assert [answer.json()["type"].removeprefix("/problems/") for answer in late] == [
        *("shift_begun", "shift_begun", "swap_over", "shift_begun", "shift_begun", "shift_begun"),
    ]
    assert await team.answers() == ["Ben"]
    assert sorted(await team.world.rows("SELECT state FROM shared.swap")) == [("agreed",), ("lapsed",)]
