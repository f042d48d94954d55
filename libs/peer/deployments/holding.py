"""A deployment under its row lock, with team and invitations: what every act looks at before it changes anything.

Whoever changes a deployment locks it first, in whichever plane; so two answers for the last slot come one by one.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from libs import jobs
from libs.peer.deployments import rules
from libs.peer.deployments.composition import Place
from libs.peer.deployments.errors import DeploymentMovedOnError
from libs.peer.deployments.models import Answer, DeploymentState, InvitationState, Kind, SlotRole, SlotState
from libs.peer.webhooks import actions as webhooks
from libs.peer.webhooks.models import EventType
from libs.tenancy.planes import DispatchSession, ProgramSession

ADVANCE = "deployments.advance"
"""The job that looks at a deployment and does what is due."""
NOTIFY = "deployments.notify"
"""The job that tells one member that an invitation wants looking at."""
CHANGED = "deployments.changed"
"""The job that tells everybody on a team that time or place has changed."""
TELL = "deployments.tell"
"""The job that tells the coordinators that a deployment wants looking at."""

Leading = DispatchSession | ProgramSession


@dataclass(frozen=True, slots=True)
class HeldSlot:
    """One place on the team."""

    id: UUID
    role: SlotRole
    state: SlotState
    member_id: UUID | None


@dataclass(frozen=True, slots=True)
class HeldInvitation:
    """One person's invitation."""

    id: UUID
    member_id: UUID
    role: SlotRole
    state: InvitationState
    rank: int
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Held:
    """A deployment that is locked by this transaction."""

    id: UUID
    region_id: UUID
    agency_id: UUID
    kind: Kind
    state: DeploymentState
    starts_at: datetime
    opened_at: datetime
    asked_at: datetime | None
    wave: int
    told: int
    debrief_due_at: datetime | None
    debriefed_at: datetime | None
    offer_due_at: datetime | None
    place: Place
    now: datetime
    slots: tuple[HeldSlot, ...]
    invitations: tuple[HeldInvitation, ...]

    def open_slots(self, role: SlotRole | None = None) -> tuple[HeldSlot, ...]:
        """Return the slots that nobody has, of one role or of all."""
        return tuple(slot for slot in self.slots if slot.state is SlotState.OPEN and role in {None, slot.role})

    def invited(self, state: InvitationState, role: SlotRole | None = None) -> tuple[HeldInvitation, ...]:
        """Return the invitations in one state, best ranked first."""
        found = (one for one in self.invitations if one.state is state and role in {None, one.role})
        return tuple(sorted(found, key=lambda one: (one.rank, one.id)))


_LOCK = text(
    """
    SELECT d.id, d.region_id, d.agency_id, d.kind, d.state, d.starts_at, d.opened_at, d.asked_at, d.wave, d.told,
        d.debrief_due_at, d.debriefed_at, d.ended_at, d.one_on_ones_offered, a.county, a.state AS in_state,
        shared.clock() AS now
    FROM shared.deployment d JOIN shared.agency a ON a.id = d.agency_id WHERE d.id = :id FOR UPDATE OF d
    """
)
_SLOTS = text("SELECT id, role, state, member_id FROM shared.slot WHERE deployment_id = :id ORDER BY role, number")
_INVITATIONS = text(
    "SELECT id, member_id, role, state, rank, expires_at FROM shared.invitation WHERE deployment_id = :id"
)
_MOVE = text("UPDATE shared.deployment SET state = :to WHERE id = :id AND state = ANY(:from) RETURNING id")
_MOVE_INVITATIONS = text(
    """
    UPDATE shared.invitation SET state = :to,
        answered_at = CASE WHEN :is_answer THEN shared.clock() ELSE answered_at END
    WHERE deployment_id = :id AND state = ANY(:from) AND (CAST(:only AS uuid) IS NULL OR id = CAST(:only AS uuid))
    RETURNING id, member_id
    """
)
_MOVE_SLOTS = text(
    """
    UPDATE shared.slot SET state = :to, changed_at = shared.clock(),
        member_id = CASE WHEN :to = 'open' THEN NULL ELSE member_id END,
        name = CASE WHEN :to IN ('open', 'closed', 'done') THEN '' ELSE name END
    WHERE deployment_id = :id AND state = ANY(:from)
      AND (CAST(:only AS uuid) IS NULL OR member_id = CAST(:only AS uuid))
    RETURNING id, member_id
    """
)
_ANSWERS = frozenset({"accept", "keep", "decline", "drop"})


async def lock(session: Leading, deployment_id: UUID) -> Held | None:
    """Lock a deployment for this transaction; None when there is none in this region."""
    row = (await session.execute(_LOCK, {"id": deployment_id})).one_or_none()
    if row is None:
        return None
    slots = await session.execute(_SLOTS, {"id": deployment_id})
    invitations = await session.execute(_INVITATIONS, {"id": deployment_id})
    return Held(
        id=row.id,
        region_id=row.region_id,
        agency_id=row.agency_id,
        kind=Kind(row.kind),
        state=DeploymentState(row.state),
        starts_at=row.starts_at,
        opened_at=row.opened_at,
        asked_at=row.asked_at,
        wave=row.wave,
        told=row.told,
        debrief_due_at=row.debrief_due_at,
        debriefed_at=row.debriefed_at,
        offer_due_at=rules.offer_due(DeploymentState(row.state), row.ended_at, Answer(row.one_on_ones_offered)),
        place=Place(row.agency_id, row.county, row.in_state),
        now=row.now,
        slots=tuple(HeldSlot(one.id, SlotRole(one.role), SlotState(one.state), one.member_id) for one in slots),
        invitations=tuple(
            HeldInvitation(
                one.id, one.member_id, SlotRole(one.role), InvitationState(one.state), one.rank, one.expires_at
            )
            for one in invitations
        ),
    )


async def move(session: Leading, held: Held, act: str) -> None:
    """Take a move of the table, and let whoever looks at the deployment look again.

    Raises:
        DeploymentMovedOnError: it stands where this move does not begin.
    """
    sources, target = rules.MOVES[act]
    values = {"id": held.id, "to": target, "from": sorted(sources)}
    if (await session.execute(_MOVE, values)).one_or_none() is None:
        raise DeploymentMovedOnError
    await tell_change(session, held)
    ring(session, held)


async def tell_change(session: Leading, held: Held) -> None:
    """Let integrators hear that a deployment is not as it was; which, and no more."""
    await webhooks.tell(session, EventType.DEPLOYMENT_CHANGED, region_id=held.region_id, subject_id=held.id)


async def move_invitations(session: Leading, held: Held, act: str, *, only: UUID | None = None) -> int:
    """Move the invitations that stand where an act begins, all of them or one; returns how many did."""
    sources, target = rules.INVITATION_MOVES[act]
    values = {"id": held.id, "to": target, "from": sorted(sources), "only": only, "is_answer": act in _ANSWERS}
    moved = (await session.execute(_MOVE_INVITATIONS, values)).all()
    session.signals.update(f"peer:{row.member_id}" for row in moved)
    ring(session, held)
    return len(moved)


async def move_slots(session: Leading, held: Held, act: str, *, member_id: UUID | None = None) -> int:
    """Move the slots that stand where an act begins, all of them or one member's; returns how many did."""
    sources, target = rules.SLOT_MOVES[act]
    values = {"id": held.id, "to": target, "from": sorted(sources), "only": member_id}
    moved = (await session.execute(_MOVE_SLOTS, values)).all()
    session.signals.update(f"peer:{row.member_id}" for row in moved if row.member_id)
    ring(session, held)
    return len(moved)


async def advance_soon(session: Leading, held: Held, cause: str) -> None:
    """Ask for the engine to look now; `cause` tells two reasons apart."""
    await jobs.add(session, ADVANCE, region_id=held.region_id, subject_id=held.id, cause=cause)


def ring(session: Leading, held: Held) -> None:
    """Let every page that shows this deployment look again."""
    session.signals.update({f"deployments:{held.region_id}", f"desk:{held.agency_id}"})
