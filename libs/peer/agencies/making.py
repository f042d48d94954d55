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

from libs.peer.agencies.models import Discipline, Outcome
from libs.peer.agencies.rules import Wanted
from libs.tenancy import migrate, onboarding
from libs.tenancy.names import RoleNames
from libs.tenancy.onboarding import NewAgency

_TAKING_PART = """
    SELECT a.slug, a.fcc_id, a.region_id, a.name, r.name AS region_name
    FROM shared.agency a JOIN shared.region r ON r.id = a.region_id
    WHERE a.slug = ANY($1::text[]) OR a.fcc_id::text = ANY($2::text[])
"""

_OF_WISH = ("slug", "name", "state", "county", "city", "fcc_id")
_TAKE = """
    SELECT id, region_id, slug, name, discipline, state, county, city, fcc_id, attempt FROM shared.onboarding
    WHERE outcome = 'waiting' AND due_at <= shared.clock() ORDER BY asked_at, slug LIMIT 1 FOR UPDATE SKIP LOCKED
"""
_ENDED = "UPDATE shared.onboarding SET outcome = $2, elsewhere = $3, ended_at = shared.clock() WHERE id = $1"
_PUT_OFF = """
    UPDATE shared.onboarding SET attempt = attempt + 1, due_at = shared.clock() + make_interval(secs => $2),
        outcome = CASE WHEN attempt + 1 >= $3 THEN 'failed' ELSE 'waiting' END,
        ended_at = CASE WHEN attempt + 1 >= $3 THEN shared.clock() END
    WHERE id = $1
"""

APPLICATION = "owncall-registrar"
"""What the registrar's connection is called in the database: so `owncall doctor` sees whether it runs."""
ATTEMPTS = 5
"""Tries, 1, 2, 4 and 8 s apart, before a wish is shown as failed."""

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
    slugs, fcc_ids = list(by_slug), [str(agency.fcc_id) for agency, _place in by_slug.values() if agency.fcc_id]
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


async def take_up(connection: asyncpg.Connection, roles: RoleNames) -> UUID | None:
    """Onboard the one agency that has waited longest, as a program manager asked.

    One transaction holds the wish and the agency: killed at any moment it is as if nobody had begun, and two
    registrars share the work.

    Args:
        connection: the owner's, outside of a transaction.
        roles: names for this database.

    Returns:
        The region that asked; None when nothing waits.

    Raises:
        PostgresError: it could not be made; `put_off` says so.
    """
    async with connection.transaction():
        row = await connection.fetchrow(_TAKE)
        if row is None:
            return None
        wanted = Wanted(**{**{name: row[name] for name in _OF_WISH}, "discipline": Discipline(row["discipline"])})
        outcome, elsewhere = Outcome.DONE, None
        if not await make(connection, roles, row["region_id"], wanted):
            planned = await plan(connection, [(wanted, Place(row["region_id"], ""))])
            elsewhere = next((where for _agency, where in planned.elsewhere), None)
            outcome = Outcome.ELSEWHERE if elsewhere else Outcome.KNOWN
        await connection.execute(_ENDED, row["id"], outcome.value, elsewhere)
        return UUID(str(row["region_id"]))


async def put_off(connection: asyncpg.Connection) -> UUID | None:
    """Try the one that has waited longest again later, after an attempt that failed; the last failure shows.

    Returns:
        The region that asked; None when somebody else has it, or nothing waits.
    """
    async with connection.transaction():
        row = await connection.fetchrow(_TAKE)
        if row is None:
            return None
        await connection.execute(_PUT_OFF, row["id"], float(2 ** row["attempt"]), ATTEMPTS)
        return UUID(str(row["region_id"]))


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
