"""Integrators' stories, told by a client that was generated from our document, against the product's own processes."""

import base64
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from standardwebhooks.webhooks import Webhook

from tests import generated, processes
from tests.generated import call, made
from tests.http.test_keys import BEARER, KEY, makes, manager, said, signed
from tests.receiving import Receiver
from tests.reporting import eido, now, shows_an_offer, station
from tests.world import World

pytestmark = pytest.mark.timeout(240)
EVERYTHING = ["agencies:read", "roster:read", "incidents:write", "webhooks:read", "webhooks:write"]


@pytest.fixture
async def base(world: World, tmp_path: Path) -> AsyncIterator[str]:
    """The product's API and worker, as processes of their own beside the world's database; on no phone of the cast."""
    # What verifies a signature looks at the real clock, and so do assertions.
    await world.copy.superuser.execute("UPDATE public.test_clock SET pushed = interval '0'")
    loopback = {"OWNCALL_WEBHOOK_LOOPBACK": "1"}
    async with (
        processes.worker(world.copy, OWNCALL_MAIL_DROP=str(tmp_path), **loopback),
        processes.api(world.copy, **loopback) as address,
    ):
        yield address


@contextmanager
def _client(base: str, token: str = "", prefix: str = "Bearer") -> Iterator[Any]:
    """The generated client; an answer that the document does not declare is an error."""
    module, more = generated.part("client"), {"raise_on_unexpected_status": True}
    found = module.AuthenticatedClient(base, token=token, prefix=prefix, **more) if token else None
    with found or module.Client(base, **more) as client:
        yield client


async def _token(base: str, key: dict[str, Any], **form: str) -> Any:  # noqa: ANN401 - written at run time
    """Trade a secret for a token."""
    basic = base64.b64encode(f"{key['id']}:{key['secret']}".encode()).decode()
    with _client(base, basic, "Basic") as client:
        body = made("IssueTokenBody", grant_type="client_credentials", **form)
        return await call(client, "tokens.issue_token", body=body)


def _once() -> dict[str, str]:
    return {"idempotency_key": str(uuid4())}


async def test_a_regions_system_from_its_key_to_a_verified_delivery(
    world: World, receiver: Receiver, base: str
) -> None:
    five = await station(world, "5")
    key = await makes(await manager(world), name="The region's systems", scopes=EVERYTHING)
    token = (await _token(base, key)).parsed.access_token
    with _client(base, token) as client:
        await _reads_the_roster(client)
        body = made("WebhookIn", url=receiver.url, event_types=["deployment.opened"])
        hook = (await call(client, "webhooks.create_webhook", body=body, **_once())).parsed
        await _reports(world, client, five)
        await processes.until(lambda: _has(receiver, 2))
        await _is_signed_and_known_to_the_program(world, receiver, hook.secret)
        await _looks_back_and_has_it_sent_again(client, hook, receiver)
        await _changes_what_it_has_read(client, hook)

        basic = base64.b64encode(f"{key['id']}:{key['secret']}".encode()).decode()
        with _client(base, basic, "Basic") as itself:
            ended = await call(itself, "tokens.revoke_token", body=made("RevokeTokenBody", token=token))
        assert ended.status_code == 200
        after = await call(client, "agencies.list_agencies")
        assert (after.status_code, after.parsed.status) == (401, 401)


async def _reads_the_roster(client: Any) -> None:  # noqa: ANN401 - written at run time
    names, cursor = [], generated.part("types").UNSET
    while cursor is not None:
        page = (await call(client, "intranet.show_roster", limit=20, cursor=cursor)).parsed
        names += [one.name for one in page.data]
        cursor = page.next_cursor
    sheet = (await call(client, "intranet.show_roster_csv")).content.decode().splitlines()
    assert len(names) == len(sheet) - 1 > 20


async def _reports(world: World, client: Any, path: str) -> None:  # noqa: ANN401 - written at run time
    """An incident, told twice; and an EIDO that offers support and one that proposes a team."""
    at = (await now(world)).isoformat()
    incident = {"id": str(uuid4()), "type": "lodd", "involved": "1_5", "happened_at": at}
    for _ in range(2):
        body = made("IncidentIn", **incident)
        reported = await call(client, "intranet.report_incident", "redbank", body=body, **_once())
        assert (reported.status_code, str(reported.parsed.id)) == (202, incident["id"])
    for kind, action in (("SUICIDE", "offer_support"), ("MCI", "propose_deployment")):
        body = made("ReceiveEidoBody", **json.loads(await eido(world, "5", kind=kind)))
        outcome = await call(client, "hard_calls.receive_eido", "redbank", body=body, **_once())
        assert (outcome.status_code, outcome.parsed.action) == (200, action)
    assert await shows_an_offer(world, path)


async def _has(receiver: Receiver, count: int) -> bool:
    return len(receiver.got) >= count


async def _is_signed_and_known_to_the_program(world: World, receiver: Receiver, secret: str) -> None:
    """The reference library verifies what came; the id is what the program's own list has."""
    events = [Webhook(secret).verify(content, headers) for headers, content in receiver.got]
    listed = (await (await world.person("manager")).client.get("/v1/deployments")).json()["data"]
    assert {event["data"]["id"] for event in events} == {one["id"] for one in listed}
    assert {event["type"] for event in events} == {"deployment.opened"}


async def _looks_back_and_has_it_sent_again(client: Any, hook: Any, receiver: Receiver) -> None:  # noqa: ANN401
    async def delivered() -> list[Any]:
        page = (await call(client, "webhooks.list_webhook_deliveries", hook.id)).parsed
        return [one for one in page.data if one.outcome == "delivered"]

    async def are_told() -> bool:
        return len(await delivered()) == len(receiver.got)

    await processes.until(are_told)
    count = len(receiver.got)
    again = (await delivered())[0]
    answer = await call(client, "webhooks.replay_webhook_delivery", again.id)
    assert (answer.status_code, answer.parsed.count) == (202, 1)
    await processes.until(lambda: _has(receiver, count + 1))
    assert receiver.got[-1][0]["webhook-id"] == again.event_id


async def _changes_what_it_has_read(client: Any, hook: Any) -> None:  # noqa: ANN401 - written at run time
    patch = made("WebhookPatch", status="disabled")
    refused = await call(client, "webhooks.change_webhook", hook.id, body=patch)
    assert (refused.status_code, refused.parsed.status) == (428, 428)
    etag = (await call(client, "webhooks.read_webhook", hook.id)).headers["etag"]
    changed = await call(client, "webhooks.change_webhook", hook.id, body=patch, if_match=etag)
    assert (changed.status_code, changed.parsed.status) == (200, "disabled")
    late = await call(client, "webhooks.change_webhook", hook.id, body=patch, if_match=etag)
    assert (late.status_code, late.parsed.type_) == (412, "/problems/webhook_changed")


async def test_a_centers_dispatch_system_signs_for_itself_and_reports(world: World, base: str) -> None:
    five = await station(world, "5")
    redbank = (await world.planes.tenants()).agency("redbank")
    public = json.dumps(KEY.as_dict(private=False))
    key = await makes(
        await manager(world), name="CAD", scopes=["incidents:write"], agency_id=str(redbank.id), public_key=public
    )
    body = made(
        "IssueTokenBody",
        grant_type="client_credentials",
        client_assertion_type=BEARER,
        client_assertion=signed(said(key["id"], aud=f"{base}/v1/oauth/token")),
    )
    with _client(base) as nobody:
        token = (await call(nobody, "tokens.issue_token", body=body)).parsed
        assert token.scope == "incidents:write"
        assert (await call(nobody, "tokens.issue_token", body=body)).status_code == 401  # it is good once
    with _client(base, token.access_token) as client:
        lines = f"incident_type,at,workstations\nSUICIDE,{(await now(world)).isoformat()},5\nNOISE,never,6\n"
        wrong = await _sends_csv(client, "redbank", lines)
        assert (wrong.status_code, wrong.parsed.type_) == (422, "/problems/hard_calls_unsound")
        assert wrong.parsed.errors[0]["column"] == "at"
        assert not await shows_an_offer(world, five)
        right = await _sends_csv(client, "redbank", lines.partition("NOISE")[0])
        assert [one.action for one in right.parsed.data] == ["offer_support"]
        assert await shows_an_offer(world, five)

        for center in ("bluestem", "no-such-center"):
            assert (await _sends_csv(client, center, lines)).status_code == 404
        assert (await call(client, "intranet.show_roster")).status_code == 403


async def _sends_csv(client: Any, agency: str, lines: str) -> Any:  # noqa: ANN401 - written at run time
    file = generated.part("types").File(payload=BytesIO(lines.encode()))
    return await call(client, "hard_calls.receive_hard_calls", agency, body=file, **_once())


async def test_whoever_asks_needs_no_key_and_nothing_but_the_receipt(base: str) -> None:
    with _client(base) as anybody:
        asked = await call(anybody, "requests.create_request", "heartland", body=made("AskIn", center="redbank"))
        assert asked.status_code == 201
        receipt = asked.parsed.receipt
        again = made("AskIn", center="redbank", receipt=receipt)
        replayed = await call(anybody, "requests.create_request", "heartland", body=again)
        assert (replayed.status_code, replayed.parsed.receipt) == (200, None)
        standing = await call(anybody, "requests.request_status", "heartland", body=made("ReceiptIn", receipt=receipt))
        assert standing.parsed.state == asked.parsed.standing.state
        own = made("ReceiptIn", receipt=receipt)
        assert (await call(anybody, "requests.withdraw_request", "heartland", body=own)).status_code == 204
        again = await call(anybody, "requests.withdraw_request", "heartland", body=own)
        assert again.parsed.type_ in {"/problems/callout_moved_on", "/problems/receipt_unknown"}  # soon forgotten
        unknown = made("ReceiptIn", receipt="nobody ever drew these seven words here")
        refused = await call(anybody, "requests.request_status", "heartland", body=unknown)
        assert (refused.status_code, refused.parsed.type_) == (404, "/problems/receipt_unknown")
