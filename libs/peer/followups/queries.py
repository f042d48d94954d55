"""Reading follow-ups: the requester's by callout, a peer's own, what is overdue for those who may know of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import text

from libs.peer.followups import rules
from libs.peer.followups.models import FollowUpKind, FollowUpState
from libs.tenancy.planes import DispatchSession

_HOLDERS = text("SELECT DISTINCT peer_id FROM shared.follow_up WHERE state = 'planned' AND peer_id IS NOT NULL")


@dataclass(frozen=True, slots=True)
class OfRequester:
    """A follow-up as its requester sees it; the peer_* are None while nobody has it.

    Attributes:
        due_on: the day, in the region's zone.
        is_due: the time has come.
    """

    kind: FollowUpKind
    state: FollowUpState
    due_at: datetime
    due_on: date
    today: date
    is_due: bool
    peer_name: str | None
    peer_phone: str | None


@dataclass(frozen=True, slots=True)
class OfPeer:
    """A follow-up as the peer sees it who has it."""

    id: UUID
    kind: FollowUpKind
    due_at: datetime
    now: datetime
    tries: int
    language: str

    @property
    def is_due(self) -> bool:
        """Whether the time has come."""
        return self.due_at <= self.now


@dataclass(frozen=True, slots=True)
class Overdue:
    """A follow-up that is overdue: never whose. `peer_name`: who has it; None when nobody does."""

    id: UUID
    kind: FollowUpKind
    due_at: datetime
    now: datetime
    peer_name: str | None


@dataclass(frozen=True, slots=True)
class Due:
    """A follow-up whose clock has passed.

    Attributes:
        is_fit: the peer who has it is there and not suspended.
        was_told: the peer knows that it is due.
        has_lapsed: its time is over for good.
    """

    id: UUID
    callout_id: UUID
    peer_id: UUID | None
    due_at: datetime
    is_fit: bool
    was_told: bool
    has_lapsed: bool
    has_mail: bool


_OF_REQUESTER = text(
    """
    SELECT f.kind, f.state, f.due_at, CAST(f.due_at AT TIME ZONE r.time_zone AS date) AS due_on,
        CAST(shared.clock() AT TIME ZONE r.time_zone AS date) AS today, f.due_at <= shared.clock() AS is_due,
        m.name, m.duty_phone
    FROM shared.follow_up f JOIN shared.region r ON r.id = f.region_id LEFT JOIN shared.member m ON m.id = f.peer_id
    WHERE f.callout_id = :callout_id ORDER BY f.due_at, f.kind
    """
)
_TODAY = text("SELECT CAST(shared.clock() AT TIME ZONE time_zone AS date) FROM shared.region WHERE id = :id")
_OF_PEER = text(
    """
    SELECT f.id, f.kind, f.due_at, shared.clock(), f.tries, c.language
    FROM shared.follow_up f JOIN shared.callout c ON c.id = f.callout_id
    WHERE f.peer_id = :peer_id AND f.state = 'planned' ORDER BY f.due_at, f.id
    """
)
_OVERDUE = text(
    """
    SELECT f.id, f.kind, f.due_at, shared.clock(), m.name
    FROM shared.follow_up f LEFT JOIN shared.member m ON m.id = f.peer_id
    JOIN shared.member me ON me.id = :peer_id AND me.suspended_on IS NULL
    WHERE f.state = 'planned' AND me.id = ANY(f.watchers) AND f.peer_id IS DISTINCT FROM me.id
      AND f.due_at + CAST(:overdue AS interval) <= shared.clock()
    ORDER BY f.due_at, f.id
    """
)
_DUE = text(
    """
    SELECT f.id, f.callout_id, f.peer_id, f.due_at, m.id IS NOT NULL AND m.suspended_on IS NULL AS is_fit,
        f.told_at IS NOT NULL, f.due_at + CAST(:lapses AS interval) <= shared.clock(),
        'mail' = ANY(r.channels) AND coalesce('mail' = ANY(e.verified), false)
    FROM shared.follow_up f JOIN shared.region r ON r.id = f.region_id LEFT JOIN shared.member m ON m.id = f.peer_id
    LEFT JOIN shared.reach e ON e.peer_id = f.peer_id
    WHERE f.id = :id AND f.state = 'planned' AND f.due_at <= shared.clock() FOR UPDATE OF f
    """
)
_IS_PLANNED = text("SELECT EXISTS (SELECT FROM shared.follow_up WHERE callout_id = :callout_id AND state = 'planned')")
_HAS_TALKED = text(
    """
    SELECT EXISTS (SELECT FROM shared.callout WHERE id = :id AND accepted_by IS NOT NULL
                   AND state IN ('in_contact', 'closed'))
    """
)
_STALLED = text(
    "SELECT id FROM shared.follow_up WHERE state = 'planned' AND next_at < shared.clock() - interval '10 seconds'"
)


async def of_requester(session: DispatchSession, callout_id: UUID) -> Sequence[OfRequester]:
    """Return the follow-ups of a callout, by day; also those that are over or stopped."""
    rows = await session.execute(_OF_REQUESTER, {"callout_id": callout_id})
    return [OfRequester(FollowUpKind(row[0]), FollowUpState(row[1]), *row[2:]) for row in rows]


async def today(session: DispatchSession, region_id: UUID) -> date:
    """Return the day in the region's zone."""
    found: date = (await session.execute(_TODAY, {"id": region_id})).scalar_one()
    return found


async def of_peer(session: DispatchSession, peer_id: UUID) -> Sequence[OfPeer]:
    """Return what a peer has planned, what is due first."""
    rows = await session.execute(_OF_PEER, {"peer_id": peer_id})
    return [OfPeer(row[0], FollowUpKind(row[1]), *row[2:]) for row in rows]


async def overdue_for(session: DispatchSession, coordinator_id: UUID) -> Sequence[Overdue]:
    """Return what is overdue, of what this coordinator may know of: who never held a copy learns of nothing."""
    rows = await session.execute(_OVERDUE, {"peer_id": coordinator_id, "overdue": rules.OVERDUE_AFTER})
    return [Overdue(row[0], FollowUpKind(row[1]), *row[2:]) for row in rows]


async def due(session: DispatchSession, follow_up_id: UUID) -> Due | None:
    """Return a planned follow-up whose time has come, and lock its row; None otherwise."""
    row = (await session.execute(_DUE, {"id": follow_up_id, "lapses": rules.LAPSES_AFTER})).one_or_none()
    return None if row is None else Due(*row)


async def is_any_planned(session: DispatchSession, callout_id: UUID) -> bool:
    """Say whether the way to a requester is still needed."""
    return bool((await session.execute(_IS_PLANNED, {"callout_id": callout_id})).scalar_one())


async def has_talked(session: DispatchSession, callout_id: UUID) -> bool:
    """Say whether the requester talks with somebody, or did before it was closed."""
    return bool((await session.execute(_HAS_TALKED, {"id": callout_id})).scalar_one())


async def holders(session: DispatchSession) -> Sequence[UUID]:
    """Return whoever has a planned follow-up."""
    return (await session.execute(_HOLDERS)).scalars()


async def stalled(session: DispatchSession) -> Sequence[UUID]:
    """Return planned follow-ups whose clock has passed and that nobody has looked at."""
    return (await session.execute(_STALLED)).scalars()
