"""What waits for somebody to become free is asked on in the moment somebody does. Each ends: no unexpected message."""

from collections.abc import Iterator

import pytest

from libs.peer.policies.models import Policy, Step, Who
from tests.world import Person, World

ONE_AFTER_ANOTHER = Policy(steps=(Step(who=(Who.PEERS,), answer_within_s=600, waves=0),))


@pytest.fixture(autouse=True)
async def peers_alone_are_asked(world: World) -> None:
    await world.pages_by(now=ONE_AFTER_ANOTHER, today=ONE_AFTER_ANOTHER)
    await world.leads_are_not_reached()


@pytest.fixture(autouse=True)
def no_unexpected_message(world: World) -> Iterator[None]:
    yield
    world.no_unexpected_message()


def is_paged(world: World, person: Person) -> None:
    world.phone(person).expect_page()


async def test_who_says_no_to_one_is_asked_for_another_at_once_the_urgent_first(world: World) -> None:
    (ana,) = await world.on_call("ana")
    await world.asks(urgency="now")
    is_paged(world, ana)
    this_day, at_once = await world.asks(urgency="today"), await world.asks(urgency="now")
    assert await this_day.state() == await at_once.state() == "with_coordinator"

    await ana.declines()
    await world.settle()

    is_paged(world, ana)
    assert (await this_day.state(), await at_once.state()) == ("with_coordinator", "paging")
    await ana.declines()
    await world.settle()
    is_paged(world, ana)
    assert await this_day.state() == "paging"


async def test_whoever_waits_longest_is_next_when_a_talk_ends(world: World) -> None:
    (ana,) = await world.on_call("ana")
    talking = await world.asks(urgency="now")
    is_paged(world, ana)
    await ana.accepts()
    first, second = await world.asks(urgency="now"), await world.asks(urgency="now")

    await talking.confirms_contact()
    await talking.closes()
    await world.settle()

    is_paged(world, ana)
    assert (await first.state(), await second.state()) == ("paging", "with_coordinator")


async def test_of_a_wave_those_who_are_no_longer_needed_are_asked_by_who_waits(world: World) -> None:
    await world.pages_by(now=Policy(steps=(Step(who=(Who.PEERS,), at_once=3, answer_within_s=600, waves=0),)))
    ana, ben, cleo = await world.on_call("ana", "ben", "cleo")
    first = await world.asks(urgency="now")
    for person in ana, ben, cleo:
        is_paged(world, person)
    waits = await world.asks(urgency="today")
    assert await waits.state() == "with_coordinator"

    await ana.accepts()
    await world.settle()

    assert (await first.state(), await waits.state()) == ("accepted", "paging")
    paged = [person for person in (ben, cleo) if await person.offers()]
    assert len(paged) == 1
    is_paged(world, paged[0])


async def test_whoever_comes_on_call_is_asked_at_once(world: World) -> None:
    await world.on_call()
    waits = await world.asks(urgency="now")
    assert await waits.state() == "with_coordinator"

    ben = await world.person("ben")
    assert (await ben.client.put("/v1/availability", json={"is_available": True})).status_code == 204
    await world.settle()

    is_paged(world, ben)
    assert await waits.state() == "paging"


async def test_who_became_free_and_may_not_be_asked_leaves_it_where_it_was(world: World) -> None:
    (ana,) = await world.on_call("ana")
    elsewhere, colleague = await world.asks(urgency="today"), await world.asks(urgency="now", center="bluestem")
    is_paged(world, ana)
    before = await world.rows("SELECT next_at FROM shared.callout WHERE state = 'with_coordinator'")

    await ana.recuses()
    await world.settle()

    assert await elsewhere.state() == await colleague.state() == "with_coordinator"
    after = await world.rows("SELECT next_at FROM shared.callout WHERE state = 'with_coordinator' AND urgency = 'now'")
    assert after == before
