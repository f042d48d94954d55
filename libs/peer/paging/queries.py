"""Who could be asked."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text

from libs.peer.callouts.queries import Locked
from libs.peer.paging.rules import Candidate
from libs.tenancy.planes import DispatchSession

_CANDIDATES = text(
    """
    SELECT m.id, m.agency_id, m.designated_on, m.lapses_on, m.training_hours, m.modules,
        coalesce(v.is_available, false) AS is_available,
        EXISTS (SELECT FROM shared.offer o WHERE o.peer_id = m.id AND o.state = 'open'
                AND o.expires_at > shared.clock())
            OR EXISTS (SELECT FROM shared.callout h WHERE h.accepted_by = m.id
                AND h.state IN ('accepted', 'in_contact')) AS is_busy,
        EXISTS (SELECT FROM shared.offer o WHERE o.callout_id = :callout_id AND o.peer_id = m.id
                AND (o.epoch = :epoch OR o.state IN ('declined', 'recused', 'released'))) AS was_asked,
        (SELECT max(o.offered_at) FROM shared.offer o WHERE o.peer_id = m.id) AS last_asked_at
    FROM shared.copy p
    JOIN shared.member m ON m.id = p.peer_id
    LEFT JOIN shared.availability v ON v.peer_id = m.id
    WHERE p.home_id = :home_id AND p.callout_id = :callout_id
    """
)
_NEXT_EXPIRY = text("SELECT min(expires_at) FROM shared.offer WHERE callout_id = :callout_id AND state = 'open'")
_COORDINATORS = text(
    """
    SELECT m.id FROM shared.copy p JOIN shared.member m ON m.id = p.peer_id AND m.is_coordinator
    WHERE p.home_id = :home_id AND p.callout_id = :callout_id
    """
)


async def candidates(session: DispatchSession, callout: Locked) -> Sequence[Candidate]:
    """Return every holder of a copy with what the decision needs."""
    values = {"home_id": callout.home_id, "callout_id": callout.id, "epoch": callout.epoch}
    rows = await session.execute(_CANDIDATES, values)
    return [Candidate(*row) for row in rows]


async def coordinators(session: DispatchSession, callout: Locked) -> Sequence[UUID]:
    """Return the coordinators who hold a copy; whoever is left out is passed over here too."""
    values = {"home_id": callout.home_id, "callout_id": callout.id}
    return (await session.execute(_COORDINATORS, values)).scalars().all()


async def has_open_offer(session: DispatchSession, callout_id: UUID) -> bool:
    """Say whether somebody is being asked right now."""
    expires_at = (await session.execute(_NEXT_EXPIRY, {"callout_id": callout_id})).scalar_one()
    return expires_at is not None
