"""A yes within limits: by phone alone, for another team. Both sides are told, as long as it goes on."""

from collections.abc import Iterator

import pytest

from tests import exchanging
from tests.exchanging import There
from tests.flows.test_channel_stories import NOBODY_MEETS, WISHES_TO_MEET, asks_to, reads, sees, talks
from tests.flows.test_outside_stories import OUTSIDE, agrees, decides
from tests.world import Requester, World, peer_id

BY_PHONE = {
    "en": "A peer of Heartland can talk with you by phone, not in person.",
    "es": "Alguien del equipo de Heartland puede hablar con usted por teléfono, no en persona.",
}
ONLY_BY_PHONE = "By phone or text only"


@pytest.fixture(autouse=True)
def no_unexpected_message(world: World) -> Iterator[None]:
    yield
    world.no_unexpected_message()


async def let_in(world: World, channel: str, **limits: object) -> Requester:
    """Somebody asks from outside, and a manager says yes within limits."""
    manager = await world.person("manager")
    requester = await asks_to(world, channel, center=OUTSIDE)
    world.leads_get_a_notice()
    assert BY_PHONE["en"] not in await reads(requester), "nobody has said so yet"
    await decides(manager, "approve", **limits)
    await world.advance(seconds=10)
    return requester


async def is_told(requester: Requester) -> bool:
    """Whether the page says it in both languages, and the API likewise."""
    (told,) = {words in await reads(requester, lang) for lang, words in BY_PHONE.items()}
    assert (await requester.standing())["is_remote_only"] is told
    return bool(told)


@pytest.mark.parametrize("channel", ["this_page", "phone", "in_person"])
async def test_by_phone_alone_is_told_to_both_before_the_yes_and_until_they_are_done(
    world: World, channel: str
) -> None:
    (ana,) = await world.on_call("ana")
    requester = await let_in(world, channel, is_remote_only=True)

    world.phone(ana).expect_page()
    assert await is_told(requester)
    assert ONLY_BY_PHONE in await sees(ana)
    (contact,) = (await ana.accepts()).json()["data"]
    assert contact["is_remote_only"] is True
    for _ in range(2):
        assert await is_told(requester)
        assert ONLY_BY_PHONE in await sees(ana)
        await requester.confirms_contact()


async def test_by_phone_alone_nobody_is_asked_to_meet_whatever_was_wished(world: World) -> None:
    ana, ben = await world.on_call("ana", "ben")
    await talks(ana, "in_person")
    requester = await let_in(world, "in_person", is_remote_only=True)

    world.phone(ben).expect_page()
    assert (await ben.offers())[0]["channel"] == "phone"
    assert WISHES_TO_MEET not in await sees(ben)
    page = await reads(requester)
    assert BY_PHONE["en"] in page
    assert NOBODY_MEETS["en"] not in page, "somebody may be free to: it is not why"
    await ben.accepts()
    page = await reads(requester)
    assert BY_PHONE["en"] in page
    assert "You would like to meet, and they know." not in page
    assert "No one who can meet you was free." not in page


async def test_a_yes_without_limits_tells_none(world: World) -> None:
    (ana,) = await world.on_call("ana")
    requester = await let_in(world, "in_person")

    world.phone(ana).expect_page()
    assert not await is_told(requester)
    assert (await ana.offers())[0]["channel"] == "in_person"


async def test_while_the_lead_has_it_the_limit_is_told_too(world: World) -> None:
    await world.on_call()
    requester = await let_in(world, "this_page", is_remote_only=True)
    world.rang("mara", "jon")
    await world.leads_say_nothing()
    assert await requester.state() == "with_coordinator"
    assert await is_told(requester)


async def test_within_an_agreement_by_phone_alone_it_is_told_from_the_first_page_on(world: World) -> None:
    (ana,) = await world.on_call("ana")
    await agrees(world, is_remote_only=True)
    requester = await asks_to(world, "in_person", center=OUTSIDE)

    world.phone(ana).expect_page()
    assert await is_told(requester)
    assert (await ana.offers())[0]["channel"] == "phone"


@pytest.mark.parametrize(
    ("team", "words"),
    [
        ("command_level", "You may ask here. We ask peers who lead others."),
        ("roving", "You may ask here. We ask any peer of the team."),
    ],
)
async def test_which_team_whoever_let_it_in_has_chosen_is_told(world: World, team: str, words: str) -> None:
    await world.on_call()
    slug = "ruth" if team == "command_level" else "ana"
    await world.copy.superuser.execute("UPDATE shared.availability SET is_available = peer_id = $1", peer_id(slug))
    requester = await let_in(world, "this_page", team=team)

    world.phones_of(slug).expect_page()
    assert words in await reads(requester)
    assert (await requester.standing())["team_chosen"] == team


async def test_from_within_the_region_no_team_was_chosen_by_anybody(world: World) -> None:
    (ana,) = await world.on_call("ana")
    requester = await asks_to(world, "this_page")
    world.phone(ana).expect_page()
    assert (await requester.standing())["team_chosen"] is None
    assert "You may ask here." not in await reads(requester)


# Another region


async def test_nobody_meets_across_regions_and_it_is_told_before_the_button_is_pressed(
    world: World, there: There
) -> None:
    requester = await exchanging.offered(world, there, channel="in_person")
    assert "They talk with you by phone, not in person." in await reads(requester)
    assert (await requester.standing())["exchange"]["is_remote_only"] is True

    assert (await exchanging.goes_there(world, requester)).status_code == 200
    rows = await world.rows("SELECT channel, is_remote_only FROM shared.callout WHERE region_id = $1", there.region.id)
    assert rows == [("in_person", True)]
    over = Requester(requester.client, "kansas-city", requester.receipt)
    assert "A peer of Kansas City (registry) can talk with you by phone, not in person." in await reads(over)
    assert (await over.standing())["team_chosen"] == "roving"


@pytest.mark.parametrize("limit", [False, True])
async def test_a_wish_to_be_called_goes_along_and_so_does_the_other_regions_limit(
    world: World, there: There, limit: bool
) -> None:
    requester = await exchanging.handed_on(world, channel="phone")
    assert (await there.decides("approve", is_remote_only=limit)).status_code == 200
    await world.advance(seconds=10)
    assert ("They talk with you by phone, not in person." in await reads(requester)) is limit

    assert (await exchanging.goes_there(world, requester)).status_code == 200
    rows = await world.rows("SELECT channel, is_remote_only FROM shared.callout WHERE region_id = $1", there.region.id)
    assert rows == [("phone", limit)]
