"""Making agencies with the owner's connection: what the command line and the registrar do.

One transaction an agency, so that a kill leaves each one there or not, and the next run goes on.

Source: docs/decisions/0004-migrations.md
"""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from libs.peer.agencies.rules import Wanted
from libs.tenancy import migrate, onboarding
from libs.tenancy.names import RoleNames
from libs.tenancy.onboarding import NewAgency

_TAKING_PART = """
    SELECT a.slug, a.fcc_id, a.region_id, a.name, r.name AS region_name
    FROM shared.agency a JOIN shared.region r ON r.id = a.region_id
    WHERE a.slug = ANY($1::text[]) OR a.fcc_id = ANY($2::int[])
"""

OnStep = Callable[[int, int, int], None]
"""Hears how many are done, of how many, and how many of them failed."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an agency is to take part, or does.

    Attributes:
        region_id: of which region.
        region_name: its name for people.
    """

    region_id: UUID
    region_name: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What an onboarding would do.

    Attributes:
        new: agencies to be made, each with its region.
        known: agencies that take part in that region already, by slug as they were wanted.
        elsewhere: agencies that take part in another region, with that region's name.
    """

    new: tuple[tuple[Wanted, Place], ...]
    known: tuple[Wanted, ...]
    elsewhere: tuple[tuple[Wanted, str], ...]


@dataclass(frozen=True, slots=True)
class Made:
    """What became of a plan.

    Attributes:
        new: agencies made now.
        known: agencies that somebody else had made in the meantime.
        failed: slug and class of what went wrong, never a message: messages carry values.
    """

    new: int
    known: int
    failed: tuple[tuple[str, str], ...]


async def plan(connection: asyncpg.Connection, wanted: Iterable[tuple[Wanted, Place]]) -> Plan:
    """Say which agencies are new, which are there, and which take part elsewhere; changes nothing.

    Args:
        connection: the owner's.
        wanted: agencies with the regions in which they shall take part; one that is named twice counts once.
    """
    by_slug = {agency.slug: (agency, place) for agency, place in wanted}
    slugs, fcc_ids = list(by_slug), [agency.fcc_id for agency, _place in by_slug.values() if agency.fcc_id]
    rows = await connection.fetch(_TAKING_PART, slugs, fcc_ids)
    there = {row["slug"]: row for row in rows} | {row["fcc_id"]: row for row in rows if row["fcc_id"]}
    new, known, elsewhere = [], [], []
    for agency, place in by_slug.values():
        found = (there.get(agency.fcc_id) if agency.fcc_id else None) or there.get(agency.slug)
        if found is None:
            new.append((agency, place))
        elif found["region_id"] == place.region_id:
            known.append(agency)
        else:
            elsewhere.append((agency, str(found["region_name"])))
    return Plan(tuple(new), tuple(known), tuple(elsewhere))


async def make(connection: asyncpg.Connection, roles: RoleNames, region_id: UUID, wanted: Wanted) -> bool:
    """Make one agency; returns whether it is new."""
    return await onboarding.create_agency(connection, roles, region_id, _new(wanted))


async def carry_out(
    owner_url: str, roles: RoleNames, planned: Plan, *, connections: int = 1, on_step: OnStep | None = None
) -> Made:
    """Make the new agencies of a plan, several at a time. Killed at any moment, plan and run it again.

    Args:
        owner_url: the owner's address.
        roles: names for this database.
        planned: as `plan` says.
        connections: agencies at a time.
        on_step: hears of every one that is done.

    Returns:
        What became of it. One that fails never stops the others.
    """
    waiting = list(reversed(planned.new))
    outcomes: list[bool] = []
    failed: list[tuple[str, str]] = []

    async def work(owner: asyncpg.Connection) -> None:
        while waiting:
            wanted, place = waiting.pop()
            try:
                outcomes.append(await make(owner, roles, place.region_id, wanted))
            except asyncpg.UniqueViolationError:
                outcomes.append(False)
            except asyncpg.PostgresError as error:
                failed.append((wanted.slug, f"{type(error).__name__} {error.sqlstate}"))
            if on_step is not None:
                on_step(len(outcomes) + len(failed), len(planned.new), len(failed))

    async with AsyncExitStack() as stack:
        owners = [
            await stack.enter_async_context(migrate.owner_connection(owner_url))
            for _ in range(min(connections, len(planned.new)))
        ]
        await asyncio.gather(*(work(owner) for owner in owners))
    return Made(sum(outcomes), len(outcomes) - sum(outcomes), tuple(failed))


def _new(wanted: Wanted) -> NewAgency:
    return NewAgency(
        slug=wanted.slug,
        name=wanted.name,
        discipline=wanted.discipline.value,
        state=wanted.state,
        county=wanted.county,
        city=wanted.city,
        fcc_id=wanted.fcc_id,
    )
