"""Whatever people and clocks do to teams that go out, in whatever order: nobody twice, nothing lost, never stuck."""

import asyncio

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests import deployment_machine as machine
from tests.verify import record
from tests.world import World, peer_id


@pytest.mark.timeout(1800)
async def test_a_random_walk_over_deployments_slots_and_invitations(world: World) -> None:
    class Walk(machine.DeploymentMachine):
        """The machine in this test's world."""

    Walk.world, Walk.loop = world, asyncio.get_running_loop()
    walks = record.size(300, 6)
    how = settings(
        max_examples=walks,
        stateful_step_count=30,
        database=None,
        suppress_health_check=list(HealthCheck),
        print_blob=True,
    )
    await machine.only_these(world, [peer_id(slug) for slug in machine.POOL])
    await world.copy.superuser.execute(machine.WATCH)
    try:
        await asyncio.to_thread(run_state_machine_as_test, Walk, settings=how)
    finally:
        await world.copy.superuser.execute(machine.UNWATCH)
        await machine.only_these(world, None)
    await world.begin()
    record.note("T6", f"{walks} random walks over deployments, 30 steps each: moves outside of the tables", "0")
