"""What peers do: take open shifts, give them back, ask others to take theirs; until then it stays whose it was."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import insert, text

from libs import jobs
from libs.peer.events import actions as events
from libs.peer.shifts import actions, awaiting, queries, reminding, rules, writing
from libs.peer.shifts.errors import (
    OnDutyThen,
    OwnSwap,
    ScheduleNotSound,
    ShiftBegun,
    ShiftUnknown,
    SignUpTaken,
    SignUpUnknown,
    SwapAsked,
    SwapOver,
    SwapStands,
    SwapTaken,
    SwapUnknown,
)
from libs.peer.shifts.models import ShiftOverride, Swap, SwapState
from libs.peer.shifts.queries import Held, ShiftSession
from libs.peer.shifts.rules import Period
from libs.tenancy.planes import DispatchSession, ProgramSession

LAPSE = "shifts.lapse"
"""The job that ends a swap which nobody took when the shift begins."""


@dataclass(frozen=True, slots=True)
class _Swap:
    """A swap, read under the hold of its team's schedule."""

    id: UUID
    layer_id: UUID
    peer_id: UUID
    taken_by: UUID | None
    state: SwapState
    period: Period


_SIGN_UP = text(
    """
    SELECT u.team_id, u.peer_id, u.starts_at, u.ends_at FROM shared.sign_up u
    JOIN shared.membership s ON s.team_id = u.team_id AND s.member_id = :by WHERE u.id = :id
    """
)
_TAKE_SHIFT = text("UPDATE shared.sign_up SET peer_id = :by WHERE id = :id AND peer_id IS NULL RETURNING id")
_GIVE_BACK = text("UPDATE shared.sign_up SET peer_id = NULL WHERE id = :id AND peer_id = :by RETURNING id")
_DUTY = text("SELECT team_id, layer_id, starts_at, ends_at FROM shared.duty WHERE id = :id AND peer_id = :by")
_TEAM = text(
    """
    SELECT w.team_id FROM shared.swap w WHERE w.id = :id
      AND (CAST(:by AS uuid) IS NULL OR EXISTS (SELECT FROM shared.membership s
           WHERE s.team_id = w.team_id AND s.member_id = CAST(:by AS uuid)))
    """
)
_SWAP = text("SELECT id, layer_id, peer_id, taken_by, state, starts_at, ends_at FROM shared.swap WHERE id = :id")
_MOVE = text(
    """
    UPDATE shared.swap SET state = :to, taken_by = :taken_by, changed_at = shared.clock()
    WHERE id = :id AND state = ANY(:from) RETURNING id
    """
)
_NO_OVERRIDE = text("DELETE FROM shared.shift_override WHERE swap_id = :id")
_LAPSE = text(
    """
    UPDATE shared.swap SET state = :to, changed_at = shared.clock()
    WHERE team_id = :team_id AND state = ANY(:from) AND starts_at <= shared.clock()
    """
)


async def take_shift(session: DispatchSession, sign_up_id: UUID, *, by: UUID) -> None:
    """Take an open shift.

    Raises:
        SignUpUnknown: there is none for this peer.
        SignUpTaken: somebody else has it.
        ShiftBegun: it is over.
        OnDutyThen, AwayThen: this peer cannot.
    """
    held, period, taken_by = await _sign_up(session, sign_up_id, by)
    if taken_by == by:
        return
    if taken_by is not None:
        raise SignUpTaken
    if period.ends_at <= held.now:
        raise ShiftBegun
    await actions.free(session, held, by, period)
    await session.execute(_TAKE_SHIFT, {"id": sign_up_id, "by": by})
    await _changed(session, held, "sign_up.taken")


async def give_back(session: DispatchSession, sign_up_id: UUID, *, by: UUID) -> None:
    """Give an open shift back that has not begun, so that others can take it.

    Raises:
        SignUpUnknown: there is none that this peer has.
        ShiftBegun: too late.
        SwapStands: a swap stands on it.
    """
    held, period, taken_by = await _sign_up(session, sign_up_id, by)
    if taken_by != by:
        raise SignUpUnknown
    if period.starts_at <= held.now:
        raise ShiftBegun
    if any(swap.layer_id == sign_up_id for swap in await queries.standing_swaps(session, held.team_id, held.now)):
        raise SwapStands
    await session.execute(_GIVE_BACK, {"id": sign_up_id, "by": by})
    await _changed(session, held, "sign_up.given_back")


async def ask(session: DispatchSession, duty_id: UUID, *, by: UUID, part: Period | None = None) -> UUID:
    """Ask the others to take a shift, or a part of it; returns the swap's id. Until then it stays the asker's.

    Raises:
        ShiftUnknown: this peer has no such shift.
        ScheduleNotSound: the part is none of this shift.
        ShiftBegun: it has begun.
        SwapAsked: asked already.
    """
    row = (await session.execute(_DUTY, {"id": duty_id, "by": by})).one_or_none()
    if row is None:
        raise ShiftUnknown
    held = await queries.hold(session, row.team_id)
    whole = Period(row.starts_at, row.ends_at)
    period = part or whole
    if not whole.starts_at <= period.starts_at < period.ends_at <= whole.ends_at:
        raise ScheduleNotSound({"starts_at": "Choose a part of this shift."})
    if period.starts_at <= held.now:
        raise ShiftBegun
    for swap in await queries.standing_swaps(session, held.team_id, held.now):
        if (swap.layer_id, swap.peer_id) == (row.layer_id, by) and swap.period.overlaps(period):
            raise SwapAsked
    swap_id = uuid4()
    made = {
        "id": swap_id,
        "region_id": held.region_id,
        "team_id": held.team_id,
        "layer_id": row.layer_id,
        "peer_id": by,
        "taken_by": None,
        "starts_at": period.starts_at,
        "ends_at": period.ends_at,
        "state": SwapState.OPEN,
        "asked_at": held.now,
        "changed_at": held.now,
    }
    await session.execute(insert(Swap), [made])
    await jobs.add(
        session, LAPSE, region_id=held.region_id, subject_id=held.team_id, cause=str(swap_id), due_at=period.starts_at
    )
    await reminding.soon(session, held)
    await _tell(session, held, "swap.asked")
    return swap_id


async def take(session: DispatchSession, swap_id: UUID, *, by: UUID) -> SwapState:
    """Take a colleague's shift, exactly once; returns whether it is agreed on or waits for the coordinator.

    Raises:
        SwapUnknown: there is none for this peer.
        OwnSwap: it is the peer's own.
        SwapTaken: somebody was quicker.
        SwapOver: it is over.
        ShiftBegun: too late.
        OnDutyThen, AwayThen: this peer cannot.
    """
    held, swap = await _swap(session, swap_id, by)
    if swap.peer_id == by:
        raise OwnSwap
    if swap.taken_by == by and swap.state in {SwapState.TAKEN, SwapState.AGREED}:
        return swap.state
    if swap.state in {SwapState.TAKEN, SwapState.AGREED}:
        raise SwapTaken
    _insist(swap, held.now)
    await actions.free(session, held, by, swap.period)
    act = "take" if held.swaps_need_a_yes else "take_at_once"
    await _move(session, swap, act, taken_by=by)
    if held.swaps_need_a_yes:
        await awaiting.soon(session, held)
    else:
        await _put(session, held, swap, by)
    await _changed(session, held, "swap.taken", swap.peer_id, by)
    return rules.MOVES[act][1]


async def approve(session: ProgramSession, swap_id: UUID, *, by: UUID | None) -> None:
    """Agree to a swap, as a coordinator of the team; `by` None is the manager.

    Raises:
        SwapUnknown, SwapOver, ShiftBegun: none that waits for it.
        OnDutyThen, AwayThen: whoever took it cannot any more.
    """
    held, swap = await _swap_to_decide(session, swap_id, by)
    if swap.state is not SwapState.TAKEN or swap.taken_by is None:
        raise SwapOver
    _insist(swap, held.now)
    await actions.free(session, held, swap.taken_by, swap.period)
    await _move(session, swap, "approve", taken_by=swap.taken_by)
    await _put(session, held, swap, swap.taken_by)
    await _changed(session, held, "swap.approved", swap.peer_id, swap.taken_by)


async def refuse(session: ProgramSession, swap_id: UUID, *, by: UUID | None) -> None:
    """Do not agree to who took it: the others are asked again. By whoever may `approve`.

    Raises:
        SwapUnknown, SwapOver: none that waits for a yes.
    """
    held, swap = await _swap_to_decide(session, swap_id, by)
    await _move(session, swap, "put_back", taken_by=None)
    await reminding.again(session, held)
    await _tell(session, held, "swap.refused", swap.peer_id, swap.taken_by)


async def undo(session: DispatchSession, swap_id: UUID, *, by: UUID) -> None:
    """Undo a swap before the shift begins, by either of the two: it is whose it was.

    One that still waits for a yes goes back to the others.

    Raises:
        SwapUnknown: there is none of this peer's.
        SwapOver: there is nothing to undo.
        ShiftBegun: too late.
        SwapStands: whoever took it has asked others in turn; that comes first.
        OnDutyThen: whose it was has another shift by now.
    """
    held, swap = await _swap(session, swap_id, by)
    if by not in {swap.peer_id, swap.taken_by}:
        raise SwapUnknown
    await _undo(session, held, swap, by)


async def call_off(session: ProgramSession, swap_id: UUID, *, by: UUID | None) -> None:
    """Undo a swap that was agreed on, as a coordinator of the team; `by` None is the manager.

    Raises:
        SwapUnknown, SwapOver, ShiftBegun, SwapStands, OnDutyThen: as for `undo`.
    """
    held, swap = await _swap_to_decide(session, swap_id, by)
    await _undo(session, held, swap, None)


async def _undo(session: ShiftSession, held: Held, swap: _Swap, by: UUID | None) -> None:
    _insist(swap, held.now, over=False)
    if swap.state is SwapState.TAKEN and by != swap.peer_id:
        await _move(session, swap, "put_back", taken_by=None)
        await reminding.again(session, held)
        await _tell(session, held, "swap.put_back", swap.peer_id, swap.taken_by)
        return
    others = await queries.standing_swaps(session, held.team_id, held.now)
    on_it = [one for one in others if (one.layer_id, one.peer_id) == (swap.layer_id, swap.taken_by)]
    if any(one.period.overlaps(swap.period) for one in on_it):
        raise SwapStands
    if swap.state is SwapState.AGREED and await queries.is_on_duty(
        session, swap.peer_id, swap.period, apart_from=swap.layer_id
    ):
        raise OnDutyThen
    await _move(session, swap, "undo", taken_by=swap.taken_by)
    await session.execute(_NO_OVERRIDE, {"id": swap.id})
    await _changed(session, held, "swap.undone", swap.peer_id, swap.taken_by)


async def cancel(session: DispatchSession, swap_id: UUID, *, by: UUID) -> None:
    """Take an ask back that is not agreed on yet.

    Raises:
        SwapUnknown: none of this peer's own.
        SwapOver: it is agreed on, and can be undone; or it is over.
    """
    held, swap = await _swap(session, swap_id, by)
    if swap.peer_id != by:
        raise SwapUnknown
    await _move(session, swap, "cancel", taken_by=None)
    await _tell(session, held, "swap.cancelled", swap.taken_by)


async def lapse(session: ShiftSession, team_id: UUID) -> None:
    """End the team's swaps that nobody took and whose shift has begun: the original stays."""
    sources, to = rules.MOVES["lapse"]
    await session.execute(_LAPSE, {"to": to, "team_id": team_id, "from": sorted(sources)})
    session.signals.add(f"team:{team_id}")


def _insist(swap: _Swap, now: datetime, *, over: bool = True) -> None:
    if over and swap.state not in {SwapState.OPEN, SwapState.TAKEN}:
        raise SwapOver
    if swap.period.starts_at <= now:
        raise ShiftBegun


async def _sign_up(session: DispatchSession, sign_up_id: UUID, by: UUID) -> tuple[Held, Period, UUID | None]:
    """Read an open shift again under the hold: whoever waited for it sees what became of it."""
    values = {"id": sign_up_id, "by": by}
    row = (await session.execute(_SIGN_UP, values)).one_or_none()
    if row is None:
        raise SignUpUnknown
    held = await queries.hold(session, row.team_id)
    row = (await session.execute(_SIGN_UP, values)).one_or_none()
    if row is None:
        raise SignUpUnknown
    return held, Period(row.starts_at, row.ends_at), row.peer_id


async def _swap(session: DispatchSession, swap_id: UUID, by: UUID) -> tuple[Held, _Swap]:
    """Find a swap of a team that `by` is in, and read it under the hold."""
    team_id = (await session.execute(_TEAM, {"id": swap_id, "by": by})).scalar_one_or_none()
    if team_id is None:
        raise SwapUnknown
    return await _read(session, team_id, swap_id)


async def _swap_to_decide(session: ProgramSession, swap_id: UUID, by: UUID | None) -> tuple[Held, _Swap]:
    """Find a swap of a team that `by` plans for."""
    team_id = (await session.execute(_TEAM, {"id": swap_id, "by": None})).scalar_one_or_none()
    if team_id is None or (by is not None and not await queries.plans(session, team_id, by)):
        raise SwapUnknown
    return await _read(session, team_id, swap_id)


async def _read(session: ShiftSession, team_id: UUID, swap_id: UUID) -> tuple[Held, _Swap]:
    held = await queries.hold(session, team_id)
    row = (await session.execute(_SWAP, {"id": swap_id})).one()
    period = Period(row.starts_at, row.ends_at)
    return held, _Swap(row.id, row.layer_id, row.peer_id, row.taken_by, SwapState(row.state), period)


async def _move(session: ShiftSession, swap: _Swap, act: str, *, taken_by: UUID | None) -> None:
    sources, to = rules.MOVES[act]
    values = {"id": swap.id, "to": to, "from": sorted(sources), "taken_by": taken_by}
    if (await session.execute(_MOVE, values)).one_or_none() is None:
        raise SwapOver


async def _put(session: ShiftSession, held: Held, swap: _Swap, taker: UUID) -> None:
    row = {
        "id": uuid4(),
        "region_id": held.region_id,
        "team_id": held.team_id,
        "layer_id": swap.layer_id,
        "peer_id": taker,
        "instead_of": swap.peer_id,
        "swap_id": swap.id,
        "starts_at": swap.period.starts_at,
        "ends_at": swap.period.ends_at,
        "made_at": held.now,
    }
    await session.execute(insert(ShiftOverride), [row])


async def _changed(session: ShiftSession, held: Held, what: str, *who: UUID | None) -> None:
    await writing.rewrite(session, held)
    await _tell(session, held, what, *who)


async def _tell(session: ShiftSession, held: Held, what: str, *who: UUID | None) -> None:
    await events.record(session, what, held.region_id)
    session.signals |= {f"peer:{one}" for one in who if one is not None} | {f"team:{held.team_id}"}
