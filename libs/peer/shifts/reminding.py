"""Telling peers that colleagues look for somebody: in their working hours, once a day at most, never at night."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from whenever import Instant

from libs import jobs
from libs.peer.shifts import rules
from libs.peer.shifts.queries import Held
from libs.tenancy.planes import DispatchSession

REMIND = "shifts.remind"
"""The job that tells a team's peers that a swap is open."""
WORKING_HOURS = (9 * 60, 17 * 60)
"""Minutes after midnight, by the clock of the person who is told; Monday to Friday."""
_SATURDAY = 6
NOTICES_KEPT_FOR = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody who could take an open swap.

    Attributes:
        zone: in which they read the clock.
        told_on: the last local day on which they were told; None is never.
    """

    peer_id: UUID
    zone: str
    told_on: object


_WAITING = text(
    """
    SELECT m.id, coalesce(m.time_zone, r.time_zone), (SELECT max(n.told_on) FROM shared.swap_notice n
        WHERE n.peer_id = m.id)
    FROM shared.membership s JOIN shared.member m ON m.id = s.member_id JOIN shared.region r ON r.id = m.region_id
    WHERE s.team_id = :team_id AND m.suspended_on IS NULL
      AND s.designated_on <= CAST(shared.clock() AT TIME ZONE r.time_zone AS date)
      AND (s.lapses_on IS NULL OR s.lapses_on > CAST(shared.clock() AT TIME ZONE r.time_zone AS date))
      AND EXISTS (SELECT FROM shared.swap w WHERE w.team_id = s.team_id AND w.state = 'open'
          AND w.starts_at > shared.clock() AND w.peer_id <> m.id
          AND NOT EXISTS (SELECT FROM shared.duty d WHERE d.peer_id = m.id
              AND d.ends_at > w.starts_at AND d.starts_at < w.ends_at))
    """
)
_NOTE = text(
    """
    INSERT INTO shared.swap_notice (peer_id, told_on, region_id, is_read)
    VALUES (:peer_id, :told_on, :region_id, false) ON CONFLICT DO NOTHING
    """
)
_FORGET = text("DELETE FROM shared.swap_notice WHERE told_on < CAST(shared.clock() - CAST(:kept AS interval) AS date)")
_READ = text("UPDATE shared.swap_notice SET is_read = true WHERE peer_id = :peer_id AND NOT is_read RETURNING peer_id")
_NOW = text("SELECT shared.clock()")


def next_working(zone: str, now: datetime) -> datetime:
    """Return the first instant from `now` on that is in working hours in a zone: Monday to Friday, nine to five."""
    local = Instant(now).to_tz(zone)
    day, minutes = local.date().to_stdlib(), local.hour * 60 + local.minute
    begin, end = WORKING_HOURS
    if day.isoweekday() < _SATURDAY and begin <= minutes < end:
        return now
    if minutes >= begin:
        day += timedelta(1)
    while day.isoweekday() >= _SATURDAY:
        day += timedelta(1)
    return rules.instant(zone, day, begin)


def due(waiting: Waiting, now: datetime) -> datetime:
    """Return when somebody may be told next: once a local day."""
    local = Instant(now).to_tz(waiting.zone)
    if waiting.told_on != local.date().to_stdlib():
        return next_working(waiting.zone, now)
    tomorrow = rules.instant(waiting.zone, local.date().to_stdlib() + timedelta(1), 0)
    return next_working(waiting.zone, tomorrow)


async def soon(session: DispatchSession, held: Held) -> None:
    """Tell the others about an open swap as soon as they may be told."""
    await _again(session, held.team_id, held.region_id, await _waiting(session, held.team_id), held.now)


async def remind(session: DispatchSession, team_id: UUID, region_id: UUID) -> None:
    """Tell everybody who may be told now, and look again when somebody else may be. Twice changes nothing."""
    now = (await session.execute(_NOW)).scalar_one()
    waiting = await _waiting(session, team_id)
    for one in waiting:
        if due(one, now) == now:
            told_on = Instant(now).to_tz(one.zone).date().to_stdlib()
            await session.execute(_NOTE, {"peer_id": one.peer_id, "told_on": told_on, "region_id": region_id})
            session.signals.add(f"peer:{one.peer_id}")
    await session.execute(_FORGET, {"kept": NOTICES_KEPT_FOR})
    await _again(session, team_id, region_id, await _waiting(session, team_id), now)


async def read(session: DispatchSession, peer_id: UUID) -> None:
    """Note that this peer has looked."""
    if (await session.execute(_READ, {"peer_id": peer_id})).first() is not None:
        session.signals.add(f"peer:{peer_id}")


async def _waiting(session: DispatchSession, team_id: UUID) -> Sequence[Waiting]:
    return [Waiting(*row) for row in await session.execute(_WAITING, {"team_id": team_id})]


async def _again(
    session: DispatchSession, team_id: UUID, region_id: UUID, waiting: Sequence[Waiting], now: datetime
) -> None:
    moments = [due(one, now) for one in waiting]
    if moments:
        await jobs.add(session, REMIND, region_id=region_id, subject_id=team_id, due_at=min(moments))
