"""Somebody asks for a colleague, who decides; nothing of them is taken. Each story ends in: no unexpected message."""

import re
from collections.abc import Iterator

import pytest

from libs.peer.receipts import rules as receipts
from tests.world import Requester, World


@pytest.fixture(autouse=True)
def no_unexpected_message(world: World) -> Iterator[None]:
    yield
    world.no_unexpected_message()


async def asks_for_a_colleague(world: World, **more: str) -> tuple[Requester, str]:
    """Fill in the page for a colleague as a browser does; returns what the answer reads, too."""
    client, receipt = world.client(), receipts.draw()
    page = (await client.get("/a/redbank/colleague")).text
    hidden = dict(re.findall(r'<input type="hidden" name="(wish|center)" value="([^"]*)"', page))
    form = {**hidden, "receipt": receipt, "urgency": "today", "speak": "en", **more}
    answer = await client.post("/r/heartland/ask", data=form)
    assert answer.status_code == 200, answer.text
    await world.settle()
    return Requester(client, "heartland", receipt), answer.text


async def test_the_page_says_what_to_say_what_to_leave_out_and_that_they_decide(world: World) -> None:
    client = world.client()
    for address in ("/a/redbank/colleague", "/r/heartland/colleague"):
        page = (await client.get(address)).text
        for words in (
            "They decide. No one calls them unless they said yes.",
            "What you can say",
            "What to leave out",
            "Do they talk of dying? Stay with them.",
            "We do not take it, and do not keep it.",
        ):
            assert words in page, address
        asked_for = set(re.findall(r'<(?:input|textarea|select)[^>]* name="(\w+)"', page))
        assert asked_for == {
            *("receipt", "lang", "center", "wish", "ring", "urgency", "center_wish", "team", "leads", "speak"),
            *("channel", "leave_out_names", "leave_out_center"),
        }, "no field for a name or a number of the colleague's"
    spanish = (await client.get("/a/redbank/colleague?lang=es")).text
    assert "Decide esa persona. Nadie la llama si no dijo que sí." in spanish


async def test_a_peer_talks_with_the_one_who_asks_and_rings_nobody_who_has_not_said_yes(world: World) -> None:
    (ana,) = await world.on_call("ana")
    requester, page = await asks_for_a_colleague(world)
    assert "What to say to your colleague" in page
    world.phone(ana).expect_page()

    assert (await ana.offers())[0]["wishes"] == ["for_colleague"]
    assert "Don't call the colleague: they have not said yes." in (await ana.client.get("/peer")).text.replace(
        "&#39;", "'"
    )
    await ana.accepts()
    await world.settle()

    assert await requester.state() == "accepted"
    seen = await requester.client.post("/r/heartland/status", data={"receipt": requester.receipt})
    assert "What to say to your colleague" in seen.text
    assert "They can ask on their own, too, here:" in seen.text
    await requester.confirms_contact()
    assert (await requester.closes()).status_code == 200
    await requester.wants_no_check_ins()


@pytest.mark.parametrize(
    ("ring", "words"),
    [
        ("safe_to_ring", "The colleague said yes to a call<"),
        ("ring_off_shift", "The colleague said yes to a call, off shift only"),
    ],
)
async def test_whether_the_colleague_may_be_rung_is_told_to_the_peer(world: World, ring: str, words: str) -> None:
    (ana,) = await world.on_call("ana")
    requester, _page = await asks_for_a_colleague(world, ring=ring)
    world.phone(ana).expect_page()

    assert (await ana.offers())[0]["wishes"] == ["for_colleague", ring]
    page = re.sub(r"\s*\n\s*", "", (await ana.client.get("/peer")).text)
    assert words in page
    assert "Talk with the one who asks first. They can give you the number." in page
    await requester.withdraws()
    await world.settle()


async def test_of_nobody_else_it_is_said_and_of_two_words_the_stricter_holds(world: World) -> None:
    await world.leads_are_not_reached()
    await world.on_call()
    for said in (["safe_to_ring"], ["for_colleague", "safe_to_ring", "ring_off_shift"]):
        await world.asks(urgency="today", wishes=said)
    kept = await world.rows("SELECT wishes FROM shared.callout ORDER BY asked_at, cardinality(wishes)")
    assert sorted(row[0] for row in kept) == [[], ["for_colleague", "ring_off_shift"]]


async def test_a_card_tells_nobody_who_gave_it_and_leads_to_where_anybody_asks(world: World) -> None:
    (ana,) = await world.on_call("ana")
    client = world.client()
    for address, leads_to in (("/a/redbank/cards", "/a/redbank"), ("/r/heartland/cards", "/r/heartland")):
        page = await client.get(address)
        assert page.status_code == 200
        assert "set-cookie" not in page.headers
        shown = re.findall(r'class="poster-address" translate="no">([^<]+)<', page.text)
        assert len(shown) == 8
        assert {one.removeprefix(str(world.app.state.wiring.settings.public_url)) for one in shown} == {leads_to}
        assert (await client.get(leads_to)).status_code == 200
    requester = await world.asks(urgency="today")
    world.phone(ana).expect_page()
    assert (await ana.offers())[0]["wishes"] == [], "whoever was given a card asks like anybody"
    await requester.withdraws()
    await world.settle()
