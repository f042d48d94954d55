"""The rosters, read once for all who ask in the same instant: an ask never sees one that is older than a read takes."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

from libs.peer.teams import queries as teams
from libs.peer.teams.rules import Listed
from libs.tenancy.directory import RegionRef
from libs.tenancy.transactions import Planes


class Rosters:
    """Reads that are under way; nothing is kept once they are through."""

    def __init__(self) -> None:
        self._under_way: dict[tuple[UUID, str], asyncio.Task[Sequence[Listed]]] = {}

    async def read(self, planes: Planes, region: RegionRef, team: str) -> Sequence[Listed]:
        """Return a team's designated members, and the coordinators."""
        key = region.id, team
        task = self._under_way.get(key)
        if task is None:
            task = self._under_way[key] = asyncio.create_task(_read(planes, region, team))
            task.add_done_callback(lambda _done: self._under_way.pop(key, None))
        # Whoever began it may leave; the others still want it.
        return await asyncio.shield(task)


async def _read(planes: Planes, region: RegionRef, team: str) -> Sequence[Listed]:
    async with planes.dispatch(region) as dispatch:
        return await teams.roster(dispatch, team)
