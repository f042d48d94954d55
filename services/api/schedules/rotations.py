"""A rotation's page: to enter one, to change it, to end it. People in order are a list of fields, without a script."""

from collections.abc import Callable, Mapping
from datetime import date, time
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from starlette.responses import Response

from libs.peer.shifts import actions, listing, queries
from libs.peer.shifts.errors import RotationUnknown, ScheduleNotSound, ScheduleUnknown, TemporaryOverlaps
from libs.peer.shifts.listing import RotationRow, TeamName
from libs.peer.shifts.models import Unit
from libs.peer.shifts.rules import EVERY_DAY, Layer
from libs.tenancy.directory import RegionRef
from libs.tenancy.planes import ProgramSession
from services.api import rendering
from services.api.deps import MyRegion, ProgramTx, Spoken
from services.api.schedules import access
from services.api.schedules.access import Planner
from services.api.schedules.rest import etag
from services.api.schedules.schemas import NOBODY
from services.api.schedules.views import RotationPage

router = APIRouter(prefix="/schedule", include_in_schema=False)
_TEMPLATE = "schedules/rotation.html"
_SPARE, _LEAST = 3, 6
_DAYS = tuple(str(day) for day in sorted(EVERY_DAY))


@router.get("/rotations/{rotation_id}")
async def rotation_page(request: Request, tx: ProgramTx, region: MyRegion, by: Planner, rotation_id: UUID) -> Response:
    """Show a rotation, to change it."""
    row, team = await _one(tx, rotation_id, by)
    return await _page(request, tx, region, team, _typed(row), row)


@router.post("/rotations/{rotation_id}")
async def change_rotation_page(
    request: Request, tx: ProgramTx, region: MyRegion, by: Planner, rotation_id: UUID
) -> Response:
    """Change a rotation, or show it again with what cannot be used: nothing that was typed is lost."""
    sent = await _sent(request)
    row, team = await _one(tx, rotation_id, by)
    has_changed = sent.get("etag") != etag(row)
    faults: Mapping[str, str] = {}
    try:
        if not has_changed:
            await actions.change_rotation(tx, sent.get("name", ""), _layer(sent, rotation_id), by=by)
            return rendering.back(request, f"/schedule/{team.id}", done="saved")
    except (ScheduleNotSound, TemporaryOverlaps) as error:
        faults = _faults(error)
    return await _page(request, tx, region, team, sent, row, faults=faults, has_changed=has_changed)


@router.post("/rotations/{rotation_id}/end", dependencies=[Spoken])
async def end_rotation_page(request: Request, tx: ProgramTx, by: Planner, rotation_id: UUID) -> Response:
    """End a rotation now."""
    _row, team = await _one(tx, rotation_id, by)
    await actions.end_rotation(tx, rotation_id, by=by)
    return rendering.back(request, f"/schedule/{team.id}", done="ended")


@router.get("/{team_id}/rotation")
async def new_rotation_page(request: Request, tx: ProgramTx, region: MyRegion, by: Planner, team_id: UUID) -> Response:
    """Show an empty rotation."""
    team = await access.team(tx, team_id, by)
    today = (await listing.clock(tx)).astimezone(ZoneInfo(region.time_zone)).date().isoformat()
    typed = {"zone": region.time_zone, "starts_on": today, "hand_over": "08:00", "turn": "7", "unit": Unit.DAY.value}
    return await _page(request, tx, region, team, {**typed, **{f"day_{day}": "yes" for day in _DAYS}})


@router.post("/{team_id}/rotation")
async def add_rotation_page(request: Request, tx: ProgramTx, region: MyRegion, by: Planner, team_id: UUID) -> Response:
    """Add a rotation, or show it again with what cannot be used."""
    sent = await _sent(request)
    team = await access.team(tx, team_id, by)
    try:
        await actions.add_rotation(tx, team_id, sent.get("name", ""), _layer(sent, NOBODY), by=by)
    except (ScheduleNotSound, TemporaryOverlaps) as error:
        return await _page(request, tx, region, team, sent, faults=_faults(error))
    return rendering.back(request, f"/schedule/{team_id}", done="saved")


async def _one(tx: ProgramSession, rotation_id: UUID, by: UUID | None) -> tuple[RotationRow, TeamName]:
    row = await listing.rotation(tx, rotation_id)
    try:
        return row, await access.team(tx, row.team_id, by)
    except ScheduleUnknown as error:
        raise RotationUnknown from error


async def _sent(request: Request) -> dict[str, str]:
    async with request.form(max_files=0, max_fields=150) as form:
        sent = {name: value.strip() for name, value in form.items() if isinstance(value, str)}
    request.state.lang = sent.get("lang", "")
    return sent


async def _page(
    request: Request,
    tx: ProgramSession,
    region: RegionRef,
    team: TeamName,
    typed: Mapping[str, str],
    row: RotationRow | None = None,
    *,
    faults: Mapping[str, str] | None = None,
    has_changed: bool = False,
) -> Response:
    places = [typed[name] for name in sorted((one for one in typed if one.startswith("place_")), key=_number)]
    filled = [place for place in places if place]
    view = RotationPage(
        team=team,
        rotation_id=row.id if row else None,
        etag=etag(row) if row else "",
        fields={name: typed.get(name, "") for name in _FIELDS},
        weekdays=frozenset(day for day in _DAYS if typed.get(f"day_{day}")),
        places=(*filled, *("",) * max(_SPARE, _LEAST - len(filled))),
        people=tuple(await queries.people(tx, team.id)),
        faults=faults or {},
        has_changed=has_changed,
    )
    status = 409 if has_changed else 422 if faults else 200
    return rendering.page(request, _TEMPLATE, view, zone=region.time_zone, status=status)


_FIELDS = (
    *("name", "zone", "starts_on", "ends_on", "hand_over", "turn", "unit", "daily_from", "daily_until"),
    *("is_temporary", "leaves_open"),
)


def _number(name: str) -> int:
    _, _, number = name.partition("_")
    return int(number) if number.isdecimal() else 0


def _typed(row: RotationRow) -> dict[str, str]:
    return {
        "name": row.name,
        "zone": row.zone,
        "starts_on": row.starts_on.isoformat(),
        "ends_on": row.ends_on.isoformat() if row.ends_on else "",
        "hand_over": _clock(row.hand_over),
        "turn": str(row.turn),
        "unit": row.unit,
        "daily_from": _clock(row.daily_from),
        "daily_until": _clock(row.daily_until),
        "is_temporary": "yes" if row.is_temporary else "",
        "leaves_open": "yes" if row.leaves_open else "",
        **{f"place_{number}": str(peer_id) for number, peer_id in enumerate(row.people)},
        **{f"day_{day}": "yes" for day in row.weekdays},
    }


def _clock(moment: time | None) -> str:
    return "" if moment is None else moment.strftime("%H:%M")


def _layer(sent: Mapping[str, str], rotation_id: UUID) -> Layer:
    """Read what was typed.

    Raises:
        ScheduleNotSound: a field that is no day, time, number or person.
    """
    faults: dict[str, str] = {}

    def read(name: str, kind: str) -> str | None:
        text = sent.get(name, "")
        try:
            _READ[kind](text)
        except ValueError:
            if text or name in {"starts_on", "hand_over", "turn"}:
                faults[name] = _WANTED[kind]
            return None
        return text

    days = {name: read(name, "day") for name in ("starts_on", "ends_on")}
    clocks = {name: read(name, "clock") for name in ("hand_over", "daily_from", "daily_until")}
    turn = read("turn", "number")
    if (clocks["daily_from"] is None) != (clocks["daily_until"] is None):
        faults["daily_from"] = "Give both hours, or none for round the clock."
    places = [sent[name] for name in sorted((one for one in sent if one.startswith("place_")), key=_number)]
    if faults:
        raise ScheduleNotSound(faults)
    begin, end = clocks["daily_from"], clocks["daily_until"]
    return Layer(
        id=rotation_id,
        people=tuple(_person(place) for place in places if place),
        zone=sent.get("zone", ""),
        starts_on=date.fromisoformat(days["starts_on"] or ""),
        ends_on=date.fromisoformat(days["ends_on"]) if days["ends_on"] else None,
        hand_over=_to_the_minute(clocks["hand_over"] or ""),
        turn=int(turn or 0),
        unit=Unit.HOUR if sent.get("unit") == Unit.HOUR else Unit.DAY,
        daily=(_to_the_minute(begin), _to_the_minute(end)) if begin and end else None,
        weekdays=frozenset(int(day) for day in _DAYS if sent.get(f"day_{day}")),
        is_temporary=bool(sent.get("is_temporary")),
        leaves_open=bool(sent.get("leaves_open")),
    )


def _to_the_minute(text: str) -> time:
    read = time.fromisoformat(text)
    return time(read.hour, read.minute)


_READ: Mapping[str, Callable[[str], object]] = {
    "day": date.fromisoformat,
    "clock": time.fromisoformat,
    "number": int,
}
_WANTED = {
    "day": "Give a day.",
    "clock": "Give a time of day.",
    "number": "Give a number.",
}


def _person(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return NOBODY


def _faults(error: ScheduleNotSound | TemporaryOverlaps) -> Mapping[str, str]:
    if isinstance(error, ScheduleNotSound):
        return error.faults
    return {"starts_on": "Another temporary schedule is in force at that time."}
