"""What follows when a team is done: one-on-ones are offered, the team talks. Each ends in: no unexpected message."""

from collections.abc import AsyncIterator

import pytest

from tests.deploying import Team, expect_coordinators_told, filled, opened, phone_of
from tests.world import Person, World


@pytest.fixture(autouse=True)
async def no_unexpected_message(world: World) -> AsyncIterator[None]:
    yield
    world.no_unexpected_message()
    assert await world.rows("SELECT kind FROM shared.job WHERE state = 'failed'") == []


async def came_back(world: World, **told: str) -> tuple[Team, list[Person]]:
    """A team was there, and it is done."""
    team = await opened(world, **told)
    on_team = await filled(world, team)
    await team.did("finish", attendees=9)
    return team, on_team


async def a_day_later(world: World, team: Team) -> None:
    await world.advance(hours=24, seconds=1)
    team.lead = await world.signed_in_anew("manager")


async def page_of(team: Team, lang: str = "en") -> str:
    return (await team.lead.client.get(f"/deployments/{team.id}?lang={lang}")).text


async def test_one_on_ones_are_a_step_that_somebody_takes_with_cards_and_a_yes(world: World) -> None:
    team, _on_team = await came_back(world)
    assert "Everybody who came gets a card with this address." in await page_of(team)
    assert 'href="/a/redbank/cards?lang=en"' in await page_of(team)

    await team.did("debriefed")
    await team.did("one-on-ones", were_offered=True)

    assert "One-on-ones were offered." in await page_of(team)
    assert "Se ofrecieron charlas a solas." in await page_of(team, "es")
    seen = (await team.seen())["deployment"]
    assert (seen["one_on_ones_offered"], seen["is_offer_overdue"]) == ("yes", False)
    assert (await team.does("one-on-ones", were_offered=True)).status_code == 409, "noted once"
    await world.advance(days=3)


async def test_nobody_says_anything_and_the_coordinators_are_told_once(world: World) -> None:
    team, _on_team = await came_back(world)
    await team.did("debriefed")

    await a_day_later(world, team)

    expect_coordinators_told(world)
    assert (await team.seen())["deployment"]["is_offer_overdue"]
    assert "Overdue: one-on-ones" in await page_of(team)
    await world.advance(days=2)
    team.lead = await world.signed_in_anew("manager")
    await team.did("one-on-ones", were_offered=False)
    assert not (await team.seen())["deployment"]["is_offer_overdue"]
    assert "One-on-ones were not offered." in await page_of(team)
    await team.did("one-on-ones", were_offered=True)


async def test_both_tasks_that_are_overdue_are_one_notice(world: World) -> None:
    team, _on_team = await came_back(world)

    await a_day_later(world, team)

    expect_coordinators_told(world)
    seen = (await team.seen())["deployment"]
    assert seen["is_offer_overdue"]
    assert seen["is_debrief_overdue"]


async def test_of_one_on_ones_as_the_kind_of_response_nobody_is_asked_again(world: World) -> None:
    team, _on_team = await came_back(world, kind="one_on_ones")
    assert (await team.seen())["deployment"]["one_on_ones_offered"] == "yes"
    await team.did("debriefed")
    await world.advance(days=2)


async def test_before_it_is_done_and_of_one_called_off_there_is_nothing_to_offer(world: World) -> None:
    team = await opened(world)
    assert (await team.does("one-on-ones", were_offered=True)).status_code == 409
    await team.did("cancel", reason="not_wanted")
    assert (await team.does("one-on-ones", were_offered=True)).status_code == 409
    assert "card with this address" not in await page_of(team)


async def test_the_center_prints_the_same_cards_and_sees_nobody(world: World) -> None:
    team, _on_team = await came_back(world)
    admin = await world.person("admin")
    page = (await admin.client.get("/desk/incidents")).text
    assert 'href="/a/redbank/cards?lang=en"' in page
    await team.did("one-on-ones", were_offered=True)
    await team.did("debriefed")


async def test_the_team_sees_its_own_talk_until_it_was_and_counts_talks_alone_as_nobodys(world: World) -> None:
    team, on_team = await came_back(world)
    first = on_team[0]
    (mine,) = (await first.client.get("/v1/invitations")).json()["data"]
    assert mine["debrief_due_at"] is not None
    page = (await first.client.get("/peer/deployments")).text
    assert "The team talks about it among themselves, by" in page
    assert "Did you talk with someone there alone?" in page
    form = {"team": "roving", "began": "after_team", "channel": "in_person", "length": "to_45"}
    for _two_of_them in range(2):
        assert (await first.client.post("/peer/limits/contacts", data=form)).status_code in {200, 303}
    counted = await world.rows("SELECT began, count FROM shared.contact_cell")
    assert counted == [("after_team", 2)]

    await team.did("debriefed")
    await team.did("one-on-ones", were_offered=True)

    assert (await first.client.get("/v1/invitations")).json()["data"] == []
    phone_of(world, first).expect_nothing()


async def test_a_member_on_the_way_is_told_to_take_cards_along(world: World) -> None:
    team = await opened(world)
    on_team = await filled(world, team)
    page = (await on_team[0].client.get("/peer/deployments")).text
    assert "Take cards along." in page
    assert 'href="/a/redbank/cards?lang=en"' in page
    await team.did("finish", attendees=1)
    page = (await on_team[0].client.get("/peer/deployments")).text
    assert "Take cards along." not in page
