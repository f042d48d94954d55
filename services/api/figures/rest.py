"""Published figures, for everybody: nothing here is drawn for whoever asks.

Source: docs/decisions/0044-published-figures.md
"""

import csv
import io
from collections.abc import Sequence
from datetime import date
from typing import Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from libs.peer.waits import queries as waits
from libs.peer.waits import rules
from libs.peer.waits.queries import Figure
from services.api.deps import NamedRegion, Wired

router = APIRouter(prefix="/v1/regions/{region}/figures", tags=["figures"])
_COLUMNS = ("quarter", "starts_on", "urgency", "over_minutes", "up_to_minutes")
_CSV: dict[int | str, dict[str, Any]] = {
    200: {"description": ", ".join(_COLUMNS), "content": {"text/csv": {"schema": {"type": "string"}}}}
}
_NO_REGION: dict[int | str, dict[str, Any]] = {
    404: {"description": "There is no such region.", "content": {"application/problem+json": {}}}
}


class BandOut(BaseModel):
    """A length of time, no finer than this: over `over_minutes`, and at most `up_to_minutes`."""

    over_minutes: int = Field(description="Longer than this. 0 in the shortest band.")
    up_to_minutes: int | None = Field(description="Not longer than this; null in the longest band, which has no end.")


class FigureOut(BaseModel):
    """How long people waited for a human, in one quarter, of those who asked with one urgency."""

    quarter: str = Field(description="Year and quarter, in the region's time zone.", examples=["2026-Q3"])
    starts_on: date = Field(description="Its first day.")
    urgency: str = Field(description="How soon whoever asked wanted to talk: `now`, `today` or `this_week`.")
    time_to_a_human: BandOut | None = Field(
        description="The band in which the median lies of the time from asking until it was known that both talk, of "
        "requests whose wait ended in the quarter. One that ended without a talk counts into the longest band. Of an "
        f"even number, the lower of the two in the middle. Null for fewer than {rules.ENOUGH}, or none: it is not said "
        "which."
    )


class FiguresOut(BaseModel):
    """Everything that was ever published of the region, newest quarter first.

    Published once, when a quarter is over, and never restated: what led to it is deleted with that.
    """

    data: list[FigureOut]


@router.get("", responses=_NO_REGION)
async def show_figures(region: NamedRegion, wired: Wired) -> FiguresOut:
    """Return what is published of a region, quarter by quarter: the time to a human. The same for everybody."""
    return FiguresOut(data=[_out(one) for one in await _published(region, wired)])


@router.get(".csv", responses={**_NO_REGION, **_CSV}, response_class=Response)
async def show_figures_csv(region: NamedRegion, wired: Wired) -> Response:
    """Return the same as one CSV (RFC 4180); where a figure has no band, its two cells are empty."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(_COLUMNS)
    for one in map(_out, await _published(region, wired)):
        band = one.time_to_a_human
        ends = (band.over_minutes, band.up_to_minutes) if band else ("", "")
        writer.writerow([one.quarter, one.starts_on, one.urgency, *("" if end is None else end for end in ends)])
    return Response(out.getvalue(), media_type="text/csv")


async def _published(region: NamedRegion, wired: Wired) -> Sequence[Figure]:
    async with wired.planes.door() as door:
        return await waits.published(door, region.id)


def _out(figure: Figure) -> FigureOut:
    return FigureOut(
        quarter=f"{figure.quarter_on.year}-Q{(figure.quarter_on.month + 2) // 3}",
        starts_on=figure.quarter_on,
        urgency=figure.urgency.value,
        time_to_a_human=None if figure.median_band is None else _band(figure.median_band),
    )


def _band(place: int) -> BandOut:
    bounds = (0, *rules.BANDS, None)
    return BandOut(over_minutes=bounds[place] or 0, up_to_minutes=bounds[place + 1])
