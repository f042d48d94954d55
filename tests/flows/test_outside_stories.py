"""Requests from outside the region: who decides, when, within which limits. Each ends with: no unexpected message."""

import asyncio
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest

from services.worker.sweeper import sweep
from tests.reporting import by_key
from tests.world import Person, World, peer_id

OUTSIDE = "outside:kansas-city"


@pytest.fixture(autouse=True)
def no_unexpected_message(world: World) -> Iterator[None]:
    yield
    world.no_unexpected_message()


async def waiting(manager: Person) -> dict[str, Any]:
    """The one approval on the manager's page."""
    (found,) = (await manager.client.get("/v1/approvals")).json()["data"]
    return dict(found)


async def decides(manager: Person, act: str, **body: object) -> httpx2.Response:
    """A manager decides the one that waits."""
    approval = await waiting(manager)
    return await manager.client.post(f"/v1/approvals/{approval['id']}/{act}", json=body or None)


async def agrees(world: World, *, days: int = 60, **more: object) -> str:
    """The manager keeps an agreement with Kansas City that ends in `days`."""
    manager = await world.person("manager")
    today = await world.today()
    body = {"kind": "region", "region": "kansas-city", "starts_on": str(today), "ends_on": str(today + timedelta(days))}
    answer = await manager.client.post("/v1/agreements", json={**body, **more}, headers=by_key())
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def test_now_shows_988_and_the_line_at_once_to_the_requester(world: World) -> None:
    requester = await world.asks(urgency="now", center=OUTSIDE)
    world.leads_get_a_notice()
    page = await world.client().post("/r/heartland/status", data={"receipt": requester.receipt})
    waits, calls = page.text.index("One person says yes first"), page.text.index("You can call now:")
    assert waits < calls < page.text.index('href="tel:988"') < page.text.index('class="steps"')


async def test_nobody_is_paged_before_the_ten_seconds_are_over(world: World) -> None:
    ana, manager = await world.on_call("ana") + [await world.person("manager")]
    requester = await world.asks(urgency="now", center=OUTSIDE)
    world.leads_get_a_notice()
    held = (await decides(manager, "approve")).json()
    assert held["choice"] == "approve"

    await world.advance(seconds=9)
    world.phone(ana).expect_nothing()
    assert await requester.state() == "pending_approval"
    await world.advance(seconds=1)

    world.phone(ana).expect_page()
    assert await requester.state() == "paging"


async def test_undo_within_ten_seconds_and_nothing_has_happened(world: World) -> None:
    ana, manager = await world.on_call("ana") + [await world.person("manager")]
    requester = await world.asks(urgency="today", center=OUTSIDE)
    world.leads_get_a_notice()
    await decides(manager, "approve")
    page = await manager.client.get("/program")
    assert "Undo" in page.text
    await world.advance(seconds=9)

    assert (await decides(manager, "undo")).status_code == 204
    await world.advance(minutes=2)
    world.phone(ana).expect_nothing()
    assert await requester.state() == "pending_approval"

    await decides(manager, "decline", reason="own_program")
    await world.advance(seconds=10)
    assert (await requester.standing())["decline_reason"] == "own_program"


async def test_undo_after_ten_seconds_is_told_that_it_has_gone_out(world: World) -> None:
    (ana,), manager = await world.on_call("ana"), await world.person("manager")
    await world.asks(urgency="now", center=OUTSIDE)
    world.leads_get_a_notice()
    approval = (await waiting(manager))["id"]
    await decides(manager, "approve")
    await world.advance(seconds=10)
    world.phone(ana).expect_page()

    late = await manager.client.post(f"/v1/approvals/{approval}/undo")

    assert (late.status_code, late.json()["type"]) == (409, "/problems/too_late_to_undo")


async def test_approve_twice_and_decline_after_approve_are_told_clearly(world: World) -> None:
    (ana,), manager = await world.on_call("ana"), await world.person("manager")
    requester = await world.asks(urgency="now", center=OUTSIDE)
    world.leads_get_a_notice()
    approval = (await waiting(manager))["id"]
    await decides(manager, "approve")

    for pause_s in (0, 10):
        await world.advance(seconds=pause_s)
        for act, body in (("approve", {}), ("decline", {"reason": "own_program"})):
            again = await manager.client.post(f"/v1/approvals/{approval}/{act}", json=body)
            assert (again.status_code, again.json()["type"]) == (409, "/problems/already_decided")

    world.phone(ana).expect_page()
    assert await requester.state() == "paging"


@pytest.mark.parametrize("manager_act", ["approve", "decline"])
async def test_manager_and_lead_in_the_same_instant_and_the_row_never_differs(world: World, manager_act: str) -> None:
    mara, manager = await world.person("mara"), await world.person("manager")
    await world.on_call()
    requester = await world.asks(urgency="now", center=OUTSIDE)
    await world.advance(minutes=3, seconds=1)
    world.leads_get_a_notice()
    await world.leads_are_not_reached()
    await decides(manager, manager_act, **({"reason": "own_program"} if manager_act == "decline" else {}))
    (item,) = (await mara.client.get("/v1/waiting/decisions")).json()["data"]
    other, body = ("decline", {"reason": "no_agreement"}) if manager_act == "approve" else ("approve", None)
    await world.copy.push_clock(timedelta(seconds=10))

    answer, _ = await asyncio.gather(
        mara.client.post(f"/v1/waiting/{item['callout_id']}/{other}", json=body), world.settle()
    )
    await world.settle()

    (row,) = await world.rows("SELECT state, decided_by, decline_reason FROM shared.approval")
    (callout,) = await world.rows("SELECT decision, decided_by, decline_reason FROM shared.callout")
    assert row == callout
    assert answer.status_code in {204, 409}
    won = "lead" if answer.status_code == 204 else "manager"
    assert row[1] == won
    assert (await requester.state() == "declined") is (row[0] == "declined")
    page = await manager.client.get("/program")
    assert ("by the lead of the team, who was first" in page.text) is (won == "lead")


async def test_a_yes_for_one_team_and_by_phone_alone(world: World) -> None:
    manager = await world.person("manager")
    await world.on_call()
    await world.copy.superuser.execute("UPDATE shared.availability SET is_available = peer_id = $1", peer_id("ruth"))
    requester = await world.asks(urgency="now", center=OUTSIDE)
    world.leads_get_a_notice()
    await decides(manager, "approve", team="command_level", is_remote_only=True)

    await world.advance(seconds=10)

    world.phones_of("ruth").expect_page()
    assert await requester.state() == "paging"
    teams = "SELECT DISTINCT t.kind FROM shared.copy p JOIN shared.membership s ON s.member_id = p.peer_id"
    held = await world.rows(f"{teams} JOIN shared.team t ON t.id = s.team_id WHERE s.role = 'peer'")
    assert ("command_level",) in held
    assert await world.rows("SELECT team, is_remote_only FROM shared.callout") == [("command_level", True)]


@pytest.mark.usefixtures("there")
async def test_handing_on_asks_the_partner_and_tells_it_nothing_of_the_person(world: World) -> None:
    manager = await world.person("manager")
    await agrees(world, takes_ours=True)
    requester = await world.asks(urgency="today", center="outside:elsewhere")
    world.leads_get_a_notice()
    answer = await decides(manager, "hand-on", region="your-region")
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/partner_unknown")

    assert (await decides(manager, "hand-on", region="kansas-city")).status_code == 200
    await world.advance(seconds=10)

    standing = await requester.standing()
    assert (standing["state"], standing["partner"]["region"]) == ("pending_approval", "kansas-city")
    assert (standing["exchange"]["state"], standing["exchange"]["outcome"]) == ("requested", None)
    page = await world.client().post("/r/heartland/status", data={"receipt": requester.receipt})
    assert "We are asking Kansas City (registry) for help. They see this region, how soon" in page.text
    assert 'href="/r/kansas-city?lang=en"' not in page.text, "nobody asks twice while the region is being asked"
    kansas = (await world.planes.tenants()).region("kansas-city")
    assert await world.rows("SELECT id FROM shared.callout WHERE region_id = $1", kansas.id) == []


async def test_when_nobody_decides_at_all_the_partner_is_asked_and_shown(world: World) -> None:
    (grace,) = await world.on_rota("manager")
    await agrees(world, takes_ours=True)
    requester = await world.asks(urgency="now", center="outside:elsewhere")
    world.phone(grace).expect_page()
    await world.advance(minutes=1, seconds=1)
    world.leads_get_a_notice()
    assert (await requester.standing())["partner"] is None

    await world.advance(minutes=1)

    assert (await requester.standing())["partner"]["region"] == "kansas-city"
    assert await requester.state() == "pending_approval"


async def test_within_an_agreement_nobody_waits_and_the_program_learns_nothing(world: World) -> None:
    (ana,), manager = await world.on_call("ana"), await world.person("manager")
    await agrees(world, is_remote_only=True)
    before = (await manager.client.get("/program")).text

    requester = await world.asks(urgency="now", center=OUTSIDE)

    assert await requester.state() == "paging"
    world.phone(ana).expect_page()
    assert (await ana.offers())[0]["is_remote_only"] is True
    assert "By phone or text only" in (await ana.client.get("/peer")).text
    assert (await manager.client.get("/program")).text == before
    assert await world.rows("SELECT id FROM shared.approval") == []


async def test_outside_of_the_agreements_scope_it_waits_as_ever(world: World) -> None:
    manager = await world.person("manager")
    await agrees(world, disciplines=["fire"], teams=["roving"])

    for center, team in ((OUTSIDE, "roving"), ("outside:elsewhere", "roving"), (OUTSIDE, "command_level")):
        requester = await world.asks(urgency="today", center=center, team=team)
        world.leads_get_a_notice()
        assert await requester.state() == "pending_approval"
        await requester.withdraws()
        await world.settle()
    assert (await manager.client.get("/v1/approvals")).json()["data"] == []


async def test_a_named_place_of_an_agreement_can_be_chosen_on_the_page(world: World) -> None:
    await world.leads_are_not_reached()
    await world.on_call()
    partner = await agrees(world, kind="state", region="", partner="Iowa", disciplines=["dispatch"])
    page = await world.client().get("/r/heartland")
    assert f'value="outside:{partner}:dispatch">Iowa (Dispatch)' in page.text

    covered = await world.asks(urgency="today", center=f"outside:{partner}:dispatch")

    assert await covered.state() == "with_coordinator"


async def test_an_agreement_that_ends_while_a_request_waits_changes_nothing_for_it(world: World) -> None:
    (ana,), manager = await world.on_call("ana"), await world.person("manager")
    agreement = await agrees(world)
    begun = await world.asks(urgency="now", center=OUTSIDE)
    world.phone(ana).expect_page()

    assert (await manager.client.post(f"/v1/agreements/{agreement}/end")).status_code == 204
    assert (await manager.client.post(f"/v1/agreements/{agreement}/end")).status_code == 409
    assert (await ana.accepts()).status_code == 200
    later = await world.asks(urgency="today", center=OUTSIDE)
    world.leads_get_a_notice()

    assert await begun.state() == "accepted"
    assert await later.state() == "pending_approval"
    named = await world.asks(urgency="today", center=f"outside:{agreement}")
    world.leads_get_a_notice()
    assert await named.state() == "pending_approval", "a page that was open since before loses nothing"


async def test_the_managers_are_reminded_thirty_and_seven_days_before_the_end(world: World) -> None:
    grace, lena = await world.on_rota("manager", "deputy")
    await agrees(world, days=40)

    for days in (11, 23):
        world.people.clear()
        await world.advance(days=days)
        world.phone(grace).expect_page()
        world.phone(lena).expect_page()
    page = await (await world.signed_in_anew("manager")).client.get("/program/agreements")

    assert "Ends in 6 days" in page.text
    await world.advance(days=10)
    page = await (await world.signed_in_anew("manager")).client.get("/program/agreements")
    assert "Ended" in page.text


async def test_a_reminder_whose_job_was_lost_goes_out_all_the_same(world: World) -> None:
    (grace,) = await world.on_rota("manager")
    await agrees(world, days=40)
    await world.copy.superuser.execute("DELETE FROM shared.job")
    await world.advance(days=12)
    world.phone(grace).expect_nothing()

    await sweep(world.planes)
    await world.settle()

    world.phone(grace).expect_page()


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"ends_on": "2020-01-01"}, "ends_before_it_starts"),
        ({"starts_on": "2020-01-01", "ends_on": "2020-06-01"}, "ends_in_the_past"),
        ({"ends_on": "2099-01-01"}, "too_long"),
        ({"region": "heartland"}, "partner_unknown"),
        ({"region": "nowhere"}, "partner_unknown"),
        ({"agencies": ["redbank"]}, "partner_unknown"),
        ({"kind": "agency", "region": "", "partner": "   "}, "partner_unknown"),
    ],
)
async def test_an_agreement_that_cannot_be_kept_says_what_to_do(world: World, wrong: dict[str, Any], code: str) -> None:
    manager, today = await world.person("manager"), await world.today()
    body = {"kind": "region", "region": "kansas-city", "starts_on": str(today), "ends_on": str(today + timedelta(9))}
    answer = await manager.client.post("/v1/agreements", json={**body, **wrong}, headers=by_key())
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, code)


async def test_the_page_keeps_what_was_typed_when_an_agreement_cannot_be_kept(world: World) -> None:
    manager, today = await world.person("manager"), await world.today()
    form = {"partner": "Lyon County", "teams": "roving", "starts_on": str(today), "ends_on": str(date(2020, 1, 1))}
    answer = await manager.client.post("/program/agreements", data=form)
    assert answer.status_code == 422
    assert "The last day must not be before the first." in answer.text
    assert 'value="Lyon County"' in answer.text
    assert 'value="roving" checked' in answer.text

    form["ends_on"] = str(today + timedelta(90))
    assert (await manager.client.post("/program/agreements", data=form)).status_code == 303
    assert "Lyon County" in (await manager.client.get("/program/agreements")).text


async def test_a_missing_approval_and_one_of_another_region_are_the_same(world: World) -> None:
    manager = await world.person("manager")
    foreign = uuid4()
    kansas: UUID = (await world.planes.tenants()).region("kansas-city").id
    await world.copy.superuser.execute(
        "INSERT INTO shared.approval (id, region_id, coming_from, urgency, language, state, opened_at)"
        " VALUES ($1, $2, 'Elsewhere', 'now', 'en', 'waiting', shared.clock())",
        *(foreign, kansas),
    )
    for act in ("approve", "undo"):
        answers = [await manager.client.post(f"/v1/approvals/{one}/{act}") for one in (foreign, uuid4())]
        assert {answer.status_code for answer in answers} == {404}
