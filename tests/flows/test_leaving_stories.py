"""Somebody leaves the program while something of theirs is open: everything passes on within the hour.

Suspended, taken out of every team, or deleted: whoever waits is told in plain words, and somebody else is asked.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from uuid import UUID

import pytest

from libs.peer.roster import actions as roster
from services.worker import schedule
from tests import deploying
from tests.deploying import expect_notices
from tests.world import Person, Requester, World, peer_id

LEAVER = UUID("00000000-0000-4000-8000-00000000abcd")
_AS_ANA = (
    """
    UPDATE shared.member m SET agency_id = a.agency_id, training_hours = a.training_hours, rank = a.rank,
        discipline = a.discipline, suspended_on = NULL
    FROM shared.member a WHERE m.id = $1 AND a.id = $2
    """,
    """
    INSERT INTO shared.membership (member_id, team_id, region_id, designated_on, lapses_on, role)
    SELECT $1, team_id, region_id, designated_on, NULL, 'peer' FROM shared.membership WHERE member_id = $2
    """,
    """
    INSERT INTO shared.training_module (member_id, area, region_id)
    SELECT $1, area, region_id FROM shared.training_module WHERE member_id = $2
    """,
    """
    INSERT INTO shared.reach
    SELECT (jsonb_populate_record(r, jsonb_build_object('peer_id', $1::uuid))).* FROM shared.reach r WHERE peer_id = $2
    """,
    """
    INSERT INTO shared.availability (peer_id, region_id, is_available, changed_at)
    SELECT $1, region_id, true, shared.clock() FROM shared.member WHERE id = $2
    """,
)
Leave = Callable[[World], Awaitable[None]]


@pytest.fixture(autouse=True)
def no_unexpected_message(world: World) -> Iterator[None]:
    yield
    world.no_unexpected_message()


@pytest.fixture
async def leaver(world: World) -> AsyncIterator[Person]:
    """Somebody whose record may go: a peer as Ana is, at another center. The cast outlives the stories."""
    run = world.copy.superuser.execute
    await world.copy.copy_member(id=LEAVER, name="Lee Vance")
    for statement in _AS_ANA:
        await run(statement, LEAVER, peer_id("ana"))
    await world.on_call()
    await run("UPDATE shared.availability SET is_available = true WHERE peer_id = $1", LEAVER)
    yield await deploying.member(world, str(LEAVER))
    await run("DELETE FROM shared.member WHERE id = $1", LEAVER)
    await run("DELETE FROM shared.account WHERE member_id = $1", LEAVER)
    await run("DELETE FROM shared.availability WHERE peer_id = $1", LEAVER)
    await run("DELETE FROM shared.reach WHERE peer_id = $1", LEAVER)


async def is_deleted(world: World) -> None:
    await world.copy.superuser.execute("DELETE FROM shared.member WHERE id = $1", LEAVER)


async def is_in_no_team(world: World) -> None:
    await world.copy.superuser.execute("DELETE FROM shared.membership WHERE member_id = $1", LEAVER)


async def is_suspended_and_the_job_is_lost(world: World) -> None:
    region = await world.heartland()
    async with world.planes.program(region) as program:
        await roster.set_suspended(program, region.id, LEAVER, is_suspended=True)
    await world.copy.superuser.execute("DELETE FROM shared.job WHERE kind = $1", roster.SUSPENDED)


ways = pytest.mark.parametrize("leaves", [is_deleted, is_in_no_team, is_suspended_and_the_job_is_lost])


async def the_quarter_hour_comes(world: World) -> None:
    await schedule.pass_on_what_leavers_have({"owncall": schedule.Context(world.planes)})
    await world.settle()


async def asks(world: World, leaver: Person) -> Requester:
    requester = await world.asks(urgency="today")
    world.phone_of(LEAVER).expect_page()
    await leaver.is_paged()
    return requester


async def page_of(world: World, requester: Requester) -> str:
    return (await world.client().post("/r/heartland/status", data={"receipt": requester.receipt})).text


@ways
async def test_an_open_offer_goes_to_the_next(world: World, leaver: Person, leaves: Leave) -> None:
    requester = await asks(world, leaver)
    (ben,) = await world.on_call("ben")

    await leaves(world)
    await the_quarter_hour_comes(world)

    world.phone(ben).expect_page()
    assert (await ben.accepts()).status_code == 200
    assert await requester.state() == "accepted"


@ways
async def test_a_request_that_was_accepted_goes_to_the_next_and_the_requester_is_told(
    world: World, leaver: Person, leaves: Leave
) -> None:
    requester = await asks(world, leaver)
    assert (await leaver.accepts()).status_code == 200
    (ben,) = await world.on_call("ben")

    await leaves(world)
    await the_quarter_hour_comes(world)

    world.phone(ben).expect_page()
    assert "The first one can't after all. That is not about you." in await page_of(world, requester)


@ways
async def test_an_old_page_gives_nothing_back_to_whoever_has_left(world: World, leaver: Person, leaves: Leave) -> None:
    requester = await asks(world, leaver)
    await leaver.accepts()
    before = int((await requester.standing())["epoch"])
    (ben,) = await world.on_call("ben")
    await leaves(world)
    await the_quarter_hour_comes(world)
    world.phone(ben).expect_page()
    await ben.accepts()

    assert (await requester.confirms_contact(epoch=before)).status_code == 409

    assert (await requester.standing())["state"] == "accepted"
    assert len(await ben.contacts()) == 1


@ways
async def test_a_talk_that_goes_on_is_ended_in_plain_words(world: World, leaver: Person, leaves: Leave) -> None:
    requester = await asks(world, leaver)
    await leaver.accepts()
    await requester.confirms_contact()
    await requester.wants_no_check_ins()

    await leaves(world)
    await the_quarter_hour_comes(world)

    assert (await requester.standing())["end_reason"] == "peer_left"
    assert "Your peer can't go on. That is not about you." in await page_of(world, requester)


@ways
async def test_a_planned_check_in_goes_to_a_coordinator_who_may_know_of_it(
    world: World, leaver: Person, leaves: Leave
) -> None:
    requester = await asks(world, leaver)
    await leaver.accepts()
    await requester.confirms_contact()
    await requester.closes()

    await leaves(world)
    await the_quarter_hour_comes(world)

    holders = await world.rows("SELECT DISTINCT peer_id FROM shared.follow_up WHERE state = 'planned'")
    assert holders
    assert {row[0] for row in holders} <= {peer_id(slug) for slug in ("mara", "jon", "ruth", "tomas")}


async def is_asked_too(world: World, team: deploying.Team, leaver: Person) -> None:
    """Ask them to be on the team that goes out, in the place of whoever was asked as a peer."""
    (one, *_rest) = [one for one in await team.invited("asked") if one["role"] == "peer"]
    await world.copy.superuser.execute(
        "UPDATE shared.invitation SET member_id = $1 WHERE deployment_id = $2 AND member_id = $3",
        UUID(leaver.name),
        UUID(team.id),
        UUID(one["member_id"]),
    )


@ways
async def test_a_place_on_a_team_is_open_again_and_somebody_else_is_asked(
    world: World, leaver: Person, leaves: Leave
) -> None:
    team = await deploying.opened(world)
    await deploying.asked(world, team)
    await is_asked_too(world, team, leaver)
    assert await deploying.says_yes(world, leaver) == "on_team"
    before = {one["member_id"] for one in await team.invited("asked")}

    await leaves(world)
    await the_quarter_hour_comes(world)

    expect_notices(world, [one["member_id"] for one in await team.invited("asked") if one["member_id"] not in before])
    assert await world.rows("SELECT id FROM shared.slot WHERE member_id = $1", LEAVER) == []
    assert await world.rows("SELECT state FROM shared.invitation WHERE member_id = $1", LEAVER) == [("dropped",)]
    assert await the_leaver_is_looked_for(world) == []


@ways
async def test_an_invitation_that_waits_is_over_and_somebody_else_is_asked(
    world: World, leaver: Person, leaves: Leave
) -> None:
    team = await deploying.opened(world)
    await deploying.asked(world, team)
    await is_asked_too(world, team, leaver)
    before = {one["member_id"] for one in await team.invited("asked")}

    await leaves(world)
    await the_quarter_hour_comes(world)

    assert await world.rows("SELECT state FROM shared.invitation WHERE member_id = $1", LEAVER) == [("declined",)]
    expect_notices(world, [one["member_id"] for one in await team.invited("asked") if one["member_id"] not in before])
    assert await the_leaver_is_looked_for(world) == []


async def the_leaver_is_looked_for(world: World) -> list[tuple[object, ...]]:
    """What the next quarter of an hour still finds of them."""
    await schedule.pass_on_what_leavers_have({"owncall": schedule.Context(world.planes)})
    found = await world.rows(
        "SELECT id FROM shared.job WHERE kind = $1 AND subject_id = $2 AND state = 'waiting'", roster.SUSPENDED, LEAVER
    )
    await world.settle()
    return found


async def test_nothing_is_looked_for_where_nobody_has_left(world: World, leaver: Person) -> None:
    await asks(world, leaver)
    assert await the_leaver_is_looked_for(world) == []
    await leaver.is_paged()
