"""Somebody would like to talk by phone, or to meet: who is asked, what both are told. No unexpected message."""

import re
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import pytest

from libs.peer.receipts import rules as receipts
from tests.world import Person, Requester, World, peer_id

NOBODY_MEETS = {
    "en": "No one who can meet you is free. We ask for a talk by phone.",
    "es": "Nadie que pueda verle en persona está libre. Buscamos a alguien para hablar por teléfono.",
}
NOBODY_PHONES = {
    "en": "No one who talks by phone is free. We ask the others.",
    "es": "Nadie que hable por teléfono está libre. Preguntamos a los demás.",
}
OTHER_DAY = {"en": "Move a check-in below to that day.", "es": "Mueva a ese día un contacto de los de abajo."}
ASKED_ON = "If they have not reached you, we ask someone else at"
WISHES_TO_MEET, WISHES_A_CALL = "Would like to meet in person", "Would like to talk by phone"


@pytest.fixture(autouse=True)
def no_unexpected_message(world: World) -> Iterator[None]:
    yield
    world.no_unexpected_message()


@pytest.fixture(autouse=True)
async def cast_as_it_was(world: World) -> AsyncIterator[None]:
    """Centers outlive the stories."""
    yield
    await world.copy.superuser.execute("UPDATE shared.agency SET county = 'Osprey' WHERE slug = 'osprey'")


async def asks_to(world: World, channel: str, **more: str) -> Requester:
    """Send the form as a browser does in which one of the ways to talk was chosen."""
    client, receipt = world.client(), receipts.draw()
    form = {"receipt": receipt, "center": "redbank", "urgency": "today", "speak": "en", "channel": channel, **more}
    response = await client.post("/r/heartland/ask", data=form)
    assert response.status_code == 200, response.text
    await world.settle()
    return Requester(client, "heartland", receipt)


async def reads(requester: Requester, lang: str = "en") -> str:
    form = {"receipt": requester.receipt, "lang": lang}
    page = await requester.client.post(f"/r/{requester.region}/status", data=form)
    return page.text.replace("&#39;", "'")


async def sees(person: Person) -> str:
    return (await person.client.get("/peer")).text


async def talks(person: Person, *modalities: str, reach: str = "") -> None:
    form = {"modalities": modalities, "team": ["roving"], "reach_minutes": reach, "gender": "not_said"}
    assert (await person.client.post("/peer/limits", data=form)).status_code == 303


async def drives(world: World, *lines: str) -> None:
    """The region enters how long it takes from center to center."""
    manager = await world.person("manager")
    answer = await manager.client.post("/program/limits/drives", data={"pairs": "\n".join(lines)})
    assert answer.status_code == 303, answer.text


async def test_the_page_says_that_each_way_begins_with_a_call_and_asks_for_no_number(world: World) -> None:
    page = (await world.client().get("/a/redbank")).text
    for value, words in (("this_page", "I leave it open"), ("phone", "By phone"), ("in_person", "In person")):
        chosen = " checked" if value == "this_page" else ""
        assert f'<input type="radio" name="channel" value="{value}"{chosen}> {words}' in page
    assert "it shows whom to call. We take no number of yours." in page
    assert "A peer who is asked to meet can guess that you are not far off." in page
    assert 'type="tel"' not in page
    nobody_is_near = "If you name no center, we can't tell who is near."
    assert nobody_is_near not in page.replace("&#39;", "'")
    assert nobody_is_near in (await world.client().get("/r/heartland")).text.replace("&#39;", "'")


async def test_what_is_no_way_to_talk_is_refused_and_nothing_is_asked(world: World) -> None:
    for channel in ("text", "by_post"):
        form = {"receipt": receipts.draw(), "center": "redbank", "channel": channel}
        assert (await world.client().post("/r/heartland/ask", data=form)).status_code == 422
    assert await world.rows("SELECT id FROM shared.callout") == []


async def test_by_phone_who_talks_by_phone_is_asked_and_sees_it_before_and_after_the_yes(world: World) -> None:
    ana, ben = await world.on_call("ana", "ben")
    await talks(ana, "in_person")
    requester = await asks_to(world, "phone")

    world.phone(ben).expect_page()
    assert (await ben.offers())[0]["channel"] == "phone"
    assert WISHES_A_CALL in await sees(ben)
    assert (await ben.accepts()).json()["data"][0]["channel"] == "phone"
    assert WISHES_A_CALL in await sees(ben)
    standing = await requester.standing()
    assert (standing["channel"], standing["unmet"]) == ("phone", [])


async def test_by_phone_where_nobody_is_left_who_phones_the_others_are_asked_and_it_is_told(world: World) -> None:
    ana, ben = await world.on_call("ana", "ben")
    await talks(ana, "in_person")
    requester = await asks_to(world, "phone")
    world.phone(ben).expect_page()
    await ben.declines()
    await world.settle()

    world.phone(ana).expect_page()
    assert (await ana.offers())[0]["channel"] == "this_page"
    for lang, words in NOBODY_PHONES.items():
        assert words in await reads(requester, lang)
    assert (await requester.standing())["unmet"] == ["phone"]


async def test_in_person_the_same_county_comes_first_then_the_shorter_drive(world: World) -> None:
    ana, ben, cleo = await world.on_call("ana", "ben", "cleo")
    await drives(world, "redbank, bluestem, 50", "redbank, meadowlark, 20")
    await world.copy.superuser.execute("UPDATE shared.agency SET county = 'Redbank' WHERE slug = 'osprey'")
    requester = await asks_to(world, "in_person")

    for person in (ben, cleo, ana):
        world.phone(person).expect_page()
        assert (await person.offers())[0]["channel"] == "in_person"
        assert WISHES_TO_MEET in await sees(person)
        assert NOBODY_MEETS["en"] not in await reads(requester)
        if person is not ana:
            await person.declines()
            await world.settle()


async def test_in_person_the_two_agree_on_when_and_where_in_the_call(world: World) -> None:
    (ben,) = await world.on_call("ben")
    requester = await asks_to(world, "in_person")
    world.phone(ben).expect_page()
    (contact,) = (await ben.accepts()).json()["data"]

    assert contact["channel"] == "in_person"
    assert "When they call, you two agree on when and where." in await sees(ben)
    assert ASKED_ON in await sees(ben)
    page = await reads(requester)
    assert "You would like to meet, and they know. Agree on when and where when you call." in page
    assert "Call them at this number." in page
    await requester.confirms_contact()
    assert WISHES_TO_MEET in await sees(ben)
    assert ASKED_ON not in await sees(ben), "who talks with somebody hears of nobody else"


async def test_two_who_meet_days_later_find_each_other_on_that_day(world: World) -> None:
    """The request itself closes a day after the talk; the way to each other stays as long as they need it."""
    (ben,) = await world.on_call("ben")
    requester = await asks_to(world, "in_person")
    world.phone(ben).expect_page()
    await ben.accepts()
    phone = re.findall(r"tel:(\S+)\"", (await reads(requester)).partition("peer-phone")[2])[0]
    await requester.confirms_contact()
    for lang, words in OTHER_DAY.items():
        assert words in await reads(requester, lang)
    assert "They can move a check-in to that day." in await sees(ben)

    day = await world.today() + timedelta(days=6)
    form = {"receipt": requester.receipt, "kind": "same_day", "on": str(day)}
    assert (await requester.client.post("/r/heartland/check-ins/move", data=form)).status_code == 200
    await world.advance(days=5)
    assert await requester.state() == "closed"
    assert phone not in await reads(requester)
    await world.advance(days=1.5)
    world.phone(ben).expect_page()
    assert phone in await reads(requester)


async def test_whoever_would_drive_too_far_is_not_asked_to_meet_and_the_call_is_told(world: World) -> None:
    ana, ben = await world.on_call("ana", "ben")
    await drives(world, "redbank, bluestem, 50", "redbank, osprey, 61")
    await talks(ana, "in_person", "phone", reach="30")
    requester = await asks_to(world, "in_person")

    world.phone(ana).expect_page()
    assert (await ana.offers())[0]["channel"] == "phone"
    assert WISHES_TO_MEET not in await sees(ana), "nobody learns that the center is too far off"
    for lang, words in NOBODY_MEETS.items():
        assert words in await reads(requester, lang)
    await ana.accepts()
    page = await reads(requester)
    assert "No one who can meet you was free. You two talk by phone." in page
    assert "Agree on when and where" not in page
    world.phone(ben).expect_nothing()


async def test_who_can_meet_again_is_asked_to_and_what_was_told_is_taken_back(world: World) -> None:
    ana, ben = await world.on_call("ana", "ben")
    await talks(ana, "phone")
    await ben.is_on_call(False)
    requester = await asks_to(world, "in_person")
    world.phone(ana).expect_page()
    assert NOBODY_MEETS["en"] in await reads(requester)
    await ben.is_on_call(True)
    await ana.declines()
    await world.settle()

    world.phone(ben).expect_page()
    assert (await ben.offers())[0]["channel"] == "in_person"
    assert NOBODY_MEETS["en"] not in await reads(requester)


async def test_a_colleague_whom_the_wish_to_meet_keeps_is_not_asked_to_take_over(world: World) -> None:
    ana, ben, cleo = await world.on_call("ana", "ben", "cleo")
    await talks(ben, "phone")
    await asks_to(world, "in_person")
    world.phone(ana).expect_page()
    (contact,) = (await ana.accepts()).json()["data"]
    address = f"/v1/contacts/{contact['callout_id']}/hand-over"

    assert (await ana.client.post(address, json={"to": str(peer_id("ben"))})).status_code == 204
    await world.settle()
    world.phone(ben).expect_nothing()
    await world.advance(minutes=11)
    assert (await ana.client.post(address, json={"to": str(peer_id("cleo"))})).status_code == 204
    await world.settle()
    world.phone(cleo).expect_page()
    assert (await cleo.offers())[0]["channel"] == "in_person"
    assert (await cleo.accepts()).json()["data"][0]["channel"] == "in_person"


async def test_for_a_colleague_the_way_is_the_askers_and_nobody_is_rung(world: World) -> None:
    (ana,) = await world.on_call("ana")
    page = (await world.client().get("/a/redbank/colleague")).text
    assert "This is about you and the peer, not about your colleague." in page
    await asks_to(world, "phone", wish="for_colleague")

    world.phone(ana).expect_page()
    seen = (await sees(ana)).replace("&#39;", "'")
    assert WISHES_A_CALL in seen
    assert "Don't call the colleague: they have not said yes. Talk with the one who asks." in seen


@pytest.mark.parametrize("channel", ["this_page", "phone", "in_person"])
async def test_what_the_coordinator_reads_of_the_decision_is_the_same_for_every_way(world: World, channel: str) -> None:
    (ana,) = await world.on_call("ana")
    await talks(ana, "phone")
    await drives(world, "redbank, bluestem, 500")
    await asks_to(world, channel)
    world.phone(ana).expect_page()

    ((counts,),) = await world.rows("SELECT counts FROM shared.decision")
    assert '"free": 1' in counts
    assert "modality" not in counts
    assert "reach" not in counts.replace("unreachable", "")
