"""Words, shifts and absences as the database has them, for tests of who is on call."""

from datetime import timedelta
from uuid import uuid4

from tests.world import Person, World, peer_id

_SHIFT = """
    WITH plan AS (INSERT INTO shared.schedule (team_id, region_id, needs, swaps_need_a_yes, expanded_until)
        SELECT id, region_id, 1, false, shared.clock() + interval '60 days' FROM shared.team WHERE kind = 'roving'
        AND region_id = (SELECT id FROM shared.region WHERE slug = 'heartland')
        ON CONFLICT (team_id) DO UPDATE SET needs = 1 RETURNING team_id, region_id)
    INSERT INTO shared.duty (id, region_id, team_id, peer_id, layer_id, origin, starts_at, ends_at)
    SELECT $1, region_id, team_id, $2, $1, 'rotation', shared.clock() - interval '1 hour', shared.clock() + $3
    FROM plan
"""
_WORD = """
    INSERT INTO shared.availability (peer_id, region_id, is_available, changed_at)
    SELECT id, region_id, $2, shared.clock() - $3::interval FROM shared.member WHERE id = $1
    ON CONFLICT (peer_id) DO UPDATE SET is_available = excluded.is_available, changed_at = excluded.changed_at
"""
_AWAY = """
    INSERT INTO shared.away (id, peer_id, region_id, starts_at, ends_at)
    SELECT $1, id, region_id, shared.clock() + $3, shared.clock() + $3 + interval '6 hours'
    FROM shared.member WHERE id = $2
"""


async def run(world: World, statement: str, *values: object) -> None:
    """Write as a superuser, past every plane."""
    await world.copy.superuser.execute(statement, *values)


async def alone(world: World, slug: str) -> Person:
    """Nobody else is on call; this one has said nothing yet."""
    await world.on_call()
    await has_said(world, slug, None)
    return await world.person(slug)


async def has_said(world: World, slug: str, yes: bool | None, hours_ago: int = 0) -> None:
    """Somebody has said yes or no so long ago; None is nothing."""
    if yes is None:
        await run(world, "DELETE FROM shared.availability WHERE peer_id = $1", peer_id(slug))
    else:
        await run(world, _WORD, peer_id(slug), yes, timedelta(hours=hours_ago))


async def has_shift(world: World, slug: str, hours: int = 3) -> None:
    """A shift that began an hour ago runs, for so many hours more."""
    await run(world, _SHIFT, uuid4(), peer_id(slug), timedelta(hours=hours))


async def is_away(world: World, slug: str, *, in_hours: int = -1) -> None:
    """A time away of six hours, which began an hour ago where nothing else is said."""
    await run(world, _AWAY, uuid4(), peer_id(slug), timedelta(hours=in_hours))


async def is_reached(world: World, slug: str, *channels: str) -> None:
    """These channels are proven and no others, and no page was open."""
    statement = "UPDATE shared.reach SET verified = $2, seen_at = NULL WHERE peer_id = $1"
    await run(world, statement, peer_id(slug), list(channels))
