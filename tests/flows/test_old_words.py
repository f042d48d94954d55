"""What is over stays over: an old page, a shift that was handed over, an agreement that has ended.

Each ends with: no unexpected message.
"""

from collections.abc import Iterator

import pytest

from tests.planning import planned
from tests.reporting import by_key
from tests.world import World, peer_id

OUTSIDE = "outside:kansas-city"


@pytest.fixture(autouse=True)
def no_unexpected_message(world: World) -> Iterator[None]:
    yield
    world.no_unexpected_message()


async def agrees_until_tonight(world: World) -> None:
    """The manager keeps an agreement with Kansas City, by phone alone, whose last day is today."""
    manager, today = await world.person("manager"), await world.today()
    body = {"kind": "region", "region": "kansas-city", "starts_on": str(today), "ends_on": str(today)}
    answer = await manager.client.post("/v1/agreements", json={**body, "is_remote_only": True}, headers=by_key())
    assert answer.status_code == 201, answer.text


async def test_a_yes_to_an_old_page_is_never_one_to_another_request(world: World) -> None:
    (ana,) = await world.on_call("ana")
    first = await world.asks(urgency="now")
    world.phone(ana).expect_page()
    old = await ana.is_paged()
    await first.withdraws()
    await world.settle()
    second = await world.asks(urgency="now")
    world.phone(ana).expect_page()

    assert (await ana.accepts(old)).json()["type"] == "/problems/already_taken"
    assert (await ana.client.post(f"/v1/offers/{old}/decline")).json()["type"] == "/problems/offer_unknown"

    assert await ana.contacts() == []
    assert await second.state() == "paging"
    assert await ana.is_paged() != old
    assert (await ana.accepts()).status_code == 200
    assert await second.state() == "accepted"


async def test_a_yes_months_after_its_page_takes_nothing(world: World) -> None:
    (ana,) = await world.on_call("ana")
    requester = await world.asks(urgency="now")
    world.phone(ana).expect_page()
    offer = await ana.is_paged()
    await requester.withdraws()
    await world.advance(days=90)

    late = await (await world.signed_in_anew("ana")).accepts(offer)

    assert (late.status_code, late.json()["type"]) in {
        (404, "/problems/offer_unknown"),
        (409, "/problems/already_taken"),
    }
    assert await world.rows("SELECT id FROM shared.callout WHERE state IN ('accepted', 'in_contact')") == []


async def test_who_is_off_duty_is_not_paged_and_the_hand_over_moves_it_to_the_next(world: World) -> None:
    team = await planned(world)
    said_nothing = "DELETE FROM shared.availability WHERE peer_id = ANY($1)"
    await world.copy.superuser.execute(said_nothing, [peer_id("ana"), peer_id("ben")])
    await team.rotates("ana", "ben")
    for on, off in (("ana", "ben"), ("ben", "ana")):
        requester = await world.asks(urgency="today")
        world.phone(await world.signed_in_anew(on)).expect_page()
        world.phones_of(off).expect_nothing()
        await requester.withdraws()
        await team.at(8, days=7)
    for slug in ("ana", "ben"):
        await (await world.signed_in_anew(slug)).is_on_call(False)


async def test_a_request_that_is_asked_again_after_the_agreements_last_day_waits_for_no_yes(world: World) -> None:
    (ana,) = await world.on_call("ana")
    await agrees_until_tonight(world)
    requester = await world.asks(urgency="this_week", center=OUTSIDE)
    world.phone(ana).expect_page()
    await ana.accepts()
    await world.advance(hours=15)
    ana, ben = await world.signed_in_anew("ana"), (await world.on_call("ben"))[0]
    (contact,) = await ana.contacts()

    assert (await ana.client.post(f"/v1/contacts/{contact['callout_id']}/give-back")).status_code == 204
    await world.settle()

    world.phone(ben).expect_page()
    assert (await ben.offers())[0]["is_remote_only"] is True, "within the limits under which it began"
    assert await requester.state() == "paging"
    assert await world.rows("SELECT id FROM shared.approval") == []
    later = await world.asks(urgency="today", center=OUTSIDE)
    assert await later.state() == "pending_approval"
    world.leads_get_a_notice()
