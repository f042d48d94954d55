"""A peer's own shifts as a page: what comes next, what is open, swaps, the link for a calendar."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import Response

from libs.peer.shifts import calendar, listing, reminding, swapping
from libs.tenancy.planes import DispatchSession, DoorSession
from services.api import rendering
from services.api.deps import DispatchTx, DoorTx, MyMember, MyRegion, Spoken, Wired
from services.api.shifts import moments, views
from services.api.shifts.views import MyShiftsPage, TeamLine

router = APIRouter(prefix="/peer/shifts", include_in_schema=False)
_HERE = "/peer/shifts"
_DONE = {
    "asked": "We ask the others. Until someone takes it, it stays yours.",
    "taken": "It's yours. Thank you.",
    "waits": "Thank you. Your coordinator has to agree first.",
    "undone": "Undone. It is whose it was.",
    "cancelled": "You took it back. It stays yours.",
    "back": "You gave it back. Others can take it now.",
    "ended": "The link is off. Calendars stop showing your shifts.",
    "new_link": "Here is your new link. An older one no longer works.",
}
Typed = Annotated[str, Form(max_length=40)]


@router.get("")
async def shifts_page(
    request: Request, tx: DispatchTx, door: DoorTx, member: MyMember, done: Annotated[str, Query(max_length=10)] = ""
) -> Response:
    """Show the person's own shifts."""
    await reminding.read(tx, member)
    view = await _look(tx, door, member, notice=_DONE.get(done))
    return rendering.page(request, "peer/shifts.html", view, zone=view.zone)


@router.post("/open/{sign_up_id}/take", dependencies=[Spoken])
async def take_open_shift_page(request: Request, tx: DispatchTx, member: MyMember, sign_up_id: UUID) -> Response:
    """Take an open shift."""
    await swapping.take_shift(tx, sign_up_id, by=member)
    return rendering.back(request, _HERE, done="taken")


@router.post("/open/{sign_up_id}/give-back", dependencies=[Spoken])
async def give_open_shift_back_page(request: Request, tx: DispatchTx, member: MyMember, sign_up_id: UUID) -> Response:
    """Give one back."""
    await swapping.give_back(tx, sign_up_id, by=member)
    return rendering.back(request, _HERE, done="back")


@router.post("/ask", dependencies=[Spoken])
async def ask_for_swap_page(
    request: Request,
    tx: DispatchTx,
    member: MyMember,
    shift_id: Annotated[UUID, Form()],
    starts_at: Typed = "",
    ends_at: Typed = "",
) -> Response:
    """Ask the others to take a shift, or the part of it that the fields name."""
    zone = await listing.zone_of(tx, member)
    part = moments.period(starts_at, ends_at, zone) if starts_at and ends_at else None
    await swapping.ask(tx, shift_id, by=member, part=part)
    return rendering.back(request, _HERE, done="asked")


@router.post("/swaps/{swap_id}/take", dependencies=[Spoken])
async def take_swap_page(request: Request, tx: DispatchTx, member: MyMember, swap_id: UUID) -> Response:
    """Take a colleague's shift."""
    state = await swapping.take(tx, swap_id, by=member)
    return rendering.back(request, _HERE, done="taken" if state == "agreed" else "waits")


@router.post("/swaps/{swap_id}/undo", dependencies=[Spoken])
async def undo_swap_page(request: Request, tx: DispatchTx, member: MyMember, swap_id: UUID) -> Response:
    """Undo a swap."""
    await swapping.undo(tx, swap_id, by=member)
    return rendering.back(request, _HERE, done="undone")


@router.post("/swaps/{swap_id}/cancel", dependencies=[Spoken])
async def cancel_swap_page(request: Request, tx: DispatchTx, member: MyMember, swap_id: UUID) -> Response:
    """Take one's own ask back."""
    await swapping.cancel(tx, swap_id, by=member)
    return rendering.back(request, _HERE, done="cancelled")


@router.post("/calendar", dependencies=[Spoken])
async def make_calendar_link_page(
    request: Request, wired: Wired, tx: DispatchTx, door: DoorTx, region: MyRegion, member: MyMember
) -> Response:
    """Make a new calendar link and show it, this once: it goes into no address but its own."""
    token = await calendar.new_link(door, member, region_id=region.id)
    link = f"{wired.settings.public_url}/calendar/{token}/on-duty.ics?lang={rendering.language(request)}"
    view = await _look(tx, door, member, notice=_DONE["new_link"], link=link)
    return rendering.page(request, "peer/shifts.html", view, zone=view.zone)


@router.post("/calendar/end", dependencies=[Spoken])
async def end_calendar_link_page(request: Request, door: DoorTx, member: MyMember) -> Response:
    """End the calendar link."""
    await calendar.end_link(door, member)
    return rendering.back(request, _HERE, done="ended")


async def _look(
    tx: DispatchSession, door: DoorSession, member: UUID, *, notice: str | None, link: str | None = None
) -> MyShiftsPage:
    now, zone = await listing.clock(tx), await listing.zone_of(tx, member)
    teams = [
        TeamLine(team.kind, team.name, tuple(await listing.on_duty_now(tx, team.id)))
        for team in await listing.teams(tx, member)
    ]
    swaps = views.swap_cards(await listing.swaps(tx, member_id=member), member, now)
    mine = {one.id for one in swaps if one.is_mine or one.state != "open"}
    open_shifts = await listing.open_shifts(tx, member_id=member)
    return MyShiftsPage(
        now=now,
        zone=zone,
        teams=tuple(teams),
        shifts=tuple(views.shift_card(row, now, zone) for row in await listing.shifts(tx, peer_id=member)),
        asked=tuple(one for one in swaps if one.id not in mine),
        swaps=tuple(one for one in swaps if one.id in mine),
        open_shifts=tuple(one for one in open_shifts if one.peer_id is None),
        mine_of_open=tuple(one for one in open_shifts if one.peer_id == member and one.starts_at > now),
        link=link,
        link_since=await calendar.link_since(door, member),
        notice=notice,
    )
