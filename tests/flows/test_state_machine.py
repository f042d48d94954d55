"""Whatever people and clocks do, in whatever order: one winner, nobody asked who may not be, never stuck."""

import asyncio

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests import oddities
from tests.machine_exchanges import ExchangeMachine
from tests.verify import record
from tests.world import World


@pytest.mark.timeout(1800)
async def test_a_random_walk_over_the_tables_of_moves(world: World) -> None:
    class Walk(ExchangeMachine):
        """The machine in this test's world."""

    Walk.world, Walk.loop = world, asyncio.get_running_loop()
    walks = record.size(400, 8)
    how = settings(
        max_examples=walks,
        stateful_step_count=30,
        database=None,
        derandomize=not record.is_full(),  # a sample is the same walks each time; new ones are `make verify`'s to find
        suppress_health_check=list(HealthCheck),
        print_blob=True,
    )
    await world.copy.superuser.execute(oddities.WATCH)
    try:
        await asyncio.to_thread(run_state_machine_as_test, Walk, settings=how)
    finally:
        await world.copy.superuser.execute(oddities.UNWATCH)
    await world.begin()
    record.note("T6", f"{walks} random walks over the state tables, 30 steps each: moves outside of them", "0")
