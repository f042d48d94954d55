"""What a peer reads of being on call, on the page and by the API, is what happens: in every state there is."""

import re
from collections.abc import Sequence
from datetime import timedelta
from itertools import product
from typing import Any
from uuid import uuid4

import pytest

from tests.world import Person, World, peer_id

ON, OFF = "Go on call", "Go off call"
_SHIFT = """
    WITH plan AS (INSERT INTO shared.schedule (team_id, region_id, needs, swaps_need_a_yes, expanded_until)
        SELECT id, region_id, 1, false, shared.clock() + interval '60 days' FROM shared.team WHERE kind = 'roving'
        AND region_id = (SELECT id FROM shared.region WHERE slug = 'heartland')
        ON CONFLICT (team_id) DO UPDATE SET needs = 1 RETURNING team_id, region_id)
    INSERT INTO shared.duty (id, region_id, team_id, peer_id, layer_id, origin, starts_at, ends_at)
    SELECT $1, region_id, team_id, $2, $1, 'rotation', shared.clock() - interval '1 hour', shared.clock() + $3
    FROM plan
"""
_WORD = """
    INSERT INTO shared.availability (peer_id, region_id, is_available, changed_at)
    SELECT id, region_id, $2, shared.clock() - $3::interval FROM shared.member WHERE id = $1
    ON CONFLICT (peer_id) DO UPDATE SET is_available = excluded.is_available, changed_at = excluded.changed_at
"""
_AWAY = """
    INSERT INTO shared.away (id, peer_id, region_id, starts_at, ends_at)
    SELECT $1, id, region_id, shared.clock() - interval '1 hour', shared.clock() + interval '5 hours'
    FROM shared.member WHERE id = $2
"""


async def run(world: World, statement: str, *values: object) -> None:
    await world.copy.superuser.execute(statement, *values)


async def alone(world: World, slug: str) -> Person:
    """Nobody else is on call; this one has said nothing yet."""
    await world.on_call()
    await run(world, "DELETE FROM shared.availability WHERE peer_id = $1", peer_id(slug))
    return await world.person(slug)


async def has_shift(world: World, slug: str, hours: int = 3) -> None:
    """A shift runs, for so many hours more."""
    await run(world, _SHIFT, uuid4(), peer_id(slug), timedelta(hours=hours))


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
    await run(world, _AWAY, uuid4(), peer_id("ana"))
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
    later = "UPDATE shared.away SET starts_at = shared.clock() + interval '4 hours' WHERE peer_id = $1"
    await run(world, _AWAY, uuid4(), peer_id("ana"))
    await run(world, later, peer_id("ana"))

    await ana.is_on_call(True)

    assert len(await world.rows("SELECT id FROM shared.away WHERE peer_id = $1", peer_id("ana"))) == 1


async def test_whom_no_channel_reaches_is_on_call_while_the_page_is_open_and_reads_so(world: World) -> None:
    ana = await alone(world, "ana")
    await ana.is_on_call(True)
    await run(world, "UPDATE shared.reach SET verified = '{}', seen_at = NULL WHERE peer_id = $1", peer_id("ana"))
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

    assert "No one is sent to you for now." in page
    assert re.search(r"For now this keeps requests from you: Quiet hours, until ", page)
    assert [kept["reason"] for kept in (await stands(ana))["kept"]] == ["quiet_hours"]


async def test_who_steps_in_by_role_reads_that_they_are_asked_all_the_same(world: World) -> None:
    await world.on_call()
    mara, ben = await world.person("mara"), await world.person("ben")
    assert "When no one else answers, we still ask you." in await reads(mara)
    assert "we still ask you" not in await reads(ben)


async def test_a_spanish_page_says_the_same(world: World) -> None:
    ana = await alone(world, "ana")
    await has_shift(world, "ana")
    assert "Su turno le pone de guardia. Termina:" in await reads(ana, "es")
    await ana.is_on_call(False)
    assert "Dejó la guardia. Su turno termina:" in await reads(ana, "es")
    await run(world, _AWAY, uuid4(), peer_id("ana"))
    assert "Su ausencia termina:" in await reads(ana, "es")


_WORDS = (None, (True, 0), (True, 5), (False, 0), (False, 5))
"""Nothing said; on or off, now or five hours ago, before the shift began."""


@pytest.mark.parametrize("has_channel", [True, False])
async def test_in_every_mix_of_words_shifts_and_absences_what_is_said_is_what_is_done(
    world: World, has_channel: bool
) -> None:
    ana = await alone(world, "ana")
    verified = ["mail"] if has_channel else []
    wrong: list[Sequence[object]] = []
    for word, on_shift, is_away in product(_WORDS, (True, False), (True, False)):
        await run(world, "TRUNCATE shared.duty, shared.away")
        await run(world, "DELETE FROM shared.availability WHERE peer_id = $1", peer_id("ana"))
        await run(
            world, "UPDATE shared.reach SET verified = $2, seen_at = NULL WHERE peer_id = $1", peer_id("ana"), verified
        )
        if word is not None:
            await run(world, _WORD, peer_id("ana"), word[0], timedelta(hours=word[1]))
        if on_shift:
            await has_shift(world, "ana")
        if is_away:
            await run(world, _AWAY, uuid4(), peer_id("ana"))
        said = (await stands(ana))["is_on_call"]
        unseen = await _is_paged(world, ana)
        page = await reads(ana)
        seen = await _is_paged(world, ana)
        if said is not unseen or ("You are on call" in page) is not seen or ("No one is waiting." in page) is not seen:
            wrong.append((word, on_shift, is_away, said, unseen, seen, page))
    assert wrong == []


async def _is_paged(world: World, person: Person) -> bool:
    """Whether somebody's request reaches them; it is taken back."""
    requester = await world.asks()
    offers = await person.offers()
    assert (await requester.withdraws()).status_code < 300
    await world.settle()
    return bool(offers)
