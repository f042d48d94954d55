"""What people look at: their shifts, what is open, who is on duty, what a team plans. Names come along."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import text

from libs.peer.shifts import coverage, queries, rules
from libs.peer.shifts.coverage import Coverage
from libs.peer.shifts.errors import RotationUnknown
from libs.peer.shifts.queries import ShiftSession
from libs.peer.shifts.rules import Period


@dataclass(frozen=True, slots=True)
class TeamName:
    """A team: its kind says its name, where it has none of its own; an in-house team's is its center's."""

    id: UUID
    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Shift:
    """A time on duty, with whose it is and why.

    Attributes:
        layer: what the team calls the rotation; empty for an open shift, and for one that has ended.
        swap: state of a swap that the holder asked for and that is not agreed on; None without.
    """

    id: UUID
    team_id: UUID
    layer_id: UUID
    layer: str
    origin: str
    peer_id: UUID
    name: str
    starts_at: datetime
    ends_at: datetime
    swap: str | None
    swap_id: UUID | None


@dataclass(frozen=True, slots=True)
class OpenShift:
    """A shift that can be taken, or was; `name` is whose, empty while it is nobody's."""

    id: UUID
    team_id: UUID
    peer_id: UUID | None
    name: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class SwapRow:
    """A swap with the names of both; `taker` is empty while nobody took it."""

    id: UUID
    team_id: UUID
    peer_id: UUID
    asker: str
    taken_by: UUID | None
    taker: str
    state: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class RotationRow:
    """A rotation as it was entered; fields as in `models.Rotation`."""

    id: UUID
    team_id: UUID
    name: str
    is_temporary: bool
    leaves_open: bool
    turn: int
    unit: str
    zone: str
    starts_on: date
    ends_on: date | None
    hand_over: time
    daily_from: time | None
    daily_until: time | None
    weekdays: str
    people: tuple[UUID, ...]
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OverrideRow:
    """Somebody instead, by a coordinator's word."""

    id: UUID
    layer_id: UUID
    peer_id: UUID
    name: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Policy:
    """How a team plans."""

    needs: int
    swaps_need_a_yes: bool


_TEAMS = text(
    """
    SELECT t.id, t.kind, coalesce(a.name, t.name) AS name
    FROM shared.team t LEFT JOIN shared.agency a ON a.id = t.agency_id
    WHERE CASE WHEN CAST(:member_id AS uuid) IS NULL
        THEN t.agency_id IS NULL OR EXISTS (SELECT FROM shared.membership s WHERE s.team_id = t.id)
        ELSE EXISTS (SELECT FROM shared.membership s
            WHERE s.team_id = t.id AND s.member_id = CAST(:member_id AS uuid)
              AND (NOT CAST(:planning AS boolean) OR s.role IN ('coordinator', 'deputy'))) END
    ORDER BY t.agency_id IS NOT NULL, t.kind DESC, name, t.id
    """
)
_SHIFTS = text(
    """
    SELECT d.id, d.team_id, d.layer_id, coalesce(r.name, ''), d.origin, d.peer_id, m.name, d.starts_at, d.ends_at,
        w.state, w.id
    FROM shared.duty d JOIN shared.member m ON m.id = d.peer_id
    LEFT JOIN shared.rotation r ON r.id = d.layer_id
    LEFT JOIN LATERAL (SELECT w.id, w.state FROM shared.swap w WHERE w.layer_id = d.layer_id AND w.peer_id = d.peer_id
        AND w.state IN ('open', 'taken') AND w.ends_at > d.starts_at AND w.starts_at < d.ends_at
        AND w.starts_at > shared.clock() ORDER BY w.starts_at LIMIT 1) w ON true
    WHERE (CAST(:team_id AS uuid) IS NULL OR d.team_id = CAST(:team_id AS uuid))
      AND (CAST(:peer_id AS uuid) IS NULL OR d.peer_id = CAST(:peer_id AS uuid))
      AND d.ends_at > coalesce(CAST(:begin AS timestamptz), shared.clock())
      AND d.starts_at < coalesce(CAST(:end AS timestamptz), shared.clock() + CAST('60 days' AS interval))
    ORDER BY d.starts_at, d.ends_at, m.name, d.id
    """
)
_NOW = text(
    """
    SELECT d.team_id, m.name FROM shared.duty d JOIN shared.member m ON m.id = d.peer_id
    WHERE d.team_id = :team_id AND d.ends_at > shared.clock() AND d.starts_at <= shared.clock() ORDER BY m.name
    """
)
_OPEN = text(
    """
    SELECT u.id, u.team_id, u.peer_id, coalesce(m.name, ''), u.starts_at, u.ends_at
    FROM shared.sign_up u LEFT JOIN shared.member m ON m.id = u.peer_id
    WHERE u.ends_at > shared.clock()
      AND (CAST(:team_id AS uuid) IS NULL OR u.team_id = CAST(:team_id AS uuid))
      AND (CAST(:member_id AS uuid) IS NULL OR (u.peer_id IS NULL OR u.peer_id = CAST(:member_id AS uuid))
           AND EXISTS (SELECT FROM shared.membership s WHERE s.team_id = u.team_id
               AND s.member_id = CAST(:member_id AS uuid)))
    ORDER BY u.starts_at, u.id
    """
)
_SWAPS = text(
    """
    SELECT w.id, w.team_id, w.peer_id, a.name, w.taken_by, coalesce(b.name, ''), w.state, w.starts_at, w.ends_at
    FROM shared.swap w JOIN shared.member a ON a.id = w.peer_id LEFT JOIN shared.member b ON b.id = w.taken_by
    WHERE w.ends_at > shared.clock()
      AND (w.state = 'agreed' OR w.state IN ('open', 'taken') AND w.starts_at > shared.clock())
      AND (CAST(:team_id AS uuid) IS NULL OR w.team_id = CAST(:team_id AS uuid))
      AND (CAST(:member_id AS uuid) IS NULL OR CAST(:member_id AS uuid) IN (w.peer_id, w.taken_by)
           OR w.state = 'open' AND EXISTS (SELECT FROM shared.membership s WHERE s.team_id = w.team_id
               AND s.member_id = CAST(:member_id AS uuid)))
    ORDER BY w.starts_at, w.id
    """
)
_ROTATIONS = text(
    """
    SELECT r.id, r.team_id, r.name, r.is_temporary, r.leaves_open, r.turn, r.unit, r.zone, r.starts_on, r.ends_on,
        r.hand_over, r.daily_from, r.daily_until, r.weekdays,
        ARRAY(SELECT CAST(p.peer_id AS text) FROM shared.rotation_place p WHERE p.rotation_id = r.id
              ORDER BY p.place) AS people,
        ARRAY(SELECT m.name FROM shared.rotation_place p JOIN shared.member m ON m.id = p.peer_id
              WHERE p.rotation_id = r.id ORDER BY p.place) AS names
    FROM shared.rotation r
    WHERE (CAST(:team_id AS uuid) IS NULL OR r.team_id = CAST(:team_id AS uuid))
      AND (CAST(:id AS uuid) IS NULL OR r.id = CAST(:id AS uuid))
    ORDER BY r.is_temporary, r.name, r.id
    """
)
_OVERRIDES = text(
    """
    SELECT o.id, o.layer_id, o.peer_id, m.name, o.starts_at, o.ends_at
    FROM shared.shift_override o JOIN shared.member m ON m.id = o.peer_id
    WHERE o.team_id = :team_id AND o.swap_id IS NULL AND o.ends_at > shared.clock() ORDER BY o.starts_at, o.id
    """
)
_POLICY = text("SELECT needs, swaps_need_a_yes FROM shared.schedule WHERE team_id = :team_id")
_CLOCK = text("SELECT shared.clock()")
_ZONE = text(
    """
    SELECT coalesce(m.time_zone, r.time_zone) FROM shared.member m JOIN shared.region r ON r.id = m.region_id
    WHERE m.id = :id
    """
)


async def teams(session: ShiftSession, member_id: UUID | None, *, planning: bool = False) -> Sequence[TeamName]:
    """Return the teams that a member is in, or plans for; every team of the region where it is None.

    An in-house team without anybody has ended.
    """
    values = {"member_id": member_id, "planning": planning}
    return [TeamName(*row) for row in await session.execute(_TEAMS, values)]


async def shifts(
    session: ShiftSession,
    *,
    team_id: UUID | None = None,
    peer_id: UUID | None = None,
    begin: datetime | None = None,
    end: datetime | None = None,
) -> Sequence[Shift]:
    """Return who is on duty when, of a team or a person, by begin; from now, 60 days, where nothing else is said."""
    values = {"team_id": team_id, "peer_id": peer_id, "begin": begin, "end": end}
    return [Shift(*row) for row in await session.execute(_SHIFTS, values)]


async def on_duty_now(session: ShiftSession, team_id: UUID) -> Sequence[str]:
    """Return the names of who answers right now for a team, each once; empty is nobody."""
    rows = await session.execute(_NOW, {"team_id": team_id})
    return list(dict.fromkeys(row.name for row in rows))


async def open_shifts(
    session: ShiftSession, *, team_id: UUID | None = None, member_id: UUID | None = None
) -> Sequence[OpenShift]:
    """Return the open shifts of a team; or those that a member can take, or has taken."""
    return [OpenShift(*row) for row in await session.execute(_OPEN, {"team_id": team_id, "member_id": member_id})]


async def swaps(
    session: ShiftSession, *, team_id: UUID | None = None, member_id: UUID | None = None
) -> Sequence[SwapRow]:
    """Return the swaps of a team that still matter; or a member's own, and those of colleagues that they can take."""
    return [SwapRow(*row) for row in await session.execute(_SWAPS, {"team_id": team_id, "member_id": member_id})]


async def rotations(session: ShiftSession, team_id: UUID) -> Sequence[RotationRow]:
    """Return a team's rotations, the usual ones first."""
    rows = await session.execute(_ROTATIONS, {"team_id": team_id, "id": None})
    return [_rotation(row) for row in rows]


async def rotation(session: ShiftSession, rotation_id: UUID) -> RotationRow:
    """Return one rotation.

    Raises:
        RotationUnknown: there is none in the region.
    """
    row = (await session.execute(_ROTATIONS, {"team_id": None, "id": rotation_id})).one_or_none()
    if row is None:
        raise RotationUnknown
    return _rotation(row)


async def overrides(session: ShiftSession, team_id: UUID) -> Sequence[OverrideRow]:
    """Return a team's overrides that are not over, without those that swaps made."""
    return [OverrideRow(*row) for row in await session.execute(_OVERRIDES, {"team_id": team_id})]


async def policy(session: ShiftSession, team_id: UUID) -> Policy | None:
    """Return how a team plans; None while it plans nothing."""
    row = (await session.execute(_POLICY, {"team_id": team_id})).one_or_none()
    return None if row is None else Policy(*row)


async def clock(session: ShiftSession) -> datetime:
    """Return the instant of this look."""
    found: datetime = (await session.execute(_CLOCK)).scalar_one()
    return found


async def zone_of(session: ShiftSession, member_id: UUID) -> str:
    """Return the zone in which somebody reads the clock."""
    return str((await session.execute(_ZONE, {"id": member_id})).scalar_one())


async def covered(session: ShiftSession, team_id: UUID) -> Coverage:
    """Look at a team's next four weeks: gaps, who carries too much, and the score."""
    now, said = await clock(session), await policy(session, team_id)
    plan = await queries.plan(session, team_id, now)
    window = Period(now, now + coverage.LOOK_AHEAD)
    return coverage.of(plan, rules.expand(plan, window), window, needs=said.needs if said else 1)


def _rotation(row: Any) -> RotationRow:  # noqa: ANN401 - a row of the statement above
    return RotationRow(**{**row, "people": tuple(map(UUID, row.people)), "names": tuple(row.names)})
