"""Those who are there when peers are silent: deputies, the duty clinician; and who may open an incident."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from uuid import UUID

import pytest

from libs.peer.callouts import boards
from libs.peer.callouts.errors import CalloutMovedOnError
from libs.peer.paging import actions as paging
from libs.peer.policies.models import Policy, Step, Who
from services.api import streams
from services.api.app import routes
from services.api.policy import POLICY, Principal
from tests import deploying
from tests.world import Person, World, peer_id


@pytest.fixture(autouse=True)
def no_unexpected_message(world: World) -> Iterator[None]:
    yield
    world.no_unexpected_message()


@asynccontextmanager
async def in_the_role(world: World, slug: str, role: str) -> AsyncIterator[None]:
    """Let somebody of the cast have a role for as long as the block lasts; their account says otherwise."""
    before = (await world.rows("SELECT role FROM shared.membership WHERE member_id = $1", peer_id(slug)))[0][0]
    await becomes(world, slug, role)
    try:
        yield
    finally:
        await becomes(world, slug, before)


async def becomes(world: World, slug: str, role: str) -> None:
    """Let the roster say otherwise of somebody of the cast, from now on."""
    run = world.copy.superuser.execute
    await run("UPDATE shared.membership SET role = $2 WHERE member_id = $1", peer_id(slug), role)


def asks(*who: Who) -> Policy:
    """Ask one kind of people after another, a minute each."""
    return Policy(steps=tuple(Step(who=(one,), answer_within_s=60) for one in who))


async def test_the_duty_clinician_is_never_asked_as_a_peer_and_is_when_nobody_else_answers(world: World) -> None:
    async with in_the_role(world, "ben", "clinician"):
        ana, ben = await world.on_call("ana", "ben")
        await world.pages_by(now=asks(Who.PEERS, Who.PEERS, Who.CLINICIANS))

        requester = await world.asks(urgency="now")
        world.phone(ana).expect_page()
        await ben.is_not_paged()
        await ana.declines()
        await world.settle()

        world.phone(ben).expect_page()
        assert (await ben.accepts()).status_code == 200
        assert await requester.state() == "accepted"


async def test_a_deputy_is_asked_after_silence_and_steps_in_from_the_board_like_a_coordinator(world: World) -> None:
    async with in_the_role(world, "ben", "deputy"):
        await world.on_call()
        ben = await world.person("ben")
        await world.pages_by(now=asks(Who.PEERS, Who.DEPUTIES))

        requester = await world.asks(urgency="now")
        world.phone(ben).expect_page()
        await world.advance(seconds=61)
        for slug in ("mara", "jon"):  # no step of the policy asks them: they are asked at its end
            world.phones_of(slug).expect_page()
        await world.leads_say_nothing()
        assert await requester.state() == "with_coordinator"
        (waiting,) = (await ben.client.get("/v1/waiting")).json()["data"]
        assert (await ben.client.post(f"/v1/waiting/{waiting['callout_id']}/take")).status_code == 204

        assert await requester.state() == "accepted"
        assert len(await ben.contacts()) == 1


def doors_of_leads() -> list[str]:
    """Every address that leads and no peers may look at, where nothing has to be known for it."""
    return [
        route.path
        for route in routes()
        if "GET" in (route.methods or ())
        and "{" not in route.path
        and not route.path.endswith("/live")
        and Principal.COORDINATOR in POLICY[route.name].principals
        and not POLICY[route.name].principals & {Principal.PEER, Principal.ANYBODY}
    ]


async def is_let_in(person: Person) -> set[bool]:
    """Whether all of them let somebody in, or none; the first page of schedules leads on to a team's."""
    answers = {(await person.client.get(path)).status_code for path in doors_of_leads()}
    assert answers <= {200, 303, 403}
    return {answer != 403 for answer in answers}


async def test_who_becomes_a_deputy_has_every_page_of_a_lead_at_once_and_who_is_none_any_more_has_none(
    world: World,
) -> None:
    ben = await world.person("ben")
    assert len(doors_of_leads()) > 12
    assert await is_let_in(ben) == {False}
    async with in_the_role(world, "ben", "deputy"):
        assert await is_let_in(ben) == {True}
        assert (await ben.client.get("/dashboard")).headers["location"] == "/coordinator"
        incident = await deploying.incident(world, agency="redbank")
        await becomes(world, "ben", "peer")

        assert await is_let_in(ben) == {False}
        assert (await ben.client.post("/v1/deployments", json=incident)).status_code == 403
        assert (await ben.client.get("/dashboard")).headers["location"] == "/peer"
    assert await world.rows("SELECT id FROM shared.deployment") == []


async def test_a_suspended_coordinator_leads_nothing_from_that_moment_on_and_leads_again_when_let_back(
    world: World,
) -> None:
    mara, manager = await world.person("mara"), await world.person("manager")
    path = f"/program/members/{peer_id('mara')}/suspension"
    assert await is_let_in(mara) == {True}
    for is_suspended, answer in (("true", False), ("false", True)):
        assert (await manager.client.post(path, data={"is_suspended": is_suspended})).status_code == 303
        assert await is_let_in(mara) == {answer}
        assert (await mara.client.get("/peer")).status_code == 200
    await world.settle()


async def test_a_clinician_has_no_page_of_a_lead(world: World) -> None:
    async with in_the_role(world, "ben", "clinician"):
        assert await is_let_in(await world.person("ben")) == {False}


async def test_a_peer_of_one_team_who_is_a_deputy_of_another_leads(world: World) -> None:
    ben, run = await world.person("ben"), world.copy.superuser.execute
    await run(
        "INSERT INTO shared.membership (member_id, team_id, region_id, role) SELECT $1, id, region_id, 'deputy'"
        " FROM shared.team WHERE kind = 'command_level' AND region_id = $2",
        *(peer_id("ben"), (await world.heartland()).id),
    )
    try:
        assert await is_let_in(ben) == {True}
    finally:
        await run("DELETE FROM shared.membership WHERE member_id = $1 AND role = 'deputy'", peer_id("ben"))
    assert await is_let_in(ben) == {False}


async def test_the_live_board_ends_for_who_leads_no_more(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "LOOK_AGAIN_S", 0.1)
    async with in_the_role(world, "ben", "deputy"):
        ben = await world.person("ben")
        live = asyncio.create_task(ben.client.get("/coordinator/live"))
        await asyncio.sleep(0.5)
        assert not live.done()
        await becomes(world, "ben", "peer")
        assert (await asyncio.wait_for(live, 5)).status_code == 200
        assert (await ben.client.get("/coordinator/live")).status_code == 403


async def test_who_is_no_deputy_any_more_takes_nothing_that_waits_even_in_that_instant(world: World) -> None:
    async with in_the_role(world, "ben", "deputy"):
        await world.leads_are_not_reached()
        await world.on_call()
        ben, region = await world.person("ben"), await world.heartland()
        await world.pages_by(now=asks(Who.PEERS))
        requester = await world.asks(urgency="now")
        (waiting,) = (await ben.client.get("/v1/waiting")).json()["data"]
        await becomes(world, "ben", "peer")

        assert (await ben.client.post(f"/v1/waiting/{waiting['callout_id']}/take")).status_code == 403
        # The door let them in a moment ago: what waits is asked again.
        async with world.planes.dispatch(region) as dispatch:
            assert await boards.waiting_for(dispatch, peer_id("ben")) == []
            assert await boards.on_board(dispatch, peer_id("ben")) == []
            with pytest.raises(CalloutMovedOnError):
                await paging.step_in(dispatch, UUID(waiting["callout_id"]), by=peer_id("ben"))
        assert await requester.state() == "with_coordinator"


async def test_who_is_no_deputy_any_more_decides_on_nothing_from_outside(world: World) -> None:
    async with in_the_role(world, "ben", "deputy"):
        ben, region = await world.person("ben"), await world.heartland()
        requester = await world.asks(urgency="now", center="outside:elsewhere")
        await world.advance(minutes=3, seconds=1)
        world.leads_get_a_notice()
        world.phone(ben).expect_page()
        (waiting,) = (await ben.client.get("/v1/waiting/decisions")).json()["data"]
        await becomes(world, "ben", "peer")

        assert (await ben.client.post(f"/v1/waiting/{waiting['callout_id']}/approve")).status_code == 403
        async with world.planes.dispatch(region) as dispatch:
            with pytest.raises(CalloutMovedOnError):
                await paging.decide(
                    dispatch, UUID(waiting["callout_id"]), by=peer_id("ben"), region_id=region.id, decline=None
                )
        assert await requester.state() == "pending_approval"


async def test_a_coordinator_opens_an_incident_and_fills_the_team(world: World) -> None:
    team = await deploying.opened(world, "mara", type="child_death")

    assert await team.state() == "proposed"
    assert await deploying.filled(world, team)
