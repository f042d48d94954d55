"""Reading what was published, and the one yes or no."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import text

from libs.peer.callouts.models import Urgency
from libs.peer.waits import rules
from libs.tenancy.planes import DoorSession, ProgramSession


@dataclass(frozen=True, slots=True)
class Figure:
    """The median wait of one urgency in one quarter; no band means too few to say."""

    quarter_on: date
    urgency: Urgency
    median_band: int | None

    @property
    def most_minutes(self) -> int | None:
        """Upper bound of the band in minutes; 0 for the one without a bound, None when too few to say."""
        if self.median_band is None:
            return None
        return rules.BANDS[self.median_band] if self.median_band < rules.LONGER else 0


@dataclass(frozen=True, slots=True)
class Late:
    """Whether anybody waits too long, as of a quarter of an hour."""

    is_late: bool
    looked_at: datetime


_LAST = text(
    """
    SELECT quarter_on, urgency, median_band FROM shared.time_figure
    WHERE region_id = :region_id
      AND quarter_on = (SELECT max(quarter_on) FROM shared.time_figure WHERE region_id = :region_id)
    """
)
_LATE = text("SELECT is_late, looked_at FROM shared.unanswered")


async def last_published(session: DoorSession, region_id: UUID) -> Sequence[Figure]:
    """Return a region's figures of the last closed quarter, most pressing first; empty before the first one."""
    rows = {row.urgency: row for row in await session.execute(_LAST, {"region_id": region_id})}
    return [Figure(rows[u].quarter_on, u, rows[u].median_band) for u in Urgency if u in rows]


async def late(session: ProgramSession) -> Late | None:
    """Return whether anybody in the region waits too long; None before the first look."""
    row = (await session.execute(_LATE)).one_or_none()
    return None if row is None else Late(*row)
