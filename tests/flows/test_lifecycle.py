"""A request is open while its center is suspended, renamed, moved, removed: it goes on, and nobody learns of it."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest

from libs.peer.callouts.rules import ENDED
from libs.tenancy import lifecycle, migrate, onboarding
from libs.tenancy.onboarding import NewAgency
from services.cli import lifecycle as said
from tests import databases
from tests.databases import ROLES, Addresses
from tests.world import Person, Requester, World, open_world

CENTER = "quiet-hollow"


@pytest.fixture(scope="module")
async def own_world(addresses: Addresses, worker_id: str) -> AsyncIterator[World]:
    """A world whose agencies may go."""
    async with databases.copied(addresses, f"lifecycle_{worker_id}") as copy, AsyncExitStack() as stack:
        yield await open_world(stack, copy)


@pytest.fixture
async def world(own_world: World) -> AsyncIterator[World]:
    """A center of Heartland where nobody on a team works, active."""
    await own_world.begin()
    region = await own_world.heartland()
    async with migrate.owner_connection(own_world.copy.owner_url) as owner:
        known = await lifecycle.find(owner, CENTER)
        if known is not None:
            await lifecycle.remove(owner, known)
        new = NewAgency(CENTER, "Quiet Hollow", "dispatch", "MO", "Redbank", "Redbank")
        await onboarding.create_agency(owner, ROLES, region.id, new)
    own_world.planes.forget_tenants()
    yield own_world
    await own_world.nothing_unexpected()


async def _act(world: World, act: str, **more: Any) -> None:  # noqa: ANN401 - handed on
    async with migrate.owner_connection(world.copy.owner_url) as owner:
        found = await lifecycle.find(owner, CENTER)
        assert found is not None
        await getattr(lifecycle, act)(owner, found, **more)
    world.planes.forget_tenants()


async def _gets_a_provider(world: World) -> None:
    """Let the center begin with a sign-in of its own."""
    agency = (await world.planes.tenants()).agency(CENTER)
    await world.copy.superuser.execute(
        "INSERT INTO shared.sign_on_provider (id, region_id, agency_id, issuer) VALUES ($1, $2, $1, 'https://x.example')",
        *(agency.id, agency.region_id),
    )


async def _goes_on_to_its_end(world: World, requester: Requester) -> None:
    [(peer,)] = await world.rows("SELECT peer_id FROM shared.offer WHERE state = 'open'")
    someone = Person("someone", world.client(await world.signs_in(peer)))
    assert (await someone.accepts()).status_code < 300
    assert await requester.state() == "accepted"
    assert (await requester.confirms_contact()).status_code < 300
    assert (await requester.closes()).status_code < 300
    assert await requester.state() == "closed"
    await requester._post("follow-ups/stop", kinds=["same_day", "week", "month"])
    await world.advance(days=8)
    assert (await requester._post("status")).status_code == 404
    traces = "SELECT count(*) FROM shared.callout WHERE state = 'closed' AND home_id IS NOT NULL"
    assert await world.rows(traces) == [(0,)]


async def test_a_suspended_center_takes_no_new_request_and_an_open_one_goes_on(world: World) -> None:
    requester = await world.asks(center=CENTER)
    await _act(world, "set_status", status="suspended")

    page = await world.client().get(f"/a/{CENTER}")
    assert page.status_code == 200
    assert "You can still talk to a peer." in page.text
    assert "/r/heartland" in page.text
    await _goes_on_to_its_end(world, requester)


async def test_whoever_had_the_page_open_is_still_heard_and_their_own_people_are_left_out(world: World) -> None:
    await _act(world, "set_status", status="leaving")
    requester = await world.asks(center=CENTER)
    region = await world.heartland()
    assert await world.rows("SELECT home_id FROM shared.callout") == [(region.id,)]
    await _goes_on_to_its_end(world, requester)


async def test_a_renamed_center_keeps_its_address_and_its_request(world: World) -> None:
    requester = await world.asks(center=CENTER)
    await _act(world, "rename", name="Quiet Hollow “911” 🚒")
    page = await world.client().get(f"/a/{CENTER}")
    assert "Quiet Hollow “911” 🚒" in page.text
    await _goes_on_to_its_end(world, requester)


async def _is_shown_the_roster(world: World) -> None:
    agency = (await world.planes.tenants()).agency(CENTER)
    insert = "INSERT INTO shared.intranet_place VALUES ($1, $2, '{10.4.0.0/16}', '{}')"
    await world.copy.superuser.execute(insert, agency.id, agency.region_id)


async def test_a_moved_centers_open_request_stays_with_the_peers_who_were_asked(world: World) -> None:
    requester = await world.asks(center=CENTER)
    there = (await world.planes.tenants()).region("kansas-city")
    await _gets_a_provider(world)
    await _is_shown_the_roster(world)
    await _act(world, "set_status", status="moving")
    await _act(world, "move", region_id=there.id, status="active")
    assert await world.rows("SELECT 1 FROM shared.intranet_place") == []
    assert await world.rows("SELECT region_id FROM shared.sign_on_provider") == [(there.id,)]

    assert (await world.client().get(f"/a/{CENTER}")).status_code == 200
    await _goes_on_to_its_end(world, requester)
    later = await world.client().post("/v1/regions/kansas-city/requests", json={"center": CENTER})
    assert later.status_code == 201


async def test_a_removed_centers_open_request_is_kept_by_its_region_and_the_ended_one_is_shredded(
    world: World,
) -> None:
    over = await world.asks(center=CENTER)
    await over.withdraws()
    open_one = await world.asks(center=CENTER)
    agency = (await world.planes.tenants()).agency(CENTER)
    schema, run = agency.schema_name, world.copy.superuser.execute
    await run("INSERT INTO shared.station (id, agency_id, position, address_hash) VALUES ($1, $1, '5', '')", agency.id)
    await run("INSERT INTO shared.hard_call_rule VALUES ($1, 'MCI', 'nothing', 'other')", agency.id)
    await run("INSERT INTO shared.private_offer VALUES ('', $1, '', shared.clock())", agency.id)
    await _gets_a_provider(world)
    await _is_shown_the_roster(world)
    await _act(world, "set_status", status="leaving")
    await _act(world, "remove")
    assert await world.rows("SELECT 1 FROM shared.intranet_place") == []

    for table in ("station", "hard_call_rule", "private_offer", "sign_on_provider"):
        assert await world.rows(f"SELECT FROM shared.{table}") == []
    assert (await world.client().get(f"/a/{CENTER}")).status_code == 404
    assert await world.rows("SELECT count(*) FROM pg_namespace WHERE nspname = $1", schema) == [(0,)]
    assert (await over._post("status")).status_code == 404
    region = await world.heartland()
    assert await world.rows("SELECT home_id FROM shared.callout WHERE state = 'paging'") == [(region.id,)]
    await world.settle()
    await _goes_on_to_its_end(world, open_one)


async def test_a_request_that_waits_for_approval_or_talks_is_handed_on_too(world: World) -> None:
    talking = await world.asks(center=CENTER)
    await (await world.person("ana")).accepts()
    await talking.confirms_contact()
    await _act(world, "set_status", status="leaving")
    await _act(world, "remove")
    assert await talking.state() == "in_contact"
    assert (await talking.closes()).status_code < 300
    await world.advance(days=8)


async def test_every_act_says_what_becomes_of_open_requests_and_the_same_whether_there_are_any() -> None:
    for words in (said.SUSPEND, said.RESUME, said.RENAME, said.MOVE, said.DELETE):
        assert "open, if there are any, go on to their end" in words


async def test_what_is_open_is_what_has_not_ended() -> None:
    assert {state.value for state in ENDED} == {"closed", "withdrawn", "declined"}
    for state in ENDED:
        assert f"'{state.value}'" in lifecycle._OPEN
