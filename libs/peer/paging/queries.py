"""How far the asking is, and who steps in."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy import text

from libs.peer.callouts.queries import Locked
from libs.peer.matching.rules import NOT_NOW_HOLDS, SILENCE_HOLDS
from libs.tenancy.planes import DispatchSession

_RESERVE = text(
    """
    SELECT peer_id FROM shared.availability
    WHERE peer_id = ANY(CAST(CAST(:peers AS text[]) AS uuid[])) FOR UPDATE SKIP LOCKED
    """
)
_CAN_BE_HELD = text(
    """
    INSERT INTO shared.availability (peer_id, region_id, is_available, changed_at)
    SELECT CAST(peer AS uuid), :region_id, false, shared.clock()
    FROM unnest(CAST(:peers AS text[])) AS peer ON CONFLICT DO NOTHING
    """
)
_COORDINATORS = text(
    """
    SELECT m.id FROM shared.copy p JOIN shared.member m ON m.id = p.peer_id AND m.suspended_on IS NULL
    WHERE p.home_id = :home_id AND p.callout_id = :callout_id
      AND EXISTS (SELECT FROM shared.membership s WHERE s.member_id = m.id AND s.role IN ('coordinator', 'deputy'))
    """
)
# Asked whether or not they are on call as peers: that is what the role is for. One page at a time, all the same.
_ROLES = text(
    """
    SELECT m.id, s.role, bool_or(t.kind = :team) AS is_of_team,
        NOT EXISTS (SELECT FROM shared.offer o WHERE o.peer_id = m.id AND o.state = 'open'
                    AND o.expires_at > shared.clock())
        AND NOT EXISTS (SELECT FROM shared.offer o WHERE o.callout_id = :callout_id AND o.peer_id = m.id
                        AND (o.state IN ('open', 'recused', 'released')
                             OR o.state = 'declined' AND o.answered_at > shared.clock() - CAST(:not_now AS interval)
                             OR o.state = 'expired' AND NOT :is_again
                                AND o.expires_at > shared.clock() - CAST(:silence AS interval))) AS can_be_asked
    FROM shared.copy p JOIN shared.member m ON m.id = p.peer_id AND m.suspended_on IS NULL
    JOIN shared.membership s ON s.member_id = m.id AND s.role <> 'peer' JOIN shared.team t ON t.id = s.team_id
    WHERE p.home_id = :home_id AND p.callout_id = :callout_id
    GROUP BY m.id, s.role
    ORDER BY EXISTS (SELECT FROM shared.availability v WHERE v.peer_id = m.id AND v.is_available) DESC,
        (SELECT max(o.offered_at) FROM shared.offer o WHERE o.peer_id = m.id) NULLS FIRST, m.id
    """
)


async def reserve(
    session: DispatchSession, peers: Collection[UUID], *, region_id: UUID | None = None
) -> frozenset[UUID]:
    """Hold peers for this transaction, so that two callouts that look at once do not ask the same ones.

    Args:
        session: dispatch of their region.
        peers: whom.
        region_id: theirs, where some may never have said whether they are on call.

    Returns:
        Those that no other callout holds right now.
    """
    ids = [str(peer) for peer in peers]
    if region_id is not None:
        await session.execute(_CAN_BE_HELD, {"peers": ids, "region_id": region_id})
    return frozenset((await session.execute(_RESERVE, {"peers": ids})).scalars())


async def coordinators(session: DispatchSession, callout: Locked) -> Sequence[UUID]:
    """Return the coordinators who hold a copy; whoever is left out is passed over here too."""
    values = {"home_id": callout.home_id, "callout_id": callout.id}
    return (await session.execute(_COORDINATORS, values)).scalars().all()


async def roles(session: DispatchSession, callout: Locked, *, is_again: bool = False) -> Mapping[str, Sequence[UUID]]:
    """Return who can be asked by role; those of the callout's own team where it has any.

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
    }
    rows = (await session.execute(_ROLES, values)).all()
    own = {row.role for row in rows if row.is_of_team}
    found: dict[str, list[UUID]] = defaultdict(list)
    for row in rows:
        if row.can_be_asked and (row.is_of_team or row.role not in own):
            found[row.role].append(row.id)
    return found
