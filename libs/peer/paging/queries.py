"""How far the asking is, and who steps in."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy import text

from libs.peer.callouts.queries import Locked
from libs.peer.limits.rules import SEEN_FOR
from libs.peer.matching.rules import A_CALL_LASTS, NOT_NOW_HOLDS, SILENCE_HOLDS
from libs.tenancy.planes import DispatchSession

# Who is on call by a shift or a role alone may never have said anything: the row that is held is made, older than any
# shift.
_RESERVE = text(
    """
    WITH made AS (INSERT INTO shared.availability (peer_id, region_id, is_available, changed_at)
                  SELECT id, region_id, false, timestamptz 'epoch' FROM shared.member
                  WHERE id = ANY(CAST(CAST(:peers AS text[]) AS uuid[]))
                  ON CONFLICT (peer_id) DO NOTHING RETURNING peer_id),
        held AS (SELECT peer_id FROM shared.availability
                 WHERE peer_id = ANY(CAST(CAST(:peers AS text[]) AS uuid[])) FOR UPDATE SKIP LOCKED)
    SELECT peer_id FROM made UNION ALL SELECT peer_id FROM held
    """
)
# A statement of its own, after the hold: it sees what others have put, taken and given back until then.
# Who is taken is asked, and of these peers: asked who is not, the server joined, and went through all of the nation.
_TAKEN = text(
    """
    SELECT peer_id FROM shared.offer WHERE peer_id = ANY(CAST(CAST(:peers AS text[]) AS uuid[]))
        AND state = 'open' AND expires_at > shared.clock()
    UNION ALL
    SELECT accepted_by FROM shared.callout WHERE accepted_by = ANY(CAST(CAST(:peers AS text[]) AS uuid[]))
        AND state IN ('accepted', 'in_contact')
        AND (state = 'accepted' OR contact_at > shared.clock() - CAST(:a_call AS interval))
    UNION ALL
    SELECT id FROM shared.member WHERE id = ANY(CAST(CAST(:peers AS text[]) AS uuid[])) AND suspended_on IS NOT NULL
    """
)
_COORDINATORS = text(
    """
    SELECT m.id FROM shared.copy p JOIN shared.member m ON m.id = p.peer_id AND m.suspended_on IS NULL
    WHERE p.home_id = :home_id AND p.callout_id = :callout_id
      AND EXISTS (SELECT FROM shared.membership s WHERE s.member_id = m.id AND s.role IN ('coordinator', 'deputy'))
    """
)
# Asked whether or not they are on call as peers: that is what the role is for. One page at a time, all the same; and
# nobody's answer is waited for whom the page does not reach: what is left over lies on their board in any case.
_ROLES = text(
    """
    SELECT m.id, s.role, bool_or(t.kind = :team) AS is_of_team,
        NOT EXISTS (SELECT FROM shared.offer o WHERE o.peer_id = m.id AND o.state = 'open'
                    AND o.expires_at > shared.clock())
        AND NOT EXISTS (SELECT FROM shared.offer o WHERE o.callout_id = :callout_id AND o.peer_id = m.id
                        AND (o.state IN ('open', 'recused', 'released')
                             OR o.state = 'declined' AND o.answered_at > shared.clock() - CAST(:not_now AS interval)
                             OR o.state = 'expired' AND NOT :is_again
                                AND o.expires_at > shared.clock() - CAST(:silence AS interval)))
        AND EXISTS (SELECT FROM shared.reach e JOIN shared.region r ON r.id = e.region_id WHERE e.peer_id = m.id
                    AND (e.verified && r.channels OR e.seen_at >= shared.clock() - CAST(:seen_for AS interval)))
            AS can_be_asked
    FROM shared.copy p JOIN shared.member m ON m.id = p.peer_id AND m.suspended_on IS NULL
    JOIN shared.membership s ON s.member_id = m.id AND s.role <> 'peer' JOIN shared.team t ON t.id = s.team_id
    WHERE p.home_id = :home_id AND p.callout_id = :callout_id
    GROUP BY m.id, s.role
    ORDER BY EXISTS (SELECT FROM shared.availability v WHERE v.peer_id = m.id AND v.is_available) DESC,
        (SELECT max(o.offered_at) FROM shared.offer o WHERE o.peer_id = m.id) NULLS FIRST, m.id
    """
)


async def reserve(session: DispatchSession, peers: Collection[UUID]) -> frozenset[UUID]:
    """Hold peers for this transaction, so that two callouts that look at once do not ask the same ones.

    Returns:
        Those that no other callout holds right now.
    """
    values = {"peers": [str(peer) for peer in peers]}
    return frozenset((await session.execute(_RESERVE, values)).scalars())


async def still_free(session: DispatchSession, peers: Collection[UUID]) -> frozenset[UUID]:
    """Look again at peers who are held: others may have asked them between the look at the team and the hold.

    Returns:
        Those who are asked nothing, have nothing, and are not suspended. Nothing else of what the rules look at can
        have become worse through another callout: who says yes, or gives back, was being asked.
    """
    values = {"peers": [str(peer) for peer in peers], "a_call": A_CALL_LASTS}
    return frozenset(peers).difference((await session.execute(_TAKEN, values)).scalars())


async def coordinators(session: DispatchSession, callout: Locked) -> Sequence[UUID]:
    """Return the coordinators who hold a copy; whoever is left out is passed over here too."""
    values = {"home_id": callout.home_id, "callout_id": callout.id}
    return (await session.execute(_COORDINATORS, values)).scalars()


async def roles(session: DispatchSession, callout: Locked, *, is_again: bool = False) -> Mapping[str, Sequence[UUID]]:
    """Return who can be asked by role, and is reached; those of the callout's own team where it has any.

    Who is on call comes first, then who was asked longest ago.

    Args:
        session: dispatch of its region.
        callout: locked.
        is_again: also those who have been silent a moment ago.
    """
    values = {
        "home_id": callout.home_id,
        "callout_id": callout.id,
        "team": callout.team,
        "not_now": NOT_NOW_HOLDS,
        "silence": SILENCE_HOLDS,
        "is_again": is_again,
        "seen_for": SEEN_FOR[callout.urgency],
    }
    rows = (await session.execute(_ROLES, values)).all()
    own = {row.role for row in rows if row.is_of_team}
    found: dict[str, list[UUID]] = defaultdict(list)
    for row in rows:
        if row.can_be_asked and (row.is_of_team or row.role not in own):
            found[row.role].append(row.id)
    return found
