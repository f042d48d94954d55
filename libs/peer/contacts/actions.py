"""Logging a conversation that began without a request."""

from uuid import UUID

from sqlalchemy import text

from libs.peer.contacts import rules
from libs.peer.contacts.models import Began, Length
from libs.peer.limits import actions as limits
from libs.tenancy.planes import DispatchSession

_LOG = text(
    """
    INSERT INTO shared.contact_cell (team_id, quarter_on, began, channel, length, region_id, count)
    SELECT t.id, CAST(date_trunc('quarter', shared.clock() AT TIME ZONE r.time_zone) AS date), :began, :channel,
        :length, r.id, 1
    FROM shared.team t JOIN shared.region r ON r.id = t.region_id
    JOIN shared.membership s ON s.team_id = t.id AND s.member_id = :peer_id
    WHERE t.kind = :team
    ON CONFLICT (team_id, quarter_on, began, channel, length) DO UPDATE SET count = contact_cell.count + 1
    RETURNING region_id
    """
)


async def log(
    session: DispatchSession, peer_id: UUID, *, team: str, began: Began, channel: str, length: Length
) -> bool:
    """Count one conversation for a team that the peer is in; with whom, and about what, is not asked.

    One of some length counts among the peer's own yeses of a day, too, and is forgotten with that day.

    Args:
        session: dispatch of the region.
        peer_id: who had it.
        team: kind of the team.
        began: how.
        channel: in person, by phone or text.
        length: in bands.

    Returns:
        Whether it was counted: False for a team that the peer is not in.
    """
    values = {"peer_id": peer_id, "team": team, "began": began, "channel": channel, "length": length}
    counted = (await session.execute(_LOG, values)).all()
    if counted and rules.counts_as_a_yes(length):
        await limits.talked(session, peer_id, region_id=counted[0].region_id)
    return bool(counted)
