"""Who could be asked."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text

from libs.peer.callouts.queries import Locked
from libs.peer.matching import rules
from libs.peer.matching.rules import Candidate
from libs.tenancy.planes import DispatchSession

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
        EXISTS (SELECT FROM shared.membership k WHERE k.member_id = m.id
                AND k.role IN ('coordinator', 'deputy')) AS is_coordinator
    FROM shared.copy p
    JOIN shared.member m ON m.id = p.peer_id
    JOIN shared.membership s ON s.member_id = m.id AND s.role <> 'clinician'
    JOIN shared.team t ON t.id = s.team_id AND t.kind = :team
    LEFT JOIN shared.availability v ON v.peer_id = m.id
    WHERE p.home_id = :home_id AND p.callout_id = :callout_id
      AND (CAST(:only AS uuid) IS NULL OR p.peer_id = CAST(:only AS uuid))
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
