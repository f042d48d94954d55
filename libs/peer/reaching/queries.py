"""Reading which of somebody's channels are proven."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text

from libs.notify.channels import in_app
from libs.peer.reaching import rules
from libs.peer.reaching.rules import Stands
from libs.tenancy.planes import DispatchSession


@dataclass(frozen=True, slots=True)
class Way:
    """One channel over which the region reaches people, and where somebody's proof of it stands."""

    channel: str
    stands: Stands


_WAYS = text(
    """
    SELECT way.channel, way.channel = ANY(coalesce(e.verified, '{}')) AS is_proven, c.asked_at, c.expires_at,
        coalesce(c.tries, 0) AS tries, shared.clock() AS now
    FROM shared.region r CROSS JOIN unnest(r.channels) WITH ORDINALITY AS way (channel, place)
    LEFT JOIN shared.reach e ON e.peer_id = :peer_id
    LEFT JOIN shared.channel_code c ON c.peer_id = :peer_id AND c.channel = way.channel
    WHERE r.id = :region_id AND way.channel <> :open_page ORDER BY way.place
    """
)
_PROVEN = text(
    """
    SELECT peer_id FROM shared.reach
    WHERE CAST(:channel AS text) = ANY(verified) AND CAST(peer_id AS text) = ANY(CAST(:people AS text[]))
    """
)

UNPROVEN = """
    SELECT r.name FROM shared.region r
    JOIN shared.membership s ON s.region_id = r.id AND s.role IN ('coordinator', 'deputy')
    JOIN shared.member m ON m.id = s.member_id AND m.suspended_on IS NULL
    LEFT JOIN shared.reach e ON e.peer_id = m.id
    WHERE EXISTS (SELECT FROM unnest(r.channels) AS way WHERE way <> 'in_app')
    GROUP BY r.name HAVING NOT bool_or(coalesce(e.verified && array_remove(r.channels, 'in_app'), false))
    ORDER BY r.name
"""
"""Regions none of whose coordinators has proven a channel: with their pages closed, none hears of what waits."""


async def proven(session: DispatchSession, people: Sequence[UUID], channel: str) -> Sequence[UUID]:
    """Return those of some people whom a channel reaches, in their order."""
    values = {"people": [str(one) for one in people], "channel": channel}
    found = set((await session.execute(_PROVEN, values)).scalars())
    return [one for one in people if one in found]


async def ways(session: DispatchSession, region_id: UUID, peer_id: UUID) -> Sequence[Way]:
    """Return the channels that a peer can prove, in the region's order; none where only open pages reach people."""
    values = {"region_id": region_id, "peer_id": peer_id, "open_page": in_app.NAME}
    return [Way(row.channel, _stands(row)) for row in await session.execute(_WAYS, values)]


def _stands(row: Any) -> Stands:  # noqa: ANN401 - a row of the statement above
    return rules.stands(
        is_proven=row.is_proven,
        asked_at=row.asked_at,
        expires_at=row.expires_at,
        tries=row.tries,
        now=row.now,
    )
