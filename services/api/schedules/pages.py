"""A team's schedule as pages, for coordinators and the program manager: the week, gaps, and everything to change."""

from datetime import date, timedelta
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import Response

from libs.peer.shifts import actions, listing, queries, rules, swapping
from libs.peer.shifts.errors import ScheduleNotSound
from libs.peer.shifts.rules import Period
from libs.tenancy.directory import RegionRef
from libs.tenancy.planes import ProgramSession
from services.api import rendering
from services.api.deps import MyRegion, ProgramTx, Spoken
from services.api.schedules import access, views
from services.api.schedules.access import Planner
from services.api.schedules.views import SchedulePage, SchedulesPage
from services.api.shifts import moments

router = APIRouter(prefix="/schedule", include_in_schema=False)
_DONE = {
    "saved": "Saved. It holds from now on.",
    "ended": "Ended. What has been stays.",
    "put": "Done. They know by their page.",
    "off": "Taken off.",
    "agreed": "Agreed. The shift has changed hands.",
    "refused": "The others are asked again.",
    "undone": "Undone. It is whose it was.",
}
Typed = Annotated[str, Form(max_length=40)]
Done = Annotated[str, Query(max_length=10)]


@router.get("")
async def schedules_page(request: Request, tx: ProgramTx, region: MyRegion, by: Planner, done: Done = "") -> Response:
    """Show which teams there are to plan; where it is one, go to it, with what was done."""
    teams = tuple(await listing.teams(tx, by, planning=True))
    if len(teams) == 1:
        return rendering.back(request, f"/schedule/{teams[0].id}", lang=rendering.language(request), done=done)
    return rendering.page(request, "schedules/teams.html", SchedulesPage(teams), zone=region.time_zone)


@router.get("/{team_id}")
async def schedule_page(
    request: Request,
    tx: ProgramTx,
    region: MyRegion,
    by: Planner,
    team_id: UUID,
    week: date | None = None,
    done: Done = "",
) -> Response:
    """Show a team's week, how it is covered, and what can be changed."""
    view = await _look(tx, region, by, team_id, week=week, notice=_DONE.get(done))
    return rendering.page(request, "schedules/team.html", view, zone=view.zone)


@router.post("/{team_id}/policy", dependencies=[Spoken])
async def set_policy_page(
    request: Request,
    tx: ProgramTx,
    by: Planner,
    team_id: UUID,
    needs: Annotated[int, Form()],
    swaps_need_a_yes: Annotated[bool, Form()] = False,
) -> Response:
    """Say how many shall be on duty, and whether swaps wait."""
    await actions.set_policy(tx, team_id, by=by, needs=needs, swaps_need_a_yes=swaps_need_a_yes)
    return rendering.back(request, f"/schedule/{team_id}", done="saved")


@router.post("/{team_id}/overrides", dependencies=[Spoken])
async def add_override_page(
    request: Request,
    tx: ProgramTx,
    region: MyRegion,
    by: Planner,
    team_id: UUID,
    layer_id: Annotated[UUID, Form()],
    peer_id: Annotated[UUID, Form()],
    starts_at: Typed = "",
    ends_at: Typed = "",
) -> Response:
    """Put somebody on duty instead."""
    zone = await _zone(tx, region, by)
    typed = {"layer_id": str(layer_id), "peer_id": str(peer_id), "starts_at": starts_at, "ends_at": ends_at}
    await access.team(tx, team_id, by)
    try:
        period = moments.period(starts_at, ends_at, zone)
        await actions.add_override(tx, team_id, by=by, layer_id=layer_id, peer_id=peer_id, period=period)
    except ScheduleNotSound as error:
        view = await _look(tx, region, by, team_id, faults=error.faults, typed=typed)
        return rendering.page(request, "schedules/team.html", view, zone=zone, status=422)
    return rendering.back(request, f"/schedule/{team_id}", done="put")


@router.post("/overrides/{override_id}/end", dependencies=[Spoken])
async def end_override_page(request: Request, tx: ProgramTx, by: Planner, override_id: UUID) -> Response:
    """Take an override back."""
    await actions.end_override(tx, override_id, by=by)
    return rendering.back(request, "/schedule", done="off")


@router.post("/{team_id}/open-shifts", dependencies=[Spoken])
async def offer_open_shifts_page(
    request: Request,
    tx: ProgramTx,
    region: MyRegion,
    by: Planner,
    team_id: UUID,
    opens_at: Typed = "",
    closes_at: Typed = "",
    weeks: Annotated[int, Form(ge=-100, le=100)] = 1,
) -> Response:
    """Put up a shift that people can take, for some weeks at the same hours of the clock."""
    zone = await _zone(tx, region, by)
    typed = {"opens_at": opens_at, "closes_at": closes_at, "weeks": str(weeks)}
    await access.team(tx, team_id, by)
    try:
        await actions.offer_shifts(tx, team_id, _weekly(opens_at, closes_at, weeks, zone), by=by)
    except ScheduleNotSound as error:
        faults = {
            {"starts_at": "opens_at", "ends_at": "closes_at"}.get(name, name): said
            for name, said in error.faults.items()
        }
        view = await _look(tx, region, by, team_id, faults=faults, typed=typed)
        return rendering.page(request, "schedules/team.html", view, zone=zone, status=422)
    return rendering.back(request, f"/schedule/{team_id}", done="put")


@router.post("/open-shifts/{sign_up_id}/withdraw", dependencies=[Spoken])
async def withdraw_open_shift_page(request: Request, tx: ProgramTx, by: Planner, sign_up_id: UUID) -> Response:
    """Take an open shift off."""
    await actions.withdraw_shift(tx, sign_up_id, by=by)
    return rendering.back(request, "/schedule", done="off")


@router.post("/swaps/{swap_id}/approve", dependencies=[Spoken])
async def approve_swap_page(request: Request, tx: ProgramTx, by: Planner, swap_id: UUID) -> Response:
    """Agree to who took a shift."""
    await swapping.approve(tx, swap_id, by=by)
    return rendering.back(request, "/schedule", done="agreed")


@router.post("/swaps/{swap_id}/refuse", dependencies=[Spoken])
async def refuse_swap_page(request: Request, tx: ProgramTx, by: Planner, swap_id: UUID) -> Response:
    """Do not agree."""
    await swapping.refuse(tx, swap_id, by=by)
    return rendering.back(request, "/schedule", done="refused")


@router.post("/swaps/{swap_id}/call-off", dependencies=[Spoken])
async def call_swap_off_page(request: Request, tx: ProgramTx, by: Planner, swap_id: UUID) -> Response:
    """Undo a swap that was agreed on."""
    await swapping.call_off(tx, swap_id, by=by)
    return rendering.back(request, "/schedule", done="undone")


def _weekly(begin: str, end: str, weeks: int, zone: str) -> list[Period]:
    first = moments.period(begin, end, zone)
    local = [moment.astimezone(ZoneInfo(zone)) for moment in (first.starts_at, first.ends_at)]
    return [
        Period(*(rules.instant(zone, at.date() + timedelta(weeks=week), at.hour * 60 + at.minute) for at in local))
        for week in range(weeks)
    ]


async def _zone(tx: ProgramSession, region: RegionRef, by: UUID | None) -> str:
    return region.time_zone if by is None else await listing.zone_of(tx, by)


async def _look(
    tx: ProgramSession,
    region: RegionRef,
    by: UUID | None,
    team_id: UUID,
    *,
    week: date | None = None,
    notice: str | None = None,
    faults: dict[str, str] | None = None,
    typed: dict[str, str] | None = None,
) -> SchedulePage:
    team, zone, now = await access.team(tx, team_id, by), await _zone(tx, region, by), await listing.clock(tx)
    today = now.astimezone(ZoneInfo(zone)).date()
    monday = views.week_of(week if week is not None and abs(week - today) < timedelta(700) else today)
    seven = Period(rules.instant(zone, monday, 0), rules.instant(zone, monday + timedelta(views.WEEK), 0))
    shifts = await listing.shifts(tx, team_id=team_id, begin=seven.starts_at, end=seven.ends_at)
    policy, people = await listing.policy(tx, team_id), await queries.people(tx, team_id)
    seen = await listing.covered(tx, team_id)
    return SchedulePage(
        team=team,
        teams=tuple(await listing.teams(tx, by, planning=True)),
        zone=zone,
        now=now,
        on_duty_now=tuple(await listing.on_duty_now(tx, team_id)),
        needs=policy.needs if policy else 1,
        swaps_need_a_yes=bool(policy and policy.swaps_need_a_yes),
        days=views.days(shifts, seen.gaps, monday, today, zone),
        before=monday - timedelta(views.WEEK),
        after=monday + timedelta(views.WEEK),
        coverage=views.coverage(seen, people),
        rotations=tuple(await listing.rotations(tx, team_id)),
        overrides=tuple(await listing.overrides(tx, team_id)),
        open_shifts=tuple(await listing.open_shifts(tx, team_id=team_id)),
        swaps=tuple(await listing.swaps(tx, team_id=team_id)),
        people=tuple(people),
        notice=notice,
        faults=faults or {},
        typed=typed or {},
    )
