"""What a step of a policy may say of channels and of everybody. Each ends with: no unexpected message."""

from collections.abc import Iterator

import pytest

from libs.peer.policies.models import Policy, Step, Who
from tests.world import World


@pytest.fixture(autouse=True)
def no_unexpected_message(world: World) -> Iterator[None]:
    yield
    world.no_unexpected_message()


async def test_a_step_over_ones_own_page_alone_sends_no_letter_and_the_step_after_it_does(world: World) -> None:
    by_page = Step(who=(Who.PEERS,), at_once=1, answer_within_s=60, channels=("in_app",))
    await world.pages_by(now=Policy(steps=(by_page, Step(who=(Who.PEERS,), at_once=1, answer_within_s=60))))
    ana, ben = await world.on_call("ana", "ben")

    await world.asks(urgency="now")

    assert len(await ana.offers()) == 1
    world.phone(ana).expect_nothing()
    await world.advance(seconds=61)
    assert (await ana.offers(), len(await ben.offers())) == ([], 1)
    world.phone(ben).expect_page()


async def test_everybody_is_asked_at_once_and_the_first_yes_calls_the_others_off(world: World) -> None:
    await world.pages_by(now=Policy(steps=(Step(who=(Who.EVERYBODY,), answer_within_s=600),)))
    ana, ben, cleo = await world.on_call("ana", "ben", "cleo")

    requester = await world.asks(urgency="now")

    for one in (ana, ben, cleo):
        world.phone(one).expect_page()
    assert (await cleo.accepts()).status_code == 200
    assert await requester.state() == "accepted"
    for one in (ana, ben):
        assert await one.offers() == []
