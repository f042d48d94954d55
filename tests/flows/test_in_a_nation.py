"""What one region does costs the same in a nation of sixty: no way to a page, and no sweep, reads of the others.

The planner has to find that out by itself, statement by statement, and did not always: to hold one peer it went through
everybody of the nation, and a match looked each of its people up in eight tables.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import suppress
from inspect import signature
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.exc import NoResultFound

from libs import peer
from libs.peer.agreements import queries as agreements
from libs.peer.approvals import queries as approvals
from libs.peer.callouts import queries as callouts
from libs.peer.deployments import queries as deployments
from libs.peer.errors import PeerError
from libs.peer.exchanges import actions as exchanges
from libs.peer.followups import queries as followups
from libs.peer.limits import actions as limits
from libs.peer.matching import queries as matching
from libs.peer.paging import advancing
from libs.peer.paging import queries as paging
from libs.peer.reaching import actions as reaching
from libs.peer.shifts import queries as shifts
from libs.peer.shifts import writing
from libs.peer.teams import queries as teams
from libs.peer.waits import actions as waits
from libs.peer.webhooks import actions as webhooks
from libs.tenancy.directory import RegionRef
from libs.tenancy.planes import DispatchSession, Plane, PlaneKind, ProgramSession
from tests.nation import Nation, nation
from tests.world import World, peer_id

A_REGION = 600
"""More rows of any table than one region has; the nation has ten times as many."""
_UNASKED = (
    "DELETE FROM shared.page",
    "DELETE FROM shared.offer",
    "DELETE FROM shared.decision",
    "UPDATE shared.callout SET wave = 0, step = 0, step_waves = 0",
)

Looking = Callable[[Any, list[UUID]], Awaitable[object]]
Sweeping = Callable[[Any, RegionRef], Awaitable[object]]

_OF_PEOPLE = (
    "membership", "member", "copy", "availability", "own_limits", "reach", "training_module", "away", "duty"
)  # fmt: skip
_SWEEPS: Mapping[str, tuple[PlaneKind, Sweeping]] = {
    "callouts": (PlaneKind.DISPATCH, lambda session, _: callouts.stalled(session)),
    "who has callouts": (PlaneKind.DISPATCH, lambda session, _: callouts.holders(session)),
    "follow-ups": (PlaneKind.DISPATCH, lambda session, _: followups.stalled(session)),
    "who has follow-ups": (PlaneKind.DISPATCH, lambda session, _: followups.holders(session)),
    "deployments": (PlaneKind.DISPATCH, lambda session, _: deployments.stalled(session)),
    "who has slots": (PlaneKind.DISPATCH, lambda session, _: deployments.holders(session)),
    "schedules": (PlaneKind.DISPATCH, lambda session, _: shifts.stale(session, writing.LEAST_AHEAD)),
    "leavers": (PlaneKind.DISPATCH, lambda session, _: teams.leavers(session, [peer_id("mara")])),
    "talks": (PlaneKind.DISPATCH, lambda session, _: limits.forget_talks(session)),
    "codes": (PlaneKind.DISPATCH, lambda session, _: reaching.forget_old(session)),
    "waits": (PlaneKind.DISPATCH, lambda session, region: waits.note_unanswered(session, region.id)),
    "exchanges": (PlaneKind.DISPATCH, lambda session, region: exchanges.forget_over(session, region.id)),
    "approvals": (PlaneKind.PROGRAM, lambda session, _: approvals.stalled(session)),
    "agreements": (PlaneKind.PROGRAM, lambda session, _: agreements.unreminded(session)),
    "webhooks": (PlaneKind.PROGRAM, lambda session, region: webhooks.resume(session, region.id)),
    "deliveries": (PlaneKind.PROGRAM, lambda session, _: webhooks.forget(session)),
}


async def _asked(world: World) -> UUID:
    """Somebody asks, and Mara is paged."""
    await world.on_call("mara")
    await world.asks()
    ((asked,),) = await world.rows("SELECT id FROM shared.callout WHERE state = 'paging'")
    world.rang("mara")
    return UUID(str(asked))


async def test_the_way_to_a_page_reads_nothing_of_the_others(world: World) -> None:
    region, superuser, asked = await world.heartland(), world.copy.superuser, await _asked(world)
    for statement in _UNASKED:
        await superuser.execute(statement)
    async with nation(superuser) as there:
        async with there.session(_plane(region, PlaneKind.DISPATCH)) as session:
            pages = await advancing.advance(session, asked)  # type: ignore[arg-type]  # as above
        assert len(pages) == 1
        assert _beyond(there, A_REGION) == {}


async def test_a_match_goes_into_a_table_of_people_a_few_times_and_not_for_each_of_them(world: World) -> None:
    region, superuser, asked = await world.heartland(), world.copy.superuser, await _asked(world)
    async with nation(superuser) as there:
        async with there.session(_plane(region, PlaneKind.DISPATCH)) as session:
            callout = await callouts.locked(session, asked)  # type: ignore[arg-type]  # as above
            team = await matching.candidates(session, callout)  # type: ignore[arg-type]  # as above
        assert len(team) > 50
        assert {name: times for name, times in there.times.items() if name in _OF_PEOPLE and times > 5} == {}


@pytest.mark.parametrize("looking", [paging.reserve, paging.still_free])
async def test_to_hold_a_peer_reads_of_that_peer_alone(world: World, looking: Looking) -> None:
    region, superuser, _ = await world.heartland(), world.copy.superuser, await _asked(world)
    async with nation(superuser) as there:
        async with there.session(_plane(region, PlaneKind.DISPATCH)) as session:
            await looking(session, [peer_id("ben")])
        assert _beyond(there, 2, but="region") == {}


async def test_no_sweep_reads_of_the_others(world: World) -> None:
    region, superuser, _ = await world.heartland(), world.copy.superuser, await _asked(world)
    beyond = {}
    async with nation(superuser) as there:
        for name, (kind, sweeping) in _SWEEPS.items():
            async with there.session(_plane(region, kind)) as session:
                await sweeping(session, region)
            beyond[name] = _beyond(there, A_REGION)
    assert {name: read for name, read in beyond.items() if read} == {}


async def test_nothing_that_is_looked_up_reads_of_the_others(world: World) -> None:
    """Every query of dispatch or of a program that can be asked for one region, one peer or one callout."""
    region, superuser, asked = await world.heartland(), world.copy.superuser, await _asked(world)
    mara = peer_id("mara")
    known: Mapping[str, object] = {
        "callout_id": asked, "region_id": region.id, "epoch": 1, "team": "roving", "channel": "mail", "limit": 50,
        "after": None, "status": None, "people": [mara], "peers": [mara], "slugs": ["redbank"], "only": None,
        "is_again": False,
    }  # fmt: skip
    beyond, looked = {}, 0
    async with nation(superuser) as there:
        for query, kind in _queries():
            asks = {name: of for name, of in signature(query).parameters.items() if name != "session"}
            values = {
                name: known.get(name, mara) for name, of in asks.items() if name in known or of.annotation is UUID
            }
            if len(values) < len(asks):
                continue
            async with there.session(_plane(region, kind)) as session:
                with suppress(NoResultFound, PeerError):
                    await query(session, **values)
                assert session.statements, query
            beyond[f"{query.__module__}.{query.__name__}"] = _beyond(there, A_REGION)
            looked += 1
    assert looked > 80
    assert {name: read for name, read in beyond.items() if read} == {}


def _queries() -> Iterator[tuple[Callable[..., Awaitable[object]], PlaneKind]]:
    planes = {DispatchSession: PlaneKind.DISPATCH, ProgramSession: PlaneKind.PROGRAM}
    for found in pkgutil.walk_packages(peer.__path__, "libs.peer."):
        if not found.name.endswith(".queries"):
            continue
        for _name, query in inspect.getmembers(importlib.import_module(found.name), inspect.iscoroutinefunction):
            session = signature(query).parameters.get("session")
            if session is not None and query.__module__ == found.name and session.annotation in planes:
                yield query, planes[session.annotation]


def _plane(region: RegionRef, kind: PlaneKind) -> Plane:
    return Plane(kind, region.dispatch_role if kind is PlaneKind.DISPATCH else region.program_role)


def _beyond(there: Nation, most: int, *, but: str = "") -> dict[str, int]:
    return {name: rows for name, rows in there.rows.items() if rows > most and name != but}
