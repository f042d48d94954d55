"""Who is on duty, told as the people of a team live it. Plans ring no phone; that a swap is asked for does, by day."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from libs.peer.limits import actions as limits
from tests.planning import Planned, planned
from tests.world import World, peer_id


@pytest.fixture
async def team(world: World) -> AsyncIterator[Planned]:
    yield await planned(world)
    world.no_unexpected_message()


async def test_a_weekly_rotation_says_who_answers_and_hands_over_on_the_hour(team: Planned) -> None:
    await team.rotates("ana", "ben", "cleo")
    assert await team.answers() == ["Ana"]

    await team.at(7, 59, days=7)
    assert await team.answers() == ["Ana"]
    await team.at(8, 0)

    assert await team.answers() == ["Ben"]


async def test_days_and_nights_are_two_layers_with_one_person_each(team: Planned) -> None:
    await team.rotates("ana", "ben", name="Days", daily_from="08:00", daily_until="20:00")
    await team.rotates("cleo", "dev", name="Nights", daily_from="20:00", daily_until="08:00")

    await team.at(12)
    assert await team.answers() == ["Ana"]
    await team.at(23)
    assert await team.answers() == ["Cleo"]
    assert (await team.coverage())["score"] == 100


async def test_ben_instead_of_ana_tonight_and_ana_again_in_the_morning(team: Planned) -> None:
    made = await team.rotates("ana")
    now = await team.now()
    tonight = {"starts_at": now.replace(hour=20).isoformat(), "ends_at": (now + timedelta(1)).isoformat()}
    person = {"layer_id": made["id"], "peer_id": str(peer_id("ben")), **tonight}
    await team.mara("POST", f"/schedules/{team.team_id}/overrides", **person)

    await team.at(21)
    assert await team.answers() == ["Ben"]
    await team.at(9)
    assert await team.answers() == ["Ana"]


async def test_an_override_taken_back_in_the_middle_keeps_what_has_been(team: Planned) -> None:
    made = await team.rotates("ana")
    now = await team.now()
    times = {"starts_at": now.isoformat(), "ends_at": (now + timedelta(hours=8)).isoformat()}
    body = {"layer_id": made["id"], "peer_id": str(peer_id("ben")), **times}
    override = await team.mara("POST", f"/schedules/{team.team_id}/overrides", **body)
    await team.at(10)

    await team.mara("DELETE", f"/overrides/{override['id']}", status=204)

    assert await team.answers() == ["Ana"]
    been = await team.world.rows("SELECT ends_at - starts_at FROM shared.duty WHERE peer_id = $1", peer_id("ben"))
    assert len(been) == 1
    assert timedelta(hours=1, minutes=59) < been[0][0] < timedelta(hours=2, minutes=1)


async def test_a_holiday_replaces_the_usual_people_and_leaves_no_hole(team: Planned) -> None:
    await team.rotates("ana")
    day = (await team.now()).date()
    holiday: dict[str, Any] = {
        "name": "Thanksgiving",
        "is_temporary": True,
        "turn": 1,
        "starts_on": (day + timedelta(3)).isoformat(),
        "ends_on": (day + timedelta(4)).isoformat(),
        "daily_from": "08:00",
        "daily_until": "18:00",
    }
    await team.rotates("ben", **holiday)
    assert (await team.coverage())["gaps"] == []

    await team.at(12, days=3)
    assert await team.answers() == ["Ben"]
    await team.at(19)
    assert await team.answers() == ["Ana"], "hours that the holiday leaves out stay with the usual people"


async def test_hours_that_a_holiday_leaves_open_are_a_gap_with_that_reason(team: Planned) -> None:
    await team.rotates("ana")
    day = (await team.now()).date()
    holiday: dict[str, Any] = {"is_temporary": True, "leaves_open": True, "starts_on": (day + timedelta(3)).isoformat()}
    hours: dict[str, Any] = {"daily_from": "08:00", "daily_until": "18:00", "turn": 1}
    await team.rotates("ben", name="Quiet day", ends_on=(day + timedelta(4)).isoformat(), **holiday, **hours)

    seen = await team.coverage()

    assert [gap["why"] for gap in seen["gaps"]] == ["temporary"]
    assert seen["score"] < 100


async def test_an_open_shift_is_taken_once_given_back_and_taken_by_another(team: Planned) -> None:
    begin = await team.now() + timedelta(days=2)
    shift = {"starts_at": begin.isoformat(), "ends_at": (begin + timedelta(hours=6)).isoformat()}
    made = await team.mara("POST", f"/schedules/{team.team_id}/open-shifts", shifts=[shift])
    path = f"/open-shifts/{made['data'][0]['id']}"
    assert (await team.does("ana", "POST", f"{path}/take")).status_code == 204
    late = await team.does("ben", "POST", f"{path}/take")
    assert (late.status_code, late.json()["type"]) == (409, "/problems/sign_up_taken")

    assert (await team.does("ana", "POST", f"{path}/give-back")).status_code == 204
    assert (await team.does("ben", "POST", f"{path}/take")).status_code == 204

    await team.at(9, days=2)
    assert await team.answers() == ["Ben"]
    assert (await team.does("ben", "POST", f"{path}/give-back")).json()["type"] == "/problems/shift_begun"


async def test_a_colleague_takes_a_shift_and_it_is_theirs(team: Planned) -> None:
    await team.rotates("ana", "cleo")
    swap = await team.asks("ana", 1)
    assert (await team.shifts("ana"))[1]["swap"] == "open"

    taken = await team.does("ben", "POST", f"/swaps/{swap}/take")

    assert taken.json() == {"id": swap, "state": "agreed"}
    assert [shift["origin"] for shift in await team.shifts("ben")] == ["swap"]
    await team.at(9, days=14)
    assert await team.answers() == ["Ben"]


async def test_one_night_of_a_week_is_enough_to_ask_for(team: Planned) -> None:
    await team.rotates("ana")
    thursday = await team.now() + timedelta(days=3)
    night: dict[str, Any] = {
        "starts_at": thursday.replace(hour=20).isoformat(),
        "ends_at": (thursday + timedelta(1)).isoformat(),
    }
    swap = await team.asks("ana", **night)
    await team.does("ben", "POST", f"/swaps/{swap}/take")

    await team.at(21, days=3)
    assert await team.answers() == ["Ben"]
    await team.at(9)
    assert await team.answers() == ["Ana"]


async def test_a_shift_that_nobody_takes_stays_whose_it_was(team: Planned) -> None:
    await team.rotates("ana", "cleo")
    swap = await team.asks("cleo")

    await team.at(9, days=7)

    assert await team.answers() == ["Cleo"]
    assert await team.world.rows("SELECT state FROM shared.swap") == [("lapsed",)]
    assert (await team.does("ben", "POST", f"/swaps/{swap}/take")).json()["type"] == "/problems/swap_over"


async def test_the_wrong_swap_is_undone_and_the_shift_goes_back(team: Planned) -> None:
    await team.rotates("ana", "cleo")
    swap = await team.asks("cleo")
    await team.does("ben", "POST", f"/swaps/{swap}/take")

    assert (await team.does("ben", "POST", f"/swaps/{swap}/undo")).status_code == 204

    assert await team.shifts("ben") == []
    assert (await team.shifts("cleo"))[0]["origin"] == "rotation"
    assert (await team.does("cleo", "POST", f"/swaps/{swap}/undo")).json()["type"] == "/problems/swap_over"


async def test_where_the_team_wants_it_a_swap_waits_for_the_coordinator(team: Planned) -> None:
    await team.rotates("ana", "cleo")
    await team.mara("PATCH", f"/schedules/{team.team_id}", status=204, swaps_need_a_yes=True)
    swap = await team.asks("cleo")
    assert (await team.does("ben", "POST", f"/swaps/{swap}/take")).json()["state"] == "taken"
    assert await team.shifts("ben") == [], "nothing has moved yet"

    await team.mara("POST", f"/swaps/{swap}/refuse", status=204)
    assert (await team.does("ana", "POST", f"/swaps/{swap}/take")).status_code == 200
    await team.mara("POST", f"/swaps/{swap}/approve", status=204)

    await team.at(9, days=7)
    assert await team.answers() == ["Ana"]


async def test_what_cannot_be_swapped_is_said_plainly(team: Planned) -> None:
    await team.rotates("ana", "cleo")
    own, begun = await team.asks("cleo"), (await team.shifts("ana"))[0]["id"]

    def said(answer: object) -> str:
        return str(answer.json()["type"]).removeprefix("/problems/")  # type: ignore[attr-defined]  # a response

    assert said(await team.does("cleo", "POST", f"/swaps/{own}/take")) == "own_swap"
    shift = (await team.shifts("cleo"))[0]["id"]
    assert said(await team.does("cleo", "POST", "/swaps", shift_id=shift)) == "swap_asked"
    assert said(await team.does("ana", "POST", "/swaps", shift_id=begun)) == "shift_begun"
    assert said(await team.does("ben", "POST", "/swaps", shift_id=shift)) == "shift_unknown"
    assert (await team.does("ben", "POST", f"/swaps/{own}/take")).status_code == 200
    assert said(await team.does("ana", "POST", f"/swaps/{own}/take")) == "swap_taken"
    assert said(await team.does("mara", "POST", f"/swaps/{own}/approve")) == "swap_over"


async def test_nobody_takes_a_shift_while_they_have_another(team: Planned) -> None:
    await team.rotates("ana", "cleo")
    await team.rotates("ben", name="Backup")
    swap = await team.asks("cleo")

    late = await team.does("ben", "POST", f"/swaps/{swap}/take")

    assert late.json()["type"] == "/problems/on_duty_then"
    assert await team.world.rows("SELECT state FROM shared.swap") == [("open",)]


async def test_two_who_take_in_the_same_instant_are_one(team: Planned) -> None:
    await team.rotates("ana", "cleo")
    swap = await team.asks("cleo")
    ben, ana = await team.world.signed_in_anew("ben"), await team.world.signed_in_anew("ana")

    answers = await asyncio.gather(*(one.client.post(f"/v1/swaps/{swap}/take") for one in (ben, ana) * 3))

    winners = {index % 2 for index, answer in enumerate(answers) if answer.status_code == 200}
    assert len(winners) == 1
    assert {answer.status_code for answer in answers} == {200, 409}


async def test_ten_swaps_are_one_notice_a_day_and_none_at_night(team: Planned) -> None:
    await team.rotates("ana", turn=1)
    await team.at(22)
    for number in range(1, 11):
        await team.asks("ana", number)
    await team.at(6)
    assert await team.told("ben") == 0, "nobody is told at night"

    await team.at(9, 1)
    assert (await team.told("ben"), await team.told("ana")) == (1, 0)
    await team.at(16)
    assert await team.told("ben") == 1

    await team.at(9, 1, days=1)
    assert await team.told("ben") == 2, "the next day, once"
    await team.each_notice_rang_once()


async def test_whoever_was_told_sees_it_on_their_first_page_until_they_have_looked(team: Planned) -> None:
    said, dicho = "A colleague looks for someone to take a shift.", "Alguien del equipo busca quien tome un turno."
    await team.rotates("ana", turn=1)
    await team.asks("ana", 3)
    ben = await team.world.signed_in_anew("ben")
    assert said not in (await ben.client.get("/peer")).text

    await team.at(9, 1)
    ben = await team.world.signed_in_anew("ben")
    assert said in (await ben.client.get("/peer")).text
    assert dicho in (await ben.client.get("/peer?lang=es")).text
    ana = await team.world.signed_in_anew("ana")
    assert said not in (await ana.client.get("/peer")).text

    await ben.client.get("/peer/shifts")
    assert said not in (await ben.client.get("/peer")).text
    await team.each_notice_rang_once()


async def test_later_shifts_are_folded_and_none_is_lost(team: Planned) -> None:
    await team.rotates("ana", "ben", turn=1)
    shifts = len(await team.shifts("ana"))
    page = (await (await team.world.signed_in_anew("ana")).client.get("/peer/shifts")).text
    before, after = page.split("later ones")
    assert (before.count('action="/peer/shifts/ask"'), f"{shifts - 4} " in before[-40:]) == (7, True)
    assert page.count('name="shift_id"') == 2 * shifts - 1, "the one that has begun can be asked for in part alone"
    assert after


async def test_on_a_weekend_nobody_is_told(team: Planned) -> None:
    await team.rotates("ana", turn=1)
    await team.at(18, days=4)
    await team.asks("ana", 5)
    await team.at(12, days=1)
    await team.at(12, days=1)
    assert await team.told("ben") == 0
    await team.at(9, 1, days=1)
    assert await team.told("ben") == 1
    await team.each_notice_rang_once()


async def test_whoever_is_suspended_is_out_of_the_rotation_at_once(team: Planned) -> None:
    await team.rotates("ana", "ben")
    assert await team.answers() == ["Ana"]
    manager = await team.world.signed_in_anew("manager")

    await manager.client.post(f"/program/members/{peer_id('ana')}/suspension", data={"is_suspended": "true"})
    await team.world.settle()

    assert await team.answers() == ["Ben"]
    await team.world.copy.superuser.execute("UPDATE shared.member SET suspended_on = NULL")


async def test_whoever_goes_on_holiday_is_stood_in_for_and_has_the_rest_of_the_week(team: Planned) -> None:
    await team.rotates("ana", "ben")
    region, now = await team.world.heartland(), await team.now()
    async with team.world.planes.dispatch(region) as dispatch:
        times = {"starts_at": now + timedelta(days=2), "ends_at": now + timedelta(days=4)}
        await limits.go_away(dispatch, peer_id("ana"), region_id=region.id, **times)
    await team.world.settle()

    await team.at(12, days=2)
    assert await team.answers() == ["Ben"]
    await team.at(12, days=2)
    assert await team.answers() == ["Ana"]


async def test_a_schedule_ends_on_its_day_and_the_gap_is_found_before(team: Planned) -> None:
    end = (await team.now()).date() + timedelta(10)
    await team.rotates("ana", "ben", ends_on=end.isoformat())
    seen = await team.coverage()
    assert [gap["why"] for gap in seen["gaps"]] == ["ended"]
    assert seen["score"] == 35

    await team.at(8, days=10)

    assert await team.answers() == []


async def test_a_change_of_the_plan_calls_off_the_swap_that_stood_on_it(team: Planned) -> None:
    made = await team.rotates("ana", "cleo")
    swap = await team.asks("cleo")
    await team.does("ben", "POST", f"/swaps/{swap}/take")

    await team.mara("DELETE", f"/rotations/{made['id']}", status=204)
    await team.rotates("ana")

    assert await team.world.rows("SELECT state FROM shared.swap") == [("cancelled",)]
    assert await team.shifts("ben") == []


async def test_whoever_asked_on_comes_first_when_a_swap_is_undone(team: Planned) -> None:
    await team.rotates("ana", "cleo")
    first = await team.asks("cleo")
    await team.does("ben", "POST", f"/swaps/{first}/take")
    second = await team.asks("ben")
    assert (await team.does("cleo", "POST", f"/swaps/{first}/undo")).json()["type"] == "/problems/swap_stands"

    assert (await team.does("ben", "POST", f"/swaps/{second}/cancel")).status_code == 204
    assert (await team.does("cleo", "POST", f"/swaps/{first}/undo")).status_code == 204

    assert (await team.shifts("cleo"))[0]["origin"] == "rotation"


async def test_somebody_who_carries_too_much_costs_points_and_is_named(team: Planned) -> None:
    await team.rotates("ana", "ana", "ana", "ben")
    seen = await team.coverage()
    assert seen["covered"] == 1
    assert seen["score"] == 95
    assert [(load["peer_id"], load["burden"]) for load in seen["loads"] if load["burden"]] == [
        (str(peer_id("ana")), "without_a_break")
    ]


async def test_the_manager_plans_too_and_nobody_else_does(team: Planned) -> None:
    path = f"/schedules/{team.team_id}"
    assert (await team.does("manager", "PATCH", path, needs=2)).status_code == 204
    assert (await team.does("ana", "PATCH", path, needs=1)).status_code == 403
    command = await team.world.rows("SELECT id FROM shared.team WHERE kind = 'command_level'")
    for foreign in [row[0] for row in command]:
        answer = await team.does("mara", "PATCH", f"/schedules/{foreign}", needs=1)
        assert answer.status_code == 404, "a coordinator plans for their own team alone"
