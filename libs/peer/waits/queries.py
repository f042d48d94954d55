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


_PUBLISHED = text(
    """
    SELECT quarter_on, urgency, median_band FROM shared.time_figure
    WHERE region_id = :region_id
    """
)
_LATE = text("SELECT is_late, looked_at FROM shared.unanswered")


async def published(session: DoorSession, region_id: UUID) -> Sequence[Figure]:
    """Return all that was published of a region, newest quarter first, in it most pressing first."""
    rows = await session.execute(_PUBLISHED, {"region_id": region_id})
    found = [Figure(row.quarter_on, Urgency(row.urgency), row.median_band) for row in rows]
    order = list(Urgency)
    return sorted(found, key=lambda one: (-one.quarter_on.toordinal(), order.index(one.urgency)))


async def last_published(session: DoorSession, region_id: UUID) -> Sequence[Figure]:
    """Return a region's figures of the last closed quarter, most pressing first; empty before the first one."""
    found = await published(session, region_id)
    return [one for one in found if one.quarter_on == found[0].quarter_on]


async def late(session: ProgramSession) -> Late | None:
    """Return whether anybody in the region waits too long; None before the first look."""
    row = (await session.execute(_LATE)).one_or_none()
    return None if row is None else Late(*row)
