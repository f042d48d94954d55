"""Webhooks: what is told, signed, and what never is; each client has its own."""

import json
from datetime import UTC, datetime
from uuid import UUID

import asyncpg
import pytest
from standardwebhooks.webhooks import Webhook

from libs.peer.clients import actions as clients
from libs.peer.clients.actions import NewClient
from libs.peer.webhooks import actions
from libs.peer.webhooks.models import EventType
from libs.tenancy import lifecycle, migrate, onboarding
from libs.tenancy.onboarding import NewAgency
from services.worker.courier import Courier
from tests import databases, deploying, receiving
from tests.receiving import ALL, Receiver
from tests.verify import record
from tests.world import World


async def test_a_change_of_the_roster_arrives_thin_and_signed(
    world: World, courier: Courier, receiver: Receiver
) -> None:
    client = await receiving.client(world)
    made = await receiving.listens(client, receiver)
    member = await receiving.suspends(world)
    await receiving.settle(world, courier)
    ((headers, content),) = receiver.got
    body = json.loads(content)
    assert set(body) == {"type", "timestamp", "data"}
    assert (body["type"], body["data"]) == ("member.changed", {"id": member})
    signed = Webhook(made["secret"])
    at = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
    assert headers["webhook-signature"] == signed.sign(headers["webhook-id"], at, content.decode())
    (told,) = await receiving.log(client, made)
    assert (told["outcome"], told["last_status"], told["event_id"]) == ("delivered", 204, headers["webhook-id"])
    await receiving.suspends(world, is_suspended=False)


async def test_agencies_schedules_and_deployments_are_told(world: World, courier: Courier, receiver: Receiver) -> None:
    await receiving.listens(await receiving.client(world), receiver)
    manager = (await world.person("manager")).client
    region = await world.heartland()
    agency_id = (await world.planes.tenants()).agency("osprey").id
    for status in ("suspended", "active"):
        etag = (await manager.get(f"/v1/agencies/{agency_id}")).headers["etag"]
        answer = await manager.patch(f"/v1/agencies/{agency_id}", json={"status": status}, headers={"if-match": etag})
        assert answer.status_code == 200
    await receiving.settle(world, courier)
    # In no order: they go out at once.
    assert sorted(receiver.events) == [("agency.changed", str(agency_id)), ("agency.suspended", str(agency_id))]
    receiver.got.clear()

    async with world.planes.dispatch(region) as dispatch:
        (team,) = (await world.rows("SELECT id FROM shared.team WHERE region_id = $1 LIMIT 1", region.id))[0]
        await actions.tell(dispatch, EventType.DUTY_CHANGED, region_id=region.id, subject_id=team)
    await receiving.settle(world, courier)
    assert receiver.events == [("duty.changed", str(team))]


async def test_a_deployment_is_told_from_its_opening_to_its_end(
    world: World, courier: Courier, receiver: Receiver
) -> None:
    await receiving.listens(
        await receiving.client(world), receiver, [kind for kind in ALL if kind.startswith("deployment.")]
    )
    team = await deploying.opened(world)
    await courier.rest()
    assert receiver.events == [("deployment.opened", team.id)]
    receiver.got.clear()
    await deploying.asked(world, team)
    await courier.rest()
    assert set(receiver.events) == {("deployment.changed", team.id)}
    receiver.got.clear()
    await team.did("cancel", reason="not_wanted")
    await courier.rest()
    assert set(receiver.events) == {("deployment.changed", team.id)}


async def test_a_new_agency_is_told_once(world: World, courier: Courier, receiver: Receiver) -> None:
    await receiving.listens(await receiving.client(world), receiver)
    region = await world.heartland()
    new = NewAgency("hooked", "Hooked 9-1-1", "dispatch", "KS", "Riley", "Manhattan")
    async with migrate.owner_connection(world.copy.owner_url) as owner:
        await onboarding.create_agency(owner, databases.ROLES, region.id, new)
        found = await lifecycle.find(owner, "hooked")
        assert found is not None
        agency_id = found.id
    async with world.planes.door() as door:
        await actions.tell(door, EventType.AGENCY_ADDED, region_id=region.id, subject_id=agency_id)
    await receiving.settle(world, courier)
    assert receiver.events == [("agency.added", str(agency_id))]
    async with migrate.owner_connection(world.copy.owner_url) as owner:
        await lifecycle.set_status(owner, found, "suspended")
        await lifecycle.rename(owner, found, "Hooked")
        await receiving.settle(world, courier)
        await lifecycle.remove(owner, found)
    kinds = {kind for kind, _id in receiver.events}
    assert kinds == {"agency.added", "agency.suspended", "agency.changed"}
    world.planes.forget_tenants()


async def test_nothing_of_a_request_is_ever_told(world: World, courier: Courier, receiver: Receiver) -> None:
    """From the ask to the last word, with whatever there is to hear subscribed to: not a row, not a connection."""
    await receiving.listens(await receiving.client(world), receiver)
    requester = await world.asks(center="redbank")
    ana = await world.person("ana")
    await ana.accepts()
    await requester.confirms_contact()
    await requester.closes()
    outside = await world.asks(center="outside:elsewhere")
    world.leads_get_a_notice()
    await outside.withdraws()
    await world.advance(days=8)
    world.rang("ana", "ana", "ana")  # the page, and two check-ins
    await courier.rest()
    assert await world.rows("SELECT type FROM shared.webhook_delivery WHERE type NOT LIKE 'duty.%'") == []
    assert [kind for kind, _id in receiver.events if kind != "duty.changed"] == []
    record.note("T9", "a whole request beside a webhook that hears everything", "0 events")


async def test_what_dispatch_asks_to_be_told_is_told_only_if_the_program_knows_it(
    world: World, courier: Courier, receiver: Receiver
) -> None:
    """By construction: an id of care or dispatch put in by mistake comes to nothing."""
    await receiving.listens(await receiving.client(world), receiver)
    region = await world.heartland()
    await world.asks(center="redbank")
    world.rang("ana")
    ids = await world.rows("SELECT id FROM shared.callout UNION SELECT request_id FROM shared.callout")
    ids += await world.rows(
        "SELECT id FROM shared.offer UNION SELECT id FROM shared.team WHERE region_id <> $1", region.id
    )
    assert len(ids) >= 3
    async with world.planes.dispatch(region) as dispatch:
        for kind in actions.TOLD_BY_JOB:
            for (one,) in ids:
                await actions.tell(dispatch, kind, region_id=region.id, subject_id=one)
    await receiving.settle(world, courier)
    assert receiver.got == []
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with world.planes.dispatch(region) as dispatch:
            await actions.publish(dispatch, EventType.DUTY_CHANGED, UUID(int=1))  # type: ignore[arg-type]


async def test_a_client_sees_and_changes_its_own_alone(world: World, receiver: Receiver) -> None:
    mine, other = await receiving.client(world), await receiving.client(world, "hooks_other")
    made = await receiving.listens(mine, receiver)
    assert [one["id"] for one in (await mine.get("/v1/webhooks")).json()["data"]] == [made["id"]]
    assert (await other.get("/v1/webhooks")).json()["data"] == []
    etag = (await mine.get(f"/v1/webhooks/{made['id']}")).headers["etag"]
    path = f"/v1/webhooks/{made['id']}"
    for answer in (
        await other.get(path),
        await other.patch(path, json={"status": "disabled"}, headers={"if-match": etag}),
        await other.delete(path),
        await other.post(f"{path}/secret"),
        await other.post(f"{path}/test"),
        await other.get(f"{path}/deliveries"),
    ):
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/webhook_unknown")
    assert (await mine.patch(path, json={})).status_code == 428
    assert (await mine.patch(path, json={}, headers={"if-match": '"x"'})).json()["type"] == "/problems/webhook_changed"
    assert (await mine.delete(path)).status_code == 204
    assert (await mine.get(path)).status_code == 404


async def test_an_address_that_cannot_be_used_is_refused_with_what_to_do(world: World) -> None:
    client = await receiving.client(world)
    for url in ("http://example.org/", "https://10.0.0.1/", "https://example.org:22/", "https://2130706433/"):
        answer = await client.post("/v1/webhooks", json={"url": url, "event_types": ALL}, headers=receiving.key())
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/webhook_address")
        assert answer.json()["detail"]
        assert url not in answer.text
    unknown = {"url": "https://example.org/", "event_types": ["callout.opened"]}
    wrong = await client.post("/v1/webhooks", json=unknown, headers=receiving.key())
    assert wrong.status_code == 422


async def test_sent_twice_by_one_key_it_is_made_once_and_its_secret_is_kept_nowhere(
    world: World, receiver: Receiver
) -> None:
    client, key = await receiving.client(world), receiving.key()
    body = {"url": receiver.url, "event_types": ["agency.added"]}
    first, second = [await client.post("/v1/webhooks", json=body, headers=key) for _ in range(2)]
    assert (first.status_code, second.status_code, second.headers["idempotent-replayed"]) == (201, 201, "true")
    assert first.json() == second.json()
    secret = first.json()["secret"]
    kept = await world.rows("SELECT CAST(k AS text) FROM shared.kept_answer k")
    kept += await world.rows("SELECT CAST(e AS text) FROM shared.webhook_endpoint e")
    assert len(kept) == 2
    assert not [row for (row,) in kept if secret in row or secret.removeprefix("whsec_") in row]


async def test_a_machine_of_one_center_hears_nothing_of_the_program(world: World) -> None:
    agency = (await world.planes.tenants()).agency("redbank")
    async with world.planes.door() as door:
        await clients.put(door, NewClient("hooks_center", agency.region_id, "webhooks:read", agency_id=agency.id))
        token = await clients.issue_access_token(door, "hooks_center", "webhooks:read")
    client = world.client(headers={"authorization": f"Bearer {token}"})
    assert (await client.get("/v1/webhooks")).status_code == 403


async def test_pages_of_the_log_go_on_where_they_ended(world: World, courier: Courier, receiver: Receiver) -> None:
    client = await receiving.client(world)
    made = await receiving.listens(client, receiver)
    for _ in range(5):
        await client.post(f"/v1/webhooks/{made['id']}/test")
    seen: list[str] = []
    path: str | None = f"/v1/webhooks/{made['id']}/deliveries?limit=2"
    while path:
        answer = await client.get(path)
        seen += [one["id"] for one in answer.json()["data"]]
        link = answer.links.get("next")
        path = link["url"] if link else None
    assert len(seen) == len(set(seen)) == 5
    await receiving.settle(world, courier)
