"""A person's own shifts, for a calendar program: the one address that carries a secret, which is written nowhere."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from libs.peer.shifts import calendar, listing
from services.api import rendering
from services.api.deps import DoorTx, Wired

router = APIRouter(prefix="/calendar", include_in_schema=False)
_TITLE = "On duty"


@router.get("/{token}/on-duty.ics")
async def calendar_file(
    request: Request, wired: Wired, door: DoorTx, token: Annotated[str, Path(max_length=100)]
) -> Response:
    """Answer with the shifts of whoever holds the link; wrong, replaced and ended look alike."""
    region_id, member_id = await calendar.owner(door, token)
    region = await wired.planes.region(region_id)
    async with wired.planes.dispatch(region) as dispatch:
        now = await listing.clock(dispatch)
        shifts = await listing.shifts(dispatch, peer_id=member_id, begin=now - calendar.LOOK_BACK)
    title = rendering.translations(rendering.language(request)).gettext(_TITLE)
    return Response(calendar.written(shifts, now, title=title), media_type="text/calendar; charset=utf-8")
