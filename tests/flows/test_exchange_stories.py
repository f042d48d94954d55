"""One region asks another one to help: what each side sees, what crosses when, that nothing is lost between."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from libs.peer.exchanges import actions as exchanges
from tests import exchanging
from tests.exchanging import PEER, There, agree, exchange, goes_there, handed_on, live, offered
from tests.world import Requester, World


async def test_the_whole_way_from_one_region_to_the_other_by_the_same_receipt(world: World, there: There) -> None:
    requester = await handed_on(world)
    (item,) = await there.waiting()
    assert (item["coming_from"], item["urgency"], item["language"]) == ("Heartland", "today", "en")
    assert await exchange(requester) == ("requested", None)
    page = await world.client().post("/r/heartland/status", data={"receipt": requester.receipt})
    assert "We are asking Kansas City (registry) for help." in page.text

    await there.decides("approve")
    await world.advance(seconds=10)

    assert await exchange(requester) == ("offered", None)
    assert await live(world) == [("heartland", "pending_approval")], "nothing has crossed before the press"
    page = await world.client().post("/r/heartland/status", data={"receipt": requester.receipt})
    assert "People of Kansas City (registry) can help you." in page.text
    pressed = await world.client().post("/r/heartland/go-there", data={"receipt": requester.receipt})
    assert (pressed.status_code, pressed.headers["location"]) == (307, "/r/kansas-city/status")
    await world.settle()

    assert [one[0] for one in await live(world)] == ["kansas-city"]
    assert await exchange(requester) == ("closed", "taken")
    assert await Requester(requester.client, "kansas-city", requester.receipt).state() in {"paging", "with_coordinator"}
    page = await world.client().post("/r/heartland/status", data={"receipt": requester.receipt})
    assert "It goes on in Kansas City (registry) now." in page.text
    assert await world.rows(
        "SELECT peer_id FROM shared.copy p JOIN shared.callout c ON c.id = p.callout_id WHERE c.region_id = $1",
        there.region.id,
    ) == [(PEER,)]


async def test_nothing_but_region_urgency_and_language_is_there_before_the_press(world: World, there: There) -> None:
    await offered(world, there, without=("jon",), wishes=["woman"], leave_out_names=["Castellano"])
    rows = await world.rows("SELECT to_jsonb(x) - 'id' FROM shared.exchange x")
    assert "woman" not in str(rows)
    assert "Castellano" not in str(rows)
    region = there.region.id
    assert await world.rows("SELECT id FROM shared.callout WHERE region_id = $1", region) == []
    assert await world.rows("SELECT coming_from, team FROM shared.approval WHERE region_id = $1", region) == [
        ("Heartland", None)
    ]


async def test_pressed_twice_or_both_at_once_asks_once(world: World, there: There) -> None:
    requester = await offered(world, there)
    answers = await asyncio.gather(*(goes_there(world, requester) for _ in range(2)))
    assert {answer.status_code for answer in answers} <= {200, 409}
    assert [one[0] for one in await live(world)] == ["kansas-city"]
    assert (await goes_there(world, requester)).status_code == 409


async def test_killed_between_the_two_regions_it_is_taken_up_again(world: World, there: There) -> None:
    requester = await offered(world, there)
    address = "/v1/regions/heartland/requests/go-there"
    assert (await requester.client.post(address, json={"receipt": requester.receipt})).status_code == 200
    assert len(await live(world)) == 2, "the worker has done nothing yet"
    await world.copy.superuser.execute("DELETE FROM shared.job")

    await world.advance(minutes=2)
    await world.sweep()
    await world.settle()

    assert [one[0] for one in await live(world)] == ["kansas-city"]
    assert await exchange(requester) == ("closed", "taken")


async def test_whoever_stops_while_it_goes_over_has_stopped_in_both(world: World, there: There) -> None:
    requester = await offered(world, there)
    address = "/v1/regions/heartland/requests/go-there"
    assert (await requester.client.post(address, json={"receipt": requester.receipt})).status_code == 200
    assert (await requester.withdraws()).status_code == 204
    await world.settle()
    assert await live(world) == []


async def test_declined_there_it_is_before_the_managers_here_anew(world: World, there: There) -> None:
    requester = await handed_on(world)
    manager = await world.person("manager")
    assert (await manager.client.get("/v1/approvals")).json()["data"] == []
    await there.decides("decline", reason="no_agreement")

    await world.advance(seconds=10)

    assert await exchange(requester) == ("closed", "declined")
    theirs = "SELECT state, decided_by, decline_reason FROM shared.approval WHERE region_id = $1"
    assert await world.rows(theirs, there.region.id) == [("declined", "manager", "no_agreement")]
    page = await world.client().post("/r/heartland/status", data={"receipt": requester.receipt})
    assert "Kansas City (registry) can't help just now." in page.text
    world.leads_get_a_notice()
    (anew,) = (await manager.client.get("/v1/approvals")).json()["data"]
    assert anew["coming_from"] == "elsewhere"
    assert (await manager.client.post(f"/v1/approvals/{anew['id']}/approve")).status_code == 200
    await world.advance(seconds=10)
    assert await requester.state() in {"paging", "with_coordinator"}
    world.rang("ana")


async def test_whoever_is_asked_to_help_hands_nothing_on_to_a_third_region(world: World, there: There) -> None:
    await agree(world, there.manager, "your-region", takes_ours=True)
    requester = await handed_on(world)
    assert "Hand on to" not in (await there.manager.client.get("/program")).text
    assert (await there.decides("hand-on", region="your-region")).json()["type"] == "/problems/partner_unknown"
    assert await exchange(requester) == ("requested", None)


async def test_nobody_hands_back_to_where_they_come_from(world: World) -> None:
    manager = await world.person("manager")
    await agree(world, manager, "kansas-city", takes_ours=True, teams=["command_level"])
    await world.asks(urgency="today", center="outside:kansas-city")
    world.leads_get_a_notice()
    (item,) = (await manager.client.get("/v1/approvals")).json()["data"]
    address = f"/v1/approvals/{item['id']}/hand-on"
    answer = await manager.client.post(address, json={"region": "kansas-city"})
    assert answer.json()["type"] == "/problems/partner_unknown", "people of their own center could be asked there"
    assert await world.rows("SELECT id FROM shared.exchange") == []


async def test_both_managers_see_the_state_alone_and_who_helps_the_law_of_both_sides(
    world: World, there: There
) -> None:
    await handed_on(world)
    theirs = (await there.manager.client.get("/program")).text
    assert "Another region asks for your help." in theirs
    assert "RSMo 590.1040" in theirs
    assert "K.S.A. 60-473" in theirs
    ours = (await (await world.person("manager")).client.get("/program")).text
    assert "Asked of other regions" in ours
    assert "they have not decided yet" in ours


async def test_whoever_stops_in_the_other_region_at_once_has_stopped_here_too(world: World, there: There) -> None:
    requester = await offered(world, there)
    address = "/v1/regions/heartland/requests/go-there"
    assert (await requester.client.post(address, json={"receipt": requester.receipt})).status_code == 200
    goes_on = Requester(requester.client, "kansas-city", requester.receipt)
    assert (await goes_on.withdraws()).status_code == 204
    await world.settle()
    assert await live(world) == []


async def test_the_clock_and_the_manager_hand_on_at_once_and_one_region_is_asked_once(
    world: World, there: There
) -> None:
    manager = await world.person("manager")
    await agree(world, manager, "kansas-city", takes_ours=True)
    requester = await world.asks(urgency="now", center="outside:elsewhere")
    await world.advance(minutes=3, seconds=55)
    (item,) = (await manager.client.get("/v1/approvals")).json()["data"]
    address = f"/v1/approvals/{item['id']}/hand-on"
    assert (await manager.client.post(address, json={"region": "kansas-city"})).status_code == 200
    await world.advance(seconds=6)
    assert await exchange(requester) == ("requested", None)

    await world.advance(seconds=5)

    assert await world.rows("SELECT count(*) FROM shared.exchange") == [(1,)]
    assert await world.rows("SELECT state FROM shared.approval WHERE id = $1", UUID(item["id"])) == [("handed_on",)]
    assert len(await there.waiting()) == 1
    world.leads_get_a_notice()


@pytest.mark.usefixtures("there")
async def test_two_that_hand_on_in_the_same_moment_ask_one_region(world: World) -> None:
    await world.asks(urgency="today", center="outside:elsewhere")
    world.leads_get_a_notice()
    ((callout_id, approval_id),) = await world.rows("SELECT id, approval_id FROM shared.callout")
    tenants = await world.planes.tenants()
    here, helping = tenants.region("heartland"), tenants.region("kansas-city").id

    async def hand_on(approval_id: UUID | None) -> None:
        async with world.planes.dispatch(here) as dispatch:
            await exchanges.begin(dispatch, callout_id, helping_id=helping, approval_id=approval_id)

    async with world.planes.dispatch(here) as dispatch:
        await exchanges.begin(dispatch, callout_id, helping_id=helping, approval_id=None)
        second = asyncio.create_task(hand_on(approval_id))
        await asyncio.sleep(0.3)
        assert not second.done(), "it waits for the first"
    await second
    assert await world.rows("SELECT approval_id FROM shared.exchange") == [(approval_id,)]


async def test_an_offer_that_ends_as_it_is_taken_is_taken(world: World, there: There) -> None:
    requester = await offered(world, there)
    address = "/v1/regions/heartland/requests/go-there"
    assert (await requester.client.post(address, json={"receipt": requester.receipt})).status_code == 200
    await world.copy.superuser.execute("DELETE FROM shared.job")
    await world.copy.superuser.execute(
        "UPDATE shared.exchange SET state = 'closed', outcome = 'unanswered', closed_at = shared.clock()"
    )
    await world.advance(minutes=5)
    await world.sweep()
    await world.settle()
    assert await exchange(requester) == ("closed", "taken")
    assert [one[0] for one in await live(world)] == ["kansas-city"]
    world.leads_get_a_notice()  # between the two it lay before the managers here again


async def test_silence_there_comes_back_here_and_the_requester_is_told(world: World, there: There) -> None:
    requester = await handed_on(world, urgency="now")
    await world.advance(minutes=1)
    await world.advance(minutes=1)
    await world.advance(minutes=1, seconds=11)

    assert await exchange(requester) == ("closed", "silent")
    assert await there.waiting() == []
    manager = await world.person("manager")
    assert len((await manager.client.get("/v1/approvals")).json()["data"]) == 1
    assert await live(world) == [("heartland", "pending_approval")]
    world.leads_get_a_notice()


async def test_an_offer_that_nobody_takes_ends_and_the_request_is_where_it_was(world: World, there: There) -> None:
    requester = await offered(world, there)
    await world.advance(hours=4, seconds=1)
    assert await exchange(requester) == ("closed", "unanswered")
    assert (await goes_there(world, requester)).status_code == 409
    manager = await world.signed_in_anew("manager")
    assert len((await manager.client.get("/v1/approvals")).json()["data"]) == 1
    assert await live(world) == [("heartland", "pending_approval")]
    world.leads_get_a_notice()


async def test_when_nobody_decides_here_the_partner_is_asked_and_who_is_here_may_still_decide(
    world: World, there: There
) -> None:
    manager = await world.person("manager")
    await agree(world, manager, "kansas-city", takes_ours=True)
    requester = await world.asks(urgency="now", center="outside:elsewhere")
    await world.advance(minutes=4, seconds=1)
    assert await exchange(requester) == ("requested", None)
    world.leads_get_a_notice()
    (item,) = (await manager.client.get("/v1/approvals")).json()["data"]

    assert (await manager.client.post(f"/v1/approvals/{item['id']}/approve")).status_code == 200
    await world.advance(seconds=10)

    assert await requester.state() in {"paging", "with_coordinator"}
    assert (await requester.standing())["exchange"] == {
        "state": "closed",
        "outcome": "not_needed",
        "offered_until": None,
        "is_remote_only": False,
    }
    assert await there.waiting() == []
    world.rang("ana")


async def test_an_agreement_of_the_region_that_helps_says_yes_at_once(world: World, there: There) -> None:
    await agree(world, there.manager, "heartland", is_remote_only=True)
    requester = await handed_on(world)
    assert await exchange(requester) == ("offered", None)
    assert await there.waiting() == []
    assert (await goes_there(world, requester)).status_code == 200
    rows = await world.rows("SELECT is_remote_only FROM shared.callout WHERE region_id = $1", there.region.id)
    assert rows == [(True,)]


async def test_whom_to_leave_out_there_is_said_with_the_press(world: World, there: There) -> None:
    requester = await offered(world, there)
    ben = await exchanging.another_peer(world, "Ben Holt")
    assert (await goes_there(world, requester, leave_out_names=["Vance"])).status_code == 200
    held = "SELECT p.peer_id FROM shared.copy p JOIN shared.callout c ON c.id = p.callout_id WHERE c.region_id = $1"
    assert await world.rows(held, there.region.id) == [(ben,)]


async def test_stopped_while_the_other_region_is_asked_it_no_longer_waits_there(world: World, there: There) -> None:
    requester = await handed_on(world)
    assert (await requester.withdraws()).status_code == 204
    await world.settle()
    assert await there.waiting() == []
    assert await world.rows("SELECT state, outcome FROM shared.exchange") == [("closed", "not_needed")]


async def test_a_job_that_was_lost_while_the_other_region_decides_is_found_again(world: World, there: There) -> None:
    requester = await handed_on(world)
    await there.decides("approve")
    await world.copy.push_clock(timedelta(seconds=10))
    await world.copy.superuser.execute("DELETE FROM shared.job")
    await world.advance(minutes=2)
    for _ in range(2):
        await world.sweep()
        await world.settle()
    await world.advance(minutes=2)
    assert await exchange(requester) == ("offered", None)


@pytest.mark.usefixtures("there")
async def test_a_third_region_sees_nothing_of_it(world: World) -> None:
    await handed_on(world)
    third = (await world.planes.tenants()).region("your-region")
    async with world.planes.dispatch(third) as dispatch:
        assert (await dispatch.execute(text("SELECT id FROM shared.exchange"))).all() == []
    async with world.planes.program(third) as program:
        assert (await program.execute(text("SELECT id FROM shared.exchange"))).all() == []


async def test_the_traces_go_in_both_regions(world: World, there: There) -> None:
    requester = await offered(world, there)
    await goes_there(world, requester)
    goes_on = Requester(requester.client, "kansas-city", requester.receipt)
    assert (await goes_on.withdraws()).status_code == 204
    await world.settle()
    await world.advance(days=7, seconds=1)
    kept = "SELECT id FROM shared.callout WHERE exchange_id IS NOT NULL OR home_id IS NOT NULL"
    assert await world.rows(kept) == []
