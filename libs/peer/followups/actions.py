"""Planning follow-ups, and what requester, peer, coordinator and clock make of them."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import text

from libs import jobs
from libs.peer.callouts import actions as callouts
from libs.peer.callouts.rules import TRACES_LIVE
from libs.peer.events import actions as events
from libs.peer.followups import queries, rules
from libs.peer.followups.errors import FollowUpDayError, FollowUpMovedOnError, FollowUpUnknownError
from libs.peer.followups.models import FollowUpKind, FollowUpState
from libs.tenancy.planes import DispatchSession
from libs.tenancy.statements import Row

LOOK = "follow_ups.look"
"""The job that tells a peer that a follow-up is due, and ends one whose time is over for good."""

# Who may know of it is written down while the copies are still there: a moment later they are deleted.
_PLAN = text(
    """
    INSERT INTO shared.follow_up (id, callout_id, region_id, peer_id, kind, state, due_at, next_at, watchers)
    SELECT gen_random_uuid(), c.id, c.region_id, p.peer_id, k.kind, 'planned', d.due_at, d.due_at,
        coalesce((SELECT o.watchers FROM shared.follow_up o WHERE o.callout_id = c.id LIMIT 1),
            ARRAY(SELECT h.peer_id FROM shared.copy h WHERE h.home_id = c.home_id AND h.callout_id = c.id
                  AND EXISTS (SELECT FROM shared.membership s
                              WHERE s.member_id = h.peer_id AND s.role IN ('coordinator', 'deputy'))))
    FROM shared.callout c JOIN shared.region r ON r.id = c.region_id
    CROSS JOIN LATERAL (SELECT coalesce(CAST(:peer_id AS uuid), c.accepted_by) AS peer_id) p
    CROSS JOIN unnest(CAST(:kinds AS text[]), CAST(:days AS text[])) AS k (kind, days)
    CROSS JOIN LATERAL (SELECT greatest(shared.clock(), CASE WHEN k.days = '0'
        THEN coalesce(c.contact_at, shared.clock()) + interval '6 hours'
        ELSE (CAST(coalesce(c.contact_at, shared.clock()) AT TIME ZONE r.time_zone AS date)
              + CAST(k.days AS integer) + time '10:00') AT TIME ZONE r.time_zone END) AS due_at) d
    WHERE c.id = :callout_id AND p.peer_id IS NOT NULL
    ON CONFLICT (callout_id, kind) DO UPDATE SET state = 'planned', due_at = excluded.due_at,
        next_at = excluded.due_at, told_at = NULL, tries = 0
        WHERE :again AND follow_up.state = 'stopped'
    RETURNING id, region_id, peer_id, due_at
    """
)
_MOVE = text(
    """
    UPDATE shared.follow_up f SET told_at = NULL,
        due_at = greatest(shared.clock(), (CAST(:on AS date) + time '10:00') AT TIME ZONE r.time_zone),
        next_at = greatest(shared.clock(), (CAST(:on AS date) + time '10:00') AT TIME ZONE r.time_zone)
    FROM shared.region r
    WHERE f.callout_id = :callout_id AND f.kind = :kind AND f.state = 'planned' AND r.id = f.region_id
    RETURNING f.id, f.region_id, f.peer_id, f.due_at
    """
)
_STOP = text(
    """
    UPDATE shared.follow_up SET state = 'stopped', next_at = NULL
    WHERE callout_id = :callout_id AND kind = ANY(CAST(:kinds AS text[])) AND state = 'planned'
    RETURNING id, region_id, peer_id, due_at
    """
)
_DONE = text(
    """
    UPDATE shared.follow_up SET state = 'done', next_at = NULL
    WHERE id = :id AND peer_id = :by AND state = 'planned' RETURNING callout_id, region_id
    """
)
_TRIED = text(
    """
    UPDATE shared.follow_up SET tries = tries + 1, told_at = NULL,
        state = CASE WHEN tries + 1 >= :tries THEN 'not_reached' ELSE 'planned' END,
        due_at = CASE WHEN tries + 1 >= :tries THEN due_at ELSE shared.clock() + interval '1 day' END,
        next_at = CASE WHEN tries + 1 >= :tries THEN NULL ELSE shared.clock() + interval '1 day' END
    WHERE id = :id AND peer_id = :by AND state = 'planned' AND due_at <= shared.clock()
    RETURNING id, callout_id, region_id, peer_id, due_at, state
    """
)
# To a coordinator who held a copy and has least of them planned; to nobody where there is none.
_PASS_ON = text(
    """
    UPDATE shared.follow_up f SET told_at = NULL, next_at = greatest(f.due_at, shared.clock()), peer_id = (
        SELECT m.id FROM shared.member m WHERE m.id = ANY(f.watchers) AND m.suspended_on IS NULL AND m.id <> :by
        ORDER BY (SELECT count(*) FROM shared.follow_up o WHERE o.peer_id = m.id AND o.state = 'planned'), m.id LIMIT 1)
    WHERE f.peer_id = :by AND f.state = 'planned' AND (CAST(:id AS uuid) IS NULL OR f.id = :id)
    RETURNING f.id, f.region_id, f.peer_id, f.next_at AS due_at
    """
)
_TAKE = text(
    """
    UPDATE shared.follow_up SET peer_id = :by, told_at = shared.clock()
    WHERE id = :id AND state = 'planned' AND :by = ANY(watchers) AND peer_id IS DISTINCT FROM :by
      AND due_at + CAST(:overdue AS interval) <= shared.clock() RETURNING region_id
    """
)
_TOLD = text(
    """
    UPDATE shared.follow_up SET told_at = shared.clock(), next_at = due_at + CAST(:lapses AS interval)
    WHERE id = :id AND state = 'planned' AND due_at = :due_at RETURNING id, region_id, peer_id, next_at AS due_at
    """
)
_LAPSE = text(
    """
    UPDATE shared.follow_up SET state = 'lapsed', next_at = NULL
    WHERE id = :id AND state = 'planned' RETURNING region_id
    """
)
_FORGET_AT = text(
    """
    SELECT greatest(ended_at + CAST(:traces AS interval), shared.clock()) FROM shared.callout
    WHERE id = :id AND ended_at IS NOT NULL AND home_id IS NOT NULL
    """
)
_FORGET = text("DELETE FROM shared.follow_up WHERE callout_id = :callout_id")


async def plan(
    session: DispatchSession,
    callout_id: UUID,
    *,
    peer_id: UUID | None = None,
    kinds: Sequence[FollowUpKind] = rules.BY_DEFAULT,
    again: bool = False,
) -> None:
    """Plan follow-ups; those that are planned already stay as they are.

    Args:
        session: dispatch of its region.
        callout_id: of a request in which two talk, or have talked.
        peer_id: with whom; None for whoever has it.
        kinds: which.
        again: also those that the requester had stopped.
    """
    values = {
        "callout_id": callout_id,
        "peer_id": peer_id,
        "kinds": [str(kind) for kind in kinds],
        "days": [str(rules.DAYS_AFTER[kind]) for kind in kinds],
        "again": again,
    }
    await _look_later(session, (await session.execute(_PLAN, values)).all())


async def choose(session: DispatchSession, callout_id: UUID, kinds: Sequence[FollowUpKind]) -> None:
    """Let the requester, who has talked, wish for some that are not planned, or that were stopped; twice is once.

    Raises:
        FollowUpMovedOnError: they have not talked.
    """
    if not await queries.has_talked(session, callout_id):
        raise FollowUpMovedOnError
    await plan(session, callout_id, kinds=kinds, again=True)


async def move(session: DispatchSession, callout_id: UUID, kind: FollowUpKind, on: date, *, region_id: UUID) -> None:
    """Let the requester move one to another day.

    Raises:
        FollowUpDayError: the day is over, or too far away.
        FollowUpMovedOnError: it is not planned.
    """
    if not rules.may_move_to(on, await queries.today(session, region_id)):
        raise FollowUpDayError
    rows = (await session.execute(_MOVE, {"callout_id": callout_id, "kind": kind, "on": on})).all()
    if not rows:
        raise FollowUpMovedOnError
    await _look_later(session, rows)


async def stop(session: DispatchSession, callout_id: UUID, kinds: Sequence[FollowUpKind], *, region_id: UUID) -> None:
    """Let the requester stop some.

    Raises:
        FollowUpMovedOnError: none of them is planned.
    """
    values = {"callout_id": callout_id, "kinds": [str(kind) for kind in kinds]}
    rows = (await session.execute(_STOP, values)).all()
    if not rows:
        raise FollowUpMovedOnError
    session.signals.update(f"peer:{row.peer_id}" for row in rows if row.peer_id)
    await _let_forget(session, callout_id, region_id=region_id)


async def done(session: DispatchSession, follow_up_id: UUID, *, by: UUID) -> None:
    """Note the peer's word that they talked; a counter, without whom.

    Raises:
        FollowUpUnknownError: not this peer's, or not planned: all alike.
    """
    row = (await session.execute(_DONE, {"id": follow_up_id, "by": by})).one_or_none()
    if row is None:
        raise FollowUpUnknownError
    await _over(session, row.callout_id, by, row.region_id, FollowUpState.DONE)


async def tried(session: DispatchSession, follow_up_id: UUID, *, by: UUID) -> None:
    """Count an attempt that reached nobody: the next one is a day later, and the second is the last.

    Raises:
        FollowUpUnknownError: not this peer's, or not planned, or not due: all alike.
    """
    values = {"id": follow_up_id, "by": by, "tries": rules.TRIES}
    row = (await session.execute(_TRIED, values)).one_or_none()
    if row is None:
        raise FollowUpUnknownError
    if row.state == FollowUpState.NOT_REACHED:
        await _over(session, row.callout_id, by, row.region_id, FollowUpState.NOT_REACHED)
    else:
        await _look_later(session, [row])


async def pass_on(session: DispatchSession, follow_up_id: UUID, *, by: UUID) -> None:
    """Let a peer hand one over to a coordinator who may know of it; to nobody, where there is none.

    Raises:
        FollowUpUnknownError: not this peer's, or not planned: all alike.
    """
    rows = (await session.execute(_PASS_ON, {"id": follow_up_id, "by": by})).all()
    if not rows:
        raise FollowUpUnknownError
    await _look_later(session, rows)
    session.signals.add(f"peer:{by}")


async def leave(session: DispatchSession, peer_id: UUID) -> None:
    """Pass on everything that somebody who leaves had planned."""
    await _look_later(session, (await session.execute(_PASS_ON, {"id": None, "by": peer_id})).all())


async def take(session: DispatchSession, follow_up_id: UUID, *, by: UUID) -> None:
    """Let a coordinator take one that is overdue.

    Raises:
        FollowUpUnknownError: not overdue, or none that this coordinator may know of: all alike.
    """
    values = {"id": follow_up_id, "by": by, "overdue": rules.OVERDUE_AFTER}
    if (await session.execute(_TAKE, values)).one_or_none() is None:
        raise FollowUpUnknownError
    session.signals.add(f"peer:{by}")


async def told(session: DispatchSession, due: queries.Due) -> None:
    """Note that whoever has one knows that it is due; it lapses when its time is over for good."""
    values = {"id": due.id, "due_at": due.due_at, "lapses": rules.LAPSES_AFTER}
    await _look_later(session, (await session.execute(_TOLD, values)).all())


async def lapse(session: DispatchSession, due: queries.Due) -> None:
    """End one whose time is over: the way to reach is not kept any longer for it."""
    row = (await session.execute(_LAPSE, {"id": due.id})).one_or_none()
    if row is not None:
        await _let_forget(session, due.callout_id, region_id=row.region_id)


async def forget(session: DispatchSession, callout_id: UUID) -> None:
    """Delete every follow-up of a callout, with the rest of the request."""
    await session.execute(_FORGET, {"callout_id": callout_id})


async def _over(
    session: DispatchSession, callout_id: UUID, peer_id: UUID, region_id: UUID, state: FollowUpState
) -> None:
    await events.record(session, f"follow_up.{state}", region_id)
    session.signals.add(f"peer:{peer_id}")
    await _let_forget(session, callout_id, region_id=region_id)


async def _let_forget(session: DispatchSession, callout_id: UUID, *, region_id: UUID) -> None:
    """See to it that the request is forgotten once nothing is planned any more; the job looks for itself."""
    at = (await session.execute(_FORGET_AT, {"id": callout_id, "traces": TRACES_LIVE})).scalar_one_or_none()
    if at is not None:
        await jobs.add(
            session, callouts.FORGET, region_id=region_id, subject_id=callout_id, cause="follow-up", due_at=at
        )


async def _look_later(session: DispatchSession, rows: Sequence[Row]) -> None:
    for row in rows:
        cause = row.due_at.isoformat()
        await jobs.add(session, LOOK, region_id=row.region_id, subject_id=row.id, cause=cause, due_at=row.due_at)
        if row.peer_id is not None:
            session.signals.add(f"peer:{row.peer_id}")
