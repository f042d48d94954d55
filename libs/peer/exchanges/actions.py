"""Asking another region, its answer, the offer, the end. Each is one compare-and-set in the dispatch plane of a side.

Nothing about the person is in it: what is known of them goes over when they take the offer, and by their own hand.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

from sqlalchemy import text

from libs import jobs
from libs.peer.callouts import actions as callouts
from libs.peer.callouts import queries as callout_queries
from libs.peer.callouts.models import Urgency
from libs.peer.callouts.rules import TRACES_LIVE
from libs.peer.exchanges import rules
from libs.peer.exchanges.models import ExchangeOutcome
from libs.peer.exchanges.queries import Exchanging
from libs.tenancy.planes import DispatchSession

# Whoever hands on, what was decided is done with: a decision that is made after the exchange is a new one.
_BEGIN = text(
    """
    WITH waits AS (
        UPDATE shared.callout c SET exchange_id = CAST(:id AS uuid), partner_id = CAST(:helping_id AS uuid),
            approval_id = coalesce(CAST(:next_approval_id AS uuid), c.approval_id)
        WHERE c.id = :callout_id AND c.state = 'pending_approval'
          AND (CAST(:approval_id AS uuid) IS NULL OR c.approval_id = :approval_id)
          AND NOT EXISTS (SELECT FROM shared.exchange x WHERE x.id = c.exchange_id AND x.state <> 'closed')
        RETURNING c.region_id, c.urgency, c.language
    )
    INSERT INTO shared.exchange (id, region_id, helping_id, approval_id, urgency, language, state)
    SELECT CAST(:id AS uuid), region_id, CAST(:helping_id AS uuid), CAST(:approval_id AS uuid), urgency, language,
        'requested' FROM waits
    RETURNING region_id
    """
)
# The clock was quicker than the manager: what is being asked is handed on by now.
_ADOPT = text(
    """
    WITH asked AS (
        UPDATE shared.exchange x SET approval_id = :approval_id FROM shared.callout c
        WHERE c.id = :callout_id AND x.id = c.exchange_id AND x.region_id = c.region_id AND c.state = 'pending_approval'
          AND c.approval_id = :approval_id AND x.approval_id IS NULL AND x.state <> 'closed'
        RETURNING c.id
    )
    UPDATE shared.callout c SET approval_id = :next_approval_id FROM asked WHERE c.id = asked.id RETURNING c.region_id
    """
)
_APPROVE = text(
    """
    UPDATE shared.exchange SET state = 'approved', decided_by = :by, is_remote_only = :is_remote_only, team = :team
    WHERE id = :id AND state = 'requested'
    """
)
_OFFER = text(
    """
    UPDATE shared.exchange SET state = 'offered', offered_until = shared.clock() + CAST(:stands AS interval)
    WHERE id = :id AND state = 'approved'
    """
)
# While it is taken its time does not end: else another region could be asked in the same moment.
_CLAIM = text(
    """
    UPDATE shared.exchange x SET offered_until = greatest(x.offered_until, shared.clock() + CAST(:takes AS interval))
    FROM shared.callout c
    WHERE c.id = :callout_id AND c.state = 'pending_approval' AND x.id = c.exchange_id AND x.region_id = c.region_id
      AND x.state = 'offered'
    RETURNING x.id, x.helping_id, c.urgency, c.language, coalesce(x.team, c.team), c.wishes,
        x.is_remote_only OR c.channel = 'in_person', c.channel
    """
)
_OVER = text(
    """
    UPDATE shared.exchange SET state = 'closed', closed_at = shared.clock(),
        outcome = CASE WHEN state = 'offered' THEN 'unanswered' ELSE 'silent' END
    WHERE id = :id AND (state = 'requested' AND asked_at + CAST(:answer_within AS interval) <= shared.clock()
                        OR state = 'offered' AND offered_until <= shared.clock())
    RETURNING id
    """
)
_CLOSE = text(
    """
    UPDATE shared.exchange SET state = 'closed', outcome = :outcome, closed_at = coalesce(closed_at, shared.clock())
    WHERE id = :id AND (state = ANY(:open) OR :outcome = 'taken')
    """
)
_DROP = text(
    """
    UPDATE shared.exchange x SET state = 'closed', outcome = 'not_needed', closed_at = shared.clock()
    FROM shared.callout c
    WHERE c.id = :callout_id AND x.id = c.exchange_id AND x.region_id = c.region_id AND x.state = ANY(:open)
    RETURNING x.id, x.helping_id
    """
)
# One of a request that still waits says that the clock has asked already.
_FORGET = text(
    """
    DELETE FROM shared.exchange x
    WHERE x.region_id = :region_id AND x.state = 'closed' AND x.closed_at <= shared.clock() - CAST(:kept AS interval)
      AND NOT EXISTS (SELECT FROM shared.callout c WHERE c.exchange_id = x.id AND c.state = 'pending_approval')
    """
)


@dataclass(frozen=True, slots=True)
class Offered:
    """What the requester can take: what they chose when they asked, and the limits of the region that helps.

    Nobody goes to another region to meet somebody: how far that is, neither of the two knows.
    """

    id: UUID
    helping_id: UUID
    urgency: Urgency
    language: str
    team: str
    wishes: Sequence[str]
    is_remote_only: bool
    channel: str


async def begin(session: DispatchSession, callout_id: UUID, *, helping_id: UUID, approval_id: UUID | None) -> None:
    """Ask another region for a request that waits here; it goes on waiting here.

    Args:
        session: dispatch of the asking region.
        callout_id: what waits.
        helping_id: the region that is asked.
        approval_id: the decision by which a manager handed it on; None when the time to decide was over.
    """
    # Whoever comes second sees in a statement of its own what the first has begun: nobody asks two regions.
    await callout_queries.locked(session, callout_id)
    values = {
        "id": uuid4(),
        "callout_id": callout_id,
        "helping_id": helping_id,
        "approval_id": approval_id,
        "next_approval_id": uuid4() if approval_id else None,
    }
    region_id: UUID | None = (await session.execute(_BEGIN, values)).scalar_one_or_none()
    if region_id is None and approval_id is not None:
        names = ("callout_id", "approval_id", "next_approval_id")
        adopted = await session.execute(_ADOPT, {name: values[name] for name in names})
        region_id = adopted.scalar_one_or_none()
    if region_id is None:
        return
    session.signals.update((f"callout:{callout_id}", f"program:{region_id}"))
    await wake(session, callout_id, region_id=region_id, cause=str(values["id"]))


async def wake(session: DispatchSession, callout_id: UUID, *, region_id: UUID, cause: str) -> None:
    """Look at once at a request that waits: the exchange has moved."""
    await jobs.add(session, callouts.OPEN_APPROVAL, region_id=region_id, subject_id=callout_id, cause=cause)


async def approve(
    session: DispatchSession, exchange_id: UUID, *, by: str, is_remote_only: bool = False, team: str | None = None
) -> None:
    """Say yes for the helping region; what was answered before stays as it is."""
    values = {"id": exchange_id, "by": by, "is_remote_only": is_remote_only, "team": team}
    await session.execute(_APPROVE, values)


async def claim(session: DispatchSession, callout_id: UUID) -> Offered | None:
    """Return what the requester takes, and hold it for as long as that lasts; None when nothing is offered."""
    row = (await session.execute(_CLAIM, {"callout_id": callout_id, "takes": rules.TAKES})).one_or_none()
    return None if row is None else Offered(row[0], row[1], Urgency(row[2]), *row[3:])


async def close(session: DispatchSession, exchange_id: UUID, outcome: ExchangeOutcome) -> None:
    """End an exchange; the first word is the last one, but that somebody took it is true whatever was said before."""
    await session.execute(_CLOSE, {"id": exchange_id, "outcome": outcome, "open": sorted(rules.OPEN)})


async def drop(session: DispatchSession, callout_id: UUID) -> None:
    """End the exchange of a request that no longer waits here, and take it from the managers there.

    It was decided, or the requester stopped.
    """
    values = {"callout_id": callout_id, "open": sorted(rules.OPEN)}
    row = (await session.execute(_DROP, values)).one_or_none()
    if row is not None:
        await jobs.add(session, callouts.CANCEL_APPROVAL, region_id=row.helping_id, subject_id=row.id)


async def go_on(session: DispatchSession, exchange: Exchanging, callout_id: UUID) -> bool:
    """Offer what was approved, and end what nobody answered in its time; returns whether it is over by time.

    Args:
        session: dispatch of the asking region.
        exchange: as it was read.
        callout_id: the request that waits.
    """
    await session.execute(_OFFER, {"id": exchange.id, "stands": rules.OFFERED_FOR[exchange.urgency]})
    values = {"id": exchange.id, "answer_within": rules.ANSWER_WITHIN[exchange.urgency]}
    is_over = (await session.execute(_OVER, values)).one_or_none() is not None
    session.signals.update((f"callout:{callout_id}", f"program:{exchange.region_id}"))
    if is_over:
        await wake(session, callout_id, region_id=exchange.region_id, cause=f"over:{exchange.id}")
    return is_over


async def end_unheard(session: DispatchSession, exchange: Exchanging, callout_id: UUID) -> None:
    """End what nobody in the other region is there to decide; the request that waits is looked at at once.

    Args:
        session: dispatch of the asking region.
        exchange: as it was read.
        callout_id: the request that waits.
    """
    await close(session, exchange.id, ExchangeOutcome.SILENT)
    session.signals.update((f"callout:{callout_id}", f"program:{exchange.region_id}"))
    await wake(session, callout_id, region_id=exchange.region_id, cause=f"over:{exchange.id}")


async def forget_over(session: DispatchSession, region_id: UUID) -> None:
    """Delete what this region asked of others, once both pages have led on for long enough."""
    await session.execute(_FORGET, {"region_id": region_id, "kept": TRACES_LIVE})
