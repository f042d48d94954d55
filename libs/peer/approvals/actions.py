"""Opening, deciding and settling approvals, in the program plane.

A manager's decision is *held* for some seconds, then *applied* to the callout, which has the last word: whatever it
says in the end is what the approval's row says. So the two never differ, whoever was quicker.
"""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text

from libs import jobs
from libs.peer.approvals import queries, rules
from libs.peer.approvals.errors import AlreadyDecidedError, ApprovalUnknownError, TooLateToUndoError
from libs.peer.approvals.models import ApprovalState, Choice, DecidedBy, DeclineReason
from libs.peer.approvals.queries import Held
from libs.peer.events import actions as events
from libs.peer.teams.models import Team
from libs.tenancy.planes import ProgramSession

DECIDED = "approvals.decided"
"""The job that lets the callout go on, or tells the requester why not, once the decision can no longer be undone."""

_OPEN = text(
    """
    INSERT INTO shared.approval (id, region_id, coming_from, urgency, language, state, opened_at, looked_at)
    VALUES (:id, :region_id, :coming_from, :urgency, :language, 'waiting', shared.clock(), shared.clock())
    ON CONFLICT (id) DO UPDATE SET looked_at = shared.clock()
    """
)
_HOLD = text(
    """
    UPDATE shared.approval SET state = 'held', choice = :choice, decline_reason = :reason,
        is_remote_only = :is_remote_only, team = :team, partner_id = :partner_id,
        held_until = shared.clock() + CAST(:held_for AS interval)
    WHERE id = :id AND state = 'waiting' RETURNING region_id, held_until
    """
)
_UNDO = text(
    """
    UPDATE shared.approval SET state = 'waiting', choice = NULL, decline_reason = NULL, is_remote_only = false,
        team = NULL, partner_id = NULL, held_until = NULL
    WHERE id = :id AND state = 'held' AND held_until > shared.clock() RETURNING region_id
    """
)
_APPLY = text(
    """
    UPDATE shared.approval SET state = 'applying'
    WHERE id = :id AND (state = 'held' AND held_until <= shared.clock() OR state = 'applying')
    RETURNING choice, decline_reason, is_remote_only, team, partner_id
    """
)
_SETTLE = text(
    """
    UPDATE shared.approval SET state = :state, decided_by = :decided_by,
        decline_reason = CASE WHEN :state = 'declined' THEN coalesce(:reason, decline_reason) END,
        coming_from = CASE WHEN :state = 'withdrawn' THEN '' ELSE coming_from END,
        language = CASE WHEN :state = 'withdrawn' THEN '' ELSE language END, decided_at = shared.clock()
    WHERE id = :id AND state = ANY(:open) RETURNING state
    """
)
_TOLD = text("UPDATE shared.approval SET told_step = greatest(told_step, :step) WHERE id = :id")
_ON_ROTA = text(
    """
    INSERT INTO shared.approver (account_id, region_id, name, is_away) VALUES (:id, :region_id, :name, :is_away)
    ON CONFLICT (account_id) DO UPDATE SET is_away = excluded.is_away, name = excluded.name
    """
)
_OFF_ROTA = text("DELETE FROM shared.approver WHERE account_id = :id")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a manager decides.

    Attributes:
        reason: for a decline.
        is_remote_only: an approval for talks by phone or text alone.
        team: an approval for this team; None for the one that was asked for.
        partner_id: the region that it is handed on to.
    """

    choice: Choice
    reason: DeclineReason | None = None
    is_remote_only: bool = False
    team: Team | None = None
    partner_id: UUID | None = None


async def open_one(
    session: ProgramSession,
    approval_id: UUID,
    *,
    region_id: UUID,
    coming_from: str,
    urgency: str,
    language: str,
) -> None:
    """Put a decision before the program managers; the same one twice changes nothing but when it was looked at."""
    values = {
        "id": approval_id,
        "region_id": region_id,
        "coming_from": coming_from,
        "urgency": urgency,
        "language": language,
    }
    await session.execute(_OPEN, values)
    session.signals.add(f"program:{region_id}")


async def decide(session: ProgramSession, approval_id: UUID, verdict: Verdict) -> Held:
    """Approve, decline or hand on; exactly one decision counts, and for some seconds it can be taken back.

    Raises:
        ApprovalUnknownError: not this region's, or none.
        AlreadyDecidedError: a colleague was quicker.
    """
    values = {
        "id": approval_id,
        "choice": verdict.choice,
        "reason": verdict.reason,
        "is_remote_only": verdict.is_remote_only,
        "team": verdict.team,
        "partner_id": verdict.partner_id,
        "held_for": rules.HELD_FOR,
    }
    row = (await session.execute(_HOLD, values)).one_or_none()
    if row is None:
        raise AlreadyDecidedError if await queries.state(session, approval_id) else ApprovalUnknownError
    await jobs.add(
        session,
        DECIDED,
        region_id=row.region_id,
        subject_id=approval_id,
        cause=row.held_until.isoformat(),
        due_at=row.held_until,
    )
    session.signals.add(f"program:{row.region_id}")
    return Held(verdict.choice, row.held_until)


async def undo(session: ProgramSession, approval_id: UUID) -> None:
    """Take a decision back, before anything has come of it.

    Raises:
        ApprovalUnknownError: not this region's, or none.
        TooLateToUndoError: it has gone out, or there was none.
    """
    row = (await session.execute(_UNDO, {"id": approval_id})).one_or_none()
    if row is None:
        raise TooLateToUndoError if await queries.state(session, approval_id) else ApprovalUnknownError
    session.signals.add(f"program:{row.region_id}")


async def apply(session: ProgramSession, approval_id: UUID) -> Verdict | None:
    """Begin to apply a decision that can no longer be taken back; None while there is none."""
    row = (await session.execute(_APPLY, {"id": approval_id})).one_or_none()
    if row is None:
        return None
    reason = DeclineReason(row.decline_reason) if row.decline_reason else None
    team = Team(row.team) if row.team else None
    return Verdict(Choice(row.choice), reason, row.is_remote_only, team, row.partner_id)


async def settle(
    session: ProgramSession,
    approval_id: UUID,
    state: ApprovalState,
    *,
    region_id: UUID,
    decided_by: DecidedBy | None = None,
    reason: str | None = None,
) -> None:
    """Write down what the callout, or the exchange, says became of it; the first word is the last one.

    An exchange knows no reason: the one that the manager chose stays.
    """
    values = {
        "id": approval_id,
        "state": state,
        "decided_by": decided_by,
        "reason": reason,
        "open": sorted(rules.OPEN),
    }
    if (await session.execute(_SETTLE, values)).one_or_none() is None:
        return
    if state is not ApprovalState.WITHDRAWN:
        await events.record(session, f"approval.{state}", region_id)
    session.signals.add(f"program:{region_id}")


async def told(session: ProgramSession, approval_id: UUID, step: int) -> None:
    """Note up to which step of the rota somebody was told."""
    await session.execute(_TOLD, {"id": approval_id, "step": step})


async def put_on_rota(
    session: ProgramSession, account_id: UUID, *, region_id: UUID, name: str, is_away: bool = False
) -> None:
    """Take part in the rota of those who decide, or say that one is away or back; twice changes nothing."""
    values = {"id": account_id, "region_id": region_id, "name": name, "is_away": is_away}
    await session.execute(_ON_ROTA, values)


async def take_off_rota(session: ProgramSession, account_id: UUID) -> None:
    """Take no part any more; twice changes nothing."""
    await session.execute(_OFF_ROTA, {"id": account_id})
