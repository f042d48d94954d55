"""A peer checks in again: when, with whom, and who may know of it. Each ends with: no unexpected message."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import httpx2
import pytest

from libs.peer.receipts import rules as receipts
from services.worker.sweeper import sweep
from tests.world import Person, Requester, World, peer_id

ALL = ["same_day", "week", "month", "days_90", "anniversary"]


@pytest.fixture(autouse=True)
def no_unexpected_message(world: World) -> Iterator[None]:
    yield
    world.no_unexpected_message()


async def talked(world: World, **choices: object) -> tuple[Person, Requester]:
    """Somebody asks, Ana says yes, they talk, it is closed."""
    (ana,) = await world.on_call("ana")
    requester = await world.asks(**{"urgency": "now", **choices})  # type: ignore[arg-type]  # by name
    world.phone(ana).expect_page()
    assert (await ana.accepts()).status_code == 200
    assert (await requester.confirms_contact()).status_code == 200
    assert (await requester.closes()).status_code == 200
    await world.settle()
    return ana, requester


async def checks(requester: Requester, act: str = "", **body: object) -> httpx2.Response:
    """What the requester sees, or does, by the receipt."""
    return await requester._post(f"follow-ups/{act}".rstrip("/"), **body)


async def planned(requester: Requester) -> list[str]:
    """The kinds that are planned."""
    return [one["kind"] for one in (await checks(requester)).json()["data"] if one["state"] == "planned"]


async def mine(person: Person) -> list[dict[str, Any]]:
    """What a peer has planned."""
    found: list[dict[str, Any]] = (await person.client.get("/v1/follow-ups")).json()["data"]
    return found


async def test_same_day_week_and_month_are_planned_with_the_talk_and_the_peer_is_told_of_each(world: World) -> None:
    ana, requester = await talked(world)
    assert await planned(requester) == ["same_day", "week", "month"]

    for days in (0.3, 7, 23):
        await world.advance(days=days)
        ana = await world.signed_in_anew("ana")
        world.phone(ana).expect_page()
        (due,) = [one for one in await mine(ana) if one["is_due"]]
        assert "We talked" in (await ana.client.get("/peer")).text
        assert (await ana.client.post(f"/v1/follow-ups/{due['id']}/done")).status_code == 204
        assert (await ana.client.post(f"/v1/follow-ups/{due['id']}/done")).status_code == 404

    assert await mine(ana) == []


async def test_the_requester_stops_them_all_and_nobody_hears_of_it_again(world: World) -> None:
    ana, requester = await talked(world)

    assert (await checks(requester, "stop", kinds=ALL)).status_code == 200
    twice = await checks(requester, "stop", kinds=ALL)

    assert (twice.status_code, twice.json()["type"]) == (409, "/problems/follow_up_moved_on")
    assert await mine(ana) == []
    await world.advance(days=40)


async def test_one_that_was_moved_comes_on_the_new_day_and_not_on_the_old(world: World) -> None:
    ana, requester = await talked(world)
    await checks(requester, "stop", kinds=["same_day", "month"])
    new_day = await world.today() + timedelta(days=12)

    assert (await checks(requester, "move", kind="week", on=str(new_day))).json()["data"][1]["due_on"] == str(new_day)

    await world.advance(days=11)
    world.phone(ana).expect_nothing()
    await world.advance(days=1.5)
    world.phone(ana).expect_page()


@pytest.mark.parametrize("days", [-1, -400, 401])
async def test_a_day_that_is_over_or_too_far_is_refused_in_plain_words(world: World, days: int) -> None:
    _ana, requester = await talked(world)
    before = (await checks(requester)).json()

    answer = await checks(requester, "move", kind="week", on=str(await world.today() + timedelta(days=days)))

    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/follow_up_day")
    assert (await checks(requester)).json() == before


async def test_ninety_days_and_the_anniversary_are_on_wish_and_a_stopped_one_can_come_back(world: World) -> None:
    _ana, requester = await talked(world)
    await checks(requester, "stop", kinds=["week"])
    await checks(requester, "choose", kinds=["days_90", "anniversary", "week"])
    await checks(requester, "choose", kinds=["days_90"])
    assert await planned(requester) == ["same_day", "week", "month", "days_90", "anniversary"]
    due = {one["kind"]: date.fromisoformat(one["due_on"]) for one in (await checks(requester)).json()["data"]}
    assert due["days_90"] - due["week"] == timedelta(days=83)
    assert due["anniversary"] - due["week"] == timedelta(days=358)


async def test_nobody_plans_for_somebody_who_has_not_talked(world: World) -> None:
    (ana,) = await world.on_call("ana")
    requester = await world.asks(urgency="now")
    world.phone(ana).expect_page()
    assert (await checks(requester, "choose", kinds=["week"])).status_code == 409
    assert await planned(requester) == []


async def test_the_page_moves_stops_and_chooses_without_a_script(world: World) -> None:
    _ana, requester = await talked(world)
    browser, form = world.client(), {"receipt": requester.receipt}
    page = await browser.post("/r/heartland/status", data=form)
    assert "We check in with you" in page.text
    assert "Ana Reyes" in page.text

    day = await world.today() + timedelta(days=3)
    moved = await browser.post("/r/heartland/check-ins/move", data={**form, "kind": "week", "on": str(day)})
    assert f'value="{day}"' in moved.text
    chosen = await browser.post("/r/heartland/check-ins/choose", data={**form, "kind": "days_90"})
    assert "In 90 days" in chosen.text
    over = await browser.post("/r/heartland/check-ins/move", data={**form, "kind": "week", "on": "2020-01-01"})
    assert over.status_code == 422
    assert "Choose a day from today on" in over.text
    stopped = await browser.post("/r/heartland/check-ins/stop", data=form)
    assert "None is planned." in stopped.text


async def test_a_wrong_receipt_gets_the_same_answer_as_anywhere(world: World) -> None:
    _ana, requester = await talked(world)
    wrong = Requester(world.client(), "heartland", receipts.draw())
    answers = [
        await wrong._post("status"),
        await checks(wrong),
        await checks(wrong, "move", kind="week", on=str(await world.today())),
        await checks(wrong, "stop", kinds=ALL),
        await checks(wrong, "choose", kinds=ALL),
    ]
    assert {(answer.status_code, answer.json()["type"], len(answer.content)) for answer in answers} == {
        (404, "/problems/receipt_unknown", len(answers[0].content))
    }
    assert await planned(requester) == ["same_day", "week", "month"]


async def test_two_tries_on_two_days_and_nobody_goes_on_trying(world: World) -> None:
    ana, requester = await talked(world)
    await checks(requester, "stop", kinds=["same_day", "month"])
    await world.advance(days=7.5)
    ana = await world.signed_in_anew("ana")
    world.phone(ana).expect_page()
    (due,) = await mine(ana)

    tried = f"/v1/follow-ups/{due['id']}/tried"
    assert (await ana.client.post(tried)).status_code == 204
    assert (await ana.client.post(tried)).status_code == 404, "the second try is another day's"
    await world.advance(days=1)
    ana = await world.signed_in_anew("ana")
    world.phone(ana).expect_page()
    assert (await ana.client.post(tried)).status_code == 204

    assert await mine(ana) == []
    assert await world.rows("SELECT state FROM shared.follow_up WHERE kind = 'week'") == [("not_reached",)]


async def test_when_a_peer_leaves_a_lead_who_may_know_of_it_takes_over(world: World) -> None:
    _ana, requester = await talked(world, leave_out_names=["Castellano"])
    manager = await world.person("manager")
    answer = await manager.client.post(f"/program/members/{peer_id('ana')}/suspension", data={"is_suspended": "true"})
    assert answer.status_code == 303
    await world.settle()
    try:
        peers = {one["peer"] for one in (await checks(requester)).json()["data"]}
        assert peers <= {"Mara Lindqvist", "Ruth Abernathy", "Tomás Villarreal"}
        assert len(peers) >= 1
        holders = await world.rows("SELECT DISTINCT peer_id FROM shared.follow_up")
        assert (peer_id("jon"),) not in holders, "he was left out"
    finally:
        await world.copy.superuser.execute("UPDATE shared.member SET suspended_on = NULL")


async def test_overdue_is_on_the_board_of_those_who_may_know_of_it_without_whose(world: World) -> None:
    ana, requester = await talked(world, leave_out_names=["Castellano"])
    await checks(requester, "stop", kinds=["same_day", "month"])
    await world.advance(days=9)
    world.phone(ana).expect_page()
    mara, jon = await world.signed_in_anew("mara"), await world.signed_in_anew("jon")

    (seen,) = (await mara.client.get("/v1/waiting/follow-ups")).json()["data"]
    assert set(seen) == {"id", "kind", "due_at", "peer_name"}
    assert "Check-ins that are overdue" in (await mara.client.get("/coordinator")).text
    assert (await jon.client.get("/v1/waiting/follow-ups")).json()["data"] == []
    assert (await jon.client.post(f"/v1/waiting/follow-ups/{seen['id']}/take")).status_code == 404
    assert (await mara.client.post(f"/v1/waiting/follow-ups/{seen['id']}/take")).status_code == 204

    assert [one["id"] for one in await mine(mara)] == [seen["id"]]
    assert await mine(await world.signed_in_anew("ana")) == []


async def test_a_peer_who_cannot_passes_it_on_at_once(world: World) -> None:
    ana, _requester = await talked(world)
    for one in await mine(ana):
        assert (await ana.client.post(f"/v1/follow-ups/{one['id']}/pass-on")).status_code == 204
        assert (await ana.client.post(f"/v1/follow-ups/{one['id']}/pass-on")).status_code == 404
    assert await mine(ana) == []


async def test_the_way_to_reach_stays_while_one_is_planned_and_holds_nothing_else(world: World) -> None:
    ana, requester = await talked(world)
    await checks(requester, "stop", kinds=["same_day", "week"])
    await world.advance(days=20)
    assert await requester.state() == "closed"
    assert await world.rows("SELECT coming_from, approval_id FROM shared.callout") == [(None, None)]
    assert await world.rows("SELECT peer_id FROM shared.copy") == []

    await world.advance(days=10.5)
    world.phone(ana).expect_page()
    await world.advance(days=28)
    assert await requester.state() == "closed"
    await world.advance(days=3)

    assert (await requester._post("status")).status_code == 404
    assert await world.rows("SELECT id FROM shared.follow_up") == []
    assert await world.rows("SELECT home_id FROM shared.callout") == [(None,)]


async def test_when_all_are_done_the_request_is_forgotten_after_its_seven_days(world: World) -> None:
    _ana, requester = await talked(world)
    await checks(requester, "stop", kinds=ALL)
    await world.advance(days=6)
    assert await requester.state() == "closed"
    await world.advance(days=1, minutes=1)
    assert (await requester._post("status")).status_code == 404


async def test_follow_ups_whose_jobs_were_lost_come_all_the_same(world: World) -> None:
    ana, requester = await talked(world)
    await checks(requester, "stop", kinds=["same_day", "month"])
    await world.copy.superuser.execute("DELETE FROM shared.job")
    await world.advance(days=8)
    world.phone(ana).expect_nothing()

    assert await sweep(world.planes) >= 1
    await world.settle()

    world.phone(ana).expect_page()


async def test_nobody_in_the_program_learns_that_somebody_is_checked_on(world: World) -> None:
    manager = await world.person("manager")
    before = (await manager.client.get("/program")).text
    region = await world.heartland()
    with world.live.hear(f"program:{region.id}") as rung:
        _ana, requester = await talked(world)
        await checks(requester, "stop", kinds=ALL)
        assert not rung.is_set()
    assert (await manager.client.get("/program")).text == before
    for path in ("/v1/follow-ups", "/v1/waiting/follow-ups"):
        assert (await manager.client.get(path)).status_code == 403
