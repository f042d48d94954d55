"""Reading callouts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from libs.peer.callouts.models import State, Urgency
from libs.peer.callouts.rules import DECIDE_WITHIN, ENDED, REOPENS_BEFORE_COORDINATOR, TRACES_LIVE
from libs.tenancy.planes import DispatchSession


@dataclass(frozen=True, slots=True)
class Locked:
    """A callout under a row lock, for the engine to decide on.

    Attributes:
        is_flood: more asks without a confirmed contact in the last hour than the region takes for real.
    """

    id: UUID
    region_id: UUID
    home_id: UUID | None
    state: State
    urgency: Urgency
    team: str
    center_wish: str
    language: str
    epoch: int
    accepted_by: UUID | None
    next_at: datetime | None
    now: datetime
    channels: Sequence[str]
    asked_at: datetime
    is_flood: bool
    channel: str
    wishes: Sequence[str]
    center_state: str | None
    unmet: Sequence[str]

    @property
    def is_overdue(self) -> bool:
        """Whether its clock has passed."""
        return self.next_at is not None and self.next_at <= self.now

    @property
    def is_due_at_coordinator(self) -> bool:
        """Whether it waits with the coordinator, who has had it first, and it is time to look for a peer again."""
        return self.state is State.WITH_COORDINATOR and (self.next_at is None or self.is_overdue)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a callout stands, for its requester.

    Attributes:
        next_at: when something happens next; None when nothing is timed.
        peer_*: who said yes; None before.
        is_lead_told: a coordinator holds a copy, and so sees it when nobody answers.
        epoch: the round of asking; said again with "we're talking", it tells which peer is meant.
        earlier_name, earlier_epoch: the last peer from whom it was taken back; None when there is none.
    """

    callout_id: UUID
    state: State
    urgency: Urgency
    asked_at: datetime
    next_at: datetime | None
    now: datetime
    decline_reason: str | None
    peer_name: str | None
    peer_agency_id: UUID | None
    peer_duty_phone: str | None
    is_lead_told: bool
    epoch: int
    earlier_name: str | None
    earlier_epoch: int | None

    @classmethod
    def just_asked(cls, callout_id: UUID, state: State, urgency: Urgency, at: datetime) -> "Standing":
        """Return how a callout stands in the moment in which it is written: nothing else is known of it yet."""
        return cls(callout_id, state, urgency, at, None, at, None, None, None, None, False, 1, None, None)

    @property
    def is_decision_late(self) -> bool:
        """Whether the program managers have let their time go by, so that a coordinator may decide."""
        is_pending = self.state is State.PENDING_APPROVAL
        return is_pending and self.asked_at + DECIDE_WITHIN[self.urgency] <= self.now


@dataclass(frozen=True, slots=True)
class Held:
    """A callout that a peer has accepted and that has not ended."""

    callout_id: UUID
    state: State
    urgency: Urgency
    language: str
    wishes: Sequence[str]
    accepted_at: datetime
    next_at: datetime | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A callout that waits for a coordinator: never whose it is."""

    callout_id: UUID
    urgency: Urgency
    language: str
    team: str
    asked_at: datetime
    now: datetime
    epoch: int


@dataclass(frozen=True, slots=True)
class Undecided:
    """A request from outside that the program managers have not decided in time: for a coordinator now, too."""

    callout_id: UUID
    coming_from: str
    urgency: Urgency
    language: str
    asked_at: datetime
    now: datetime


_LOCKED = text(
    """
    SELECT c.id, c.region_id, c.home_id, c.state, c.urgency, c.team, c.center_wish, c.language, c.epoch, c.accepted_by,
           c.next_at, shared.clock(), r.channels, c.asked_at,
           (SELECT count(*) FROM (SELECT FROM shared.callout f WHERE f.region_id = r.id AND f.contact_at IS NULL
            AND f.asked_at > shared.clock() - interval '1 hour' LIMIT r.flood_from + 1) AS few) > r.flood_from,
           c.channel, c.wishes, (SELECT a.state FROM shared.agency a WHERE a.id = c.home_id), c.unmet
    FROM shared.callout c JOIN shared.region r ON r.id = c.region_id WHERE c.id = :id FOR UPDATE OF c
    """
)
_STANDING = text(
    """
    SELECT c.id, c.state, c.urgency, c.asked_at, c.next_at, shared.clock(), c.decline_reason,
           m.name, m.agency_id, m.duty_phone,
           EXISTS (SELECT FROM shared.copy p JOIN shared.membership l ON l.member_id = p.peer_id
                       AND l.role IN ('coordinator', 'deputy')
                   WHERE p.home_id = c.home_id AND p.callout_id = c.id),
           c.epoch, e.name, e.epoch
    FROM shared.callout c LEFT JOIN shared.member m ON m.id = c.accepted_by
    LEFT JOIN LATERAL (SELECT f.name, o.epoch FROM shared.offer o JOIN shared.member f ON f.id = o.peer_id
                       WHERE o.callout_id = c.id AND o.state = 'released' ORDER BY o.epoch DESC LIMIT 1) e ON true
    WHERE c.id = :id
    """
)
_HELD = text(
    """
    SELECT id, state, urgency, language, wishes, accepted_at, next_at FROM shared.callout
    WHERE accepted_by = :peer_id AND state IN ('accepted', 'in_contact') ORDER BY accepted_at
    """
)
_WAITING = text(
    """
    SELECT c.id, c.urgency, c.language, c.team, c.asked_at, shared.clock(), c.epoch
    FROM shared.callout c
    JOIN shared.copy p ON p.home_id = c.home_id AND p.callout_id = c.id AND p.peer_id = :peer_id
    JOIN shared.member m ON m.id = p.peer_id AND m.suspended_on IS NULL
    WHERE c.state = 'with_coordinator' OR c.state = 'paging' AND :reopens <= (
        SELECT count(*) FROM shared.offer o WHERE o.callout_id = c.id AND o.state = 'released')
    ORDER BY c.asked_at
    """
)
_UNDECIDED = text(
    """
    SELECT c.id, c.coming_from, c.urgency, c.language, c.asked_at, shared.clock() AS now
    FROM shared.callout c
    JOIN shared.copy p ON p.home_id = c.home_id AND p.callout_id = c.id AND p.peer_id = :peer_id
    JOIN shared.member m ON m.id = p.peer_id AND m.suspended_on IS NULL
    WHERE c.state = 'pending_approval' ORDER BY c.asked_at
    """
)
_STALLED = text(
    """
    SELECT id, state FROM shared.callout
    WHERE (state IN ('pending_approval', 'paging', 'with_coordinator', 'accepted', 'in_contact')
           AND (next_at IS NULL OR next_at < shared.clock() - interval '10 seconds')
           AND asked_at < shared.clock() - interval '10 seconds')
       OR (state = ANY(:ended) AND home_id IS NOT NULL
           AND (state = 'withdrawn' AND ended_at < shared.clock() - interval '1 minute'
                OR ended_at < shared.clock() - CAST(:traces_live AS interval) - interval '1 minute'))
    """
)
_ORIGIN = text("SELECT home_id, request_id FROM shared.callout WHERE id = :id AND state = ANY(:ended)")
_FOR_APPROVAL = text(
    """
    SELECT approval_id, coming_from, urgency, language FROM shared.callout
    WHERE id = :id AND state = 'pending_approval'
    """
)
_APPROVAL_OF = text("SELECT approval_id FROM shared.callout WHERE id = :id")
_ACCEPTED_BY = text("SELECT accepted_by FROM shared.callout WHERE id = :id")
_OF_APPROVAL = text("SELECT id FROM shared.callout WHERE approval_id = :approval_id")


async def locked(session: DispatchSession, callout_id: UUID) -> Locked | None:
    """Return a callout and lock its row until the transaction's end; None when it is gone."""
    row = (await session.execute(_LOCKED, {"id": callout_id})).one_or_none()
    if row is None:
        return None
    callout, region, home, state, urgency, *rest = row
    return Locked(callout, region, home, State(state), Urgency(urgency), *rest)


async def standing(session: DispatchSession, callout_id: UUID) -> Standing | None:
    """Return where a callout stands; None when it is gone."""
    row = (await session.execute(_STANDING, {"id": callout_id})).one_or_none()
    return None if row is None else Standing(row.id, State(row.state), Urgency(row.urgency), *row[3:])


async def held_by(session: DispatchSession, peer_id: UUID) -> Sequence[Held]:
    """Return the callouts that a peer has accepted, oldest first."""
    rows = await session.execute(_HELD, {"peer_id": peer_id})
    return [Held(row.id, State(row.state), Urgency(row.urgency), *row[3:]) for row in rows]


async def waiting_for(session: DispatchSession, coordinator_id: UUID) -> Sequence[Waiting]:
    """Return what waits for a coordinator: only what the coordinator holds a copy of exists for them."""
    values = {"peer_id": coordinator_id, "reopens": REOPENS_BEFORE_COORDINATOR}
    rows = await session.execute(_WAITING, values)
    return [Waiting(row.id, Urgency(row.urgency), *row[2:]) for row in rows]


async def undecided_for(session: DispatchSession, coordinator_id: UUID) -> Sequence[Undecided]:
    """Return what the program managers let wait too long, where the coordinator holds a copy; oldest first."""
    rows = await session.execute(_UNDECIDED, {"peer_id": coordinator_id})
    found = [Undecided(row.id, row.coming_from, Urgency(row.urgency), *row[3:]) for row in rows]
    return [one for one in found if one.asked_at + DECIDE_WITHIN[one.urgency] <= one.now]


async def stalled(session: DispatchSession) -> Sequence[tuple[UUID, State]]:
    """Return callouts whose clock has passed and that nobody has moved on, and ended ones that still have traces."""
    values = {"ended": sorted(ENDED), "traces_live": TRACES_LIVE}
    return [(row.id, State(row.state)) for row in await session.execute(_STALLED, values)]


async def origin(session: DispatchSession, callout_id: UUID) -> tuple[UUID, UUID] | None:
    """Return (home, request) of an ended callout, or None when it has not ended or they were erased."""
    row = (await session.execute(_ORIGIN, {"id": callout_id, "ended": sorted(ENDED)})).one_or_none()
    return None if row is None or row.home_id is None else (row.home_id, row.request_id)


async def for_approval(session: DispatchSession, callout_id: UUID) -> tuple[UUID, str, str, str] | None:
    """Return (approval, coming from, urgency, language) while a decision is waited for, else None."""
    row = (await session.execute(_FOR_APPROVAL, {"id": callout_id})).one_or_none()
    return None if row is None else (row.approval_id, row.coming_from, row.urgency, row.language)


async def of_approval(session: DispatchSession, approval_id: UUID) -> UUID | None:
    """Return the callout that an approval is about, or None when there is none."""
    found: UUID | None = (await session.execute(_OF_APPROVAL, {"approval_id": approval_id})).scalar_one_or_none()
    return found


async def accepted_by(session: DispatchSession, callout_id: UUID) -> UUID | None:
    """Return the peer who has a callout, or had it when it ended."""
    found: UUID | None = (await session.execute(_ACCEPTED_BY, {"id": callout_id})).scalar_one_or_none()
    return found


async def approval_of(session: DispatchSession, callout_id: UUID) -> UUID | None:
    """Return the approval that a callout waited for; None for one from within the region."""
    found: UUID | None = (await session.execute(_APPROVAL_OF, {"id": callout_id})).scalar_one_or_none()
    return found
