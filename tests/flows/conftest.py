"""What stories begin with, those about webhooks and about two regions, too; and how each of them ends."""

from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial

import pytest

from libs.peer.addresses.reaching import Reach
from libs.peer.webhooks import actions
from services.worker.courier import Courier
from services.worker.jobs import webhooks as webhook_jobs
from services.worker.sending import Sender
from tests import exchanging, receiving
from tests.exchanging import There
from tests.receiving import Receiver
from tests.world import World


@pytest.fixture
async def world(world: World) -> AsyncIterator[World]:
    """The cast at the beginning of a story, which ends in: no unexpected message, on no phone."""
    yield world
    world.no_unexpected_message()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving.opened() as made:
        yield made


@pytest.fixture
async def courier(world: World) -> AsyncIterator[Courier]:
    """A courier at work beside the world's runner."""
    made = Courier(world.planes, Sender(Reach(may_loop=True)), world.app.state.wiring.webhook_key)
    jobs = world.runner._declared
    usual = jobs[actions.DELIVER]
    jobs[actions.DELIVER] = replace(usual, run=partial(webhook_jobs.deliver_by, made))
    yield made
    await made.stop()
    jobs[actions.DELIVER] = usual


@pytest.fixture
async def there(world: World) -> AsyncIterator[There]:
    """Another region that can be asked to help; its people are taken out again."""
    try:
        yield await exchanging.opened(world)
        await world.nothing_unexpected()
    finally:
        await exchanging.closed(world)
