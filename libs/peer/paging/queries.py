"""Who could be asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text

from libs.peer.callouts.queries import Locked
from libs.peer.paging import rules
from libs.peer.paging.rules import Candidate
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


_CANDIDATES = text(
    """
    SELECT m.id, m.agency_id, s.designated_on, s.lapses_on, m.training_hours,
        ARRAY(SELECT d.area FROM shared.training_module d WHERE d.member_id = m.id
              AND (d.lapses_on IS NULL OR d.lapses_on > CAST(shared.clock() AS date))) AS modules,
        m.suspended_on IS NOT NULL AS is_suspended,
        coalesce(v.is_available, false) AS is_available,
        EXISTS (SELECT FROM shared.offer o WHERE o.peer_id = m.id AND o.state = 'open'
                AND o.expires_at > shared.clock())
            OR EXISTS (SELECT FROM shared.callout h WHERE h.accepted_by = m.id AND (h.state = 'accepted'
                OR h.state = 'in_contact' AND h.contact_at > shared.clock() - CAST(:a_call AS interval))) AS is_busy,
        EXISTS (SELECT FROM shared.offer o WHERE o.callout_id = :callout_id AND o.peer_id = m.id
                AND (o.state IN ('open', 'recused', 'released')
                     OR o.state = 'declined' AND o.answered_at > shared.clock() - CAST(:not_now AS interval)
                     OR o.state IN ('expired', 'called_off')
                        AND o.expires_at > shared.clock() - CAST(:silence AS interval))) AS was_asked,
        (SELECT max(o.offered_at) FROM shared.offer o WHERE o.peer_id = m.id) AS last_asked_at,
        m.languages,
        EXISTS (SELECT FROM shared.membership k WHERE k.member_id = m.id AND k.is_coordinator) AS is_coordinator
    FROM shared.copy p
    JOIN shared.member m ON m.id = p.peer_id
    JOIN shared.membership s ON s.member_id = m.id
    JOIN shared.team t ON t.id = s.team_id AND t.kind = :team
    LEFT JOIN shared.availability v ON v.peer_id = m.id
    WHERE p.home_id = :home_id AND p.callout_id = :callout_id
      AND (CAST(:only AS uuid) IS NULL OR p.peer_id = CAST(:only AS uuid))
    """
)
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
      AND EXISTS (SELECT FROM shared.membership s WHERE s.member_id = m.id AND s.is_coordinator)
    """
)


async def candidates(session: DispatchSession, callout: Locked, *, only: UUID | None = None) -> Sequence[Candidate]:
    """Return every holder of a copy with what the decision needs; or one of them alone."""
    values = {
        "home_id": callout.home_id,
        "callout_id": callout.id,
        "team": callout.team,
        "a_call": rules.A_CALL_LASTS,
        "not_now": rules.NOT_NOW_HOLDS,
        "silence": rules.SILENCE_HOLDS,
        "only": only,
    }
    return [Candidate(*row) for row in await session.execute(_CANDIDATES, values)]


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
