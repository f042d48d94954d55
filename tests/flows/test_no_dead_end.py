"""Every path ends in a person or in a clock, and what is over leaves no trace."""

import asyncio

from services.worker.sweeper import sweep
from tests.world import World, peer_id


async def test_a_talk_that_is_never_closed_closes_by_the_clock_and_the_peer_is_free_before(world: World) -> None:
    requester = await world.asks(urgency="now")
    ana = await world.person("ana")
    await ana.accepts()
    await requester.confirms_contact()

    await world.advance(hours=3)
    world.rang("ana")
    await world.asks(urgency="now", center="tamsin")
    await (await world.person("ben")).is_paged()
    await (await world.person("ben")).declines()
    await world.settle()
    await (await world.person("cleo")).declines()
    await world.settle()
    await ana.is_paged()
    world.rang("ana", "ben", "cleo")

    await world.advance(hours=22)
    assert await requester.state() == "closed"
    world.rang("ana")  # the check-in of the same day


async def test_going_off_call_passes_the_open_offer_on_at_once(world: World) -> None:
    await world.asks(urgency="this_week")
    ana, ben = await world.person("ana"), await world.person("ben")
    await ana.is_paged()

    await ana.is_on_call(False)
    await world.settle()

    await ana.is_not_paged()
    await ben.is_paged()
    world.rang("ana", "ben")


async def test_who_slept_through_an_offer_is_asked_again_when_nobody_else_answers(world: World) -> None:
    await world.leads_are_not_reached()
    requester = await world.asks(urgency="now")
    for _ in ("ana", "ben", "cleo"):
        await world.advance(seconds=61)
    assert await requester.state() == "with_coordinator"
    world.rang("ana", "ben", "cleo")

    for _ in range(31):
        await world.advance(minutes=1, seconds=1)

    asked = await world.rows(
        "SELECT count(*), count(DISTINCT epoch) FROM shared.offer WHERE peer_id = $1", peer_id("ana")
    )
    assert asked == [(2, 2)]
    world.rang("ana", "ben", "cleo")


async def test_a_coordinator_of_the_other_team_sees_it_too_and_one_of_the_own_center_never(world: World) -> None:
    await world.asks(urgency="now", team="command_level", center="hollowell")
    for slug in ("walt", "iris", "nadia"):
        await world.copy.superuser.execute(
            "UPDATE shared.availability SET is_available = false WHERE peer_id = $1", peer_id(slug)
        )
    await world.advance(seconds=61)
    await world.advance(seconds=61)
    mara, jon = await world.person("mara"), await world.person("jon")
    assert len((await jon.client.get("/v1/waiting")).json()["data"]) == 1
    assert (await mara.client.get("/v1/waiting")).json()["data"] == []
    world.rang("walt", "tomas", "ruth")


async def test_a_coordinator_who_makes_no_contact_is_not_asked_first_again(world: World) -> None:
    requester = await world.asks(urgency="now")
    for _ in ("ana", "ben", "cleo"):
        await world.advance(seconds=61)
    world.rang("ana", "ben", "cleo")
    mara = await world.person("mara")
    waiting = (await mara.client.get("/v1/waiting")).json()["data"][0]
    await mara.client.post(f"/v1/waiting/{waiting['callout_id']}/take")
    await mara.is_on_call(True)

    await world.advance(minutes=11)

    assert await requester.state() in {"paging", "with_coordinator"}
    await mara.is_not_paged()
    world.rang("mara", "jon", "jon")  # at the policy's end; and jon anew, when mara reached nobody


async def test_where_there_is_no_lead_the_page_does_not_say_that_one_was_told(world: World) -> None:
    requester = await world.asks(center="", region="kansas-city")
    page = await world.client().post("/r/kansas-city/status", data={"receipt": requester.receipt})
    assert "We could not tell a lead of the team yet." in page.text
    assert "We have told the lead" not in page.text
    assert "The lead of the team knows" not in page.text


async def test_a_policy_that_names_no_lead_pages_them_at_its_end_and_says_so_no_sooner(world: World) -> None:
    """They were told on open pages alone, while the page said that they had been."""
    await world.on_call()
    leads = [world.phones_of(slug) for slug in ("mara", "jon")]
    first = await world.asks(urgency="now")

    for phone in leads:
        phone.expect_page()
    second = await world.asks(urgency="now", center="tamsin")  # both hold a page by now
    pages = {}
    for one in (first, second):
        pages[one.receipt] = (await world.client().post("/r/heartland/status", data={"receipt": one.receipt})).text
    assert "We're asking the lead of the team, too." in pages[first.receipt]
    assert await second.state() == "with_coordinator"
    assert "We could not tell a lead of the team yet." in pages[second.receipt]
    assert "The lead of the team knows" not in pages[second.receipt]

    await world.leads_say_nothing()

    for phone in leads:
        phone.expect_page()  # free again, they are asked for what waits
    await world.leads_say_nothing()
    assert [await one.state() for one in (first, second)] == ["with_coordinator"] * 2
    for one in (first, second):
        page = (await world.client().post("/r/heartland/status", data={"receipt": one.receipt})).text
        assert "We have told the lead of the team." in page
        assert "The lead of the team knows, too." in page


async def test_one_receipt_is_one_request_whatever_center_is_named(world: World) -> None:
    receipt = " ".join(["zoom"] * 7)
    answers = [
        await world.client().post("/v1/regions/heartland/requests", json={"center": center, "receipt": receipt})
        for center in ("", "redbank", "outside:elsewhere")
    ]
    assert [answer.status_code for answer in answers] == [201, 200, 200]
    assert await world.rows("SELECT count(*) FROM shared.callout") == [(1,)]


async def test_stopping_leaves_nothing_that_leads_back(world: World) -> None:
    schema = (await world.planes.tenants()).agency("redbank").schema_name
    before = await world.rows(f"SELECT count(*) FROM {schema}.request")
    requester = await world.asks(center="redbank")
    world.rang("ana")
    await requester.withdraws()
    await world.settle()

    assert await world.rows("SELECT home_id, request_id, approval_id FROM shared.callout") == [(None, None, None)]
    assert await world.rows("SELECT count(*) FROM shared.copy") == [(0,)]
    assert await world.rows("SELECT home_id FROM shared.receipt_route") == [(None,)]
    assert await world.rows(f"SELECT count(*) FROM {schema}.request") == before

    again = await world.client().post(
        "/v1/regions/heartland/requests", json={"center": "redbank", "receipt": requester.receipt}
    )
    assert again.status_code == 404
    assert await world.rows("SELECT count(*) FROM shared.callout") == [(1,)]
    await world.advance(hours=25)
    await (await world.asks(center="tamsin")).withdraws()
    await world.settle()
    assert await world.rows("SELECT count(*) FROM shared.receipt_route") == [(1,)]
    world.rang("ben")


async def test_closing_forgets_after_seven_days(world: World) -> None:
    requester = await world.asks()
    world.rang("ana")
    await (await world.person("ana")).accepts()
    await requester.confirms_contact()
    assert await world.rows("SELECT count(*) FROM shared.copy") == [(0,)]
    await requester.closes()
    await requester.wants_no_check_ins()
    await world.advance(days=6)
    assert await requester.state() == "closed"
    await world.advance(days=1, minutes=1)
    assert (await requester._post("status")).status_code == 404
    assert await world.rows("SELECT home_id FROM shared.callout") == [(None,)]


async def test_the_sweeper_finds_every_state_that_lost_its_job(world: World) -> None:
    outside = await world.asks(center="outside:elsewhere")
    inside = await world.asks(center="tamsin")
    ended = await world.asks(center="osprey")
    await ended.withdraws()
    await world.copy.superuser.execute("DELETE FROM shared.job; DELETE FROM shared.approval")
    await world.advance(minutes=20)

    assert await sweep(world.planes) == 3
    assert await sweep(world.planes) == 0
    await world.settle()

    manager = await world.person("manager")
    assert len((await manager.client.get("/v1/approvals")).json()["data"]) == 1
    assert await outside.state() == "pending_approval"
    assert await inside.state() in {"paging", "with_coordinator"}
    assert (await ended._post("status")).status_code == 404
    world.rang("ana", "ben", "cleo")
    world.leads_get_a_notice()


async def test_a_decision_whose_job_was_lost_is_applied_all_the_same(world: World) -> None:
    outside = await world.asks(center="outside:kansas-city")
    world.leads_get_a_notice()
    manager = await world.person("manager")
    approval = (await manager.client.get("/v1/approvals")).json()["data"][0]["id"]
    await manager.client.post(f"/v1/approvals/{approval}/approve")
    await world.copy.superuser.execute("DELETE FROM shared.job")
    await world.advance(minutes=6)
    await sweep(world.planes)
    await world.settle()
    assert await outside.state() == "paging"
    world.rang("ana")


async def test_a_withdrawn_request_from_outside_leaves_the_managers_page(world: World) -> None:
    outside = await world.asks(center="outside:kansas-city")
    world.leads_get_a_notice()
    manager = await world.person("manager")
    await outside.withdraws()
    await world.settle()
    assert (await manager.client.get("/v1/approvals")).json()["data"] == []
    assert await world.rows("SELECT state, coming_from, language FROM shared.approval") == [("withdrawn", "", "")]


async def test_two_who_ask_at_once_are_put_to_two_peers(world: World) -> None:
    for _ in range(5):
        await world.begin()
        clients = [world.client() for _ in range(2)]
        asks = [client.post("/v1/regions/heartland/requests", json={"center": "redbank"}) for client in clients]
        await asyncio.gather(*asks)
        await asyncio.gather(world.settle(), world.settle())
        await world.settle()
        peers = await world.rows("SELECT peer_id FROM shared.offer WHERE state = 'open'")
        assert len(peers) == len(set(peers)) == 2
        world.rang("ana", "ben")
        world.no_unexpected_message()


async def test_a_redis_that_hangs_holds_up_nobody(world: World) -> None:
    """It accepts and never answers, as a frozen one does."""
    await world.redis.client_pause(3000)
    async with asyncio.timeout(2):
        requester = await world.client().post("/v1/regions/heartland/requests", json={"center": "redbank"})
    assert requester.status_code == 201


async def test_an_old_phone_that_sends_origin_null_may_ask(world: World) -> None:
    page = await world.client(headers={"origin": "null"}).post("/r/heartland/status", data={"receipt": "x"})
    assert page.status_code == 404
