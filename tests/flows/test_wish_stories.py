"""Somebody wishes for a woman, a man, somebody of a field: on the page, told to the peer, told when nobody is free."""

import re
from collections.abc import AsyncIterator, Iterator

import pytest

from libs.peer.callouts.models import Wish
from libs.peer.receipts import rules as receipts
from tests.world import Person, Requester, World, peer_id

FALLS_BACK = {
    "woman": ("No woman is free. We ask the others.", "Ninguna mujer está libre. Preguntamos a los demás."),
    "man": ("No man is free. We ask the others.", "Ningún hombre está libre. Preguntamos a los demás."),
    **dict.fromkeys(
        ("of_dispatch", "of_fire", "of_ems", "of_law"),
        (
            "No one from the field you named is free. We ask the others.",
            "Nadie del ramo que indicó está libre. Preguntamos a los demás.",
        ),
    ),
}


@pytest.fixture(autouse=True)
def no_unexpected_message(world: World) -> Iterator[None]:
    yield
    world.no_unexpected_message()


async def asks_on_the_page(world: World, *wishes: str, **more: str) -> Requester:
    """Send the form as a browser does that was told these wishes."""
    client, receipt = world.client(), receipts.draw()
    form = {"receipt": receipt, "center": "redbank", "urgency": "today", "speak": "en", "wish": list(wishes), **more}
    response = await client.post("/r/heartland/ask", data=form)
    assert response.status_code == 200, response.text
    await world.settle()
    return Requester(client, "heartland", receipt)


async def reads(requester: Requester, lang: str = "en") -> str:
    return (await requester.client.post("/r/heartland/status", data={"receipt": requester.receipt, "lang": lang})).text


@pytest.fixture(autouse=True)
async def cast_as_it_was(world: World) -> AsyncIterator[None]:
    """The cast outlives the stories."""
    yield
    await world.copy.superuser.execute(
        "UPDATE shared.member SET discipline = 'dispatch' WHERE id = ANY($1)", [peer_id("ana"), peer_id("ben")]
    )


async def is_of(world: World, person: Person, discipline: str) -> None:
    await world.copy.superuser.execute(
        "UPDATE shared.member SET discipline = $1 WHERE id = $2", discipline, peer_id(person.name)
    )


async def says(person: Person, gender: str) -> None:
    form = {"modalities": ["phone"], "team": ["roving"], "gender": gender}
    assert (await person.client.post("/peer/limits", data=form)).status_code == 303


async def test_the_page_offers_every_wish_that_is_understood_and_chooses_none(world: World) -> None:
    page = (await world.client().get("/a/redbank")).text
    offered = re.findall(r'<input type="checkbox" name="wish" value="(\w+)"([^>]*)>', page)
    of_a_colleague = {Wish.FOR_COLLEAGUE, Wish.SAFE_TO_RING, Wish.RING_OFF_SHIFT}
    assert sorted(value for value, _more in offered) == sorted(set(Wish) - of_a_colleague)
    assert 'href="/a/redbank/colleague?lang=en"' in page
    assert not [value for value, more in offered if "checked" in more]


async def test_the_woman_is_asked_before_the_man_who_would_be_first(world: World) -> None:
    ben, cleo = await world.on_call("ben", "cleo")
    await says(ben, "man")
    await says(cleo, "woman")
    requester = await asks_on_the_page(world, "woman")

    world.phone(cleo).expect_page()
    assert "Wishes for a woman" in (await cleo.client.get("/peer")).text
    assert FALLS_BACK["woman"][0] not in await reads(requester)

    await cleo.declines()
    await world.settle()
    world.phone(ben).expect_page()
    assert FALLS_BACK["woman"][0] in await reads(requester)


async def test_who_is_of_the_field_is_asked_first(world: World) -> None:
    ana, ben = await world.on_call("ana", "ben")
    await is_of(world, ben, "ems")
    requester = await asks_on_the_page(world, "of_ems")

    world.phone(ben).expect_page()
    assert "EMS" in (await ben.client.get("/peer")).text
    assert FALLS_BACK["of_ems"][0] not in await reads(requester)
    world.phone(ana).expect_nothing()


@pytest.mark.parametrize("wish", FALLS_BACK)
async def test_when_nobody_like_that_is_free_the_others_are_asked_and_it_is_told_in_both_languages(
    world: World, wish: str
) -> None:
    (ana,) = await world.on_call("ana")
    await is_of(world, ana, "fire" if wish != "of_fire" else "law")
    requester = await asks_on_the_page(world, wish)

    world.phone(ana).expect_page()
    english, spanish = FALLS_BACK[wish]
    assert english in await reads(requester)
    assert spanish in await reads(requester, "es")


async def test_two_fields_are_either_and_a_woman_or_a_man_is_anybody(world: World) -> None:
    (ana,) = await world.on_call("ana")
    await is_of(world, ana, "law")
    requester = await asks_on_the_page(world, "of_fire", "of_law", "woman", "man")

    world.phone(ana).expect_page()
    assert "We ask the others." not in await reads(requester)


async def test_what_is_no_wish_of_ours_is_refused_and_nothing_is_asked(world: World) -> None:
    await world.on_call("ana")
    form = {"receipt": receipts.draw(), "center": "redbank", "wish": ["woman", "a_friend"]}
    response = await world.client().post("/r/heartland/ask", data=form)
    assert response.status_code == 422
    assert await world.rows("SELECT id FROM shared.callout") == []
