"""What a client reads of its own webhooks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from libs.peer.webhooks.errors import WebhookUnknownError
from libs.tenancy.planes import ProgramSession


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address, as its client sees it."""

    id: UUID
    url: str
    event_types: list[str]
    status: str
    disabled_because: str | None
    secret_version: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Delivery:
    """An event on its way, or what became of it."""

    id: UUID
    event_id: UUID
    type: str
    subject_id: UUID
    happened_at: datetime
    outcome: str
    attempt: int
    next_at: datetime | None
    last_status: int | None
    last_fault: str | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class SwitchedOff:
    """An address that was switched off for whoever runs it; `because`: `gone` (410) or `exhausted`."""

    client_id: str
    because: str


_OFF = text(
    """
    SELECT DISTINCT client_id, disabled_because FROM shared.webhook_endpoint
    WHERE status = 'disabled' AND disabled_because IN ('gone', 'exhausted') ORDER BY client_id, disabled_because
    """
)
_ENDPOINTS = text(
    """
    SELECT id, url, event_types, status, disabled_because, secret_version, created_at FROM shared.webhook_endpoint
    WHERE client_id = :client_id AND (CAST(:after AS uuid) IS NULL OR id > CAST(:after AS uuid))
    ORDER BY id LIMIT :limit
    """
)
_ENDPOINT = text(
    """
    SELECT id, url, event_types, status, disabled_because, secret_version, created_at FROM shared.webhook_endpoint
    WHERE client_id = :client_id AND id = :id
    """
)
_ENDPOINT_HELD = text(f"{_ENDPOINT.text} FOR NO KEY UPDATE")
_DELIVERIES = text(
    """
    SELECT id, event_id, type, subject_id, happened_at, outcome, attempt, next_at, last_status, last_fault, ended_at
    FROM shared.webhook_delivery
    WHERE endpoint_id = :endpoint_id
      AND (CAST(:at AS timestamptz) IS NULL OR (happened_at, id) < (CAST(:at AS timestamptz), CAST(:id AS uuid)))
    ORDER BY happened_at DESC, id DESC LIMIT :limit
    """
)


async def switched_off(session: ProgramSession) -> Sequence[SwitchedOff]:
    """List whose addresses in the session's region are off, and not by their own wish; each reason once."""
    return [SwitchedOff(*row) for row in await session.execute(_OFF)]


async def endpoints(session: ProgramSession, client_id: str, *, limit: int, after: UUID | None) -> Sequence[Endpoint]:
    """Return a client's addresses, by id."""
    values = {"client_id": client_id, "limit": limit, "after": after}
    return [Endpoint(*row) for row in await session.execute(_ENDPOINTS, values)]


async def endpoint(session: ProgramSession, endpoint_id: UUID, *, client_id: str, for_change: bool = False) -> Endpoint:
    """Return one of a client's addresses; `for_change` holds it until the transaction ends.

    Raises:
        WebhookUnknownError: it is another client's, or none.
    """
    look = _ENDPOINT_HELD if for_change else _ENDPOINT
    row = (await session.execute(look, {"client_id": client_id, "id": endpoint_id})).one_or_none()
    if row is None:
        raise WebhookUnknownError
    return Endpoint(*row)


async def deliveries(
    session: ProgramSession, endpoint_id: UUID, *, limit: int, after: tuple[datetime, UUID] | None
) -> Sequence[Delivery]:
    """Return what was sent to an address within 30 days, newest first."""
    at, last = after or (None, None)
    values = {"endpoint_id": endpoint_id, "at": at, "id": last, "limit": limit}
    return [Delivery(*row) for row in await session.execute(_DELIVERIES, values)]
