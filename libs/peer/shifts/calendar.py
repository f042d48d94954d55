"""A person's own shifts as a calendar: the link to it, and what it holds. Titles say nothing but "On duty".

Source: RFC 5545, RFC 7986; docs/decisions/0016-shifts.md
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from icalendar import Calendar, Event
from sqlalchemy import text

from libs.peer.accounts.rules import hashed, new_token
from libs.peer.shifts.errors import CalendarUnknown
from libs.peer.shifts.listing import Shift
from libs.tenancy.planes import DoorSession

LOOK_BACK = timedelta(days=30)
"""What has been stays on the calendar for so long."""
_REFRESH = timedelta(hours=1)
_NAMES = UUID("6f1c4f0e-2a53-4d51-9d0c-7f4b6f7d0a11")
"""Namespace of the ids of entries: the same shift is the same entry, whatever row it is written in."""

_PUT = text(
    """
    INSERT INTO shared.calendar_feed (member_id, region_id, token_hash, made_at)
    VALUES (:member_id, :region_id, :token_hash, shared.clock())
    ON CONFLICT (member_id) DO UPDATE SET token_hash = excluded.token_hash, made_at = excluded.made_at
    """
)
_END = text("DELETE FROM shared.calendar_feed WHERE member_id = :member_id")
_OWNER = text("SELECT region_id, member_id FROM shared.calendar_feed WHERE token_hash = :token_hash")
_SINCE = text("SELECT made_at FROM shared.calendar_feed WHERE member_id = :member_id")


async def new_link(session: DoorSession, member_id: UUID, *, region_id: UUID) -> str:
    """Return the secret of a person's calendar, the only time it is seen; the one before ends."""
    token = new_token()
    values = {"member_id": member_id, "region_id": region_id, "token_hash": hashed(token)}
    await session.execute(_PUT, values)
    return token


async def end_link(session: DoorSession, member_id: UUID) -> None:
    """End a person's calendar link; none is none."""
    await session.execute(_END, {"member_id": member_id})


async def link_since(session: DoorSession, member_id: UUID) -> datetime | None:
    """Return since when a person has a calendar link; None without one."""
    found: datetime | None = (await session.execute(_SINCE, {"member_id": member_id})).scalar_one_or_none()
    return found


async def owner(session: DoorSession, token: str) -> tuple[UUID, UUID]:
    """Return region and person whose calendar a secret opens.

    Raises:
        CalendarUnknown: it opens none, or none any more.
    """
    row = (await session.execute(_OWNER, {"token_hash": hashed(token)})).one_or_none()
    if row is None:
        raise CalendarUnknown
    return row.region_id, row.member_id


def written(shifts: Iterable[Shift], now: datetime, *, title: str) -> bytes:
    """Return a calendar of shifts, in UTC, which every calendar program shows in its own zone.

    Args:
        shifts: one person's.
        now: aware instant at which it is made.
        title: of every entry and of the whole; neutral, since a phone shows it to whoever looks.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//OwnCall//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", title)
    calendar.add("name", title)
    calendar.add("refresh-interval", _REFRESH, parameters={"VALUE": "DURATION"})
    for shift in shifts:
        entry = Event()
        entry.add("uid", f"{uuid5(_NAMES, f'{shift.layer_id}{shift.starts_at.isoformat()}')}@owncall")
        entry.add("dtstamp", now)
        entry.add("dtstart", shift.starts_at)
        entry.add("dtend", shift.ends_at)
        entry.add("summary", title)
        entry.add("class", "PRIVATE")
        calendar.add_component(entry)
    return bytes(calendar.to_ical())
