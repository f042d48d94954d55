"""Telling peers that colleagues look for somebody: in their working hours, once a day at most, never at night.

The row of a day is what their page shows; job `NOTIFY` tells them over the channels that they have proven.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from whenever import Instant

from libs import jobs
from libs.peer.shifts import rules
from libs.peer.shifts.queries import Held, ShiftSession
from libs.tenancy.planes import DispatchSession

REMIND = "shifts.remind"
"""The job that notes for a team's peers that a swap is open."""
NOTIFY = "shifts.notify"
"""The job that tells one of them over their channels, the day's first and only time."""
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
        has_looked: since they were told that day.
        channels: proven ones over which the region reaches people.
    """

    peer_id: UUID
    zone: str
    told_on: date | None
    has_looked: bool
    channels: Sequence[str]


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice that may go to somebody over their channels; `on` is their local day, `now` the instant."""

    peer_id: UUID
    zone: str
    channels: Sequence[str]
    on: date
    now: datetime


_WAITING = text(
    """
    SELECT m.id, coalesce(m.time_zone, r.time_zone), n.told_on, coalesce(n.is_read, false),
        ARRAY(SELECT unnest(r.channels) INTERSECT SELECT unnest(e.verified)) AS channels
    FROM shared.membership s JOIN shared.member m ON m.id = s.member_id JOIN shared.region r ON r.id = m.region_id
    LEFT JOIN shared.reach e ON e.peer_id = m.id
    LEFT JOIN LATERAL (SELECT k.told_on, k.is_read FROM shared.swap_notice k WHERE k.peer_id = m.id
        ORDER BY k.told_on DESC LIMIT 1) n ON true
    WHERE (CAST(:team_id AS uuid) IS NULL OR s.team_id = CAST(:team_id AS uuid))
      AND (CAST(:peer_id AS uuid) IS NULL OR m.id = CAST(:peer_id AS uuid))
      AND m.suspended_on IS NULL
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
    VALUES (:peer_id, :told_on, :region_id, false) ON CONFLICT DO NOTHING RETURNING peer_id
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
    return next_day(waiting.zone, now) if waiting.told_on == day(waiting.zone, now) else next_working(waiting.zone, now)


def next_day(zone: str, now: datetime) -> datetime:
    """Return when working hours begin in a zone next, today not counted."""
    return next_working(zone, rules.instant(zone, day(zone, now) + timedelta(1), 0))


def day(zone: str, now: datetime) -> date:
    """Return the day on the wall of a zone."""
    return Instant(now).to_tz(zone).date().to_stdlib()


async def soon(session: DispatchSession, held: Held) -> None:
    """Tell the others about an open swap as soon as they may be told."""
    await _again(session, held.team_id, held.region_id, await _waiting(session, held.team_id), held.now)


async def again(session: ShiftSession, held: Held) -> None:
    """Let the others be told of what is open again, from whichever plane it was put back."""
    await jobs.add(session, REMIND, region_id=held.region_id, subject_id=held.team_id)


async def remind(session: DispatchSession, team_id: UUID, region_id: UUID) -> None:
    """Tell everybody who may be told now, and look again when somebody else may be. Twice changes nothing."""
    now = (await session.execute(_NOW)).scalar_one()
    waiting = await _waiting(session, team_id)
    for one in waiting:
        if due(one, now) == now:
            await _note(session, one.peer_id, day(one.zone, now), region_id)
    await session.execute(_FORGET, {"kept": NOTICES_KEPT_FOR})
    await _again(session, team_id, region_id, await _waiting(session, team_id), now)


async def notice(session: DispatchSession, peer_id: UUID) -> Notice | None:
    """Return the notice of today for a peer who has not looked since, while there is a swap that they could take."""
    now = (await session.execute(_NOW)).scalar_one()
    for one in await _waiting(session, peer_id=peer_id):
        if one.told_on is not None and one.told_on == day(one.zone, now) and not one.has_looked:
            return Notice(peer_id, one.zone, one.channels, one.told_on, now)
    return None


async def notify_later(session: DispatchSession, told: Notice, region_id: UUID, at: datetime) -> None:
    """Let a notice wait while its peer rests; not beyond its day, for the next one brings its own."""
    if day(told.zone, at) == told.on:
        cause = told.on.isoformat()
        await jobs.add(session, NOTIFY, region_id=region_id, subject_id=told.peer_id, cause=cause, due_at=at)


async def read(session: DispatchSession, peer_id: UUID) -> None:
    """Note that this peer has looked."""
    if (await session.execute(_READ, {"peer_id": peer_id})).first() is not None:
        session.signals.add(f"peer:{peer_id}")


async def _note(session: DispatchSession, peer_id: UUID, told_on: date, region_id: UUID) -> None:
    """Write down that a peer is told today, and see to it that they are; whoever was is not told twice."""
    values = {"peer_id": peer_id, "told_on": told_on, "region_id": region_id}
    if (await session.execute(_NOTE, values)).first() is not None:
        cause = told_on.isoformat()
        await jobs.add(session, NOTIFY, region_id=region_id, subject_id=peer_id, cause=cause)
    session.signals.add(f"peer:{peer_id}")


async def _waiting(
    session: DispatchSession, team_id: UUID | None = None, peer_id: UUID | None = None
) -> Sequence[Waiting]:
    rows = await session.execute(_WAITING, {"team_id": team_id, "peer_id": peer_id})
    return [Waiting(*row) for row in rows]


async def _again(
    session: DispatchSession, team_id: UUID, region_id: UUID, waiting: Sequence[Waiting], now: datetime
) -> None:
    """Look when the first may be told; a look that waits for a later moment does not stand for an earlier one."""
    moments = [due(one, now) for one in waiting]
    if moments:
        at = min(moments)
        await jobs.add(session, REMIND, region_id=region_id, subject_id=team_id, cause=at.isoformat(), due_at=at)
