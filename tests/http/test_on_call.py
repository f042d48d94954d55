"""What a peer reads of being on call, on the page and by the API, is what happens: in every state there is."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.api.peer import now
from tests.on_call import alone, has_said, has_shift, is_away, is_reached, run
from tests.world import Person, World, peer_id

ON, OFF = "Go on call", "Go off call"


async def reads(person: Person, lang: str = "en") -> str:
    html = (await person.client.get(f"/peer?lang={lang}")).text
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)).replace(" .", ".")


async def stands(person: Person) -> dict[str, Any]:
    response = await person.client.get("/v1/availability")
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


async def presses(person: Person, words: str) -> str:
    """Press the one button about being on call, which must say these words; what the page says then."""
    html = (await person.client.get("/peer")).text
    form = re.search(r'action="/peer/availability".*?</form>', html, re.DOTALL)
    assert form is not None
    assert words in form[0]
    value = re.search(r'name="is_available" value="(\w+)"', form[0])
    assert value is not None
    response = await person.client.post("/peer/availability", data={"is_available": value[1], "lang": "en"})
    assert response.status_code == 303
    return await reads(person)


async def test_who_is_paged_by_a_shift_reads_so_and_goes_off_for_its_rest_in_one_press(world: World) -> None:
    ana = await alone(world, "ana")
    await has_shift(world, "ana")

    page = await reads(ana)
    assert re.search(r"You are on call Your shift puts you on call until \d+:\d\d", page)
    assert "No one is waiting." in page
    assert "off call." not in page
    said = await stands(ana)
    assert (said["how"], said["is_on_call"], said["kept"]) == ("shift", True, [])
    assert said["until"] is not None
    requester = await world.asks()
    await ana.is_paged()
    await requester.withdraws()

    page = await presses(ana, OFF)
    assert re.search(r"You are not on call You went off call. Your shift runs until \d+:\d\d", page)
    assert "Your next shift puts you on call again." in page
    assert (await stands(ana))["how"] == "left_shift"
    second = await world.asks()
    await ana.is_not_paged()
    await second.withdraws()

    page = await presses(ana, ON)
    assert "You are on call You said so. It holds till you go off call." in page
    assert (await stands(ana))["how"] == "own_word"


async def test_the_next_shift_puts_on_call_whoever_went_off_in_the_one_before(world: World) -> None:
    ana = await alone(world, "ana")
    await has_shift(world, "ana", hours=1)
    await presses(ana, OFF)
    await world.advance(hours=1)
    assert (await stands(ana))["how"] == "off"

    await world.advance(hours=2)
    await has_shift(world, "ana")

    assert "Your shift puts you on call until" in await reads(ana)
    await world.asks()
    await ana.is_paged()


async def test_who_is_away_reads_until_when_and_is_back_in_one_press(world: World) -> None:
    ana = await alone(world, "ana")
    await is_away(world, "ana")
    page = await reads(ana)
    assert re.search(r"You are away Your time away runs until \d+:\d\d", page)
    assert "Then you are on call again." not in page
    await has_shift(world, "ana", hours=9)
    assert "Then you are on call again." in await reads(ana)
    requester = await world.asks()
    await ana.is_not_paged()
    await requester.withdraws()

    page = await presses(ana, "I am back: go on call")

    assert "You are on call You said so." in page
    assert await world.rows("SELECT id FROM shared.away WHERE peer_id = $1", peer_id("ana")) == []
    await world.asks()
    await ana.is_paged()


async def test_going_on_call_ends_no_time_away_that_is_to_come(world: World) -> None:
    ana = await alone(world, "ana")
    await is_away(world, "ana", in_hours=4)

    await ana.is_on_call(True)

    assert len(await world.rows("SELECT id FROM shared.away WHERE peer_id = $1", peer_id("ana"))) == 1


async def test_whom_no_channel_reaches_is_on_call_while_the_page_is_open_and_reads_so(world: World) -> None:
    ana = await alone(world, "ana")
    await ana.is_on_call(True)
    await is_reached(world, "ana")
    assert (await stands(ana))["how"] == "unreached"

    page = await reads(ana)

    assert "You are on call while this page is open" in page
    assert "With this page closed, nothing reaches you, and you do not count as on call." in page
    await world.advance(hours=2)
    said = await stands(ana)
    assert (said["how"], said["is_on_call"]) == ("unreached", False)
    requester = await world.asks()
    await ana.is_not_paged()
    await requester.withdraws()


async def test_what_keeps_somebody_on_call_from_requests_stands_beside_it(world: World) -> None:
    ana = await alone(world, "ana")
    await ana.is_on_call(True)
    quiet = {"modalities": ["in_person", "phone", "text"], "team": ["roving"], "gender": "not_said"}
    hours = {"quiet_from": "00:00", "quiet_until": "23:59"}
    await ana.client.post("/peer/limits", data={**quiet, **hours})

    page = await reads(ana)

    assert "You get no requests for now." in page
    assert re.search(r"For now this keeps requests from you: Quiet hours, until ", page)
    assert [kept["reason"] for kept in (await stands(ana))["kept"]] == ["quiet_hours"]

    await ana.client.post("/peer/limits", data={**quiet, **hours, "wakes_for_now": "yes"})

    assert "You get urgent requests alone. You said that they may wake you." in await reads(ana)
    assert (await stands(ana))["is_woken"] is True
    requester = await world.asks(urgency="today")
    await ana.is_not_paged()
    await requester.withdraws()
    await world.asks(urgency="now")
    await ana.is_paged()


async def test_who_steps_in_by_role_reads_that_they_are_asked_all_the_same(world: World) -> None:
    await world.on_call()
    mara, ben = await world.person("mara"), await world.person("ben")
    page = await reads(mara)
    assert "You are off call. When no one else answers, we still ask you." in page
    assert "No one is sent to you." not in page
    assert "You are off call. No one is sent to you. Rest well." in await reads(ben)


async def test_an_open_page_changes_when_a_shift_begins_and_when_it_is_left(world: World) -> None:
    ana = await alone(world, "ana")
    region = await world.heartland()

    async def essence() -> object:
        async with world.planes.dispatch(region) as dispatch:
            return (await now.look(dispatch, region.id, peer_id("ana"))).essence

    off = await essence()
    assert await essence() == off, "a clock that only ticked changes nothing"
    await has_shift(world, "ana")
    on = await essence()
    await ana.is_on_call(False)
    assert len({off, on, await essence()}) == 3


async def test_times_are_those_of_the_peers_own_clock(world: World) -> None:
    ana = await alone(world, "ana")
    await has_shift(world, "ana")
    ends = datetime.fromisoformat((await stands(ana))["until"])
    ((clock,),) = await world.rows("SELECT shared.clock()")
    assert abs(clock + timedelta(hours=3) - ends) < timedelta(minutes=1)
    ((was,),) = await world.rows("SELECT time_zone FROM shared.member WHERE id = $1", peer_id("ana"))
    for zone in ("America/Chicago", "Pacific/Honolulu"):
        await run(world, "UPDATE shared.member SET time_zone = $2 WHERE id = $1", peer_id("ana"), zone)
        assert f"until {ends.astimezone(ZoneInfo(zone)):%H:%M}." in await reads(ana)
    await run(world, "UPDATE shared.member SET time_zone = $2 WHERE id = $1", peer_id("ana"), was)


async def test_a_spanish_page_says_the_same(world: World) -> None:
    ana = await alone(world, "ana")
    await has_shift(world, "ana")
    assert "Su turno le pone de guardia. Termina:" in await reads(ana, "es")
    await ana.is_on_call(False)
    assert "Dejó la guardia. Su turno termina:" in await reads(ana, "es")
    await is_away(world, "ana")
    assert "Su ausencia termina:" in await reads(ana, "es")


_WORDS: Sequence[tuple[bool | None, int]] = ((None, 0), (True, 0), (True, 5), (False, 0), (False, 5))
"""Nothing said; on or off, now or five hours ago, before the shift began."""


@pytest.mark.parametrize("has_channel", [True, False])
async def test_in_every_mix_of_words_shifts_and_absences_what_is_said_is_what_is_done(
    world: World, has_channel: bool
) -> None:
    ana = await alone(world, "ana")
    channels = ["mail"] if has_channel else []
    wrong: list[Sequence[object]] = []
    for (said_yes, hours), on_shift, away in product(_WORDS, (True, False), (True, False)):
        await run(world, "TRUNCATE shared.duty, shared.away")
        await is_reached(world, "ana", *channels)
        await has_said(world, "ana", said_yes, hours)
        if on_shift:
            await has_shift(world, "ana")
        if away:
            await is_away(world, "ana")
        said = (await stands(ana))["is_on_call"]
        unseen = await _is_paged(world, ana)
        page = await reads(ana)
        seen = await _is_paged(world, ana)
        if said is not unseen or ("You are on call" in page) is not seen or ("No one is waiting." in page) is not seen:
            wrong.append((said_yes, hours, on_shift, away, said, unseen, seen, page))
    assert wrong == []


async def _is_paged(world: World, person: Person) -> bool:
    """Whether somebody's request reaches them; it is taken back."""
    requester = await world.asks()
    offers = await person.offers()
    assert (await requester.withdraws()).status_code < 300
    await world.settle()
    return bool(offers)
