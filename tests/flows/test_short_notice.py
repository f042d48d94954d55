"""A center wants a team soon, at once, or should have had it by now. Each ends in: no unexpected message."""

from datetime import datetime, timedelta

from services.worker.sweeper import sweep
from tests import deploying
from tests.deploying import (
    COORDINATORS,
    Team,
    asked,
    expect_coordinators_told,
    expect_notices,
    member,
    minutes_from_now,
    now,
    opened,
    says_yes,
)
from tests.world import World

PASSED = "The start has passed, so nobody else is asked by itself. Change the start, or ask somebody by name."


async def page_of(team: Team) -> str:
    return (await team.lead.client.get(f"/deployments/{team.id}")).text


async def test_a_team_wanted_in_45_minutes_is_asked_while_everybody_sleeps(world: World) -> None:
    admin, soon = await world.person("admin"), await minutes_from_now(world, 45)
    told = await deploying.incident(world, starts_at=soon)
    assert (await admin.client.post("/v1/desk/incidents", json=told)).status_code == 202
    await world.settle()
    expect_coordinators_told(world)
    team = Team(world, await world.person("manager"), told["id"])

    await world.advance(minutes=12)
    expect_coordinators_told(world)
    assert await team.state() == "proposed"
    await world.advance(minutes=11)

    assert await team.state() == "filling"
    found = await team.invited("asked")
    assert len(found) == 5, "half as many again as slots"
    expect_notices(world, COORDINATORS, [one["member_id"] for one in found])
    until = {datetime.fromisoformat(one["expires_at"]) for one in found}
    assert await now(world) < min(until) <= max(until) < datetime.fromisoformat(soon)
    assert await says_yes(world, await member(world, found[0]["member_id"])) == "on_team"


async def test_a_team_that_a_coordinator_has_asked_is_not_announced_as_asked_by_itself(world: World) -> None:
    team = await opened(world, starts_at=await minutes_from_now(world, 45))
    assert "Without a word from you they are asked by themselves, at" in await page_of(team)
    first = await asked(world, team)
    await world.advance(minutes=16)
    second = await team.invited("asked")
    assert not {one["member_id"] for one in first} & {one["member_id"] for one in second}
    expect_notices(world, [one["member_id"] for one in second])

    await world.advance(minutes=8)


async def test_a_team_wanted_at_once_is_asked_at_once_to_come_as_soon_as_they_can(world: World) -> None:
    lead, a_slow_clock = await world.person("manager"), await minutes_from_now(world, -2)
    told = await deploying.incident(world, agency="osprey", starts_at=a_slow_clock)
    assert (await lead.client.post("/v1/deployments", json=told)).status_code == 201
    await world.settle()

    team = Team(world, lead, told["id"])
    assert await team.state() == "filling"
    found = await team.invited("asked")
    assert len(found) == 5
    expect_notices(world, COORDINATORS, [one["member_id"] for one in found])
    one = await member(world, found[0]["member_id"])
    assert "As soon as you can." in (await one.client.get("/peer/deployments")).text
    assert await says_yes(world, one) == "on_team"


async def test_a_start_moved_nearer_moves_the_hour_at_which_they_are_asked(world: World) -> None:
    team = await opened(world, starts_at=await minutes_from_now(world, 600))
    await world.advance(minutes=20)
    assert await team.state() == "proposed"

    soon = await minutes_from_now(world, 18)
    await team.did("change", starts_at=soon, dispatchers_included="yes", backfill="yes")

    assert await team.state() == "filling"
    expect_notices(world, COORDINATORS, [one["member_id"] for one in await team.invited("asked")])


async def test_a_start_that_passed_while_nothing_ran_asks_them_all_the_same(world: World) -> None:
    team = await opened(world)
    await world.copy.superuser.execute("DELETE FROM shared.job")
    await world.copy.push_clock(timedelta(hours=3))

    assert await sweep(world.planes) == 1
    await world.settle()
    team.lead = await world.signed_in_anew("manager")

    found = await team.invited("asked")
    assert len(found) == 5
    expect_notices(world, COORDINATORS, [one["member_id"] for one in found])


async def test_ask_this_team_pressed_after_the_start_asks_for_as_soon_as_they_can(world: World) -> None:
    team = await opened(world)
    await world.copy.superuser.execute("DELETE FROM shared.job")
    await world.copy.push_clock(timedelta(hours=3))
    team.lead = await world.signed_in_anew("manager")
    assert "Change it below, or ask them to come as soon as they can." in await page_of(team)

    await team.did("fill")

    found = await team.invited("asked")
    assert len(found) == 5
    expect_notices(world, COORDINATORS, [one["member_id"] for one in found])


async def test_long_after_the_start_it_is_refused_in_words_that_say_what_to_do(world: World) -> None:
    team = await opened(world)
    await world.copy.superuser.execute("DELETE FROM shared.job")
    await world.copy.push_clock(timedelta(hours=15))
    team.lead = await world.signed_in_anew("manager")

    refused = await team.does("fill")
    shown = await team.lead.client.post(f"/deployments/{team.id}/fill")

    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/start_passed")
    for words in (refused.json()["title"], shown.text):
        assert "Change the start, or ask people by name" in words
    assert await team.invited("asked") == []
    moved = await minutes_from_now(world, 180)
    await team.did("change", starts_at=moved, dispatchers_included="yes", backfill="yes")
    assert await team.state() == "filling"
    expect_notices(world, COORDINATORS, [one["member_id"] for one in await team.invited("asked")])


async def test_after_the_start_a_team_that_is_not_whole_says_what_to_do(world: World) -> None:
    team = await opened(world, starts_at=await minutes_from_now(world, 20))
    await asked(world, team)
    assert PASSED not in await page_of(team)

    await world.advance(minutes=15)
    expect_notices(world, [one["member_id"] for one in await team.invited("asked")])
    await world.advance(minutes=6)

    expect_coordinators_told(world)
    assert await team.invited("asked") == []
    assert PASSED in await page_of(team)
    chosen = (await team.invited("expired"))[0]
    await team.did("ask", member_id=chosen["member_id"], role=chosen["role"])
    expect_notices(world, [chosen["member_id"]])
