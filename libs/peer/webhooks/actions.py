"""Telling integrators that something of the program has changed, and keeping their addresses.

Only the program's plane writes what goes out, and it cannot read a request, a callout, an offer or a page. Other planes
may ask by a job that something be told (`tell`); the program looks whether it knows the id before it says anything.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

from sqlalchemy import text

from libs import jobs
from libs.peer.webhooks import rules
from libs.peer.webhooks.errors import TooManyWebhooksError, WebhookOffError, WebhookUnknownError
from libs.peer.webhooks.models import TEST, EventType, Fault, Outcome, Status
from libs.tenancy.planes import PlaneSession, ProgramSession

DELIVER = "webhooks.deliver"
"""The job that has what waits for one address sent."""
OFF = "webhooks.off"
"""The job that tells a region's managers that an address was switched off."""
MOST_IN_A_REGION = 100
LEASE = timedelta(seconds=60)
"""How long a delivery is in hand at most; longer than an attempt can take."""

# Row-level security leaves the session's own region alone.
_PUBLISH = text(
    """
    INSERT INTO shared.webhook_delivery (id, endpoint_id, region_id, event_id, type, subject_id)
    SELECT gen_random_uuid(), e.id, e.region_id, CAST(:event_id AS uuid), CAST(:type AS text),
        CAST(:subject_id AS uuid)
    FROM shared.webhook_endpoint e
    WHERE e.status = 'active'
      AND (CAST(:only AS uuid) IS NULL AND CAST(:type AS text) = ANY(e.event_types) OR e.id = CAST(:only AS uuid))
    ON CONFLICT DO NOTHING RETURNING endpoint_id, region_id
    """
)
_IS_KNOWN: Mapping[EventType, Any] = {
    EventType.AGENCY_ADDED: text("SELECT FROM shared.agency WHERE id = :id AND region_id = :region_id"),
    EventType.AGENCY_CHANGED: text("SELECT FROM shared.agency WHERE id = :id AND region_id = :region_id"),
    EventType.AGENCY_SUSPENDED: text("SELECT FROM shared.agency WHERE id = :id AND region_id = :region_id"),
    # A center's own people answer for it: its systems are not told when.
    EventType.DUTY_CHANGED: text(
        "SELECT FROM shared.team WHERE id = :id AND region_id = :region_id AND kind <> 'in_house'"
    ),
    EventType.DEPLOYMENT_CHANGED: text("SELECT FROM shared.deployment WHERE id = :id AND region_id = :region_id"),
}
"""What other planes may ask to be told, and whether the program knows it."""
TOLD_BY_JOB: Collection[EventType] = _IS_KNOWN.keys()

_ADD = text(
    """
    INSERT INTO shared.webhook_endpoint (id, region_id, client_id, url, event_types, status)
    SELECT CAST(:id AS uuid), CAST(:region_id AS uuid), CAST(:client_id AS text), CAST(:url AS text),
        CAST(:event_types AS text[]), 'active'
    WHERE (SELECT count(*) FROM shared.webhook_endpoint WHERE region_id = :region_id) < :most
    RETURNING id
    """
)
_CHANGE = text(
    """
    UPDATE shared.webhook_endpoint
    SET url = :url, event_types = CAST(:event_types AS text[]), status = CAST(:status AS text),
        disabled_because = CASE WHEN CAST(:status AS text) = 'disabled' THEN coalesce(disabled_because, 'client') END
    WHERE id = :id AND client_id = :client_id RETURNING id
    """
)
_ROTATE = text(
    """
    UPDATE shared.webhook_endpoint SET secret_version = secret_version + 1, rotated_at = shared.clock()
    WHERE id = :id AND client_id = :client_id RETURNING secret_version
    """
)
_DELETE = text("DELETE FROM shared.webhook_endpoint WHERE id = :id AND client_id = :client_id RETURNING id")
_REPLAY = text(
    """
    UPDATE shared.webhook_delivery d
    SET attempt = 0, next_at = shared.clock(), lease_until = NULL, outcome = 'waiting', ended_at = NULL
    FROM shared.webhook_endpoint e
    WHERE e.id = d.endpoint_id AND e.client_id = :client_id AND e.status = 'active'
      AND (d.lease_until IS NULL OR d.lease_until < shared.clock())
      AND (CAST(:one AS uuid) IS NULL OR d.id = CAST(:one AS uuid))
      AND (CAST(:endpoint_id AS uuid) IS NULL OR d.endpoint_id = CAST(:endpoint_id AS uuid))
      AND (CAST(:since AS timestamptz) IS NULL OR d.happened_at >= CAST(:since AS timestamptz))
      AND (CAST(:until AS timestamptz) IS NULL OR d.happened_at < CAST(:until AS timestamptz))
      AND (NOT CAST(:only_failed AS boolean) OR d.outcome = 'failed')
    RETURNING d.endpoint_id
    """
)
_TAKE = text(
    """
    WITH due AS MATERIALIZED (
        SELECT id FROM shared.webhook_delivery
        WHERE endpoint_id = :endpoint_id AND outcome = 'waiting' AND next_at <= shared.clock()
          AND (lease_until IS NULL OR lease_until < shared.clock())
        ORDER BY next_at LIMIT :limit FOR UPDATE SKIP LOCKED
    )
    UPDATE shared.webhook_delivery d
    SET attempt = d.attempt + 1, lease_until = shared.clock() + CAST(:lease AS interval)
    FROM due, shared.webhook_endpoint e
    WHERE d.id = due.id AND e.id = d.endpoint_id AND e.status = 'active'
    RETURNING d.id, d.event_id, d.type, d.subject_id, d.happened_at, d.attempt, e.id AS endpoint_id, e.url,
        e.secret_version,
        coalesce(e.rotated_at > shared.clock() - CAST(:overlap AS interval), false) AS has_two_secrets,
        shared.clock() AS taken_at
    """
)
_NEXT = text(
    """
    SELECT min(greatest(d.next_at, coalesce(d.lease_until, d.next_at)))
    FROM shared.webhook_delivery d JOIN shared.webhook_endpoint e ON e.id = d.endpoint_id
    WHERE d.endpoint_id = :endpoint_id AND d.outcome = 'waiting' AND e.status = 'active'
    """
)
_RECORD = text(
    """
    UPDATE shared.webhook_delivery
    SET outcome = CAST(:outcome AS text), last_status = CAST(:status AS integer), last_fault = CAST(:fault AS text),
        lease_until = NULL, ended_at = CASE WHEN CAST(:outcome AS text) <> 'waiting' THEN shared.clock() END,
        next_at = CASE WHEN CAST(:outcome AS text) = 'waiting'
            THEN shared.clock() + make_interval(secs => CAST(:wait_s AS double precision)) END
    WHERE id = :id AND attempt = :attempt AND outcome = 'waiting'
    """
)
_GONE = text(
    """
    UPDATE shared.webhook_endpoint SET status = 'disabled', disabled_because = 'gone'
    WHERE id = :endpoint_id AND status = 'active' RETURNING region_id
    """
)
_EXHAUSTED = text(
    """
    UPDATE shared.webhook_endpoint e SET status = 'disabled', disabled_because = 'exhausted'
    WHERE e.id = :endpoint_id AND e.status = 'active' AND NOT EXISTS (
        SELECT FROM shared.webhook_delivery d
        WHERE d.endpoint_id = e.id AND d.outcome = 'delivered' AND d.ended_at > CAST(:since AS timestamptz)
    ) RETURNING region_id
    """
)
_STALLED = text(
    """
    SELECT DISTINCT d.endpoint_id
    FROM shared.webhook_delivery d JOIN shared.webhook_endpoint e ON e.id = d.endpoint_id AND e.status = 'active'
    WHERE d.outcome = 'waiting' AND d.next_at < shared.clock() - interval '30 seconds'
      AND (d.lease_until IS NULL OR d.lease_until < shared.clock())
    """
)
_FORGET = text("DELETE FROM shared.webhook_delivery WHERE happened_at < shared.clock() - CAST(:kept_for AS interval)")


@dataclass(frozen=True, slots=True)
class Taken:
    """A delivery that is in hand: what to send, where to, and how it is signed."""

    id: UUID
    event_id: UUID
    type: str
    subject_id: UUID
    happened_at: datetime
    attempt: int
    endpoint_id: UUID
    url: str
    secret_version: int
    has_two_secrets: bool
    taken_at: datetime


@dataclass(frozen=True, slots=True)
class Attempted:
    """What became of an attempt.

    Attributes:
        status: of the answer; None when there was none.
        fault: why it did not go through; None when it did.
        wait_s: until the next try; None when it is over.
    """

    taken: Taken
    status: int | None
    fault: Fault | None
    wait_s: float | None

    @property
    def is_gone(self) -> bool:
        """Whether the other side wants no more of it."""
        return self.status == 410  # noqa: PLR2004 - HTTP

    @property
    def outcome(self) -> Outcome:
        """Where that leaves the delivery."""
        if self.fault is None:
            return Outcome.DELIVERED
        return Outcome.FAILED if self.wait_s is None or self.is_gone else Outcome.WAITING


async def publish(session: ProgramSession, kind: EventType, subject_id: UUID, *, is_once: bool = False) -> None:
    """Tell whoever in the session's region wants to hear of it, in the transaction in which it happens.

    Args:
        session: the program's: no other plane may write what goes out.
        kind: what happened.
        subject_id: of the agency, member, team or deployment; of the region for a whole roster.
        is_once: it happens once to this subject, however often it is told.
    """
    event_id = uuid5(NAMESPACE_URL, f"{kind}:{subject_id}") if is_once else uuid4()
    await _put(session, kind, event_id=event_id, subject_id=subject_id)


async def tell(session: PlaneSession, kind: EventType, *, region_id: UUID, subject_id: UUID) -> None:
    """Ask from any plane that it be told: the program does, once it has found the subject among what it knows."""
    await jobs.add(session, job_kind(kind), region_id=region_id, subject_id=subject_id)


def job_kind(kind: EventType) -> str:
    """Return what the job is called by which other planes ask that something be told."""
    return f"webhooks.{kind}"


async def publish_if_known(session: ProgramSession, kind: EventType, subject_id: UUID, *, region_id: UUID) -> None:
    """Tell what another plane asked for, if the program knows such a subject in its region; else say nothing."""
    if (await session.execute(_IS_KNOWN[kind], {"id": subject_id, "region_id": region_id})).all():
        await publish(session, kind, subject_id, is_once=kind is EventType.AGENCY_ADDED)


async def test(session: ProgramSession, endpoint_id: UUID) -> None:
    """Send one event that means nothing, whatever the endpoint subscribes to.

    Raises:
        WebhookOffError: it is switched off.
    """
    if not await _put(session, TEST, event_id=uuid4(), subject_id=endpoint_id, only=endpoint_id):
        raise WebhookOffError


async def _put(
    session: ProgramSession, kind: str, *, event_id: UUID, subject_id: UUID, only: UUID | None = None
) -> int:
    values = {"event_id": event_id, "type": str(kind), "subject_id": subject_id, "only": only}
    found = (await session.execute(_PUBLISH, values)).all()
    for row in found:
        await jobs.add(session, DELIVER, region_id=row.region_id, subject_id=row.endpoint_id)
    return len(found)


async def add(
    session: ProgramSession, *, region_id: UUID, client_id: str, url: str, event_types: Sequence[EventType]
) -> UUID:
    """Add an address of a client.

    Raises:
        TooManyWebhooksError: the region has as many as it can have.
    """
    values = {"id": uuid4(), "region_id": region_id, "client_id": client_id, "url": url, "most": MOST_IN_A_REGION}
    types = sorted({str(one) for one in event_types})
    row = (await session.execute(_ADD, {**values, "event_types": types})).one_or_none()
    if row is None:
        raise TooManyWebhooksError
    endpoint_id: UUID = row.id
    return endpoint_id


async def change(
    session: ProgramSession,
    endpoint_id: UUID,
    *,
    region_id: UUID,
    client_id: str,
    url: str,
    event_types: Sequence[EventType],
    status: Status,
) -> None:
    """Change an address; switched on again, it gets what waited.

    Raises:
        WebhookUnknownError: it is another client's, or none.
    """
    values = {"id": endpoint_id, "client_id": client_id, "url": url, "status": str(status)}
    types = sorted({str(one) for one in event_types})
    _insist((await session.execute(_CHANGE, {**values, "event_types": types})).one_or_none())
    await jobs.add(session, DELIVER, region_id=region_id, subject_id=endpoint_id)


async def rotate(session: ProgramSession, endpoint_id: UUID, *, client_id: str) -> int:
    """Begin a new secret; the old one signs beside it for a day. Returns its version.

    Raises:
        WebhookUnknownError: it is another client's, or none.
    """
    row = _insist((await session.execute(_ROTATE, {"id": endpoint_id, "client_id": client_id})).one_or_none())
    return int(row.secret_version)


async def delete(session: ProgramSession, endpoint_id: UUID, *, client_id: str) -> None:
    """Remove an address with its deliveries.

    Raises:
        WebhookUnknownError: it is another client's, or none.
    """
    _insist((await session.execute(_DELETE, {"id": endpoint_id, "client_id": client_id})).one_or_none())


async def replay(
    session: ProgramSession,
    *,
    region_id: UUID,
    client_id: str,
    one: UUID | None = None,
    endpoint_id: UUID | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    only_failed: bool = False,
) -> int:
    """Send again, with the same ids: one delivery, or those of an endpoint in a range of time. Returns how many."""
    chosen = {"client_id": client_id, "one": one, "endpoint_id": endpoint_id, "only_failed": only_failed}
    found = (await session.execute(_REPLAY, {**chosen, "since": since, "until": until})).all()
    for again in {row.endpoint_id for row in found}:
        await jobs.add(session, DELIVER, region_id=region_id, subject_id=again)
    return len(found)


async def take(session: ProgramSession, endpoint_id: UUID, *, region_id: UUID, limit: int) -> Sequence[Taken]:
    """Take what is due for one address, oldest first; when nothing is, ask for the job again for when something is."""
    values = {"endpoint_id": endpoint_id, "limit": limit, "lease": LEASE, "overlap": rules.OVERLAP}
    found = [Taken(*row) for row in await session.execute(_TAKE, values)]
    if not found:
        next_at = (await session.execute(_NEXT, {"endpoint_id": endpoint_id})).scalar_one()
        if next_at is not None:
            again = {"region_id": region_id, "subject_id": endpoint_id, "due_at": next_at}
            await jobs.add(session, DELIVER, cause=next_at.isoformat(), **again)
    return found


async def record(session: ProgramSession, attempts: Sequence[Attempted]) -> None:
    """Write what became of attempts; an address that is gone, or has not answered for three days, is switched off.

    The region's managers are told of that: whoever runs the other side may not look for a long time.
    """
    rows = [
        {
            "id": one.taken.id,
            "attempt": one.taken.attempt,
            "outcome": str(one.outcome),
            "status": one.status,
            "fault": one.fault and str(one.fault),
            "wait_s": one.wait_s,
        }
        for one in attempts
    ]
    await session.execute(_RECORD, rows)
    for one in attempts:
        for region_id in await _switch_off(session, one):
            await jobs.add(session, OFF, region_id=region_id, subject_id=one.taken.endpoint_id)


async def _switch_off(session: ProgramSession, one: Attempted) -> Sequence[UUID]:
    """Return the region of an address that is off by this attempt, and was on before it."""
    values = {"endpoint_id": one.taken.endpoint_id}
    if one.is_gone:
        return list((await session.execute(_GONE, values)).scalars())
    if one.outcome is Outcome.FAILED:
        return list((await session.execute(_EXHAUSTED, {**values, "since": one.taken.happened_at})).scalars())
    return []


async def resume(session: ProgramSession, region_id: UUID) -> int:
    """Ask again for what waits and nobody sends: the net under a worker that died. Returns for how many addresses."""
    found = (await session.execute(_STALLED)).all()
    for row in found:
        await jobs.add(session, DELIVER, region_id=region_id, subject_id=row.endpoint_id, cause="resume")
    return len(found)


async def forget(session: ProgramSession) -> None:
    """Delete deliveries of events that are older than 30 days."""
    await session.execute(_FORGET, {"kept_for": rules.KEPT_FOR})


def _insist(row: Any) -> Any:  # noqa: ANN401 - a row or None
    if row is None:
        raise WebhookUnknownError
    return row
