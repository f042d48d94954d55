"""Those who are there when peers are silent: deputies, the duty clinician; and who may open an incident."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest

from libs.peer.policies.models import Policy, Step, Who
from tests import deploying
from tests.world import World, peer_id


@pytest.fixture(autouse=True)
def no_unexpected_message(world: World) -> Iterator[None]:
    yield
    world.no_unexpected_message()


@asynccontextmanager
async def in_the_role(world: World, slug: str, role: str) -> AsyncIterator[None]:
    """Let somebody of the cast have a role, and the door that goes with it, for as long as the block lasts."""
    run, who = world.copy.superuser.execute, peer_id(slug)
    part, door = (
        "UPDATE shared.membership SET role = $2 WHERE member_id = $1",
        "UPDATE shared.account SET role = $2 WHERE id = $1",
    )
    await run(part, who, role)
    await run(door, who, "coordinator" if role == "deputy" else "peer")
    try:
        yield
    finally:
        await run(part, who, "peer")
        await run(door, who, "peer")


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
        assert await requester.state() == "with_coordinator"
        (waiting,) = (await ben.client.get("/v1/waiting")).json()["data"]
        assert (await ben.client.post(f"/v1/waiting/{waiting['callout_id']}/take")).status_code == 204

        assert await requester.state() == "accepted"
        assert len(await ben.contacts()) == 1


async def test_who_is_no_deputy_any_more_takes_nothing_that_waits_though_their_door_is_still_a_leads(
    world: World,
) -> None:
    async with in_the_role(world, "ben", "deputy"):
        await world.on_call()
        ben = await world.person("ben")
        await world.pages_by(now=asks(Who.PEERS))
        requester = await world.asks(urgency="now")
        (waiting,) = (await ben.client.get("/v1/waiting")).json()["data"]
        await world.copy.superuser.execute(
            "UPDATE shared.membership SET role = 'peer' WHERE member_id = $1", peer_id("ben")
        )

        for page in ("/v1/waiting", "/v1/waiting/board"):
            assert (await ben.client.get(page)).json()["data"] == []
        assert (await ben.client.post(f"/v1/waiting/{waiting['callout_id']}/take")).status_code == 409
        assert await requester.state() == "with_coordinator"


async def test_who_is_no_deputy_any_more_decides_on_nothing_from_outside(world: World) -> None:
    async with in_the_role(world, "ben", "deputy"):
        ben = await world.person("ben")
        requester = await world.asks(urgency="now", center="outside:elsewhere")
        await world.advance(minutes=3, seconds=1)
        world.leads_get_a_notice()
        world.phone(ben).expect_page()
        (waiting,) = (await ben.client.get("/v1/waiting/decisions")).json()["data"]
        await world.copy.superuser.execute(
            "UPDATE shared.membership SET role = 'peer' WHERE member_id = $1", peer_id("ben")
        )

        assert (await ben.client.get("/v1/waiting/decisions")).json()["data"] == []
        assert (await ben.client.post(f"/v1/waiting/{waiting['callout_id']}/approve")).status_code == 409
        assert await requester.state() == "pending_approval"


async def test_a_coordinator_opens_an_incident_and_fills_the_team(world: World) -> None:
    team = await deploying.opened(world, "mara", type="child_death")

    assert await team.state() == "proposed"
    assert await deploying.filled(world, team)
