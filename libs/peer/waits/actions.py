"""Leaving marks of how long people wait, closing a quarter, and noting whether anybody waits too long."""

from collections import defaultdict
from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import text

from libs.peer.callouts.models import Urgency
from libs.peer.waits import rules
from libs.tenancy.planes import DispatchSession, FiguresSession

_MARK = text(
    """
    INSERT INTO shared.time_mark (id, region_id, quarter_on, urgency, band)
    SELECT :id, r.id, CAST(date_trunc('quarter', shared.clock() AT TIME ZONE r.time_zone) AS date), :urgency, :band
    FROM shared.region r WHERE r.id = :region_id
    """
)
_NOW = text("SELECT shared.clock()")
# The day in the region where it is the earliest: a quarter that is over there is over everywhere.
_EARLIEST = text("SELECT min(CAST(shared.clock() AT TIME ZONE time_zone AS date)) FROM shared.region")
_COUNTS = text(
    """
    SELECT r.id, u.urgency, m.band, count(m.id) FROM shared.region r
    CROSS JOIN unnest(CAST(:urgencies AS text[])) AS u (urgency)
    LEFT JOIN shared.time_mark m ON m.region_id = r.id AND m.urgency = u.urgency AND m.quarter_on = :quarter_on
    WHERE r.sandbox_of IS NULL
    GROUP BY r.id, u.urgency, m.band
    """
)
_PUBLISH = text(
    """
    INSERT INTO shared.time_figure (region_id, quarter_on, urgency, median_band, published_at)
    VALUES (:region_id, :quarter_on, :urgency, :median_band, shared.clock()) ON CONFLICT DO NOTHING
    """
)
_FORGET = text("DELETE FROM shared.time_mark WHERE quarter_on <= :quarter_on")
_LATE = text(
    """
    INSERT INTO shared.unanswered (region_id, is_late, looked_at)
    SELECT :region_id, EXISTS (
            SELECT FROM shared.callout c
            JOIN unnest(CAST(:urgencies AS text[]), CAST(CAST(:after AS text[]) AS interval[]))
                AS l (urgency, late_after) ON l.urgency = c.urgency
            WHERE c.state IN ('paging', 'with_coordinator') AND c.asked_at < shared.clock() - l.late_after),
        date_bin('15 minutes', shared.clock(), '2000-01-01')
    ON CONFLICT (region_id) DO UPDATE SET is_late = excluded.is_late, looked_at = excluded.looked_at
    """
)


async def leave_mark(
    session: DispatchSession, region_id: UUID, urgency: Urgency, asked_at: datetime, *, is_heard: bool
) -> None:
    """Leave a mark in the quarter's band; dispatch can never read one.

    Args:
        session: dispatch of the region.
        region_id: which.
        urgency: of the request.
        asked_at: aware.
        is_heard: the two talk; False for a request that ends without that.
    """
    now: datetime = (await session.execute(_NOW)).scalar_one()
    band = rules.band(now - asked_at) if is_heard else rules.LONGER
    values = {"id": uuid4(), "region_id": region_id, "urgency": urgency, "band": band}
    await session.execute(_MARK, values)


async def close_quarter(session: FiguresSession) -> None:
    """Publish the last quarter that is over, for every region alike, and delete its marks; again it changes nothing.

    A mark is of the quarter in its region; so a quarter is over when it is over in all of them, and no mark is dropped.
    """
    today: date | None = (await session.execute(_EARLIEST)).scalar_one()
    if today is None:
        return
    quarter_on = rules.quarter_before(today)
    counts: dict[tuple[UUID, str], dict[int, int]] = defaultdict(dict)
    for region_id, urgency, band, count in await session.execute(
        _COUNTS, {"urgencies": list(Urgency), "quarter_on": quarter_on}
    ):
        counts[region_id, urgency] |= {band: count} if band is not None else {}
    rows = [
        {"region_id": region_id, "quarter_on": quarter_on, "urgency": urgency, "median_band": rules.median_band(found)}
        for (region_id, urgency), found in counts.items()
    ]
    if rows:
        await session.execute(_PUBLISH, rows)
    await session.execute(_FORGET, {"quarter_on": quarter_on})


async def note_unanswered(session: DispatchSession, region_id: UUID) -> None:
    """Write down whether anybody in a region has waited too long: the same row, whatever the answer."""
    after = list(rules.LATE_AFTER.items())
    values = {
        "region_id": region_id,
        "urgencies": [urgency for urgency, _ in after],
        "after": [f"{late.total_seconds()} seconds" for _, late in after],
    }
    await session.execute(_LATE, values)
