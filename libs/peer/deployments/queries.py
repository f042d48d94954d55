"""Reading deployments, as each plane may."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from libs.peer.deployments import rules
from libs.peer.deployments.models import Answer, DeploymentState, InvitationState, Kind, SlotRole, SlotState
from libs.peer.deployments.rules import Window
from libs.tenancy.planes import DeskSession, DispatchSession, ProgramSession
from libs.tenancy.statements import Row


@dataclass(frozen=True, slots=True)
class Summary:
    """A deployment in a list.

    Attributes:
        type: of incident, the theme of the five Ts.
        slots: how many there are, closed ones left out; `filled` how many have somebody.
        names: whom the center lets in, while they come.
        time_zone: of the place, in which its times are read.
    """

    id: UUID
    incident_id: UUID
    agency_id: UUID
    type: str
    involved: str
    kind: Kind
    target: str
    state: DeploymentState
    happened_at: datetime
    starts_at: datetime
    place: str
    time_zone: str
    dispatchers_included: str
    backfill: str
    attendees: int | None
    cancel_reason: str | None
    opened_by: str
    opened_at: datetime
    asked_at: datetime | None
    ended_at: datetime | None
    debrief_due_at: datetime | None
    debriefed_at: datetime | None
    one_on_ones_offered: Answer
    slots: int
    filled: int
    now: datetime

    @property
    def is_late(self) -> bool:
        """Whether it should be there, or done, and is not."""
        return rules.is_late(self.state, self.starts_at, self.now)

    @property
    def is_debrief_overdue(self) -> bool:
        """Whether the team's own talk should have been."""
        return rules.is_debrief_overdue(self.debrief_due_at, self.debriefed_at, self.now)

    @property
    def is_offer_overdue(self) -> bool:
        """Whether somebody should have said that one-on-ones were offered."""
        due_at = rules.offer_due(self.state, self.ended_at, self.one_on_ones_offered)
        return due_at is not None and self.now >= due_at

    @property
    def asks_itself_at(self) -> datetime:
        """When it is asked as proposed, if nobody decides before."""
        return rules.asks_itself_at(self.opened_at, self.starts_at)

    @property
    def is_after_start(self) -> bool:
        """Whether the team should be there by now: nobody else is asked by itself."""
        return self.now >= self.starts_at

    def warnings(self, window: Window) -> tuple[str, ...]:
        """Return what is unusual about it; nothing once it has ended."""
        if self.state in rules.ENDED:
            return ()
        return rules.warnings(
            window,
            happened_at=self.happened_at,
            starts_at=self.starts_at,
            dispatchers_included=self.dispatchers_included,
            backfill=self.backfill,
        )


@dataclass(frozen=True, slots=True)
class TeamSlot:
    """One place on the team, as its own program or the affected agency sees it."""

    role: SlotRole
    number: int
    state: SlotState
    member_id: UUID | None
    name: str
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Invited:
    """Somebody who is proposed or asked, as the program sees it."""

    id: UUID
    member_id: UUID
    name: str
    agency_id: UUID
    role: SlotRole
    state: InvitationState
    expires_at: datetime | None
    why_own_agency: str


@dataclass(frozen=True, slots=True)
class Mine:
    """An invitation, or a team, as the peer sees it; `debrief_due_at`: by when the team itself talks, after the end."""

    invitation_id: UUID
    deployment_id: UUID
    agency_id: UUID
    type: str
    kind: Kind
    role: SlotRole
    state: InvitationState
    slot_state: SlotState | None
    starts_at: datetime
    place: str
    time_zone: str
    expires_at: datetime | None
    debrief_due_at: datetime | None
    now: datetime


@dataclass(frozen=True, slots=True)
class ToNotify:
    """Whom to tell, and whether there is still a point; `was_in_hand`: they may have been told of this wave already."""

    member_id: UUID
    state: InvitationState
    wave: int
    is_in_time: bool
    was_in_hand: bool
    channels: Sequence[str]


_LIST = text(
    """
    SELECT d.id, d.incident_id, d.agency_id, i.type, i.involved, d.kind, d.target, d.state, i.happened_at, d.starts_at,
        d.place, d.time_zone, d.dispatchers_included, d.backfill, d.attendees, d.cancel_reason, i.opened_by,
        d.opened_at, d.asked_at, d.ended_at, d.debrief_due_at, d.debriefed_at, d.one_on_ones_offered,
        (SELECT count(*) FROM shared.slot s WHERE s.deployment_id = d.id AND s.state <> 'closed') AS slots,
        (SELECT count(*) FROM shared.slot s
         WHERE s.deployment_id = d.id AND s.state NOT IN ('open', 'closed')) AS filled,
        shared.clock() AS now
    FROM shared.deployment d JOIN shared.incident i ON i.id = d.incident_id
    WHERE (CAST(:before_at AS timestamptz) IS NULL
           OR (d.opened_at, d.id) < (CAST(:before_at AS timestamptz), CAST(:before_id AS uuid)))
      AND (CAST(:state AS text) IS NULL OR d.state = :state)
      AND (CAST(:id AS uuid) IS NULL OR d.id = CAST(:id AS uuid))
    ORDER BY d.opened_at DESC, d.id DESC LIMIT :limit
    """
)
_TEAM = text(
    """
    SELECT s.role, s.number, s.state, s.member_id, coalesce(m.name, '') AS name, s.changed_at
    FROM shared.slot s LEFT JOIN shared.member m ON m.id = s.member_id
    WHERE s.deployment_id = :id AND (s.state <> 'closed' OR s.member_id IS NOT NULL)
    ORDER BY array_position(ARRAY['lead', 'clinician', 'peer'], s.role), s.number
    """
)
_DESK_TEAM = text(
    """
    SELECT s.role, s.number, s.state, NULL::uuid AS member_id, s.name, s.changed_at FROM shared.slot s
    WHERE s.deployment_id = :id AND s.state <> 'closed'
    ORDER BY array_position(ARRAY['lead', 'clinician', 'peer'], s.role), s.number
    """
)
_INVITED = text(
    """
    SELECT v.id, v.member_id, m.name, m.agency_id, v.role, v.state, v.expires_at, v.why_own_agency
    FROM shared.invitation v JOIN shared.member m ON m.id = v.member_id
    WHERE v.deployment_id = :id AND v.state <> 'passed_over'
    ORDER BY array_position(ARRAY['lead', 'clinician', 'peer'], v.role), v.rank, m.name
    """
)
_ROSTER = text("SELECT id, name, agency_id FROM shared.member WHERE suspended_on IS NULL ORDER BY name, id")
_PENDING = text(
    """
    SELECT i.id, i.type, i.happened_at, i.time_zone FROM shared.incident i
    WHERE NOT EXISTS (SELECT FROM shared.deployment d WHERE d.incident_id = i.id) ORDER BY i.opened_at DESC
    """
)
_MINE = text(
    """
    SELECT v.id AS invitation_id, d.id AS deployment_id, d.agency_id, i.type, d.kind, v.role, v.state,
        s.state AS slot_state, d.starts_at, d.place, d.time_zone, v.expires_at, d.debrief_due_at,
        shared.clock() AS now
    FROM shared.invitation v JOIN shared.deployment d ON d.id = v.deployment_id
    JOIN shared.incident i ON i.id = d.incident_id
    LEFT JOIN shared.slot s ON s.deployment_id = d.id AND s.member_id = v.member_id
    WHERE v.member_id = :member_id AND (
        v.state = 'asked' AND d.state IN ('filling', 'under_way') AND v.expires_at > shared.clock()
        OR v.state IN ('accepted', 'reserve') AND d.state IN ('filling', 'ready', 'under_way')
        OR v.state = 'accepted' AND d.state = 'done' AND d.debriefed_at IS NULL
           AND d.debrief_due_at > shared.clock() - interval '7 days')
    ORDER BY v.state, d.starts_at
    """
)
_TO_NOTIFY = text(
    """
    SELECT v.member_id, v.state, v.wave,
        CASE WHEN v.state = 'asked' THEN v.expires_at > shared.clock()
             ELSE d.starts_at + interval '12 hours' > shared.clock() END,
        coalesce(v.sending_wave = v.wave, false),
        ARRAY(SELECT unnest(r.channels) INTERSECT SELECT unnest(e.verified)) AS channels
    FROM shared.invitation v JOIN shared.deployment d ON d.id = v.deployment_id
    JOIN shared.region r ON r.id = v.region_id LEFT JOIN shared.reach e ON e.peer_id = v.member_id WHERE v.id = :id
    """
)
_TO_TELL = text(
    """
    SELECT told_at, told_at > shared.clock() - CAST(:lives AS interval) AS is_in_time
    FROM shared.deployment WHERE id = :id AND told_at IS NOT NULL
    """
)
_ON_TEAM = text(
    """
    SELECT v.id, v.member_id, d.wave,
        ARRAY(SELECT unnest(r.channels) INTERSECT SELECT unnest(e.verified)) AS channels
    FROM shared.invitation v JOIN shared.deployment d ON d.id = v.deployment_id
    JOIN shared.region r ON r.id = v.region_id LEFT JOIN shared.reach e ON e.peer_id = v.member_id
    WHERE d.id = :id AND v.state = 'accepted' AND d.state IN ('filling', 'ready', 'under_way')
    """
)
_HOLDERS = text(
    """
    SELECT i.member_id FROM shared.invitation i JOIN shared.deployment d ON d.id = i.deployment_id
    WHERE i.state = ANY(CAST(:states AS text[])) AND d.state <> ALL (CAST(:ended AS text[]))
    UNION SELECT member_id FROM shared.slot WHERE state = ANY(CAST(:slots AS text[])) AND member_id IS NOT NULL
    """
)
_COORDINATORS = text(
    """
    SELECT DISTINCT m.id, ARRAY(SELECT unnest(r.channels) INTERSECT SELECT unnest(e.verified)) AS channels
    FROM shared.membership s JOIN shared.member m ON m.id = s.member_id JOIN shared.region r ON r.id = s.region_id
    LEFT JOIN shared.reach e ON e.peer_id = m.id
    WHERE s.role IN ('coordinator', 'deputy') AND m.suspended_on IS NULL
    """
)
_CLOCK = text("SELECT shared.clock()")
_STALLED = text("SELECT id FROM shared.deployment WHERE next_at < shared.clock() - interval '15 seconds' LIMIT 200")


async def clock(session: ProgramSession | DeskSession) -> datetime:
    """Return the instant that the database's clock shows, for a form to begin with."""
    moment: datetime = (await session.execute(_CLOCK)).scalar_one()
    return moment


async def listed(
    session: ProgramSession | DeskSession,
    *,
    limit: int,
    before: tuple[datetime, UUID] | None = None,
    state: DeploymentState | None = None,
) -> Sequence[Summary]:
    """Return deployments, newest first: a region's, or those that go to one agency, by the plane that asks."""
    before_at, before_id = before or (None, None)
    values = {"limit": limit, "before_at": before_at, "before_id": before_id, "state": state, "id": None}
    return [_summary(row) for row in (await session.execute(_LIST, values))]


async def one(session: ProgramSession | DeskSession, deployment_id: UUID) -> Summary | None:
    """Return a deployment; None when there is none that this plane may see."""
    values = {"limit": 1, "before_at": None, "before_id": None, "state": None, "id": deployment_id}
    row = (await session.execute(_LIST, values)).one_or_none()
    return None if row is None else _summary(row)


async def team(session: ProgramSession, deployment_id: UUID) -> Sequence[TeamSlot]:
    """Return a team with its members' names; lead first."""
    return [_slot(row) for row in (await session.execute(_TEAM, {"id": deployment_id}))]


async def team_for_desk(session: DeskSession, deployment_id: UUID) -> Sequence[TeamSlot]:
    """Return whom the affected agency lets in: names while they come, and no more."""
    return [_slot(row) for row in (await session.execute(_DESK_TEAM, {"id": deployment_id}))]


async def invited(session: ProgramSession, deployment_id: UUID) -> Sequence[Invited]:
    """Return who is proposed, asked, or was, best ranked first in each role."""
    rows = await session.execute(_INVITED, {"id": deployment_id})
    return [Invited(**{**row, "role": SlotRole(row["role"]), "state": InvitationState(row["state"])}) for row in rows]


async def roster(session: ProgramSession) -> Sequence[tuple[UUID, str, UUID]]:
    """Return (id, name, agency) of everybody who is not suspended, to choose somebody by name."""
    return [(row.id, row.name, row.agency_id) for row in await session.execute(_ROSTER)]


async def without_deployment(session: DeskSession) -> Sequence[tuple[UUID, str, datetime, str]]:
    """Return (id, type, when, time zone) of incidents that were opened a moment ago and have no deployment yet."""
    return [(row.id, row.type, row.happened_at, row.time_zone) for row in await session.execute(_PENDING)]


async def mine(session: DispatchSession, member_id: UUID) -> Sequence[Mine]:
    """Return what waits for a peer's answer, and the teams that they are on or a reserve of."""
    return [_mine(row) for row in (await session.execute(_MINE, {"member_id": member_id}))]


async def to_notify(session: DispatchSession, invitation_id: UUID) -> ToNotify | None:
    """Return whom an invitation is about and whether they should still be told; None for one that is gone."""
    row = (await session.execute(_TO_NOTIFY, {"id": invitation_id})).one_or_none()
    return None if row is None else ToNotify(row[0], InvitationState(row[1]), *row[2:])


async def on_team(session: DispatchSession, deployment_id: UUID) -> Sequence[tuple[UUID, UUID, int, Sequence[str]]]:
    """Return (invitation, member, wave, channels) of everybody on a team that has not ended."""
    rows = await session.execute(_ON_TEAM, {"id": deployment_id})
    return [(row.id, row.member_id, row.wave, row.channels) for row in rows]


async def to_tell(session: DispatchSession, deployment_id: UUID) -> datetime | None:
    """Return which telling it is while the coordinators should still be told; else None."""
    row = (await session.execute(_TO_TELL, {"id": deployment_id, "lives": rules.NOTICE_LIVES})).one_or_none()
    return None if row is None or not row.is_in_time else row.told_at


async def coordinators(session: DispatchSession) -> Sequence[tuple[UUID, Sequence[str]]]:
    """Return the region's coordinators and deputies, each with the proven channels over which the region pages."""
    return [(row.id, row.channels) for row in await session.execute(_COORDINATORS)]


async def holders(session: DispatchSession) -> Sequence[UUID]:
    """Return whoever is on a team that has not come to the scene, or may still be asked to be."""
    values = {
        "ended": sorted(rules.ENDED),
        "states": sorted(rules.INVITED),
        "slots": sorted(rules.SLOT_MOVES["drop"][0]),
    }
    return (await session.execute(_HOLDERS, values)).scalars()


async def stalled(session: DispatchSession) -> Sequence[UUID]:
    """Return deployments whose clock has passed and that nobody moved on."""
    return (await session.execute(_STALLED)).scalars()


def _summary(row: Row) -> Summary:
    known = {"kind": Kind(row["kind"]), "state": DeploymentState(row["state"])}
    return Summary(**{**row, **known, "one_on_ones_offered": Answer(row["one_on_ones_offered"])})


def _slot(row: Row) -> TeamSlot:
    return TeamSlot(**{**row, "role": SlotRole(row["role"]), "state": SlotState(row["state"])})


def _mine(row: Row) -> Mine:
    slot_state = None if row["slot_state"] is None else SlotState(row["slot_state"])
    known = {"kind": Kind(row["kind"]), "role": SlotRole(row["role"]), "state": InvitationState(row["state"])}
    return Mine(**{**row, **known, "slot_state": slot_state})
