"""Who is held, and who steps in."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text

from libs.peer.callouts.queries import Locked
from libs.tenancy.planes import DispatchSession

# Who is on call by a shift alone may never have said anything: the row that is held is made, older than any shift.
_RESERVE = text(
    """
    WITH made AS (INSERT INTO shared.availability (peer_id, region_id, is_available, changed_at)
                  SELECT m.id, m.region_id, false, timestamptz 'epoch' FROM shared.member m WHERE m.id = :peer_id
                  ON CONFLICT (peer_id) DO NOTHING RETURNING peer_id),
        held AS (SELECT v.peer_id FROM shared.availability v WHERE v.peer_id = :peer_id FOR UPDATE SKIP LOCKED)
    SELECT peer_id FROM made UNION ALL SELECT peer_id FROM held
    """
)
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
