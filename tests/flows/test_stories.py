"""What happens to one request, told by the phones that ring. Each story ends with: no unexpected message."""

from collections.abc import Iterator

import pytest

from libs.peer.paging import advancing as paging
from libs.peer.receipts import rules as receipts
from tests.world import Person, Requester, World


@pytest.fixture(autouse=True)
def no_unexpected_message(world: World) -> Iterator[None]:
    yield
    world.no_unexpected_message()


async def accepted_by(world: World, person: Person, **choices: object) -> Requester:
    """Somebody asks, and `person`, who is first, says yes."""
    requester = await world.asks(**{"urgency": "now", **choices})  # type: ignore[arg-type]  # by name
    world.phone(person).expect_page()
    assert (await person.accepts()).status_code == 200
    return requester


async def test_silence_for_a_minute_moves_on_to_the_next_peer(world: World) -> None:
    ana, ben = await world.on_call("ana", "ben")
    await world.asks(urgency="now")
    world.phone(ana).expect_page()

    await world.advance(seconds=61)

    world.phone(ben).expect_page()


async def test_today_leaves_ten_minutes_to_answer(world: World) -> None:
    ana, ben = await world.on_call("ana", "ben")
    await world.asks(urgency="today")
    world.phone(ana).expect_page()

    await world.advance(minutes=9)
    world.phone(ben).expect_nothing()
    await world.advance(minutes=1, seconds=1)

    world.phone(ben).expect_page()


async def test_not_now_moves_on_at_once(world: World) -> None:
    ana, ben = await world.on_call("ana", "ben")
    await world.asks(urgency="this_week")
    world.phone(ana).expect_page()

    await ana.declines()
    await world.settle()

    world.phone(ben).expect_page()


async def test_whoever_recused_is_never_asked_again(world: World) -> None:
    await world.leads_are_not_reached()
    (ana,) = await world.on_call("ana")
    requester = await world.asks(urgency="now")
    world.phone(ana).expect_page()

    await ana.recuses()
    await world.advance(hours=20)

    assert await requester.state() == "with_coordinator"


async def test_both_sides_see_the_state_and_the_next_clock(world: World) -> None:
    (ana,) = await world.on_call("ana")
    requester = await accepted_by(world, ana)

    standing, (contact,) = await requester.standing(), await ana.contacts()

    assert standing["state"] == contact["state"] == "accepted"
    assert standing["next_at"] == contact["next_at"] is not None


async def test_the_winner_may_tap_twice_and_it_counts_once(world: World) -> None:
    (ana,) = await world.on_call("ana")
    await world.asks(urgency="now")
    world.phone(ana).expect_page()
    offer = await ana.is_paged()

    answers = [await ana.accepts(offer) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200] * 3
    assert len(await ana.contacts()) == 1


async def test_no_contact_in_ten_minutes_and_the_next_is_asked(world: World) -> None:
    ana, ben = await world.on_call("ana", "ben")
    await accepted_by(world, ana)

    await world.advance(minutes=10, seconds=1)

    world.phone(ben).expect_page()
    assert await ana.contacts() == []


async def test_talking_after_all_wins_over_whoever_is_asked_by_then(world: World) -> None:
    ana, ben = await world.on_call("ana", "ben")
    requester = await accepted_by(world, ana)
    await world.advance(minutes=10, seconds=1)
    world.phone(ben).expect_page()

    said = await requester.confirms_contact()
    await world.settle()

    assert (said.status_code, said.json()["state"], said.json()["peer"]["name"]) == (200, "in_contact", "Ana Reyes")
    assert [contact["state"] for contact in await ana.contacts()] == ["in_contact"]
    await ben.is_not_paged()


async def test_talking_with_the_first_wins_over_the_second_who_said_yes(world: World) -> None:
    ana, ben = await world.on_call("ana", "ben")
    requester = await accepted_by(world, ana)
    of_ana = (await requester.standing())["epoch"]
    await world.advance(minutes=10, seconds=1)
    world.phone(ben).expect_page()
    await ben.accepts()

    said = await requester.confirms_contact(of_ana)

    assert said.json()["peer"]["name"] == "Ana Reyes"
    assert await ben.contacts() == []
    await world.advance(minutes=11)


async def test_talking_with_the_second_stays_with_the_second(world: World) -> None:
    ana, ben = await world.on_call("ana", "ben")
    requester = await accepted_by(world, ana)
    await world.advance(minutes=10, seconds=1)
    world.phone(ben).expect_page()
    await ben.accepts()

    said = await requester.confirms_contact((await requester.standing())["epoch"])

    assert said.json()["peer"]["name"] == "Ben Okafor"
    assert await ana.contacts() == []


async def test_the_page_asks_whether_they_are_talking_after_all(world: World) -> None:
    ana, ben = await world.on_call("ana", "ben")
    requester = await accepted_by(world, ana)
    await world.advance(minutes=10, seconds=1)
    world.phone(ben).expect_page()

    page = await world.client().post("/r/heartland/status", data={"receipt": requester.receipt})

    assert "Are you talking with Ana Reyes? Tell us, and we stop asking." in page.text


async def test_the_third_time_without_contact_the_coordinators_are_asked_first(world: World) -> None:
    peers = await world.on_call("ana", "ben", "cleo")
    mara, jon = await world.person("mara"), await world.person("jon")
    requester = await world.asks(urgency="now")
    for peer in peers:
        world.phone(peer).expect_page()
        await peer.accepts()
        await world.advance(minutes=10, seconds=1)
    assert await requester.state() == "paging"
    world.phone(mara).expect_page()
    world.phone(jon).expect_page()
    (item,) = (await mara.client.get("/v1/waiting")).json()["data"]

    await world.advance(minutes=2, seconds=1)
    assert await requester.state() == "with_coordinator"
    assert (await mara.client.get("/v1/waiting")).json()["data"] == [item]
    taken = await mara.client.post(f"/v1/waiting/{item['callout_id']}/take")

    assert taken.status_code == 204
    assert (await requester.standing())["peer"]["name"] == "Mara Lindqvist"


async def test_nobody_left_turns_to_the_coordinator_and_the_page_says_whose_fault_it_is(world: World) -> None:
    (ana,) = await world.on_call("ana")
    requester = await world.asks(urgency="now")
    world.phone(ana).expect_page()

    await ana.declines()
    await world.settle()
    for slug in ("mara", "jon"):
        world.phones_of(slug).expect_page()
    await world.leads_say_nothing()

    page = await world.client().post("/r/heartland/status", data={"receipt": requester.receipt})
    assert "We have told the lead of the team. They don't know it is you. We keep asking." in page.text
    assert "No one has been able to answer yet. That is on us, not you." in page.text
    assert len((await (await world.person("mara")).client.get("/v1/waiting")).json()["data"]) == 1


async def test_a_center_that_was_left_out_hears_nothing(world: World) -> None:
    ana, ben, cleo = await world.on_call("ana", "ben", "cleo")
    await world.asks(urgency="now", leave_out_centers=["bluestem", "osprey", "hollowell"])
    world.phone(cleo).expect_page()

    await cleo.declines()
    await world.settle()
    world.phones_of("jon").expect_page()  # at the end of the policy; mara works at a center that was left out
    await world.advance(minutes=30)

    await ana.is_not_paged()
    await ben.is_not_paged()
    assert (await (await world.person("mara")).client.get("/v1/waiting")).json()["data"] == []
    assert len((await (await world.person("jon")).client.get("/v1/waiting")).json()["data"]) == 1


async def test_a_person_who_was_left_out_by_name_hears_nothing(world: World) -> None:
    _ana, ben = await world.on_call("ana", "ben")
    await world.asks(urgency="now", leave_out_names=["reyes", "Mara Lindquist"])
    world.phone(ben).expect_page()

    await ben.declines()
    await world.settle()
    world.phones_of("jon").expect_page()
    await world.advance(minutes=30)

    assert (await (await world.person("mara")).client.get("/v1/waiting")).json()["data"] == []


async def test_leaving_out_is_answered_the_same_whether_or_not_somebody_is_called_so(world: World) -> None:
    await world.leads_are_not_reached()
    await world.on_call()
    answers = []
    for names in (["Ana Reyes"], ["Nobody Ofthatname"], []):
        asked = await world.client().post("/v1/regions/heartland/requests", json={"leave_out_names": names})
        answers.append((asked.status_code, sorted(asked.json()), sorted(asked.json()["standing"])))
    await world.settle()
    assert answers[0] == answers[1] == answers[2]
    kept = await world.rows("SELECT row_to_json(c)::text FROM shared.callout c")
    assert not [row for row in kept if "eyes" in row[0] or "Ofthatname" in row[0]]


async def test_in_the_own_center_nobody_who_leads_is_asked(world: World) -> None:
    await world.leads_are_not_reached()
    (mara,) = await world.on_call("mara")
    requester = await world.asks(urgency="now", center="hollowell", center_wish="own")
    assert await requester.state() == "with_coordinator"
    assert (await mara.client.get("/v1/waiting")).json()["data"] == []


async def test_who_speaks_the_language_is_asked_first(world: World) -> None:
    ben, jon = await world.on_call("ben", "jon")
    await world.asks(urgency="now", language="es")
    world.phone(jon).expect_page()

    await jon.declines()
    await world.settle()

    world.phone(ben).expect_page()


async def test_the_peer_is_told_what_is_wished(world: World) -> None:
    (ana,) = await world.on_call("ana")
    await world.asks(urgency="now", wishes=["for_colleague", "knows_calls"])
    world.phone(ana).expect_page()

    assert (await ana.offers())[0]["wishes"] == ["for_colleague", "knows_calls"]
    page = await ana.client.get("/peer")
    assert "Wants someone who knows hard calls" in page.text
    assert "For a colleague" in page.text


async def test_stop_asking_is_silent_for_everybody(world: World) -> None:
    ana, ben = await world.on_call("ana", "ben")
    requester = await world.asks(urgency="now")
    world.phone(ana).expect_page()

    assert (await requester.withdraws()).status_code == 204
    await world.advance(hours=1)

    await ana.is_not_paged()
    await ben.is_not_paged()


async def test_a_double_click_pages_once(world: World) -> None:
    (ana,) = await world.on_call("ana")
    receipt = receipts.draw()
    for _ in range(3):
        await world.client().post("/r/heartland/ask", data={"receipt": receipt, "center": "redbank"})
    await world.settle()

    world.phone(ana).expect_page()


async def test_never_asked_somebody_has_it_and_no_longer_needed_each_get_a_plain_word(world: World) -> None:
    ana, ben, cleo = await world.on_call("ana", "ben", "cleo")
    requester = await world.asks(urgency="now")
    world.phone(ana).expect_page()
    offer = await ana.is_paged()

    assert (await ben.accepts(offer)).json()["type"] == "/problems/offer_unknown"
    await world.advance(seconds=61)
    world.phone(ben).expect_page()
    of_ben = await ben.is_paged()
    await world.advance(seconds=61)
    world.phone(cleo).expect_page()
    assert (await cleo.accepts()).status_code == 200
    assert (await ben.accepts(of_ben)).json()["title"] == "Someone has it. Thank you for being ready."
    await requester.withdraws()
    assert (await ana.accepts(offer)).json()["title"] == "Someone has it. Thank you for being ready."


async def test_closing_ends_it_for_both_and_a_week_later_nothing_leads_back(world: World) -> None:
    (ana,) = await world.on_call("ana")
    requester = await accepted_by(world, ana)
    await requester.confirms_contact()

    assert (await requester.closes()).json()["state"] == "closed"
    assert await ana.contacts() == []
    assert (await requester.closes()).status_code == 409
    await requester.wants_no_check_ins()
    await world.advance(days=7, seconds=1)

    assert (await requester._post("status")).status_code == 404
    assert await world.rows("SELECT home_id, request_id FROM shared.callout") == [(None, None)]


async def test_a_job_that_runs_twice_pages_once(world: World) -> None:
    (ana,) = await world.on_call("ana")
    await world.asks(urgency="now")
    callout = (await world.rows("SELECT id FROM shared.callout"))[0][0]
    for _ in range(3):
        async with world.planes.dispatch(await world.heartland()) as dispatch:
            await paging.advance(dispatch, callout)
    await world.settle()

    world.phone(ana).expect_page()
