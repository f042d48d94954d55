"""Deciding on a request from outside the region: the callout's row has the last word, whoever decides.

A manager's word (held in the program plane for some seconds) and a coordinator's (in dispatch) end in the same
compare-and-set here; the approval's row is written from what this one says.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from libs import jobs
from libs.peer.callouts import actions, rules
from libs.peer.callouts.models import State, Urgency
from libs.peer.callouts.rules import DECIDE_WITHIN, Act
from libs.tenancy.planes import DispatchSession

HANDED_ON = "handed_on"
"""What stands where a reason stands, when it goes on in another region."""
_DECISIONS = {Act.APPROVE: "approved", Act.DECLINE: "declined"}


@dataclass(frozen=True, slots=True)
class Word:
    """What somebody decides.

    Attributes:
        act: APPROVE or DECLINE.
        by: manager or lead.
        reason: for a decline.
        is_remote_only: an approval for talks by phone or text alone.
        team: an approval for this team; None for the one that was asked for.
    """

    act: Act
    by: str
    reason: str | None = None
    is_remote_only: bool = False
    team: str | None = None


@dataclass(frozen=True, slots=True)
class Pending:
    """A callout that waits for a decision."""

    approval_id: UUID
    coming_from: str
    urgency: Urgency
    language: str
    asked_at: datetime
    now: datetime


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a callout says of the decision that it waited for.

    Attributes:
        decision: approved or declined; None while nobody has decided, or when the requester stopped.
        decided_by: manager or lead.
    """

    callout_id: UUID
    state: State
    decision: str | None
    decided_by: str | None
    decline_reason: str | None


@dataclass(frozen=True, slots=True)
class Undecided:
    """A request from outside that no program manager has decided: for a coordinator now, too.

    Attributes:
        is_lead_asked: it was turned to those who lead, as no manager was left to tell.
    """

    callout_id: UUID
    coming_from: str
    urgency: Urgency
    language: str
    asked_at: datetime
    now: datetime
    is_lead_asked: bool

    @property
    def is_theirs(self) -> bool:
        """Whether a coordinator may decide by now."""
        return self.is_lead_asked or self.asked_at + DECIDE_WITHIN[self.urgency] <= self.now


_PENDING = text(
    """
    SELECT approval_id, coming_from, urgency, language, asked_at, shared.clock() FROM shared.callout
    WHERE id = :id AND state = 'pending_approval'
    """
)
_UNDECIDED = text(
    """
    SELECT c.id, c.coming_from, c.urgency, c.language, c.asked_at, shared.clock() AS now, c.is_lead_asked
    FROM shared.callout c
    JOIN shared.copy p ON p.home_id = c.home_id AND p.callout_id = c.id AND p.peer_id = :peer_id
    JOIN shared.member m ON m.id = p.peer_id AND m.suspended_on IS NULL
    WHERE c.state = 'pending_approval'
      AND EXISTS (SELECT FROM shared.membership s WHERE s.member_id = m.id AND s.role IN ('coordinator', 'deputy'))
    ORDER BY c.asked_at
    """
)
_OUTCOME = text(
    "SELECT id, state, decision, decided_by, decline_reason FROM shared.callout WHERE approval_id = :approval_id"
)
_APPROVAL_OF = text("SELECT approval_id FROM shared.callout WHERE id = :id")
_DECIDED = text(
    """
    UPDATE shared.callout SET decision = :decision, decided_by = :by, is_remote_only = :is_remote_only,
        is_lead_asked = false, team = coalesce(CAST(:team AS text), team)
    WHERE id = :id
    """
)
_TURN_TO_LEADS = text(
    "UPDATE shared.callout SET is_lead_asked = true WHERE id = :id AND state = 'pending_approval' AND NOT is_lead_asked"
)
# From outside, members of both teams hold a copy, so that whoever decides may choose the team. Then the others' go.
_OTHER_TEAMS = text(
    """
    DELETE FROM shared.copy p USING shared.callout c
    WHERE c.id = :id AND p.callout_id = c.id AND NOT EXISTS (
        SELECT FROM shared.membership s JOIN shared.team t ON t.id = s.team_id
        WHERE s.member_id = p.peer_id AND (t.kind = c.team OR s.role IN ('coordinator', 'deputy')))
    """
)


async def pending(session: DispatchSession, callout_id: UUID) -> Pending | None:
    """Return what a decision is about; None when none is waited for."""
    row = (await session.execute(_PENDING, {"id": callout_id})).one_or_none()
    return None if row is None else Pending(row[0], row[1], Urgency(row[2]), *row[3:])


async def approval_of(session: DispatchSession, callout_id: UUID) -> UUID | None:
    """Return the approval that a callout waited for; None for one from within the region."""
    found: UUID | None = (await session.execute(_APPROVAL_OF, {"id": callout_id})).scalar_one_or_none()
    return found


async def outcome(session: DispatchSession, approval_id: UUID) -> Outcome | None:
    """Return what became of the callout that an approval is about; None when it is forgotten."""
    row = (await session.execute(_OUTCOME, {"approval_id": approval_id})).one_or_none()
    return None if row is None else Outcome(row[0], State(row[1]), *row[2:])


async def undecided_for(session: DispatchSession, coordinator_id: UUID) -> Sequence[Undecided]:
    """Return what no manager decided in time, or is there to, where the coordinator holds a copy; oldest first."""
    rows = await session.execute(_UNDECIDED, {"peer_id": coordinator_id})
    found = [Undecided(row.id, row.coming_from, Urgency(row.urgency), *row[3:]) for row in rows]
    return [one for one in found if one.is_theirs]


async def turn_to_leads(session: DispatchSession, callout_id: UUID) -> None:
    """Let those who lead and hold a copy decide from now on, too; said again it changes nothing."""
    await session.execute(_TURN_TO_LEADS, {"id": callout_id})


async def decide(session: DispatchSession, callout_id: UUID, word: Word, *, region_id: UUID) -> bool:
    """Decide, exactly once; returns whether it was still to be decided."""
    if word.act is Act.APPROVE:
        is_done = await actions.move(session, callout_id, word.act) is not None
    else:
        is_done = await actions.end(session, callout_id, word.act, region_id=region_id, reason=word.reason)
    if not is_done:
        return False
    values = {
        "id": callout_id,
        "decision": _DECISIONS[word.act],
        "by": word.by,
        "is_remote_only": word.is_remote_only,
        "team": word.team,
    }
    await session.execute(_DECIDED, values)
    if word.act is Act.APPROVE:
        await session.execute(_OTHER_TEAMS, {"id": callout_id})
        await jobs.add(session, actions.ADVANCE, region_id=region_id, subject_id=callout_id)
    return True


def look_again_at(pending: Pending, next_step_at: datetime | None) -> datetime:
    """Return when it is made sure again that the decision lies before whoever decides."""
    look_at = pending.now + rules.APPROVAL_LOOK_AGAIN
    return look_at if next_step_at is None else min(look_at, next_step_at)
