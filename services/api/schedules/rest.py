"""A team's schedule as JSON, for its coordinators and the program manager."""

from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import AwareDatetime

from libs.peer.shifts import actions, listing, queries, swapping
from libs.peer.shifts.errors import (
    RotationChanged,
    RotationUnknown,
    ScheduleChanged,
    ScheduleNotSound,
    ScheduleUnknown,
)
from libs.peer.shifts.listing import Policy, RotationRow
from libs.peer.shifts.rules import Period
from libs.tenancy.planes import ProgramSession
from services.api import once, preconditions
from services.api.declared import problems
from services.api.deps import ProgramTx
from services.api.once import Once
from services.api.preconditions import IfMatch, insist
from services.api.schedules import access
from services.api.schedules.access import Planner
from services.api.schedules.schemas import (
    CoverageOut,
    GapOut,
    LoadOut,
    MadeOut,
    MadesOut,
    OpenShiftsIn,
    OverrideIn,
    OverrideOut,
    PolicyIn,
    RotationIn,
    RotationOut,
    ScheduleOut,
    TeamOut,
    TeamsOut,
)
from services.api.shifts.schemas import OpenShiftOut, ShiftOut, ShiftsOut, SwapOut

router = APIRouter(prefix="/v1", tags=["schedules"])
LONGEST_LOOK = timedelta(days=62)
_USUAL = Policy(needs=1, swaps_need_a_yes=False)
"""Of a team that plans nothing yet."""


@router.get("/schedules", responses=problems())
async def list_schedules(tx: ProgramTx, by: Planner) -> TeamsOut:
    """List the teams whose schedule the caller plans."""
    return TeamsOut(data=[TeamOut.model_validate(team) for team in await listing.teams(tx, by, planning=True)])


@router.get("/schedules/{team_id}", responses=problems(404))
async def read_schedule(tx: ProgramTx, by: Planner, response: Response, team_id: UUID) -> ScheduleOut:
    """Read all that a team plans, and who answers right now; its `ETag` is what a change of the first two names."""
    await access.team(tx, team_id, by)
    policy = await listing.policy(tx, team_id) or _USUAL
    response.headers["etag"] = preconditions.etag(policy)
    return ScheduleOut(
        team_id=team_id,
        needs=policy.needs,
        swaps_need_a_yes=policy.swaps_need_a_yes,
        on_duty_now=list(await listing.on_duty_now(tx, team_id)),
        rotations=[RotationOut.model_validate(row) for row in await listing.rotations(tx, team_id)],
        overrides=[OverrideOut.model_validate(row) for row in await listing.overrides(tx, team_id)],
        open_shifts=[OpenShiftOut.model_validate(row) for row in await listing.open_shifts(tx, team_id=team_id)],
        swaps=[SwapOut.model_validate(row) for row in await listing.swaps(tx, team_id=team_id)],
    )


@router.patch("/schedules/{team_id}", status_code=204, responses=problems(404, 412, 413, 428))
async def change_schedule(tx: ProgramTx, by: Planner, team_id: UUID, body: PolicyIn, if_match: IfMatch = None) -> None:
    """Say how many shall be on duty at any time, and whether swaps wait for a coordinator's yes."""
    await actions.begin(tx, team_id, by=by)
    was = await listing.policy(tx, team_id) or _USUAL
    insist(if_match, preconditions.etag(was), ScheduleChanged)
    needs = was.needs if body.needs is None else body.needs
    wants_yes = was.swaps_need_a_yes if body.swaps_need_a_yes is None else body.swaps_need_a_yes
    await actions.set_policy(tx, team_id, by=by, needs=needs, swaps_need_a_yes=wants_yes)


@router.get("/schedules/{team_id}/shifts", responses=problems(404))
async def list_team_shifts(
    tx: ProgramTx,
    by: Planner,
    team_id: UUID,
    starts_at: Annotated[AwareDatetime | None, Query()] = None,
    ends_at: Annotated[AwareDatetime | None, Query()] = None,
) -> ShiftsOut:
    """List who is on duty when; 62 days at most, from now on where nothing else is said."""
    await access.team(tx, team_id, by)
    begin, end = await _window(tx, starts_at, ends_at)
    rows = await listing.shifts(tx, team_id=team_id, begin=begin, end=end)
    return ShiftsOut(data=[ShiftOut.model_validate(row) for row in rows], zone="UTC")


@router.get("/schedules/{team_id}/coverage", responses=problems(404))
async def read_coverage(tx: ProgramTx, by: Planner, team_id: UUID) -> CoverageOut:
    """Read the next four weeks: gaps with reasons, who carries too much, and a score made of both."""
    await access.team(tx, team_id, by)
    seen = await listing.covered(tx, team_id)
    return CoverageOut(
        starts_at=seen.period.starts_at,
        ends_at=seen.period.ends_at,
        score=seen.score,
        covered=round(seen.covered, 4),
        gaps=[
            GapOut(starts_at=gap.period.starts_at, ends_at=gap.period.ends_at, there=gap.there, why=gap.why)
            for gap in seen.gaps
        ],
        loads=[
            LoadOut(
                peer_id=load.peer_id, hours=_hours(load.on_duty), longest_hours=_hours(load.longest), burden=load.burden
            )
            for load in seen.loads
        ],
    )


@router.post(
    "/schedules/{team_id}/rotations",
    status_code=201,
    responses=once.problems(404, 413),
    openapi_extra=once.HEADER,
    response_model=MadeOut,
)
async def add_rotation(tx: ProgramTx, by: Planner, only_once: Once, team_id: UUID, body: RotationIn) -> Response:
    """Add a rotation; a temporary one replaces the usual ones for its time."""

    async def work() -> MadeOut:
        return MadeOut(id=await actions.add_rotation(tx, team_id, body.name, body.layer(), by=by))

    return await only_once.answer(tx, 201, work)


@router.get("/rotations/{rotation_id}", responses=problems(404))
async def read_rotation(tx: ProgramTx, by: Planner, response: Response, rotation_id: UUID) -> RotationOut:
    """Read a rotation; its `ETag` is what a change names."""
    row = await _rotation(tx, rotation_id, by)
    response.headers["etag"] = etag(row)
    return RotationOut.model_validate(row)


@router.put("/rotations/{rotation_id}", responses=problems(404, 409, 412, 413, 428))
async def change_rotation(
    tx: ProgramTx, by: Planner, response: Response, rotation_id: UUID, body: RotationIn, if_match: IfMatch = None
) -> RotationOut:
    """Change a rotation from now on; what has been stays."""
    team_id = (await _rotation(tx, rotation_id, by)).team_id
    await queries.hold(tx, team_id)
    insist(if_match, etag(await listing.rotation(tx, rotation_id)), RotationChanged)
    await actions.change_rotation(tx, body.name, body.layer(rotation_id), by=by)
    row = await listing.rotation(tx, rotation_id)
    response.headers["etag"] = etag(row)
    return RotationOut.model_validate(row)


@router.delete("/rotations/{rotation_id}", status_code=204, responses=problems(404))
async def end_rotation(tx: ProgramTx, by: Planner, rotation_id: UUID) -> None:
    """End a rotation now."""
    await actions.end_rotation(tx, rotation_id, by=by)


@router.post(
    "/schedules/{team_id}/overrides",
    status_code=201,
    responses=once.problems(404, 413),
    openapi_extra=once.HEADER,
    response_model=MadeOut,
)
async def add_override(tx: ProgramTx, by: Planner, only_once: Once, team_id: UUID, body: OverrideIn) -> Response:
    """Put somebody on duty instead of whoever it would be."""

    async def work() -> MadeOut:
        who, when = {"layer_id": body.layer_id, "peer_id": body.peer_id}, Period(body.starts_at, body.ends_at)
        return MadeOut(id=await actions.add_override(tx, team_id, by=by, **who, period=when))

    return await only_once.answer(tx, 201, work)


@router.delete("/overrides/{override_id}", status_code=204, responses=problems(404, 409))
async def end_override(tx: ProgramTx, by: Planner, override_id: UUID) -> None:
    """Take an override back from now on."""
    await actions.end_override(tx, override_id, by=by)


@router.post(
    "/schedules/{team_id}/open-shifts",
    status_code=201,
    responses=once.problems(404, 413),
    openapi_extra=once.HEADER,
    response_model=MadesOut,
)
async def offer_open_shifts(tx: ProgramTx, by: Planner, only_once: Once, team_id: UUID, body: OpenShiftsIn) -> Response:
    """Put up shifts that people of the team can take."""

    async def work() -> MadesOut:
        periods = [Period(one.starts_at, one.ends_at) for one in body.shifts]
        made = await actions.offer_shifts(tx, team_id, periods, by=by)
        return MadesOut(data=[MadeOut(id=one) for one in made])

    return await only_once.answer(tx, 201, work)


@router.delete("/open-shifts/{sign_up_id}", status_code=204, responses=problems(404))
async def withdraw_open_shift(tx: ProgramTx, by: Planner, sign_up_id: UUID) -> None:
    """Take an open shift off, whoever has it."""
    await actions.withdraw_shift(tx, sign_up_id, by=by)


@router.post("/swaps/{swap_id}/approve", status_code=204, responses=problems(404, 409))
async def approve_swap(tx: ProgramTx, by: Planner, swap_id: UUID) -> None:
    """Agree to who took a shift."""
    await swapping.approve(tx, swap_id, by=by)


@router.post("/swaps/{swap_id}/refuse", status_code=204, responses=problems(404, 409))
async def refuse_swap(tx: ProgramTx, by: Planner, swap_id: UUID) -> None:
    """Do not agree: the others are asked again."""
    await swapping.refuse(tx, swap_id, by=by)


@router.post("/swaps/{swap_id}/call-off", status_code=204, responses=problems(404, 409))
async def call_swap_off(tx: ProgramTx, by: Planner, swap_id: UUID) -> None:
    """Undo a swap that was agreed on, before the shift begins."""
    await swapping.call_off(tx, swap_id, by=by)


def etag(row: RotationRow) -> str:
    """Return what changes whenever a rotation does."""
    return preconditions.etag(row)


async def _rotation(tx: ProgramSession, rotation_id: UUID, by: UUID | None) -> RotationRow:
    row = await listing.rotation(tx, rotation_id)
    try:
        await access.team(tx, row.team_id, by)
    except ScheduleUnknown as error:
        raise RotationUnknown from error
    return row


async def _window(tx: ProgramSession, begin: datetime | None, end: datetime | None) -> tuple[datetime, datetime]:
    begin = begin or await listing.clock(tx)
    end = end or begin + LONGEST_LOOK
    if not begin < end <= begin + LONGEST_LOOK:
        raise ScheduleNotSound({"ends_at": "Look at 62 days at most; the end is after the start."})
    return begin, end


def _hours(length: timedelta) -> float:
    return round(length.total_seconds() / 3600, 2)
