"""The roster on an intranet, and critical incidents that a center's own systems report.

Source: docs/decisions/0039-the-roster-on-an-intranet.md
"""

import csv
import io
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from libs.peer.incidents import actions as incidents
from libs.peer.incidents.models import OpenedBy
from libs.peer.roster import public, writing
from libs.peer.roster.public import Shown
from libs.tenancy.directory import RegionRef, Tenants
from services.api import once
from services.api.cursors import After, Limit, tell_next
from services.api.declared import problems
from services.api.deployments.rest import new_incident
from services.api.deployments.schemas import IncidentIn
from services.api.deps import MyRegion, ProgramTx, ServedAgency, ServedDeskTx, Wired
from services.api.intranet.photos import of_peer
from services.api.once import Once

router = APIRouter(prefix="/v1", tags=["intranet"])
_EVERYBODY = 20_000
_COLUMNS = ("name", "center", "discipline", "languages", "on_duty")
_CSV: dict[int | str, dict[str, Any]] = {
    **problems(),
    200: {"description": ", ".join(_COLUMNS), "content": {"text/csv": {"schema": {"type": "string"}}}},
}
_JPEG: dict[int | str, dict[str, Any]] = {
    **problems(404),
    200: {"description": "The photo.", "content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}}},
}


class ShownPeerOut(BaseModel):
    """A peer as everybody at a console may see one.

    `on_duty` is the schedule's word: not who is reached, talks to somebody, or has said that they are away.
    """

    id: UUID
    name: str
    center: str
    center_name: str
    discipline: str
    languages: list[str]
    on_duty: bool
    photo: str | None = Field(description="Where their photo is, a JPEG, for the same token; null when there is none.")


class RosterOut(BaseModel):
    """Current peers of the region, by name."""

    data: list[ShownPeerOut]
    next_cursor: str | None


class ReportedOut(BaseModel):
    """An incident that was taken in; the same `id` again opens nothing twice."""

    id: UUID


@router.get("/roster", responses=problems(400))
async def show_roster(
    request: Request,
    response: Response,
    wired: Wired,
    tx: ProgramTx,
    region: MyRegion,
    limit: Limit = 20,
    cursor: After = None,
) -> RosterOut:
    """List the region's current peers by name, and who is on duty now. No numbers, no addresses."""
    scope = f"intranet-roster:{region.id}"
    after = wired.cursors.decode(cursor, scope)
    last = (str(after[0]), UUID(str(after[1]))) if after else None
    rows = await public.page(tx, region.id, limit=limit + 1, after=last)
    page = wired.cursors.cut(rows, limit, scope, key=lambda row: (row.name, str(row.id)))
    tell_next(request, response, page.next_cursor)
    return RosterOut(data=_out(page.data, await wired.planes.tenants(), region), next_cursor=page.next_cursor)


@router.get("/roster.csv", responses=_CSV, response_class=Response)
async def show_roster_csv(wired: Wired, tx: ProgramTx, region: MyRegion) -> Response:
    """Return the same as one CSV (RFC 4180)."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(_COLUMNS)
    for one in _out(await public.page(tx, region.id, limit=_EVERYBODY), await wired.planes.tenants(), region):
        on_duty = "yes" if one.on_duty else "no"
        said = (one.name, one.center_name, one.discipline, " ".join(one.languages), on_duty)
        writer.writerow(map(writing.guarded, said))
    return Response(out.getvalue(), media_type="text/csv")


@router.get("/roster/{member_id}/photo", responses=_JPEG, response_class=Response)
async def show_roster_photo(tx: ProgramTx, region: MyRegion, member_id: UUID) -> Response:
    """Return the photo of a peer on the roster, as JPEG: a square of 320 pixels."""
    return of_peer(await public.photo(tx, region.id, member_id))


@router.post(
    "/agencies/{agency}/incidents",
    status_code=202,
    responses=once.problems(404, 413),
    openapi_extra=once.HEADER,
    response_model=ReportedOut,
)
async def report_incident(
    agency: ServedAgency, region: MyRegion, tx: ServedDeskTx, only_once: Once, body: IncidentIn
) -> Response:
    """Open a critical incident at a center; the coordinators are told at once. Choices, a place and times, no story."""

    async def work() -> ReportedOut:
        new = new_incident(body, agency, region)
        await incidents.open_one(tx, new, region_id=region.id, opened_by=OpenedBy.INTEGRATOR)
        return ReportedOut(id=body.id)

    return await only_once.answer(tx, 202, work)


def _out(rows: Sequence[Shown], tenants: Tenants, region: RegionRef) -> list[ShownPeerOut]:
    # Somebody may work at a center that has moved to another region; a sandbox's centers are its own.
    own = {one.id: one for one in tenants.agencies_of(region)}
    placed = ((one, own.get(one.agency_id) or tenants.agencies.get(one.agency_id)) for one in rows)
    return [
        ShownPeerOut(
            id=one.id,
            name=one.name,
            center=center.slug,
            center_name=center.name,
            discipline=one.discipline,
            languages=list(one.languages),
            on_duty=one.is_on_duty,
            photo=f"/v1/roster/{one.id}/photo" if one.has_photo else None,
        )
        for one, center in placed
        if center is not None
    ]
