"""The schedule, written out: rows that say who is on duty, changed in the transaction that changes the plan."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import insert, text

from libs import jobs
from libs.peer.shifts import queries, rules
from libs.peer.shifts.models import Duty as Row
from libs.peer.shifts.models import SwapState
from libs.peer.shifts.queries import Held, ShiftSession, StandingSwap
from libs.peer.shifts.rules import Duty, Period, Plan
from libs.peer.webhooks import actions as webhooks
from libs.peer.webhooks.models import EventType
from libs.tenancy.planes import ProgramSession

EXTEND = "shifts.extend"
"""The job that writes a team's schedule out further."""
AHEAD = timedelta(days=60)
"""How far a schedule is written out."""
LEAST_AHEAD = timedelta(days=57)
"""When less is written out than this, the job that does it daily was lost."""
EVERY = timedelta(days=1)
KEPT_FOR = timedelta(days=90)
"""How long what is over stays."""

_DELETE = text("DELETE FROM shared.duty WHERE id = ANY(CAST(CAST(:ids AS text[]) AS uuid[]))")
_UNTIL = text("UPDATE shared.schedule SET expanded_until = :until WHERE team_id = :team_id")
_LOSE = text(
    """
    UPDATE shared.swap SET state = :to, changed_at = shared.clock()
    WHERE id = ANY(CAST(CAST(:ids AS text[]) AS uuid[])) AND state = ANY(:from)
    """
)
_NO_OVERRIDE = text("DELETE FROM shared.shift_override WHERE swap_id = ANY(CAST(CAST(:ids AS text[]) AS uuid[]))")
_OF_PERSON = text(
    """
    SELECT DISTINCT r.team_id, r.region_id FROM shared.rotation_place p JOIN shared.rotation r ON r.id = p.rotation_id
    WHERE p.peer_id = :peer_id
    UNION SELECT team_id, region_id FROM shared.sign_up WHERE peer_id = :peer_id AND ends_at > shared.clock()
    UNION SELECT team_id, region_id FROM shared.shift_override WHERE peer_id = :peer_id AND ends_at > shared.clock()
    """
)
_FORGET = (
    text("DELETE FROM shared.duty WHERE team_id = :team_id AND ends_at < :before"),
    text("DELETE FROM shared.sign_up WHERE team_id = :team_id AND ends_at < :before"),
    text("DELETE FROM shared.shift_override WHERE team_id = :team_id AND ends_at < :before"),
    text("DELETE FROM shared.swap WHERE team_id = :team_id AND ends_at < :before"),
)


async def rewrite(session: ShiftSession, held: Held) -> None:
    """Write out what the team plans from now on; what has been stays as it was.

    A swap whose shift the plan no longer has is called off, so that nobody counts on it. Everybody whose duties
    change hears of it.
    """
    plan = await queries.plan(session, held.team_id, held.now)
    swaps = await queries.standing_swaps(session, held.team_id, held.now)
    lost = _lost(plan, swaps, held.now)
    if lost:
        await _call_off(session, lost)
        plan = await queries.plan(session, held.team_id, held.now)
    until = held.now + AHEAD
    wanted = rules.expand(plan, Period(held.now, until))
    written = await queries.written(session, held.team_id, held.now)
    goes, comes = rules.difference(written, wanted, held.now)
    if goes:
        await session.execute(_DELETE, {"ids": [str(row_id) for row_id in goes]})
    if comes:
        await session.execute(insert(Row), [_row(held, duty) for duty in comes])
    await session.execute(_UNTIL, {"until": until, "team_id": held.team_id})
    await jobs.add(session, EXTEND, region_id=held.region_id, subject_id=held.team_id, due_at=held.now + EVERY)
    touched = {duty.peer_id for duty in comes} | {written[row_id].peer_id for row_id in goes}
    session.signals |= {f"peer:{peer_id}" for peer_id in touched}
    if touched:
        await webhooks.tell(session, EventType.DUTY_CHANGED, region_id=held.region_id, subject_id=held.team_id)


async def soon(session: ShiftSession, peer_id: UUID) -> None:
    """Let the schedules that somebody is part of be written out anew: they went away, or came back."""
    for row in (await session.execute(_OF_PERSON, {"peer_id": peer_id})).all():
        await jobs.add(session, EXTEND, region_id=row.region_id, subject_id=row.team_id, cause="away")


async def forget(session: ProgramSession, held: Held) -> None:
    """Delete what has been over for KEPT_FOR."""
    for statement in _FORGET:
        await session.execute(statement, {"team_id": held.team_id, "before": held.now - KEPT_FOR})


def _lost(plan: Plan, swaps: Iterable[StandingSwap], now: datetime) -> tuple[UUID, ...]:
    """Return the swaps whose asker would not have the shift any more, had nobody taken it."""
    lost: list[UUID] = []
    for swap in swaps:
        rest = swap.period.meet(Period(now, swap.period.ends_at)) if swap.period.ends_at > now else None
        if rest is None:
            continue
        before = plan if swap.state != SwapState.AGREED else _without(plan, swap)
        duties = rules.expand(before, rest)
        if not rules.covers(duties, swap.layer_id, swap.peer_id, rest):
            lost.append(swap.id)
    return tuple(lost)


def _without(plan: Plan, swap: StandingSwap) -> Plan:
    """Return the plan as it was before a swap was agreed on, with what was said before it."""
    for index, one in enumerate(plan.instead):
        if one.is_swap and (one.layer_id, one.instead_of, one.period) == (swap.layer_id, swap.peer_id, swap.period):
            return replace(plan, instead=plan.instead[:index])
    return plan


async def _call_off(session: ShiftSession, lost: Collection[UUID]) -> None:
    sources, to = rules.MOVES["lose"]
    ids = [str(swap_id) for swap_id in lost]
    await session.execute(_LOSE, {"to": to, "ids": ids, "from": sorted(sources)})
    await session.execute(_NO_OVERRIDE, {"ids": ids})


def _row(held: Held, duty: Duty) -> dict[str, object]:
    return {
        "id": uuid4(),
        "region_id": held.region_id,
        "team_id": held.team_id,
        "peer_id": duty.peer_id,
        "layer_id": duty.layer_id,
        "origin": duty.origin,
        "starts_at": duty.period.starts_at,
        "ends_at": duty.period.ends_at,
    }
