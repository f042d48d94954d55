"""Who decides on a request from outside, one after another: nobody waits out a turn that is nobody's.

Each ends with: no unexpected message.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.exchanging import agree
from tests.world import World

OUTSIDE = "outside:kansas-city"


@pytest.fixture(autouse=True)
def no_unexpected_message(world: World) -> Iterator[None]:
    yield
    world.no_unexpected_message()


async def decisions(world: World) -> list[dict[str, Any]]:
    """What a lead of the team may decide."""
    client = (await world.person("mara")).client
    return list((await client.get("/v1/waiting/decisions")).json()["data"])


async def test_whoever_is_away_is_passed_over_and_the_deputy_is_first(world: World) -> None:
    grace, lena = await world.on_rota("manager", "deputy")
    assert (await grace.client.put("/v1/approvers/me", json={"standing": "away"})).status_code == 204
    rota = (await lena.client.get("/v1/approvers")).json()["data"]
    assert [one["turn"] for one in rota] == ["first", "away"]

    await world.asks(urgency="today", center=OUTSIDE)

    world.phone(lena).expect_page()


async def test_a_request_for_now_climbs_the_rota_each_minute(world: World) -> None:
    grace, lena = await world.on_rota("manager", "deputy")
    requester = await world.asks(urgency="now", center=OUTSIDE)
    world.phone(grace).expect_page()
    world.phone(lena).expect_nothing()

    await world.advance(seconds=61)
    world.phone(lena).expect_page()
    await world.advance(seconds=60)  # the two are all, so nobody waits for a third

    world.leads_get_a_notice()
    assert await requester.state() == "pending_approval"


async def test_with_one_approver_the_leads_are_next_and_may_decide_from_then_on(world: World) -> None:
    (grace,) = await world.on_rota("manager")
    requester = await world.asks(urgency="today", center=OUTSIDE)
    world.phone(grace).expect_page()
    await world.advance(minutes=19, seconds=59)
    assert await decisions(world) == []

    await world.advance(seconds=1)

    world.leads_get_a_notice()
    (item,) = await decisions(world)
    await world.on_call()
    await world.leads_are_not_reached()
    mara = await world.person("mara")
    assert (await mara.client.post(f"/v1/waiting/{item['callout_id']}/approve")).status_code == 204
    await world.settle()
    assert await requester.state() in {"paging", "with_coordinator"}
    assert await world.rows("SELECT state, decided_by FROM shared.approval") == [("approved", "lead")]


@pytest.mark.parametrize("is_away", [False, True])
async def test_where_no_manager_is_in_turn_the_leads_are_told_and_may_decide_at_once(
    world: World, is_away: bool
) -> None:
    if is_away:
        (grace,) = await world.on_rota("manager")
        assert (await grace.client.put("/v1/approvers/me", json={"standing": "away"})).status_code == 204
    requester = await world.asks(urgency="this_week", center=OUTSIDE)

    world.leads_get_a_notice()
    (item,) = await decisions(world)
    assert len((await (await world.person("manager")).client.get("/v1/approvals")).json()["data"]) == 1
    mara, body = await world.person("mara"), {"reason": "own_program"}
    assert (await mara.client.post(f"/v1/waiting/{item['callout_id']}/decline", json=body)).status_code == 204
    assert (await requester.standing())["decline_reason"] == "own_program"


async def test_a_lead_who_was_left_out_is_told_nothing_and_decides_nothing(world: World) -> None:
    await world.asks(urgency="now", center=OUTSIDE, leave_out_names=["Mara Lindqvist"])
    world.leads_get_a_notice(without=("mara",))
    assert await decisions(world) == []


async def test_with_nobody_here_at_all_another_region_is_asked_at_once(world: World) -> None:
    await agree(world, await world.person("manager"), "kansas-city", takes_ours=True)
    leads = "SELECT m.name FROM shared.member m JOIN shared.membership s ON s.member_id = m.id AND s.role <> 'peer'"
    names = [row[0] for row in await world.rows(leads)]

    requester = await world.asks(urgency="this_week", center="outside:elsewhere", leave_out_names=names)

    assert (await requester.standing())["partner"]["region"] == "kansas-city"
    assert await requester.state() == "pending_approval"


async def test_a_late_decision_may_be_made_by_the_coordinator(world: World) -> None:
    (ana,) = await world.on_call("ana")
    mara, manager = await world.person("mara"), await world.person("manager")
    await world.on_rota("manager", "deputy")
    requester = await world.asks(urgency="now", center="outside:kansas-city")
    world.phone(manager).expect_page()
    await world.advance(minutes=1, seconds=59)
    world.phone(await world.person("deputy")).expect_page()
    assert (await mara.client.get("/v1/waiting/decisions")).json()["data"] == []

    await world.advance(seconds=1)
    world.leads_get_a_notice()
    await world.advance(minutes=1)
    page = await world.client().post("/r/heartland/status", data={"receipt": requester.receipt})
    assert "This takes too long. That is on us, not you. The lead of the team can say yes now, too." in page.text
    (item,) = (await mara.client.get("/v1/waiting/decisions")).json()["data"]
    assert set(item) == {"callout_id", "coming_from", "urgency", "language", "asked_at"}
    assert (await mara.client.post(f"/v1/waiting/{item['callout_id']}/approve")).status_code == 204
    await world.settle()

    world.phone(ana).expect_page()
    assert (await manager.client.get("/v1/approvals")).json()["data"] == []


async def test_the_coordinator_may_decline_too_and_the_requester_is_told_why(world: World) -> None:
    await world.on_call("ana")
    mara, jon = await world.person("mara"), await world.person("jon")
    requester = await world.asks(urgency="now", center="outside:elsewhere", leave_out_centers=["kestrel"])
    await world.advance(minutes=3, seconds=1)
    world.leads_get_a_notice(without=("jon",))
    assert (await jon.client.get("/v1/waiting/decisions")).json()["data"] == []
    (item,) = (await mara.client.get("/v1/waiting/decisions")).json()["data"]

    body = {"reason": "not_responders"}
    assert (await jon.client.post(f"/v1/waiting/{item['callout_id']}/decline", json=body)).status_code == 409
    assert (await mara.client.post(f"/v1/waiting/{item['callout_id']}/decline", json=body)).status_code == 204
    await world.settle()

    page = await world.client().post("/r/heartland/status", data={"receipt": requester.receipt})
    assert "This team is for people who work in 911, fire, EMS and law." in page.text
    assert 'href="tel:988"' in page.text
    assert "(816) 555-0100" in page.text
