"""A peer's own shifts as JSON."""

from uuid import UUID

from fastapi import APIRouter

from libs.peer.shifts import calendar, listing, swapping
from libs.peer.shifts.models import SwapState
from libs.peer.shifts.rules import Period
from services.api.declared import problems
from services.api.deps import DispatchTx, DoorTx, MyMember, MyRegion, Wired
from services.api.shifts.schemas import (
    CalendarLinkOut,
    OnDutyOut,
    OnDutysOut,
    OpenShiftOut,
    OpenShiftsOut,
    ShiftOut,
    ShiftsOut,
    SwapIn,
    SwapMadeOut,
    SwapOut,
    SwapsOut,
)

router = APIRouter(prefix="/v1", tags=["shifts"])


@router.get("/shifts", responses=problems())
async def list_shifts(tx: DispatchTx, member: MyMember) -> ShiftsOut:
    """List the signed-in peer's own shifts of the next 60 days."""
    rows = await listing.shifts(tx, peer_id=member)
    return ShiftsOut(data=[ShiftOut.model_validate(row) for row in rows], zone=await listing.zone_of(tx, member))


@router.get("/on-duty", responses=problems())
async def list_on_duty(tx: DispatchTx, member: MyMember) -> OnDutysOut:
    """Say who answers right now, for each of the peer's teams."""
    teams = await listing.teams(tx, member)
    return OnDutysOut(
        data=[
            OnDutyOut(team_id=team.id, team=team.name or team.kind, names=list(await listing.on_duty_now(tx, team.id)))
            for team in teams
        ]
    )


@router.get("/open-shifts", responses=problems())
async def list_open_shifts(tx: DispatchTx, member: MyMember) -> OpenShiftsOut:
    """List the open shifts that the peer can take, or has taken."""
    rows = await listing.open_shifts(tx, member_id=member)
    return OpenShiftsOut(data=[OpenShiftOut.model_validate(row) for row in rows])


@router.post("/open-shifts/{sign_up_id}/take", status_code=204, responses=problems(404, 409))
async def take_open_shift(tx: DispatchTx, member: MyMember, sign_up_id: UUID) -> None:
    """Take an open shift; taken twice it is taken once."""
    await swapping.take_shift(tx, sign_up_id, by=member)


@router.post("/open-shifts/{sign_up_id}/give-back", status_code=204, responses=problems(404, 409))
async def give_open_shift_back(tx: DispatchTx, member: MyMember, sign_up_id: UUID) -> None:
    """Give one back before it begins."""
    await swapping.give_back(tx, sign_up_id, by=member)


@router.get("/swaps", responses=problems())
async def list_swaps(tx: DispatchTx, member: MyMember) -> SwapsOut:
    """List the peer's own swaps, and those of colleagues that wait for somebody."""
    rows = await listing.swaps(tx, member_id=member)
    return SwapsOut(data=[SwapOut.model_validate(row) for row in rows])


@router.post("/swaps", status_code=201, responses=problems(404, 409, 413))
async def ask_for_swap(tx: DispatchTx, member: MyMember, body: SwapIn) -> SwapMadeOut:
    """Ask the others to take a shift, or a part of it. Until somebody does, it stays the asker's."""
    part = Period(body.starts_at, body.ends_at) if body.starts_at and body.ends_at else None
    swap_id = await swapping.ask(tx, body.shift_id, by=member, part=part)
    return SwapMadeOut(id=swap_id, state=SwapState.OPEN)


@router.post("/swaps/{swap_id}/take", responses=problems(404, 409))
async def take_swap(tx: DispatchTx, member: MyMember, swap_id: UUID) -> SwapMadeOut:
    """Take a colleague's shift, exactly once; `taken` waits for the coordinator, `agreed` is done."""
    return SwapMadeOut(id=swap_id, state=await swapping.take(tx, swap_id, by=member))


@router.post("/swaps/{swap_id}/undo", status_code=204, responses=problems(404, 409))
async def undo_swap(tx: DispatchTx, member: MyMember, swap_id: UUID) -> None:
    """Undo a swap before the shift begins, by either of the two."""
    await swapping.undo(tx, swap_id, by=member)


@router.post("/swaps/{swap_id}/cancel", status_code=204, responses=problems(404, 409))
async def cancel_swap(tx: DispatchTx, member: MyMember, swap_id: UUID) -> None:
    """Take one's own ask back."""
    await swapping.cancel(tx, swap_id, by=member)


@router.post("/calendar-link", status_code=201, responses=problems())
async def make_calendar_link(wired: Wired, door: DoorTx, region: MyRegion, member: MyMember) -> CalendarLinkOut:
    """Make a new link to one's own calendar; the one before ends. It is shown this once."""
    token = await calendar.new_link(door, member, region_id=region.id)
    return CalendarLinkOut(url=f"{wired.settings.public_url}/calendar/{token}/on-duty.ics")


@router.delete("/calendar-link", status_code=204, responses=problems())
async def end_calendar_link(door: DoorTx, member: MyMember) -> None:
    """End the link."""
    await calendar.end_link(door, member)
