"""What could lose a request between two regions, or tell of it: nobody there, nobody told at home, an offer's end."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from libs.peer.approvals import actions as approvals
from libs.peer.exchanges import actions as exchanges
from services.worker import schedule
from services.worker.schedule import Context
from tests.exchanging import MANAGER, PEER, There, agree, exchange, goes_there, handed_on, live, offered
from tests.world import World


async def cards(world: World) -> list[str]:
    """What waits for the managers at home."""
    manager = await world.signed_in_anew("manager")
    return [one["id"] for one in (await manager.client.get("/v1/approvals")).json()["data"]]


async def test_nobody_is_left_of_those_who_help_and_the_request_stays(world: World, there: There) -> None:
    """It went to where no copy was: nobody there could ever see it, and here it had ended."""
    requester = await offered(world, there)
    answer = await goes_there(world, requester, leave_out_names=["Vance"])
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/nobody_there")
    form = {"receipt": requester.receipt, "leave_out_names": "Vance"}
    page = await world.client().post("/r/heartland/go-there", data=form)
    assert page.status_code == 409
    assert "no one of Kansas City (registry) can be asked. Nothing was sent" in page.text
    assert "data-given>Vance</textarea>" in page.text, "what was typed comes back"
    assert await live(world) == [("heartland", "pending_approval")]
    assert (await goes_there(world, requester)).status_code == 200


async def test_whoever_works_in_the_region_that_helps_names_their_center_with_the_press(
    world: World, there: There
) -> None:
    requester = await offered(world, there)
    center = (await world.planes.tenants()).agencies_of(there.region)[0].slug
    page = await world.client().post("/r/heartland/status", data={"receipt": requester.receipt})
    assert f'<option value="{center}">' in page.text
    form = {"receipt": requester.receipt, "leave_out_center": center}
    assert (await world.client().post("/r/heartland/go-there", data=form)).status_code == 409
    form["leave_out_center"] = ""
    assert (await world.client().post("/r/heartland/go-there", data=form)).status_code == 307
    await world.settle()
    copies = "SELECT p.peer_id FROM shared.copy p JOIN shared.callout c ON c.id = p.callout_id WHERE c.region_id = $1"
    assert await world.rows(copies, there.region.id) == [(PEER,)]


@pytest.mark.parametrize(("urgency", "within"), [("now", timedelta(minutes=3)), ("today", timedelta(hours=1))])
async def test_while_an_offer_lies_there_unseen_the_managers_at_home_have_it_again(
    world: World, there: There, urgency: str, within: timedelta
) -> None:
    """Whoever closed the page waited for the whole offer, and nobody at home knew."""
    await offered(world, there, urgency=urgency)
    assert await cards(world) == []
    await world.advance(seconds=within.total_seconds() + 61)
    (anew,) = await cards(world)
    world.leads_get_a_notice()
    manager = await world.signed_in_anew("manager")
    assert (await manager.client.post(f"/v1/approvals/{anew}/approve")).status_code == 200
    await world.advance(seconds=10)
    assert [one[1] for one in await live(world)] in (["paging"], ["with_coordinator"])
    assert await world.rows("SELECT state, outcome FROM shared.exchange") == [("closed", "not_needed")]
    world.rang("ana")


async def test_an_offer_does_not_end_while_it_is_taken(world: World, there: There) -> None:
    requester = await offered(world, there)
    await world.copy.push_clock(timedelta(hours=3, minutes=59, seconds=50))
    ((callout_id,),) = await world.rows("SELECT id FROM shared.callout")
    async with world.planes.dispatch((await world.planes.tenants()).region("heartland")) as dispatch:
        taken = await exchanges.claim(dispatch, callout_id)
    assert taken is not None
    await world.advance(seconds=45)
    await world.sweep()
    await world.settle()
    assert await exchange(requester) == ("offered", None), "whoever takes it has not come through yet"
    await world.advance(seconds=70)
    assert await exchange(requester) == ("closed", "unanswered")
    world.leads_get_a_notice()


async def test_a_yes_in_the_last_seconds_counts(world: World, there: There) -> None:
    requester = await handed_on(world, urgency="now")
    await world.advance(minutes=2, seconds=55)
    assert (await there.decides("approve")).status_code == 200
    await world.advance(seconds=14)
    assert await exchange(requester) == ("offered", None)
    world.leads_get_a_notice()


async def test_managers_learn_what_other_managers_did_and_nothing_of_what_the_requester_did(
    world: World, there: There
) -> None:
    requester = await offered(world, there)
    before = await _pages(world, there)
    assert "they said yes, and it is offered" in before[0]
    assert (await goes_there(world, requester)).status_code == 200
    taken = await _pages(world, there)
    await world.copy.superuser.execute("TRUNCATE shared.agreement")
    other = await offered(world, there)
    assert (await other.withdraws()).status_code == 204
    await world.settle()
    stopped = await _pages(world, there)
    assert "goes on there" not in taken[0] + stopped[0]
    assert "no longer needed" not in taken[0] + stopped[0]
    assert taken[0].count("Kansas City (registry), over.") == 1
    assert stopped[0].count("Kansas City (registry), over.") == 2
    async with world.planes.program(there.region) as program:
        assert (await program.execute(text("SELECT id FROM shared.exchange"))).all() == []


async def test_what_was_asked_is_forgotten_a_week_after_its_end(world: World, there: There) -> None:
    requester = await offered(world, there)
    assert (await goes_there(world, requester)).status_code == 200
    await world.advance(days=6)
    await schedule.forget_talks({"owncall": Context(world.planes)})
    assert await world.rows("SELECT outcome FROM shared.exchange") == [("taken",)], "the old page leads on by it"
    await world.advance(days=1, seconds=1)
    await schedule.forget_talks({"owncall": Context(world.planes)})
    assert await world.rows("SELECT outcome FROM shared.exchange") == []


async def _pages(world: World, there: There) -> tuple[str, str]:
    """What the managers of both regions see."""
    ours = await (await world.signed_in_anew("manager")).client.get("/program")
    return " ".join(ours.text.split()), (await there.manager.client.get("/program")).text


async def _takes_nothing_on(world: World, there: There) -> None:
    """Nobody of the region that helps is in turn any more."""
    async with world.planes.program(there.region) as program:
        await approvals.put_on_rota(program, MANAGER, region_id=there.region.id, name="Ada Holm", is_away=True)


async def test_where_nobody_there_is_in_turn_it_comes_back_at_once(world: World, there: There) -> None:
    """The request waited out the whole time of a region in which nobody could decide."""
    await _takes_nothing_on(world, there)

    requester = await handed_on(world, urgency="this_week")

    assert await exchange(requester) == ("closed", "silent")
    assert await there.waiting() == []
    assert len(await cards(world)) == 1
    world.leads_get_a_notice()
    page = await world.client().post("/r/heartland/status", data={"receipt": requester.receipt})
    assert "Kansas City (registry) can't help just now." in page.text


async def test_an_agreement_there_says_yes_whether_or_not_anybody_is_in_turn(world: World, there: There) -> None:
    await agree(world, there.manager, "heartland")
    await _takes_nothing_on(world, there)
    assert await exchange(await handed_on(world)) == ("offered", None)


async def test_whoever_has_it_before_them_and_goes_away_keeps_it_to_its_end(world: World, there: There) -> None:
    requester = await handed_on(world, urgency="now")
    await _takes_nothing_on(world, there)
    assert (await there.decides("approve")).status_code == 200
    await world.advance(minutes=1)
    assert await exchange(requester) == ("offered", None)


@pytest.mark.parametrize("is_asked", [True, False])
async def test_the_clock_asks_one_region_after_another_and_each_once(
    world: World, there: There, is_asked: bool
) -> None:
    """In Kansas City nobody is in turn, or the one who is says no; in the next region nobody is."""
    manager = await world.person("manager")
    for region in ("your-region", "kansas-city"):
        await agree(world, manager, region, takes_ours=True)
    if not is_asked:
        await _takes_nothing_on(world, there)
    requester = await world.asks(urgency="now", center="outside:elsewhere")
    world.leads_get_a_notice()
    await world.advance(minutes=1)
    if is_asked:
        assert await exchange(requester) == ("requested", None)
        await there.decides("decline", reason="no_agreement")
        await world.advance(seconds=10)

    asked = await world.rows(
        "SELECT r.slug, x.outcome FROM shared.exchange x JOIN shared.region r ON r.id = x.helping_id"
    )
    assert sorted(asked) == [("kansas-city", "declined" if is_asked else "silent"), ("your-region", "silent")]
    assert await exchange(requester) == ("closed", "silent")
    await world.advance(minutes=30)
    assert await world.rows("SELECT count(*) FROM shared.exchange") == [(2,)]
    assert await live(world) == [("heartland", "pending_approval")]
