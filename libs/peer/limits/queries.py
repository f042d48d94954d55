"""Reading limits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from libs.peer.limits.rules import POLICY, UNSAID, OwnWord, Policy
from libs.tenancy.planes import DispatchSession, ProgramSession


@dataclass(frozen=True, slots=True)
class Own:
    """What a peer has said, and when it is.

    Attributes:
        not_for: teams that the peer is in and is not asked for.
        verified: proven channels; seen_at: when a page of theirs was open last.
    """

    word: OwnWord
    not_for: tuple[UUID, ...]
    cools_until: datetime | None
    verified: tuple[str, ...]
    seen_at: datetime | None
    now: datetime


@dataclass(frozen=True, slots=True)
class TimeAway:
    """A time in which a peer is not asked."""

    id: UUID
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Pair:
    """How long it takes from one center to another, either way."""

    from_id: UUID
    to_id: UUID
    minutes: int


@dataclass(frozen=True, slots=True)
class Unrated:
    """A conversation that its peer has not rated yet."""

    offer_id: UUID
    ended_at: datetime


# As text: asking the driver for an array of uuids makes it look the type up with what planes may not call.
_OWN = text(
    """
    SELECT l.peer_id IS NOT NULL, l.modalities, l.reach_minutes, l.caseload, l.accepts_a_day, l.quiet_from,
        l.quiet_until, l.wakes_for_now, l.gender, l.knows_calls, CAST(coalesce(l.not_for, '{}') AS text[]) AS not_for,
        l.cools_until, coalesce(e.verified, '{}') AS verified, e.seen_at, shared.clock() AS now
    FROM (SELECT CAST(:peer_id AS uuid) AS id) m LEFT JOIN shared.own_limits l ON l.peer_id = m.id
    LEFT JOIN shared.reach e ON e.peer_id = m.id
    """
)
_NOW = text("SELECT shared.clock()")
_AWAY = text(
    """
    SELECT id, starts_at, ends_at FROM shared.away
    WHERE peer_id = :peer_id AND ends_at > shared.clock() ORDER BY starts_at, id
    """
)
_POLICY = text("SELECT caseload, accepts_a_day, heavy_hours, heaviest_hours, near_minutes FROM shared.limit_policy")
_DRIVES = text("SELECT from_id, to_id, minutes FROM shared.drive ORDER BY from_id, to_id")
_UNRATED = text(
    """
    SELECT o.id, c.ended_at FROM shared.offer o JOIN shared.callout c ON c.id = o.callout_id
    WHERE o.peer_id = :peer_id AND o.state = 'accepted' AND o.effort IS NULL AND c.state = 'closed'
      AND c.contact_at IS NOT NULL AND c.ended_at > shared.clock() - interval '7 days' ORDER BY c.ended_at
    """
)


async def now(session: DispatchSession) -> datetime:
    """Return the one clock's time."""
    found: datetime = (await session.execute(_NOW)).scalar_one()
    return found


async def own(session: DispatchSession, peer_id: UUID) -> Own:
    """Return what a peer has said."""
    has_said, *row = (await session.execute(_OWN, {"peer_id": peer_id})).one()
    word = OwnWord(*row[:9]) if has_said else UNSAID
    not_for, cools_until, verified, seen_at, now = row[9:]
    return Own(word, tuple(UUID(team) for team in not_for), cools_until, tuple(verified), seen_at, now)


async def away(session: DispatchSession, peer_id: UUID) -> Sequence[TimeAway]:
    """Return a peer's times away that are not over, the earliest first."""
    return [TimeAway(*row) for row in await session.execute(_AWAY, {"peer_id": peer_id})]


async def policy(session: DispatchSession | ProgramSession) -> Policy:
    """Return what the region sets; what the product sets where it has set nothing."""
    row = (await session.execute(_POLICY)).one_or_none()
    return POLICY if row is None else Policy(*row)


async def drives(session: ProgramSession) -> Sequence[Pair]:
    """Return every pair of centers whose drive time the region has entered."""
    return [Pair(*row) for row in await session.execute(_DRIVES)]


async def unrated(session: DispatchSession, peer_id: UUID) -> Sequence[Unrated]:
    """Return a peer's conversations of the last week that ended and were not rated, the oldest first."""
    return [Unrated(*row) for row in await session.execute(_UNRATED, {"peer_id": peer_id})]
