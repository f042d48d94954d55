"""What coordinators and managers do to a team's schedule. Each writes it out anew in the same transaction."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID, uuid4

from sqlalchemy import TextClause, insert, text

from libs.peer.events import actions as events
from libs.peer.shifts import checking, queries, writing
from libs.peer.shifts.errors import (
    AwayThen,
    OnDutyThen,
    OverrideUnknown,
    RotationUnknown,
    ScheduleNotSound,
    ScheduleUnknown,
    ShiftBegun,
    SignUpUnknown,
    SwapStands,
    TemporaryOverlaps,
)
from libs.peer.shifts.models import Rotation, RotationPlace, ShiftOverride, SignUp
from libs.peer.shifts.queries import Held
from libs.peer.shifts.rules import EVERY_DAY, Layer, Period
from libs.tenancy.planes import ProgramSession

_BEGIN = text(
    """
    INSERT INTO shared.schedule (team_id, region_id, needs, swaps_need_a_yes, expanded_until)
    SELECT id, region_id, 1, false, shared.clock() FROM shared.team WHERE id = :team_id
    ON CONFLICT DO NOTHING
    """
)
_SET = text(
    """
    UPDATE shared.schedule SET needs = :needs, swaps_need_a_yes = :swaps_need_a_yes WHERE team_id = :team_id
    """
)
_TEAM_OF_ROTATION = text("SELECT team_id FROM shared.rotation WHERE id = :id")
_TEAM_OF_OVERRIDE = text("SELECT team_id, swap_id FROM shared.shift_override WHERE id = :id")
_TEAM_OF_SIGN_UP = text("SELECT team_id FROM shared.sign_up WHERE id = :id")
_CHANGE = text(
    """
    UPDATE shared.rotation SET name = :name, is_temporary = :is_temporary, leaves_open = :leaves_open, turn = :turn,
        unit = :unit, zone = :zone, starts_on = :starts_on, ends_on = :ends_on, hand_over = :hand_over,
        daily_from = :daily_from, daily_until = :daily_until, weekdays = :weekdays
    WHERE id = :id
    """
)
_NO_PLACES = text("DELETE FROM shared.rotation_place WHERE rotation_id = :id")
_END_ROTATION = text("DELETE FROM shared.rotation WHERE id = :id")
_NO_OVERRIDES = text("DELETE FROM shared.shift_override WHERE layer_id = :id AND swap_id IS NULL")
_END_OVERRIDE = text("DELETE FROM shared.shift_override WHERE id = :id")
_END_SIGN_UP = text("DELETE FROM shared.sign_up WHERE id = :id")


async def begin(session: ProgramSession, team_id: UUID, *, by: UUID | None) -> Held:
    """Let a team plan, and hold its schedule; one that plans already goes on as it is.

    Args:
        session: program of the region.
        team_id: which team.
        by: the coordinator or deputy who plans; None is the manager, who plans for every team. So in all of these.

    Raises:
        ScheduleUnknown: there is no such team in the region, or none of theirs.
    """
    if by is not None and not await queries.plans(session, team_id, by):
        raise ScheduleUnknown
    await session.execute(_BEGIN, {"team_id": team_id})
    return await queries.hold(session, team_id)


async def set_policy(
    session: ProgramSession, team_id: UUID, *, by: UUID | None, needs: int, swaps_need_a_yes: bool
) -> None:
    """Say how many shall be on duty at any time, and whether swaps wait for the coordinator.

    Raises:
        ScheduleUnknown: none of theirs.
        ScheduleNotSound: nobody needs that many.
    """
    await begin(session, team_id, by=by)
    if needs not in checking.NEEDS:
        raise ScheduleNotSound({"needs": "Between 1 and 9 people at a time."})
    await session.execute(_SET, {"team_id": team_id, "needs": needs, "swaps_need_a_yes": swaps_need_a_yes})


async def add_rotation(session: ProgramSession, team_id: UUID, name: str, layer: Layer, *, by: UUID | None) -> UUID:
    """Add a rotation, usual or temporary, and return its id; the layer's own id does not count.

    Raises:
        ScheduleUnknown: there is no such team.
        ScheduleNotSound: what to do about which field.
        TemporaryOverlaps: two temporary ones at once.
    """
    held, layer = await begin(session, team_id, by=by), replace(layer, id=uuid4())
    await _check(session, held, name, layer)
    row = {"id": layer.id, "region_id": held.region_id, "team_id": team_id, **_columns(name, layer)}
    await session.execute(insert(Rotation), [row])
    await _place(session, held, layer)
    await _changed(session, held)
    return layer.id


async def change_rotation(session: ProgramSession, name: str, layer: Layer, *, by: UUID | None) -> None:
    """Change a rotation from now on.

    Raises:
        RotationUnknown: there is none.
        ScheduleNotSound, TemporaryOverlaps: as for `add_rotation`.
    """
    held = await _held_of(session, _TEAM_OF_ROTATION, layer.id, by, RotationUnknown)
    await _check(session, held, name, layer)
    await session.execute(_CHANGE, {"id": layer.id, **_columns(name, layer)})
    await session.execute(_NO_PLACES, {"id": layer.id})
    await _place(session, held, layer)
    await _changed(session, held)


async def end_rotation(session: ProgramSession, rotation_id: UUID, *, by: UUID | None) -> None:
    """End a rotation now, with its overrides. What has been stays.

    Raises:
        RotationUnknown: there is none.
    """
    held = await _held_of(session, _TEAM_OF_ROTATION, rotation_id, by, RotationUnknown)
    await session.execute(_NO_OVERRIDES, {"id": rotation_id})
    await session.execute(_END_ROTATION, {"id": rotation_id})
    await _changed(session, held)


async def add_override(
    session: ProgramSession, team_id: UUID, *, by: UUID | None, layer_id: UUID, peer_id: UUID, period: Period
) -> UUID:
    """Put somebody on duty instead of whoever it would be, on one layer; what has been of it stays as it was.

    Raises:
        ScheduleUnknown: there is no such team.
        ScheduleNotSound: no such layer, not in the team, or no time that can be.
        ShiftBegun: it is over.
        OnDutyThen: that person has another shift at that time.
        AwayThen: that person is away.
    """
    held = await queries.hold_to_plan(session, team_id, by)
    if period.ends_at <= held.now:
        raise ShiftBegun
    period = Period(max(period.starts_at, held.now), period.ends_at)
    wrong = dict(checking.shift(period, held.now))
    if peer_id not in {person.id for person in await queries.people(session, team_id)}:
        wrong["peer_id"] = "Choose somebody who is in this team."
    if layer_id not in await queries.layer_ids(session, team_id):
        wrong["layer_id"] = "Choose one of the team's rotations or open shifts."
    if wrong:
        raise ScheduleNotSound(wrong)
    await free(session, held, peer_id, period, apart_from=layer_id)
    override_id = uuid4()
    row = {
        "id": override_id,
        "region_id": held.region_id,
        "team_id": team_id,
        "layer_id": layer_id,
        "peer_id": peer_id,
        "instead_of": None,
        "swap_id": None,
        "starts_at": period.starts_at,
        "ends_at": period.ends_at,
        "made_at": held.now,
    }
    await session.execute(insert(ShiftOverride), [row])
    await _changed(session, held)
    return override_id


async def end_override(session: ProgramSession, override_id: UUID, *, by: UUID | None) -> None:
    """Take an override back from now on.

    Raises:
        OverrideUnknown: there is none.
        SwapStands: it is a swap; that is undone instead.
    """
    row = (await session.execute(_TEAM_OF_OVERRIDE, {"id": override_id})).one_or_none()
    if row is None or (by is not None and not await queries.plans(session, row.team_id, by)):
        raise OverrideUnknown
    if row.swap_id is not None:
        raise SwapStands
    held = await queries.hold(session, row.team_id)
    await session.execute(_END_OVERRIDE, {"id": override_id})
    await _changed(session, held)


async def offer_shifts(
    session: ProgramSession, team_id: UUID, periods: Sequence[Period], *, by: UUID | None
) -> list[UUID]:
    """Put up shifts that people of the team can take; returns their ids, in order.

    Raises:
        ScheduleUnknown: there is no such team.
        ScheduleNotSound: a time that cannot be.
    """
    held = await begin(session, team_id, by=by)
    wrong = checking.shifts(periods, held.now)
    if wrong:
        raise ScheduleNotSound(wrong)
    rows = [
        {
            "id": uuid4(),
            "region_id": held.region_id,
            "team_id": team_id,
            "peer_id": None,
            "starts_at": period.starts_at,
            "ends_at": period.ends_at,
        }
        for period in periods
    ]
    await session.execute(insert(SignUp), rows)
    await _tell(session, held)
    return [row["id"] for row in rows if isinstance(row["id"], UUID)]


async def withdraw_shift(session: ProgramSession, sign_up_id: UUID, *, by: UUID | None) -> None:
    """Take an open shift off, whoever has it.

    Raises:
        SignUpUnknown: there is none.
    """
    held = await _held_of(session, _TEAM_OF_SIGN_UP, sign_up_id, by, SignUpUnknown)
    await session.execute(_NO_OVERRIDES, {"id": sign_up_id})
    await session.execute(_END_SIGN_UP, {"id": sign_up_id})
    await _changed(session, held)


async def free(
    session: queries.ShiftSession, held: Held, peer_id: UUID, period: Period, *, apart_from: UUID | None = None
) -> None:
    """Make sure that somebody can be on duty at a time.

    Raises:
        OnDutyThen: they have another shift then.
        AwayThen: they are not there.
    """
    if await queries.is_on_duty(session, peer_id, period, apart_from=apart_from):
        raise OnDutyThen
    away = (await queries.away(session, held.team_id, {peer_id})).get(peer_id, ())
    if any(gone.overlaps(period) for gone in away):
        raise AwayThen


async def extend(session: ProgramSession, team_id: UUID) -> None:
    """Write a team's schedule out further, and forget what is long over. A team that plans no more is done."""
    try:
        held = await queries.hold(session, team_id)
    except ScheduleUnknown:
        return
    await writing.forget(session, held)
    await writing.rewrite(session, held)


async def _check(session: ProgramSession, held: Held, name: str, layer: Layer) -> None:
    team = {person.id for person in await queries.people(session, held.team_id)}
    wrong = checking.rotation(name, layer, team)
    if wrong:
        raise ScheduleNotSound(wrong)
    if layer.is_temporary:
        plan = await queries.plan(session, held.team_id, held.now)
        others = [one for one in plan.layers if one.is_temporary and one.id != layer.id]
        if any(one.in_force.overlaps(layer.in_force) for one in others):
            raise TemporaryOverlaps


async def _held_of(
    session: ProgramSession,
    team_of: TextClause,
    one_id: UUID,
    by: UUID | None,
    unknown: type[RotationUnknown | SignUpUnknown],
) -> Held:
    team_id = (await session.execute(team_of, {"id": one_id})).scalar_one_or_none()
    if team_id is None or (by is not None and not await queries.plans(session, team_id, by)):
        raise unknown
    return await queries.hold(session, team_id)


async def _place(session: ProgramSession, held: Held, layer: Layer) -> None:
    places = [
        {"rotation_id": layer.id, "place": place, "region_id": held.region_id, "peer_id": peer_id}
        for place, peer_id in enumerate(layer.people)
    ]
    await session.execute(insert(RotationPlace), places)


async def _changed(session: ProgramSession, held: Held) -> None:
    await writing.rewrite(session, held)
    await _tell(session, held)


async def _tell(session: ProgramSession, held: Held) -> None:
    await events.record(session, "schedule.changed", held.region_id)
    session.signals.add(f"team:{held.team_id}")


def _columns(name: str, layer: Layer) -> dict[str, object]:
    begin, end = layer.daily or (None, None)
    return {
        "name": name.strip(),
        "is_temporary": layer.is_temporary,
        "leaves_open": layer.leaves_open,
        "turn": layer.turn,
        "unit": layer.unit,
        "zone": layer.zone,
        "starts_on": layer.starts_on,
        "ends_on": layer.ends_on,
        "hand_over": layer.hand_over,
        "daily_from": begin,
        "daily_until": end,
        "weekdays": "".join(str(day) for day in sorted(layer.weekdays or EVERY_DAY)),
    }
