"""Reading callouts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from libs.peer.callouts.models import Channel, State, Urgency
from libs.peer.callouts.rules import (
    CONTACT_WITHIN,
    DECIDE_WITHIN,
    ENDED,
    TRACES_LIVE,
    UNHEARD,
    asks_both_at,
    way_to_talk,
)
from libs.tenancy.planes import DispatchSession


@dataclass(frozen=True, slots=True)
class Locked:
    """A callout under a row lock, for the engine to decide on.

    Attributes:
        step, step_waves, wave, skipped: how far its round of paging is; see `Callout`.
        policy_version, policy_body: the policy with which it began, or begins now; 0 and None for OwnCall's own.
        is_flood: nobody was asked yet, or has decided on it, and more asks without a confirmed contact came in the last
            hour than the region takes for real.
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
    accepted_at: datetime | None
    time_zone: str
    step: int
    step_waves: int
    wave: int
    skipped: Sequence[str]
    hand_to: UUID | None
    hand_until: datetime | None
    policy_version: int
    policy_body: str | None
    is_flood: bool
    channel: str
    wishes: Sequence[str]
    center_state: str | None
    unmet: Sequence[str]
    is_remote_only: bool

    @property
    def is_overdue(self) -> bool:
        """Whether its clock has passed."""
        return self.next_at is not None and self.next_at <= self.now

    @property
    def is_unheard_too_long(self) -> bool:
        """Whether it has waited for a talk longer than one takes to come about: its end then counts as never heard."""
        return self.state in UNHEARD and self.now > self.asked_at + CONTACT_WITHIN[self.urgency]

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
        is_lead_told: a page was put to somebody who leads; while a decision is waited for: one of them may decide it
            once it is theirs.
        epoch: the round of asking; said again with "we're talking", it tells which peer is meant.
        partner_id: another region that may help; None when there is none, or not yet.
        earlier_name, earlier_epoch, earlier_reason: the last peer who does not have it any more, and why; None when
            there is none.
        end_reason: why it was closed without the requester's word.
        asking, skipped: what kind of people are asked now, and who of them was not there.
        peer_word: the peer's own word on reaching the requester, which never counts; None when nothing was said.
        unmet: wishes that nobody keeps who is asked now, see matching.rules.unmet.
        is_rank_lower: whoever may step in, is asked or has it may rank below somebody who leads.
        is_for_colleague: somebody asks for another.
        exchange_state, exchange_outcome, offered_until: how far another region's help is; None when none was asked.
        exchange_is_remote: its people would talk by phone and not in person.
        channel: how they would like to talk.
        is_remote_only: not in person, by an approval, an agreement or the region that helps.
        team_chosen: which team is asked, where somebody else had the last word on it; else None.
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
    earlier_reason: str | None = None
    end_reason: str | None = None
    accepted_at: datetime | None = None
    asking: Sequence[str] = ()
    skipped: Sequence[str] = ()
    peer_word: str | None = None
    partner_id: UUID | None = None
    unmet: Sequence[str] = ()
    is_rank_lower: bool = False
    is_for_colleague: bool = False
    exchange_state: str | None = None
    exchange_outcome: str | None = None
    offered_until: datetime | None = None
    exchange_is_remote: bool | None = None
    channel: str = Channel.THIS_PAGE
    is_remote_only: bool = False
    team_chosen: str | None = None

    @property
    def way(self) -> Channel:
        """How they talk, as it stands."""
        return way_to_talk(self.channel, self.unmet, is_remote_only=self.is_remote_only)

    @property
    def asks_whether_reached(self) -> bool:
        """Whether half of the time to a confirmed contact is over, so that both are asked."""
        if self.state is not State.ACCEPTED or self.accepted_at is None:
            return False
        return asks_both_at(self.urgency, self.accepted_at) <= self.now

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
    """A callout that a peer has accepted and that has not ended.

    Attributes:
        hand_to_name, hand_until: whom the peer asks to take over; None for nobody.
        own_word: what the peer has said of reaching the requester; None for nothing.
        is_remote_only: not in person, by the word of whoever let it in.
        wished_channel, unmet: how the requester would like to talk, and what nobody could keep who was asked.
    """

    callout_id: UUID
    state: State
    urgency: Urgency
    language: str
    wishes: Sequence[str]
    accepted_at: datetime
    next_at: datetime | None
    team: str
    now: datetime
    hand_to_name: str | None
    hand_until: datetime | None
    own_word: str | None
    is_remote_only: bool
    wished_channel: str
    unmet: Sequence[str]

    @property
    def channel(self) -> Channel:
        """How they talk, as it stands."""
        return way_to_talk(self.wished_channel, self.unmet, is_remote_only=self.is_remote_only)

    @property
    def asks_whether_reached(self) -> bool:
        """Whether half of the time to a confirmed contact is over, so that both are asked."""
        return self.state is State.ACCEPTED and asks_both_at(self.urgency, self.accepted_at) <= self.now


_LOCKED = text(
    """
    SELECT c.id, c.region_id, c.home_id, c.state, c.urgency, c.team, c.center_wish, c.language, c.epoch, c.accepted_by,
           c.next_at, shared.clock(), r.channels, c.asked_at, c.accepted_at, r.time_zone, c.step, c.step_waves, c.wave,
           c.skipped, c.hand_to, c.hand_until, coalesce(p.version, 0), p.body,
           CASE WHEN c.wave = 0 AND c.epoch = 1 AND c.approval_id IS NULL THEN (SELECT count(*) FROM (
               SELECT FROM shared.callout f WHERE f.region_id = r.id AND f.contact_at IS NULL
               AND f.asked_at > shared.clock() - interval '1 hour' LIMIT r.flood_from + 1) AS few) > r.flood_from
               ELSE false END,
           c.channel, c.wishes, (SELECT a.state FROM shared.agency a WHERE a.id = c.home_id), c.unmet, c.is_remote_only
    FROM shared.callout c JOIN shared.region r ON r.id = c.region_id
    LEFT JOIN LATERAL (SELECT v.version, v.body FROM shared.paging_policy v
                       WHERE v.region_id = c.region_id AND v.urgency = c.urgency
                         AND (c.policy_version IS NULL OR v.version = c.policy_version)
                       ORDER BY v.version DESC LIMIT 1) p ON true
    WHERE c.id = :id FOR UPDATE OF c
    """
)
_STANDING = text(
    """
    SELECT c.id, c.state, c.urgency, c.asked_at, c.next_at, shared.clock(), c.decline_reason,
           m.name, m.agency_id, m.duty_phone,
           EXISTS (SELECT FROM shared.copy p JOIN shared.membership l ON l.member_id = p.peer_id
                       AND l.role IN ('coordinator', 'deputy')
                   JOIN shared.member d ON d.id = p.peer_id AND d.suspended_on IS NULL
                   WHERE p.home_id = c.home_id AND p.callout_id = c.id
                     AND (c.state = 'pending_approval' OR EXISTS (
                         SELECT FROM shared.offer o WHERE o.callout_id = c.id AND o.peer_id = p.peer_id))),
           c.epoch, e.name, e.epoch, e.reason, c.end_reason, c.accepted_at, c.asking, c.skipped,
           (SELECT a.kind FROM shared.contact_attempt a WHERE a.callout_id = c.id AND a.epoch = c.epoch
            ORDER BY a.made_at DESC LIMIT 1),
           c.partner_id, c.unmet,
           EXISTS (SELECT FROM shared.copy p WHERE p.home_id = c.home_id AND p.callout_id = c.id AND p.only_steps_in
                   AND (c.state = 'with_coordinator' OR p.peer_id = c.accepted_by
                        OR EXISTS (SELECT FROM shared.offer o WHERE o.callout_id = c.id AND o.peer_id = p.peer_id
                                   AND o.state = 'open'))),
           'for_colleague' = ANY (c.wishes), x.state AS exchange_state, x.outcome, x.offered_until,
           x.is_remote_only OR c.channel = 'in_person', c.channel, c.is_remote_only,
           CASE WHEN c.decision = 'approved' OR c.exchange_id IS NOT NULL AND x.id IS NULL THEN c.team END
    FROM shared.callout c LEFT JOIN shared.member m ON m.id = c.accepted_by
    LEFT JOIN shared.exchange x ON x.id = c.exchange_id AND x.region_id = c.region_id
    LEFT JOIN LATERAL (SELECT f.name, o.epoch, o.reason
                       FROM shared.offer o LEFT JOIN shared.member f ON f.id = o.peer_id
                       WHERE o.callout_id = c.id AND o.state = 'released' ORDER BY o.epoch DESC LIMIT 1) e ON true
    WHERE c.id = :id
    """
)
_HELD = text(
    """
    SELECT c.id, c.state, c.urgency, c.language, c.wishes, c.accepted_at, c.next_at, c.team, shared.clock(), h.name,
           c.hand_until, (SELECT a.kind FROM shared.contact_attempt a WHERE a.callout_id = c.id AND a.epoch = c.epoch
                          ORDER BY a.made_at DESC LIMIT 1), c.is_remote_only, c.channel, c.unmet
    FROM shared.callout c LEFT JOIN shared.member h ON h.id = c.hand_to
    WHERE c.accepted_by = :peer_id AND c.state IN ('accepted', 'in_contact') ORDER BY c.accepted_at
    """
)
_HOLDERS = text(
    """
    SELECT accepted_by AS peer_id FROM shared.callout WHERE state IN ('accepted', 'in_contact')
    UNION SELECT peer_id FROM shared.offer WHERE state = 'open'
    """
)
_STALLED = text(
    """
    SELECT id, state FROM shared.callout
    WHERE (state IN ('pending_approval', 'paging', 'with_coordinator', 'accepted', 'in_contact')
           AND (next_at IS NULL OR next_at < shared.clock() - interval '10 seconds')
           AND asked_at < shared.clock() - interval '10 seconds')
       OR (state = ANY(:ended) AND home_id IS NOT NULL
           AND NOT EXISTS (SELECT FROM shared.follow_up f WHERE f.callout_id = callout.id AND f.state = 'planned')
           AND (state = 'withdrawn' AND ended_at < shared.clock() - interval '1 minute'
                OR ended_at < shared.clock() - CAST(:traces_live AS interval) - interval '1 minute'))
    """
)
_ORIGIN = text("SELECT home_id, request_id FROM shared.callout WHERE id = :id AND state = ANY(:ended)")
_ACCEPTED_BY = text("SELECT accepted_by FROM shared.callout WHERE id = :id")


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


async def stalled(session: DispatchSession) -> Sequence[tuple[UUID, State]]:
    """Return callouts whose clock has passed and that nobody has moved on, and ended ones that still have traces."""
    values = {"ended": sorted(ENDED), "traces_live": TRACES_LIVE}
    return [(row.id, State(row.state)) for row in await session.execute(_STALLED, values)]


async def origin(session: DispatchSession, callout_id: UUID) -> tuple[UUID, UUID] | None:
    """Return (home, request) of an ended callout, or None when it has not ended or they were erased."""
    row = (await session.execute(_ORIGIN, {"id": callout_id, "ended": sorted(ENDED)})).one_or_none()
    return None if row is None or row.home_id is None else (row.home_id, row.request_id)


async def holders(session: DispatchSession) -> Sequence[UUID]:
    """Return whoever has a request, or is asked for one."""
    return (await session.execute(_HOLDERS)).scalars()


async def accepted_by(session: DispatchSession, callout_id: UUID) -> UUID | None:
    """Return the peer who has a callout, or had it when it ended."""
    found: UUID | None = (await session.execute(_ACCEPTED_BY, {"id": callout_id})).scalar_one_or_none()
    return found
