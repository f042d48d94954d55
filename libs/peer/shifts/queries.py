"""Reading what a team plans, and what it comes to."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from libs.peer.shifts.errors import ScheduleUnknown
from libs.peer.shifts.models import Origin, Unit
from libs.peer.shifts.rules import Duty, Instead, Layer, Period, Plan, SignedUp
from libs.tenancy.planes import DispatchSession, ProgramSession

ShiftSession = DispatchSession | ProgramSession
"""Coordinators and managers plan in the program plane; peers take and swap in dispatch."""
_ALWAYS = Period(datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))


@dataclass(frozen=True, slots=True)
class Held:
    """A team's schedule, held against everybody else who changes it until this transaction ends.

    Attributes:
        now: instant of the decision.
    """

    team_id: UUID
    region_id: UUID
    needs: int
    swaps_need_a_yes: bool
    now: datetime


@dataclass(frozen=True, slots=True)
class StandingSwap:
    """A swap that is not over: open, taken or agreed."""

    id: UUID
    layer_id: UUID
    peer_id: UUID
    state: str
    period: Period


@dataclass(frozen=True, slots=True)
class TeamPerson:
    """Somebody who is in a team today; `zone` is where they read the clock."""

    id: UUID
    name: str
    zone: str
    role: str


_HOLD = text(
    """
    SELECT team_id, region_id, needs, swaps_need_a_yes, shared.clock() FROM shared.schedule
    WHERE team_id = :team_id FOR UPDATE
    """
)
_PLANS = text(
    """
    SELECT EXISTS (SELECT FROM shared.membership s JOIN shared.member m ON m.id = s.member_id
        WHERE s.team_id = :team_id AND s.member_id = :by AND s.role IN ('coordinator', 'deputy')
          AND m.suspended_on IS NULL)
    """
)
_LAYERS = text(
    """
    SELECT r.id, r.zone, r.starts_on, r.hand_over, r.turn, r.unit, r.ends_on, r.daily_from, r.daily_until, r.weekdays,
        r.is_temporary, r.leaves_open,
        ARRAY(SELECT CAST(p.peer_id AS text) FROM shared.rotation_place p WHERE p.rotation_id = r.id
              ORDER BY p.place) AS people
    FROM shared.rotation r WHERE r.team_id = :team_id ORDER BY r.starts_on, r.id
    """
)
_SIGNED_UP = text(
    """
    SELECT id, peer_id, starts_at, ends_at FROM shared.sign_up
    WHERE team_id = :team_id AND peer_id IS NOT NULL AND ends_at > :since
    """
)
_INSTEAD = text(
    """
    SELECT layer_id, peer_id, starts_at, ends_at, instead_of, swap_id FROM shared.shift_override
    WHERE team_id = :team_id AND ends_at > :since ORDER BY made_at, id
    """
)
_PARTS = text(
    """
    SELECT s.member_id, m.suspended_on IS NOT NULL AS is_suspended,
        CAST(s.designated_on AS timestamp) AT TIME ZONE r.time_zone AS designated_at,
        CAST(s.lapses_on AS timestamp) AT TIME ZONE r.time_zone AS lapses_at
    FROM shared.membership s JOIN shared.member m ON m.id = s.member_id JOIN shared.region r ON r.id = s.region_id
    WHERE s.team_id = :team_id
    """
)
_AWAY = text(
    """
    SELECT peer_id, starts_at, ends_at FROM shared.away
    WHERE ends_at > shared.clock() AND peer_id = ANY(CAST(CAST(:people AS text[]) AS uuid[]))
    """
)
_WRITTEN = text(
    """
    SELECT id, layer_id, peer_id, origin, starts_at, ends_at FROM shared.duty
    WHERE team_id = :team_id AND ends_at > :since
    """
)
_STANDING = text(
    """
    SELECT id, layer_id, peer_id, state, starts_at, ends_at FROM shared.swap
    WHERE team_id = :team_id AND state IN ('open', 'taken', 'agreed') AND ends_at > :since ORDER BY asked_at, id
    """
)
_TEAMS_OF = text(
    """
    SELECT DISTINCT r.team_id FROM shared.rotation_place p JOIN shared.rotation r ON r.id = p.rotation_id
    WHERE p.peer_id = :peer_id
    UNION SELECT team_id FROM shared.duty WHERE peer_id = :peer_id AND ends_at > shared.clock()
    """
)
_PEOPLE = text(
    """
    SELECT m.id, m.name, coalesce(m.time_zone, r.time_zone), s.role
    FROM shared.membership s JOIN shared.member m ON m.id = s.member_id JOIN shared.region r ON r.id = m.region_id
    WHERE s.team_id = :team_id AND m.suspended_on IS NULL
      AND (s.lapses_on IS NULL OR s.lapses_on > CAST(shared.clock() AT TIME ZONE r.time_zone AS date))
    ORDER BY m.name, m.id
    """
)
_LAYER_IDS = text(
    """
    SELECT id FROM shared.rotation WHERE team_id = :team_id
    UNION SELECT id FROM shared.sign_up WHERE team_id = :team_id AND ends_at > shared.clock()
    """
)
_IS_ON_DUTY = text(
    """
    SELECT EXISTS (SELECT FROM shared.duty WHERE peer_id = :peer_id AND ends_at > :begin AND starts_at < :end
        AND (CAST(:apart_from AS uuid) IS NULL OR layer_id <> CAST(:apart_from AS uuid)))
    """
)
_STALE = text("SELECT team_id FROM shared.schedule WHERE expanded_until < shared.clock() + CAST(:ahead AS interval)")


async def hold(session: ShiftSession, team_id: UUID) -> Held:
    """Hold a team's schedule, so that changes to it come one after another.

    Raises:
        ScheduleUnknown: the team plans nothing, or is another region's.
    """
    row = (await session.execute(_HOLD, {"team_id": team_id})).one_or_none()
    if row is None:
        raise ScheduleUnknown
    return Held(*row)


async def hold_to_plan(session: ProgramSession, team_id: UUID, by: UUID | None) -> Held:
    """Hold a team's schedule for whoever may plan it: its coordinators and deputies, and the manager (`by` None).

    Raises:
        ScheduleUnknown: the team plans nothing, or is none of theirs.
    """
    if by is not None and not await plans(session, team_id, by):
        raise ScheduleUnknown
    return await hold(session, team_id)


async def plans(session: ProgramSession, team_id: UUID, by: UUID) -> bool:
    """Say whether a member plans for a team."""
    return bool((await session.execute(_PLANS, {"team_id": team_id, "by": by})).scalar_one())


async def plan(session: ShiftSession, team_id: UUID, since: datetime) -> Plan:
    """Return what a team plans; of overrides and sign-ups what is not over at `since`."""
    values = {"team_id": team_id, "since": since}
    layers = tuple(_layer(row) for row in await session.execute(_LAYERS, {"team_id": team_id}))
    signed_up = [SignedUp(row[0], row[1], Period(row[2], row[3])) for row in await session.execute(_SIGNED_UP, values)]
    instead = [
        Instead(row.layer_id, row.peer_id, Period(row.starts_at, row.ends_at), row.instead_of, row.swap_id is not None)
        for row in await session.execute(_INSTEAD, values)
    ]
    planned = {one.peer_id for one in signed_up} | {one.peer_id for one in instead}
    planned |= {one for layer in layers for one in layer.people}
    return Plan(layers, tuple(signed_up), tuple(instead), await away(session, team_id, planned))


async def away(session: ShiftSession, team_id: UUID, people: set[UUID]) -> Mapping[UUID, Sequence[Period]]:
    """Return when people cannot be on duty: by their own word, not designated, lapsed, suspended, out of the team.

    A designation begins and lapses at midnight in the region.
    """
    found: dict[UUID, list[Period]] = defaultdict(list)
    there = {row.member_id: row for row in await session.execute(_PARTS, {"team_id": team_id})}
    for peer_id in people:
        part = there.get(peer_id)
        if part is None or part.is_suspended or part.designated_at is None:
            found[peer_id].append(_ALWAYS)
            continue
        found[peer_id].append(Period(_ALWAYS.starts_at, part.designated_at))
        if part.lapses_at is not None:
            found[peer_id].append(Period(part.lapses_at, _ALWAYS.ends_at))
    for row in await session.execute(_AWAY, {"people": [str(peer_id) for peer_id in people]}):
        found[row.peer_id].append(Period(row.starts_at, row.ends_at))
    return found


async def written(session: ShiftSession, team_id: UUID, since: datetime) -> Mapping[UUID, Duty]:
    """Return a team's duties that end after `since`, by the id of their row."""
    rows = await session.execute(_WRITTEN, {"team_id": team_id, "since": since})
    return {
        row.id: Duty(row.layer_id, row.peer_id, Origin(row.origin), Period(row.starts_at, row.ends_at)) for row in rows
    }


async def standing_swaps(session: ShiftSession, team_id: UUID, since: datetime) -> Sequence[StandingSwap]:
    """Return a team's swaps that are neither over nor past, the earlier asked first."""
    rows = await session.execute(_STANDING, {"team_id": team_id, "since": since})
    return [
        StandingSwap(row.id, row.layer_id, row.peer_id, row.state, Period(row.starts_at, row.ends_at)) for row in rows
    ]


async def teams_of(session: ShiftSession, peer_id: UUID) -> Sequence[UUID]:
    """Return the teams whose schedule somebody is part of."""
    return (await session.execute(_TEAMS_OF, {"peer_id": peer_id})).scalars()


async def people(session: ShiftSession, team_id: UUID) -> Sequence[TeamPerson]:
    """Return who is in a team, by name."""
    return [TeamPerson(*row) for row in await session.execute(_PEOPLE, {"team_id": team_id})]


async def layer_ids(session: ShiftSession, team_id: UUID) -> frozenset[UUID]:
    """Return the ids of a team's rotations, and of its open shifts that are not over."""
    return frozenset((await session.execute(_LAYER_IDS, {"team_id": team_id})).scalars())


async def is_on_duty(session: ShiftSession, peer_id: UUID, period: Period, *, apart_from: UUID | None = None) -> bool:
    """Say whether somebody has a shift at some time of a period, in whatever team, but for one layer."""
    values = {"peer_id": peer_id, "begin": period.starts_at, "end": period.ends_at, "apart_from": apart_from}
    return bool((await session.execute(_IS_ON_DUTY, values)).scalar_one())


async def stale(session: DispatchSession, ahead: object) -> Sequence[UUID]:
    """Return the teams whose schedule is written out for less than `ahead`."""
    return (await session.execute(_STALE, {"ahead": ahead})).scalars()


def _layer(row: Any) -> Layer:  # noqa: ANN401 - a row of the statement above
    return Layer(
        id=row.id,
        people=tuple(map(UUID, row.people)),
        zone=row.zone,
        starts_on=row.starts_on,
        hand_over=row.hand_over,
        turn=row.turn,
        unit=Unit(row.unit),
        ends_on=row.ends_on,
        daily=None if row.daily_from is None else (row.daily_from, row.daily_until),
        weekdays=frozenset(map(int, row.weekdays)),
        is_temporary=row.is_temporary,
        leaves_open=row.leaves_open,
    )
