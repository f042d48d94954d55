"""Paging by the policies that OwnCall brings, told by the phones that ring. Each ends with: no unexpected message."""

import asyncio
from collections.abc import Iterator
from datetime import time, timedelta
from uuid import UUID

import pytest

from libs.peer.offers import actions as offers
from libs.peer.offers.errors import AlreadyTakenError
from libs.peer.paging import advancing
from libs.peer.policies.models import Hours, Policy, Step, Who
from tests.world import Person, Requester, World, one_at_a_time, peer_id

PEERS = (Who.PEERS,)


@pytest.fixture(autouse=True)
async def by_our_own_policies(world: World) -> None:
    await world.pages_as_owncall_does()


@pytest.fixture(autouse=True)
def no_unexpected_message(world: World) -> Iterator[None]:
    yield
    world.no_unexpected_message()


def are_paged(world: World, *people: Person) -> None:
    for person in people:
        world.phone(person).expect_page()


async def held(person: Person) -> str:
    (contact,) = await person.contacts()
    return str(contact["callout_id"])


async def does(person: Person, act: str, **body: object) -> int:
    """Do something about what one has said yes to."""
    path = f"/v1/contacts/{await held(person)}/{act}"
    return (await person.client.post(path, json=body or None)).status_code


async def page_of(world: World, requester: Requester) -> str:
    return (await world.client().post("/r/heartland/status", data={"receipt": requester.receipt})).text


async def board_of(person: Person) -> list[dict[str, object]]:
    found: list[dict[str, object]] = (await person.client.get("/v1/waiting/board")).json()["data"]
    return found


async def accept_as(world: World, peer: UUID, offer_id: str) -> bool:
    async with world.planes.dispatch(await world.heartland()) as dispatch:
        try:
            await offers.accept(dispatch, UUID(offer_id), by=peer)
        except AlreadyTakenError:
            return False
    return True


async def test_now_asks_three_at_once_and_the_others_are_called_off_by_the_first_yes(world: World) -> None:
    ana, ben, cleo = await world.on_call("ana", "ben", "cleo")
    await world.asks(urgency="now")
    are_paged(world, ana, ben, cleo)

    assert (await ben.accepts()).status_code == 200

    await ana.is_not_paged()
    await cleo.is_not_paged()


async def test_when_peers_are_silent_the_coordinators_are_asked_and_the_requester_is_told(
    world: World,
) -> None:
    ana, ben, cleo = await world.on_call("ana", "ben", "cleo")
    mara, jon = await world.person("mara"), await world.person("jon")
    requester = await world.asks(urgency="now")
    are_paged(world, ana, ben, cleo)

    await world.advance(minutes=1, seconds=1)

    are_paged(world, mara, jon)
    page = await page_of(world, requester)
    assert "We're asking the lead of the team, too." in page
    assert "No more peers are free just now. So we went on at once." in page


async def test_who_was_silent_long_ago_is_asked_once_more_and_not_twice(world: World) -> None:
    """Found by the random walk: fresh again and silent in this round, in one wave, which then could not be written."""
    ask_all = Step(who=(Who.EVERYBODY,), answer_within_s=600)
    await world.pages_by(now=Policy(steps=(Step(who=PEERS, at_once=1, answer_within_s=3600), ask_all)))
    (ana,) = await world.on_call("ana")
    requester = await world.asks(urgency="now")
    are_paged(world, ana)

    await world.advance(minutes=95)  # nobody looked for half an hour after her time was over

    are_paged(world, ana)
    assert await world.rows("SELECT kind FROM shared.job WHERE attempt > 0") == []
    assert await requester.state() == "paging"


async def test_an_empty_step_costs_no_time_and_is_told_to_the_board(world: World) -> None:
    (mara,) = await world.on_call("mara")
    await world.copy.superuser.execute("UPDATE shared.availability SET is_available = false")
    jon = await world.person("jon")

    requester = await world.asks(urgency="now")

    are_paged(world, mara, jon)
    (row,) = await board_of(mara)
    assert (row["wave"], row["asking"], row["skipped"]) == (1, ["coordinators"], ["peers"])
    assert set(row) == {
        *("state", "urgency", "language", "team", "asked_at", "next_at"),
        *("wave", "asking", "skipped", "was_back"),
    }
    await mara.declines()
    await jon.declines()
    await world.settle()
    assert await requester.state() == "with_coordinator"
    assert (await board_of(mara))[0]["skipped"] == ["peers", "deputies", "clinicians", "everybody", "partner_region"]


async def test_all_of_a_wave_say_no_and_the_next_begins_at_once(world: World) -> None:
    await world.pages_by(now=Policy(steps=(Step(who=PEERS, at_once=2, answer_within_s=600, waves=0, pause_s=600),)))
    ana, ben, cleo = await world.on_call("ana", "ben", "cleo")
    await world.asks(urgency="now")
    are_paged(world, ana, ben)

    await ana.declines()
    await world.settle()
    world.phone(cleo).expect_nothing()
    await ben.recuses()
    await world.settle()

    are_paged(world, cleo)


async def test_silence_is_followed_by_the_pause_in_which_a_late_yes_still_wins(world: World) -> None:
    await world.pages_by(now=Policy(steps=(Step(who=PEERS, answer_within_s=60, waves=0, pause_s=120),)))
    ana, ben = await world.on_call("ana", "ben")
    await world.asks(urgency="now")
    are_paged(world, ana)
    offer = await ana.is_paged()

    await world.advance(seconds=100)
    world.phone(ben).expect_nothing()

    assert (await ana.accepts(offer)).status_code == 200
    await world.advance(seconds=100)


async def test_a_late_yes_counts_while_nobody_has_it(world: World) -> None:
    await world.pages_by(now=one_at_a_time(60))
    ana, ben = await world.on_call("ana", "ben")
    await world.asks(urgency="now")
    are_paged(world, ana)
    offer = await ana.is_paged()
    await world.advance(seconds=61)
    are_paged(world, ben)

    assert (await ana.accepts(offer)).status_code == 200

    await ben.is_not_paged()
    assert len(await ana.contacts()) == 1


async def test_a_later_yes_is_a_reserve_who_is_thanked_and_asked_first_next_time(world: World) -> None:
    ana, ben, cleo = await world.on_call("ana", "ben", "cleo")
    await world.asks(urgency="now")
    are_paged(world, ana, ben, cleo)
    of_cleo = await cleo.is_paged()
    await ana.accepts()

    late = await cleo.accepts(of_cleo)
    assert (late.status_code, late.json()["title"]) == (409, "Someone has it. Thank you for being ready.")
    await world.pages_by(now=one_at_a_time(60))
    assert await does(ana, "give-back") == 204
    await world.settle()

    are_paged(world, cleo, ben)  # the callout keeps the policy with which it began: three at once
    assert (await cleo.accepts()).status_code == 200


async def test_of_those_who_could_be_asked_the_reserve_comes_first(world: World) -> None:
    await world.pages_by(now=one_at_a_time(60))
    ana, ben, _cleo = await world.on_call("ana", "ben", "cleo")
    await world.asks(urgency="now")
    are_paged(world, ana)
    of_ana = await ana.is_paged()
    await world.advance(seconds=61)
    are_paged(world, ben)
    await ben.accepts()
    assert (await ana.accepts(of_ana)).status_code == 409

    await does(ben, "give-back")
    await world.settle()

    are_paged(world, ana)  # before cleo, who was never asked


async def test_a_callout_keeps_the_policy_with_which_it_began(world: World) -> None:
    await world.pages_by(now=one_at_a_time(60))
    ana, ben, cleo = await world.on_call("ana", "ben", "cleo")
    await world.asks(urgency="now")
    are_paged(world, ana)

    await world.pages_by(now=Policy(steps=(Step(who=PEERS, at_once=3, answer_within_s=30),)))
    await world.advance(seconds=40)
    world.phone(ben).expect_nothing()
    await world.advance(seconds=21)

    are_paged(world, ben)
    world.phone(cleo).expect_nothing()


async def test_this_week_wakes_nobody_and_the_requester_is_told_when_we_begin(world: World) -> None:
    midnight = Hours(days=frozenset(range(7)), opens=time(8), closes=time(20))
    await world.pages_by(this_week=Policy(steps=(Step(who=PEERS, answer_within_s=4 * 3600),), hours=midnight))
    (ana,) = await world.on_call("ana")
    ((wait,),) = await world.rows(
        """
        SELECT CASE WHEN extract(hour FROM l) BETWEEN 8 AND 19
            THEN date_trunc('day', l) + interval '28 hours' - l ELSE interval '0' END
        FROM (SELECT shared.clock() AT TIME ZONE 'America/Chicago' AS l) AS here
        """
    )
    await world.copy.push_clock(wait)

    requester = await world.asks(urgency="this_week")
    world.phone(ana).expect_nothing()
    assert "We ask in the day. No one is woken for it." in await page_of(world, requester)
    await world.advance(hours=12)

    are_paged(world, (await world.signed_in_anew("ana")))


async def test_only_who_was_asked_may_accept_and_only_once(world: World) -> None:
    ana, ben, cleo = await world.on_call("ana", "ben", "cleo")
    dev = peer_id("dev")
    await world.asks(urgency="now")
    are_paged(world, ana, ben, cleo)
    of_ana, of_ben = await ana.is_paged(), await ben.is_paged()

    assert (await ben.accepts(of_ana)).json()["type"] == "/problems/offer_unknown"
    won = await asyncio.gather(
        accept_as(world, peer_id("ana"), of_ana),
        accept_as(world, peer_id("ben"), of_ben),
        accept_as(world, peer_id("cleo"), await cleo.is_paged()),
    )

    assert sorted(won) == [False, False, True]
    assert await world.rows("SELECT count(*) FROM shared.offer WHERE peer_id = $1", dev) == [(0,)]


async def test_giving_it_back_asks_others_at_once_and_never_the_same_one(world: World) -> None:
    ana, ben = await world.on_call("ana", "ben")
    requester = await world.asks(urgency="today")
    are_paged(world, ana)
    await ana.accepts()

    assert await does(ana, "give-back") == 204
    await world.settle()

    are_paged(world, ben)
    assert await ana.contacts() == []
    assert "The first one can't after all. That is not about you." in await page_of(world, requester)
    await ben.accepts()


async def test_nobody_can_give_back_what_is_somebody_elses(world: World) -> None:
    ana, ben = await world.on_call("ana", "ben")
    await world.asks(urgency="today")
    are_paged(world, ana)
    await ana.accepts()
    for act in ("give-back", "hand-over", "attempts"):
        body = {"hand-over": {"to": str(peer_id("cleo"))}, "attempts": {"word": "tried"}}.get(act)
        answer = await ben.client.post(f"/v1/contacts/{await held(ana)}/{act}", json=body)
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/callout_moved_on")


async def test_a_named_colleague_takes_over_and_until_the_yes_the_first_keeps_it(world: World) -> None:
    ana, ben = await world.on_call("ana", "ben")
    requester = await world.asks(urgency="today")
    are_paged(world, ana)
    await ana.accepts()

    assert await does(ana, "hand-over", to=str(peer_id("ben"))) == 204
    await world.settle()
    are_paged(world, ben)
    assert (await requester.standing())["peer"]["name"] == "Ana Reyes"
    assert (await ana.contacts())[0]["hand_to_name"] == "Ben Okafor"
    assert (await ben.accepts()).status_code == 200

    assert (await requester.standing())["peer"]["name"] == "Ben Okafor"
    assert await ana.contacts() == []
    await world.advance(minutes=119)


async def test_a_colleague_who_says_not_now_leaves_it_with_the_first(world: World) -> None:
    ana, ben = await world.on_call("ana", "ben")
    await world.asks(urgency="today")
    are_paged(world, ana)
    await ana.accepts()
    await does(ana, "hand-over", to=str(peer_id("ben")))
    await world.settle()
    are_paged(world, ben)

    await ben.declines()
    await world.settle()

    assert (await ana.contacts())[0]["hand_to_name"] is None
    assert len(await ana.contacts()) == 1


async def test_a_colleague_whom_the_requester_left_out_hears_nothing_and_looks_like_silence(world: World) -> None:
    ana, ben = await world.on_call("ana", "ben")
    await world.asks(urgency="today", leave_out_names=["Ben Okafor"])
    are_paged(world, ana)
    await ana.accepts()
    listed = (await ana.client.get(f"/v1/contacts/{await held(ana)}/colleagues")).json()["data"]
    assert "Ben Okafor" in {one["name"] for one in listed}

    assert await does(ana, "hand-over", to=str(peer_id("ben"))) == 204
    assert (await ana.contacts())[0]["hand_to_name"] == "Ben Okafor"
    await world.advance(minutes=10, seconds=1)

    await ben.is_not_paged()
    assert (await ana.contacts())[0]["hand_to_name"] is None


async def test_withdrawing_calls_off_a_colleague_who_was_asked_to_take_over(world: World) -> None:
    ana, ben = await world.on_call("ana", "ben")
    requester = await world.asks(urgency="today")
    are_paged(world, ana)
    await ana.accepts()
    await does(ana, "hand-over", to=str(peer_id("ben")))
    await world.settle()
    are_paged(world, ben)

    await requester.withdraws()

    await ben.is_not_paged()
    assert await world.rows("SELECT count(*) FROM shared.offer WHERE state = 'open'") == [(0,)]
    assert await ana.contacts() == []


async def test_a_page_that_comes_late_is_never_sent(world: World) -> None:
    ana, ben, _cleo = await world.on_call("ana", "ben", "cleo")
    client = world.client()
    await client.post("/v1/regions/heartland/requests", json={"center": "redbank", "urgency": "now"})
    # The worker asks, and is gone before a single letter is sent; it comes back after months.
    async with world.planes.dispatch(await world.heartland()) as dispatch:
        ((callout,),) = await world.rows("SELECT id FROM shared.callout")
        await advancing.advance(dispatch, callout)
    await world.copy.superuser.execute("DELETE FROM shared.job WHERE kind <> 'pages.send'")
    await world.copy.push_clock(timedelta(days=90))
    await world.settle()

    world.phone(ana).expect_nothing()
    world.phone(ben).expect_nothing()


async def test_coordinators_who_were_silent_are_not_rung_all_night(world: World) -> None:
    (mara,) = await world.on_call("mara")
    await world.copy.superuser.execute("UPDATE shared.availability SET is_available = false")
    jon = await world.person("jon")
    requester = await world.asks(urgency="now")
    are_paged(world, mara, jon)

    for _ in range(10):
        await world.advance(minutes=2, seconds=1)

    assert await requester.state() == "with_coordinator"
    assert world.phone(mara).unread() == world.phone(jon).unread() == []
    await world.advance(minutes=20)
    are_paged(world, mara, jon)


async def test_a_job_that_was_lost_and_a_job_that_runs_twice_ask_once(world: World) -> None:
    ana, ben, cleo = await world.on_call("ana", "ben", "cleo")
    await world.asks(urgency="now")
    are_paged(world, ana, ben, cleo)
    ((callout, region),) = await world.rows("SELECT id, region_id FROM shared.callout")
    again = "INSERT INTO shared.job VALUES (gen_random_uuid(), 'callouts.advance', $2::text, $3, $1, shared.clock())"

    for number in range(3):
        await world.copy.superuser.execute(again, callout, f"again:{number}", region)
        await world.settle()

    assert await world.rows("SELECT count(*) FROM shared.offer") == [(3,)]
