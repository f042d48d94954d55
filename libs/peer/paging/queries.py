"""How far the asking is, and who steps in."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text

from libs.peer.callouts.queries import Locked
from libs.tenancy.planes import DispatchSession


@dataclass(frozen=True, slots=True)
class Asked:
    """How far the asking is.

    Attributes:
        is_open: somebody is being asked right now.
        was_anybody: somebody was asked at any time.
        is_flood: more asks without a confirmed contact in the last hour than the region takes for real.
    """

    is_open: bool
    was_anybody: bool
    is_flood: bool


_ASKED = text(
    """
    SELECT coalesce(bool_or(o.state = 'open'), false) AS is_open, count(o.id) > 0 AS was_asked,
        (SELECT count(*) FROM (SELECT FROM shared.callout f WHERE f.region_id = r.id AND f.contact_at IS NULL
         AND f.asked_at > shared.clock() - interval '1 hour' LIMIT r.flood_from + 1) AS few) > r.flood_from AS is_flood
    FROM shared.region r LEFT JOIN shared.offer o ON o.callout_id = :callout_id
    WHERE r.id = :region_id GROUP BY r.id
    """
)
_RESERVE = text("SELECT peer_id FROM shared.availability WHERE peer_id = :peer_id FOR UPDATE SKIP LOCKED")
_COORDINATORS = text(
    """
    SELECT m.id FROM shared.copy p JOIN shared.member m ON m.id = p.peer_id AND m.suspended_on IS NULL
    WHERE p.home_id = :home_id AND p.callout_id = :callout_id
      AND EXISTS (SELECT FROM shared.membership s WHERE s.member_id = m.id AND s.role IN ('coordinator', 'deputy'))
    """
)


async def reserve(session: DispatchSession, peer_id: UUID) -> bool:
    """Hold a peer for this transaction, so that two callouts that look at once do not ask the same one.

    Returns:
        False when another callout holds the peer right now.
    """
    return (await session.execute(_RESERVE, {"peer_id": peer_id})).one_or_none() is not None


async def coordinators(session: DispatchSession, callout: Locked) -> Sequence[UUID]:
    """Return the coordinators who hold a copy; whoever is left out is passed over here too."""
    values = {"home_id": callout.home_id, "callout_id": callout.id}
    return (await session.execute(_COORDINATORS, values)).scalars().all()


async def asked(session: DispatchSession, callout: Locked) -> Asked:
    """Say who was asked so far, and how many others ask."""
    values = {"callout_id": callout.id, "region_id": callout.region_id}
    return Asked(*(await session.execute(_ASKED, values)).one())
