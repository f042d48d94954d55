"""Telling coordinators that a swap waits for their yes: as peers are told, in working hours, once a day at most."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from libs import jobs
from libs.peer.shifts import reminding
from libs.peer.shifts.queries import Held
from libs.peer.shifts.reminding import Notice
from libs.tenancy.planes import DispatchSession

AWAIT = "shifts.await"
"""The job that tells one coordinator. The one that waits for the next day stands for having been told today."""

_LEADS = text(
    """
    SELECT m.id, coalesce(m.time_zone, r.time_zone) AS zone
    FROM shared.membership s JOIN shared.member m ON m.id = s.member_id JOIN shared.region r ON r.id = m.region_id
    WHERE s.team_id = :team_id AND s.role IN ('coordinator', 'deputy') AND m.suspended_on IS NULL
    """
)
_WAITS = text(
    """
    SELECT coalesce(m.time_zone, r.time_zone) AS zone, shared.clock() AS now,
        ARRAY(SELECT unnest(r.channels) INTERSECT SELECT unnest(e.verified)) AS channels
    FROM shared.member m JOIN shared.region r ON r.id = m.region_id LEFT JOIN shared.reach e ON e.peer_id = m.id
    WHERE m.id = :id AND m.suspended_on IS NULL
      AND EXISTS (SELECT FROM shared.swap w JOIN shared.membership s ON s.team_id = w.team_id
          WHERE w.state = 'taken' AND w.starts_at > shared.clock() AND s.member_id = m.id
            AND s.role IN ('coordinator', 'deputy'))
    """
)


async def soon(session: DispatchSession, held: Held) -> None:
    """Tell who coordinates the team, as soon as each of them may be told."""
    for lead in await session.execute(_LEADS, {"team_id": held.team_id}):
        await look_again(session, lead.id, held.region_id, reminding.next_working(lead.zone, held.now))
        session.signals.add(f"peer:{lead.id}")


async def notice(session: DispatchSession, lead_id: UUID) -> Notice | None:
    """Return what a coordinator may be told: that something waits, and nothing else; None when nothing does."""
    row = (await session.execute(_WAITS, {"id": lead_id})).one_or_none()
    if row is None:
        return None
    return Notice(lead_id, row.zone, row.channels, reminding.day(row.zone, row.now), row.now)


async def look_again(session: DispatchSession, lead_id: UUID, region_id: UUID, at: datetime) -> None:
    """Look at what waits for a coordinator at some time; one look alone waits for each of them."""
    await jobs.add(session, AWAIT, region_id=region_id, subject_id=lead_id, due_at=at)
