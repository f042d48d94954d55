"""Webhooks: an integrator's client says where it wants to hear of the program. Each sees its own alone.

Scopes `webhooks:read` and `webhooks:write`. What is told, and how it is signed: docs/decisions/0029-webhooks.md.
"""

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Request, Response

from libs.peer.webhooks import actions, queries, rules
from libs.peer.webhooks.errors import WebhookChangedError, WebhookUnknownError
from libs.peer.webhooks.models import SAYS, Fault, Status
from libs.peer.webhooks.queries import Delivery, Endpoint
from services.api import once
from services.api.cursors import After, Limit, tell_next
from services.api.declared import problems
from services.api.deps import MyMachine, MyRegion, ProgramTx, Wired
from services.api.once import Once
from services.api.preconditions import IfMatch, etag, insist
from services.api.webhooks.schemas import (
    DeliveriesOut,
    DeliveryOut,
    ReplayedOut,
    ReplayIn,
    SecretOut,
    WebhookIn,
    WebhookMadeOut,
    WebhookOut,
    WebhookPatch,
    WebhooksOut,
)

router = APIRouter(prefix="/v1", tags=["webhooks"])
FIRST_VERSION = 1
"""Of a secret: what the database begins with."""


@router.post(
    "/webhooks",
    status_code=201,
    responses=once.problems(413),
    openapi_extra=once.HEADER,
    response_model=WebhookMadeOut,
)
async def create_webhook(
    machine: MyMachine, region: MyRegion, wired: Wired, tx: ProgramTx, only_once: Once, body: WebhookIn
) -> Response:
    """Add an address. The answer carries the secret that signs what is sent: keep it, it is not shown again."""

    async def work() -> WebhookOut:
        rules.target(body.url, may_loop=wired.settings.webhook_loopback)
        made = await actions.add(
            tx, region_id=region.id, client_id=machine.client_id, url=body.url, event_types=body.event_types
        )
        return WebhookOut.model_validate(await queries.endpoint(tx, made, client_id=machine.client_id))

    answer = await only_once.answer(tx, 201, work)
    # The answer that is kept for a day must not hold the secret, so it comes in on the way out.
    made = WebhookOut.model_validate_json(bytes(answer.body))
    return once.shown(answer, WebhookMadeOut(**made.model_dump(), secret=_secret(wired, made.id, FIRST_VERSION)))


@router.get("/webhooks", responses=problems(400))
async def list_webhooks(
    request: Request,
    response: Response,
    machine: MyMachine,
    wired: Wired,
    tx: ProgramTx,
    limit: Limit = 20,
    cursor: After = None,
) -> WebhooksOut:
    """List your addresses."""
    scope = f"webhooks:{machine.client_id}"
    after = wired.cursors.decode(cursor, scope)
    last = UUID(str(after[0])) if after else None
    rows = await queries.endpoints(tx, machine.client_id, limit=limit + 1, after=last)
    page = wired.cursors.cut(rows, limit, scope, key=lambda row: (str(row.id),))
    tell_next(request, response, page.next_cursor)
    return WebhooksOut(data=[WebhookOut.model_validate(row) for row in page.data], next_cursor=page.next_cursor)


@router.get("/webhooks/{endpoint_id}", responses=problems(404))
async def read_webhook(response: Response, machine: MyMachine, tx: ProgramTx, endpoint_id: UUID) -> WebhookOut:
    """Read one of your addresses; its `ETag` is what a change names."""
    endpoint = await queries.endpoint(tx, endpoint_id, client_id=machine.client_id)
    response.headers["etag"] = _etag(endpoint)
    return WebhookOut.model_validate(endpoint)


@router.patch("/webhooks/{endpoint_id}", responses=problems(400, 404, 412, 413, 428))
async def change_webhook(
    response: Response,
    machine: MyMachine,
    region: MyRegion,
    wired: Wired,
    tx: ProgramTx,
    endpoint_id: UUID,
    patch: WebhookPatch,
    if_match: IfMatch = None,
) -> WebhookOut:
    """Change an address, switch it off, or on again: what waited is then sent."""
    was = await queries.endpoint(tx, endpoint_id, client_id=machine.client_id, for_change=True)
    insist(if_match, _etag(was), WebhookChangedError)
    asked = WebhookOut.model_validate(was).model_copy(update=patch.model_dump(exclude_none=True))
    rules.target(asked.url, may_loop=wired.settings.webhook_loopback)
    await actions.change(
        tx,
        endpoint_id,
        region_id=region.id,
        client_id=machine.client_id,
        url=asked.url,
        event_types=asked.event_types,
        status=Status(asked.status),
    )
    return await read_webhook(response, machine, tx, endpoint_id)


@router.delete("/webhooks/{endpoint_id}", status_code=204, responses=problems(404))
async def delete_webhook(machine: MyMachine, tx: ProgramTx, endpoint_id: UUID) -> None:
    """Remove an address, with what was sent to it and what waits."""
    await actions.delete(tx, endpoint_id, client_id=machine.client_id)


@router.post("/webhooks/{endpoint_id}/secret", responses=problems(404))
async def rotate_webhook_secret(machine: MyMachine, wired: Wired, tx: ProgramTx, endpoint_id: UUID) -> SecretOut:
    """Begin a new secret. For 24 hours both sign, so that nothing is refused while you put the new one in place."""
    version = await actions.rotate(tx, endpoint_id, client_id=machine.client_id)
    return SecretOut(secret=_secret(wired, endpoint_id, version))


@router.post("/webhooks/{endpoint_id}/test", status_code=202, responses=problems(404, 409))
async def test_webhook(machine: MyMachine, tx: ProgramTx, endpoint_id: UUID) -> None:
    """Have an event sent that means nothing: `webhook.test`, about the webhook itself."""
    await queries.endpoint(tx, endpoint_id, client_id=machine.client_id)
    await actions.test(tx, endpoint_id)


@router.get("/webhooks/{endpoint_id}/deliveries", responses=problems(400, 404))
async def list_webhook_deliveries(
    request: Request,
    response: Response,
    machine: MyMachine,
    wired: Wired,
    tx: ProgramTx,
    endpoint_id: UUID,
    limit: Limit = 20,
    cursor: After = None,
) -> DeliveriesOut:
    """List what was sent to an address within 30 days, newest first, and what became of it."""
    await queries.endpoint(tx, endpoint_id, client_id=machine.client_id)
    scope = f"webhook_deliveries:{machine.client_id}:{endpoint_id}"
    key = wired.cursors.decode(cursor, scope)
    after = (datetime.fromisoformat(str(key[0])), UUID(str(key[1]))) if key else None
    rows = await queries.deliveries(tx, endpoint_id, limit=limit + 1, after=after)
    page = wired.cursors.cut(rows, limit, scope, key=lambda row: (row.happened_at.isoformat(), str(row.id)))
    tell_next(request, response, page.next_cursor)
    return DeliveriesOut(data=[_delivery(row) for row in page.data], next_cursor=page.next_cursor)


@router.post("/webhooks/{endpoint_id}/replay", status_code=202, responses=problems(400, 404, 409, 413))
async def replay_webhook(
    machine: MyMachine, region: MyRegion, tx: ProgramTx, endpoint_id: UUID, body: ReplayIn
) -> ReplayedOut:
    """Send the events of a range of time again, with the same `webhook-id`; by default those that failed."""
    await queries.endpoint(tx, endpoint_id, client_id=machine.client_id)
    count = await actions.replay(
        tx,
        region_id=region.id,
        client_id=machine.client_id,
        endpoint_id=endpoint_id,
        since=body.since,
        until=body.until,
        only_failed=body.only_failed,
    )
    return ReplayedOut(count=count)


@router.post("/webhook-deliveries/{delivery_id}/replay", status_code=202, responses=problems(404))
async def replay_webhook_delivery(
    machine: MyMachine, region: MyRegion, tx: ProgramTx, delivery_id: UUID
) -> ReplayedOut:
    """Send one event again, with the same `webhook-id`; 404 too while it is being sent, or the webhook is off."""
    count = await actions.replay(tx, region_id=region.id, client_id=machine.client_id, one=delivery_id)
    if not count:
        raise WebhookUnknownError
    return ReplayedOut(count=count)


def _secret(wired: Wired, endpoint_id: UUID, version: int) -> str:
    return rules.shown(rules.secret(wired.webhook_key, endpoint_id, version))


def _delivery(row: Delivery) -> DeliveryOut:
    return DeliveryOut(
        id=row.id,
        event_id=f"msg_{row.event_id.hex}",
        type=row.type,
        subject_id=row.subject_id,
        happened_at=row.happened_at,
        outcome=row.outcome,
        attempts=row.attempt,
        next_at=row.next_at,
        last_status=row.last_status,
        last_fault=row.last_fault,
        last_fault_says=SAYS[Fault(row.last_fault)] if row.last_fault else None,
        ended_at=row.ended_at,
    )


def _etag(endpoint: Endpoint) -> str:
    """Return what changes whenever something changes that can be changed here."""
    return etag(WebhookOut.model_validate(endpoint).model_dump_json())
