"""Reading approvals, and whose turn it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import text

from libs.peer.approvals import rules
from libs.peer.approvals.models import ApprovalState, Choice
from libs.peer.approvals.rules import OnRota
from libs.tenancy.planes import ProgramSession


@dataclass(frozen=True, slots=True)
class Held:
    """A decision that can be taken back until `until`."""

    choice: Choice
    until: datetime


@dataclass(frozen=True, slots=True)
class WaitingApproval:
    """What a program manager decides on: where from, how soon, which language, how long it waits.

    Attributes:
        held_until: until when the decision can be taken back; None while nobody has decided.
    """

    id: UUID
    coming_from: str
    urgency: str
    language: str
    opened_at: datetime
    now: datetime
    state: ApprovalState
    choice: str | None
    held_until: datetime | None


@dataclass(frozen=True, slots=True)
class DecidedApproval:
    """What was decided lately, and whose word counted: manager or lead."""

    id: UUID
    coming_from: str
    state: ApprovalState
    decided_by: str
    decline_reason: str | None
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class Climb:
    """What a look at an undecided approval needs: how far it was told, and who is in turn.

    Attributes:
        told: the step that was told last; -1 for none.
        has_mail: the region's people are reached by mail, too.
    """

    told: int
    in_order: Sequence[OnRota]
    has_mail: bool


_WAITING = text(
    """
    SELECT id, coming_from, urgency, language, opened_at, shared.clock() AS now, state, choice, held_until
    FROM shared.approval WHERE state = ANY(:open) ORDER BY opened_at
    """
)
_DECIDED = text(
    """
    SELECT id, coming_from, state, decided_by, decline_reason, decided_at FROM shared.approval
    WHERE state IN ('approved', 'declined', 'handed_on') AND decided_by IS NOT NULL
      AND decided_at > shared.clock() - interval '1 day'
    ORDER BY decided_at DESC LIMIT 10
    """
)
_STATE = text("SELECT state FROM shared.approval WHERE id = :id")
_ROTA = text("SELECT account_id, name, is_away FROM shared.approver ORDER BY joined_at, account_id")
_CLIMB = text(
    """
    SELECT coalesce(a.told_step, -1) AS told_step, 'mail' = ANY(r.channels) AS has_mail,
        CAST(shared.clock() AT TIME ZONE r.time_zone AS date) AS today
    FROM shared.approval a JOIN shared.region r ON r.id = a.region_id WHERE a.id = :id AND a.state = 'waiting'
    """
)
_REGION = text(
    """
    SELECT CAST(shared.clock() AT TIME ZONE time_zone AS date) AS today, 'mail' = ANY(channels) AS has_mail
    FROM shared.region WHERE id = :id
    """
)
_STALLED = text(
    """
    SELECT id FROM shared.approval
    WHERE state IN ('held', 'applying') AND held_until < shared.clock() - interval '10 seconds'
       OR state = 'waiting' AND looked_at < shared.clock() - interval '6 minutes'
    """
)
NO_APPROVER = """
    SELECT r.name FROM shared.region r
    WHERE r.sandbox_of IS NULL AND EXISTS (SELECT FROM shared.membership s WHERE s.region_id = r.id)
      AND NOT EXISTS (SELECT FROM shared.approver a WHERE a.region_id = r.id AND NOT a.is_away)
    ORDER BY r.name
"""
"""Regions with people of whose managers nobody is in turn: each request from outside is the leads' at once."""


async def waiting(session: ProgramSession) -> Sequence[WaitingApproval]:
    """Return the region's approvals that nothing has come of yet, oldest first."""
    rows = await session.execute(_WAITING, {"open": sorted(rules.OPEN)})
    return [WaitingApproval(**{**row, "state": ApprovalState(row["state"])}) for row in rows]


async def decided_lately(session: ProgramSession) -> Sequence[DecidedApproval]:
    """Return what was decided in the last day, the latest first."""
    return [DecidedApproval(row[0], row[1], ApprovalState(row[2]), *row[3:]) for row in await session.execute(_DECIDED)]


async def state(session: ProgramSession, approval_id: UUID) -> ApprovalState | None:
    """Return how an approval stands; None when it is not this region's, or none."""
    found = (await session.execute(_STATE, {"id": approval_id})).scalar_one_or_none()
    return None if found is None else ApprovalState(found)


async def rota(session: ProgramSession) -> Sequence[OnRota]:
    """Return everybody who takes part in deciding, in the order in which they joined."""
    return [OnRota(*row) for row in await session.execute(_ROTA)]


async def climb(session: ProgramSession, approval_id: UUID) -> Climb | None:
    """Return whom an approval that waits may be told to next; None when it does not wait."""
    row = (await session.execute(_CLIMB, {"id": approval_id})).one_or_none()
    if row is None:
        return None
    return Climb(row.told_step, rules.in_turn(await rota(session), row.today), row.has_mail)


async def in_turn(session: ProgramSession, region_id: UUID) -> Sequence[OnRota]:
    """Return who decides today, in turn: the first, the deputy, then all others."""
    row = (await session.execute(_REGION, {"id": region_id})).one()
    return rules.in_turn(await rota(session), row.today)


async def today(session: ProgramSession, region_id: UUID) -> date:
    """Return the day in the region's zone."""
    found: date = (await session.execute(_REGION, {"id": region_id})).one().today
    return found


async def has_mail(session: ProgramSession, region_id: UUID) -> bool:
    """Say whether the region's people are reached by mail, too."""
    return bool((await session.execute(_REGION, {"id": region_id})).one().has_mail)


async def stalled(session: ProgramSession) -> Sequence[UUID]:
    """Return approvals that nobody moves on: a decision that was held and not applied, one that nobody looks at."""
    return (await session.execute(_STALLED)).scalars()
