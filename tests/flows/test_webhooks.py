"""Webhooks from the change to the receiver: what is told and what never is, signed, tried again, played again."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx2
import pytest
from standardwebhooks.webhooks import Webhook

from libs.peer.accounts import actions as accounts
from libs.peer.webhooks import actions, rules
from libs.peer.webhooks.models import EventType
from libs.tenancy import lifecycle, migrate, onboarding
from libs.tenancy.onboarding import NewAgency
from services.worker.courier import Courier
from services.worker.jobs import webhooks as webhook_jobs
from services.worker.schedule import Context, forget_deliveries, resume_webhooks
from services.worker.sending import Sender
from tests import databases, deploying
from tests.verify import record
from tests.world import World, peer_id

ALL = [str(kind) for kind in EventType]


@dataclass
class Receiver:
    """An integrator's server: keeps what comes, and answers as it is told."""

    port: int = 0
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    status: int = 204
    more: str = ""
    pause_s: float = 0.0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/in"

    @property
    def events(self) -> list[tuple[str, str]]:
        """Type and id of what came."""
        bodies = [json.loads(content) for _headers, content in self.got]
        return [(body["type"], body["data"]["id"]) for body in bodies]

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
        self.got.append((headers, await reader.readexactly(int(headers["content-length"]))))
        await asyncio.sleep(self.pause_s)
        writer.write(f"HTTP/1.1 {self.status} x\r\n{self.more}\r\nnothing of this is kept".encode())
        writer.close()


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    server = await asyncio.start_server(receiver.accept, "127.0.0.1", 0)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as made:
        yield made


@pytest.fixture
async def courier(world: World) -> AsyncIterator[Courier]:
    """A courier at work beside the world's runner."""
    made = Courier(world.planes, Sender(may_loop=True), world.app.state.wiring.webhook_key)
    jobs = world.runner._declared
    usual = jobs[actions.DELIVER]
    jobs[actions.DELIVER] = replace(usual, run=partial(webhook_jobs.deliver_by, made))
    yield made
    await made.stop()
    jobs[actions.DELIVER] = usual


async def _client(world: World, name: str = "hooks_test") -> httpx2.AsyncClient:
    async with world.planes.door() as door:
        region_id, scope = (await world.heartland()).id, "webhooks:read webhooks:write"
        await accounts.put_client(door, name, region_id=region_id, secret="s", scope=scope)
        token = await accounts.issue_access_token(door, name, scope)
    return world.client(headers={"authorization": f"Bearer {token}"})


def _key() -> dict[str, str]:
    return {"idempotency-key": str(uuid4())}


async def _listens(client: httpx2.AsyncClient, receiver: Receiver, types: list[str] = ALL) -> dict[str, Any]:
    body = {"url": receiver.url, "event_types": types}
    answer = await client.post("/v1/webhooks", json=body, headers=_key())
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def _settle(world: World, courier: Courier) -> None:
    await world.settle()
    await courier.rest()


async def _suspends(world: World, slug: str = "ana", *, is_suspended: bool = True) -> str:
    manager = (await world.person("manager")).client
    path = f"/v1/members/{peer_id(slug)}"
    answer = await manager.patch(path, json={"is_suspended": is_suspended}, headers={"if-match": "*"})
    assert answer.status_code == 200, answer.text
    return str(peer_id(slug))


async def _log(client: httpx2.AsyncClient, made: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await client.get(f"/v1/webhooks/{made['id']}/deliveries")).json()["data"]
    return found


async def test_a_change_of_the_roster_arrives_thin_and_signed(
    world: World, courier: Courier, receiver: Receiver
) -> None:
    client = await _client(world)
    made = await _listens(client, receiver)
    member = await _suspends(world)
    await _settle(world, courier)
    ((headers, content),) = receiver.got
    body = json.loads(content)
    assert set(body) == {"type", "timestamp", "data"}
    assert (body["type"], body["data"]) == ("member.changed", {"id": member})
    signed = Webhook(made["secret"])
    at = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
    assert headers["webhook-signature"] == signed.sign(headers["webhook-id"], at, content.decode())
    (told,) = await _log(client, made)
    assert (told["outcome"], told["last_status"], told["event_id"]) == ("delivered", 204, headers["webhook-id"])
    await _suspends(world, is_suspended=False)


async def test_agencies_schedules_and_deployments_are_told(world: World, courier: Courier, receiver: Receiver) -> None:
    await _listens(await _client(world), receiver)
    manager = (await world.person("manager")).client
    region = await world.heartland()
    agency_id = (await world.planes.tenants()).agency("osprey").id
    for status in ("suspended", "active"):
        etag = (await manager.get(f"/v1/agencies/{agency_id}")).headers["etag"]
        answer = await manager.patch(f"/v1/agencies/{agency_id}", json={"status": status}, headers={"if-match": etag})
        assert answer.status_code == 200
    await _settle(world, courier)
    assert receiver.events == [("agency.suspended", str(agency_id)), ("agency.changed", str(agency_id))]
    receiver.got.clear()

    async with world.planes.dispatch(region) as dispatch:
        (team,) = (await world.rows("SELECT id FROM shared.team WHERE region_id = $1 LIMIT 1", region.id))[0]
        await actions.tell(dispatch, EventType.DUTY_CHANGED, region_id=region.id, subject_id=team)
    await _settle(world, courier)
    assert receiver.events == [("duty.changed", str(team))]


async def test_a_deployment_is_told_from_its_opening_to_its_end(
    world: World, courier: Courier, receiver: Receiver
) -> None:
    await _listens(await _client(world), receiver, [kind for kind in ALL if kind.startswith("deployment.")])
    team = await deploying.opened(world)
    await courier.rest()
    assert receiver.events == [("deployment.opened", team.id)]
    receiver.got.clear()
    await team.did("fill")
    await courier.rest()
    assert set(receiver.events) == {("deployment.changed", team.id)}
    receiver.got.clear()
    await team.did("cancel", reason="not_wanted")
    await courier.rest()
    assert set(receiver.events) == {("deployment.changed", team.id)}


async def test_a_new_agency_is_told_once(world: World, courier: Courier, receiver: Receiver) -> None:
    await _listens(await _client(world), receiver)
    region = await world.heartland()
    new = NewAgency("hooked", "Hooked 9-1-1", "dispatch", "KS", "Riley", "Manhattan")
    async with migrate.owner_connection(world.copy.owner_url) as owner:
        await onboarding.create_agency(owner, databases.ROLES, region.id, new)
        found = await lifecycle.find(owner, "hooked")
        assert found is not None
        agency_id = found.id
    async with world.planes.door() as door:
        await actions.tell(door, EventType.AGENCY_ADDED, region_id=region.id, subject_id=agency_id)
    await _settle(world, courier)
    assert receiver.events == [("agency.added", str(agency_id))]
    async with migrate.owner_connection(world.copy.owner_url) as owner:
        await lifecycle.set_status(owner, found, "suspended")
        await lifecycle.rename(owner, found, "Hooked")
        await _settle(world, courier)
        await lifecycle.remove(owner, found)
    kinds = {kind for kind, _id in receiver.events}
    assert kinds == {"agency.added", "agency.suspended", "agency.changed"}
    world.planes.forget_tenants()


async def test_nothing_of_a_request_is_ever_told(world: World, courier: Courier, receiver: Receiver) -> None:
    """From the ask to the last word, with whatever there is to hear subscribed to: not a row, not a connection."""
    await _listens(await _client(world), receiver)
    requester = await world.asks(center="redbank")
    ana = await world.person("ana")
    await ana.accepts()
    await requester.confirms_contact()
    await requester.closes()
    outside = await world.asks(center="outside:elsewhere")
    await outside.withdraws()
    await world.advance(days=8)
    await courier.rest()
    assert await world.rows("SELECT type FROM shared.webhook_delivery WHERE type NOT LIKE 'duty.%'") == []
    assert [kind for kind, _id in receiver.events if kind != "duty.changed"] == []
    record.note("T9", "a whole request beside a webhook that hears everything", "0 events")


async def test_what_dispatch_asks_to_be_told_is_told_only_if_the_program_knows_it(
    world: World, courier: Courier, receiver: Receiver
) -> None:
    """By construction: an id of care or dispatch put in by mistake comes to nothing."""
    await _listens(await _client(world), receiver)
    region = await world.heartland()
    await world.asks(center="redbank")
    ids = await world.rows("SELECT id FROM shared.callout UNION SELECT request_id FROM shared.callout")
    ids += await world.rows(
        "SELECT id FROM shared.offer UNION SELECT id FROM shared.team WHERE region_id <> $1", region.id
    )
    assert len(ids) >= 4
    async with world.planes.dispatch(region) as dispatch:
        for kind in actions.TOLD_BY_JOB:
            for (one,) in ids:
                await actions.tell(dispatch, kind, region_id=region.id, subject_id=one)
    await _settle(world, courier)
    assert receiver.got == []
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with world.planes.dispatch(region) as dispatch:
            await actions.publish(dispatch, EventType.DUTY_CHANGED, UUID(int=1))  # type: ignore[arg-type]


async def test_a_failure_is_tried_again_in_time_and_a_late_answer_counts(
    world: World, courier: Courier, receiver: Receiver
) -> None:
    client = await _client(world)
    made = await _listens(client, receiver)
    receiver.status = 500
    await _suspends(world)
    await _settle(world, courier)
    (told,) = await _log(client, made)
    assert (told["outcome"], told["attempts"], told["last_fault"], told["last_status"]) == ("waiting", 1, "status", 500)
    await world.advance(seconds=4)
    await courier.rest()
    assert len(receiver.got) == 1
    receiver.status = 200
    await world.advance(seconds=3)
    await courier.rest()
    assert [headers["webhook-id"] for headers, _ in receiver.got] == [told["event_id"]] * 2
    assert (await _log(client, made))[0]["outcome"] == "delivered"
    await _suspends(world, is_suspended=False)


async def test_retry_after_is_honoured_and_a_redirect_is_a_failure(
    world: World, courier: Courier, receiver: Receiver
) -> None:
    client = await _client(world)
    made = await _listens(client, receiver)
    receiver.status, receiver.more = 503, "retry-after: 600\r\n"
    await client.post(f"/v1/webhooks/{made['id']}/test")
    await _settle(world, courier)
    await world.advance(seconds=590)
    await courier.rest()
    assert len(receiver.got) == 1
    receiver.status, receiver.more = 302, f"location: {receiver.url}\r\n"
    await world.advance(seconds=20)
    await courier.rest()
    assert receiver.events == [("webhook.test", made["id"])] * 2
    (told,) = await _log(client, made)
    assert (told["outcome"], told["last_status"], told["attempts"]) == ("waiting", 302, 2)


async def test_410_switches_off_and_switching_on_goes_on(world: World, courier: Courier, receiver: Receiver) -> None:
    client = await _client(world)
    made = await _listens(client, receiver)
    receiver.status = 410
    await client.post(f"/v1/webhooks/{made['id']}/test")
    await _settle(world, courier)
    read = await client.get(f"/v1/webhooks/{made['id']}")
    assert (read.json()["status"], read.json()["disabled_because"]) == ("disabled", "gone")
    assert (await client.post(f"/v1/webhooks/{made['id']}/test")).status_code == 409
    receiver.status = 200
    etag = {"if-match": read.headers["etag"]}
    on = await client.patch(f"/v1/webhooks/{made['id']}", json={"status": "active"}, headers=etag)
    assert (on.json()["status"], on.json()["disabled_because"]) == ("active", None)
    (failed,) = await _log(client, made)
    assert failed["outcome"] == "failed"
    assert (await client.post(f"/v1/webhook-deliveries/{failed['id']}/replay")).json() == {"count": 1}
    await _settle(world, courier)
    assert (await _log(client, made))[0]["outcome"] == "delivered"
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 1


async def test_ten_tries_and_three_days_without_an_answer_switch_off(
    world: World, courier: Courier, receiver: Receiver
) -> None:
    client = await _client(world)
    made = await _listens(client, receiver)
    receiver.status = 500
    await client.post(f"/v1/webhooks/{made['id']}/test")
    for wait in rules.WAITS_S:
        await world.advance(seconds=wait * 1.1 + 1)
        await courier.rest()
    client = await _client(world)
    (told,) = await _log(client, made)
    assert (told["outcome"], told["attempts"]) == ("failed", 10)
    assert (await client.get(f"/v1/webhooks/{made['id']}")).json()["disabled_because"] == "exhausted"
    assert len(receiver.got) == 10


async def test_two_secrets_sign_for_a_day(world: World, courier: Courier, receiver: Receiver) -> None:
    client = await _client(world)
    made = await _listens(client, receiver)
    new = (await client.post(f"/v1/webhooks/{made['id']}/secret")).json()["secret"]
    assert new.startswith("whsec_")
    assert new != made["secret"]
    assert "secret" not in (await client.get(f"/v1/webhooks/{made['id']}")).text
    for days, secrets in ((0, [new, made["secret"]]), (1.1, [new])):
        receiver.got.clear()
        await world.advance(days=days)
        client = await _client(world)
        await client.post(f"/v1/webhooks/{made['id']}/test")
        await _settle(world, courier)
        ((headers, content),) = receiver.got
        at = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
        signed = [Webhook(one).sign(headers["webhook-id"], at, content.decode()) for one in secrets]
        assert headers["webhook-signature"].split(" ") == signed


async def test_a_range_is_played_again(world: World, courier: Courier, receiver: Receiver) -> None:
    client = await _client(world)
    made = await _listens(client, receiver)
    for _ in range(3):
        await client.post(f"/v1/webhooks/{made['id']}/test")
    await _settle(world, courier)
    log = await _log(client, made)
    since = {"since": log[1]["happened_at"], "only_failed": False}
    path = f"/v1/webhooks/{made['id']}/replay"
    assert (await client.post(path, json={"since": log[2]["happened_at"]})).json() == {"count": 0}
    assert (await client.post(path, json=since)).json() == {"count": 2}
    await _settle(world, courier)
    assert len(receiver.got) == 5
    assert {headers["webhook-id"] for headers, _ in receiver.got[3:]} == {one["event_id"] for one in log[:2]}


async def test_a_dead_and_a_slow_endpoint_hold_up_nobody(world: World, courier: Courier, receiver: Receiver) -> None:
    client = await _client(world)
    async with receiving() as slow, receiving() as closed:
        slow.pause_s = 3
        dead = replace(closed)
    made = [await _listens(client, one) for one in (dead, receiver)]
    async with receiving() as slow:
        slow.pause_s = 3
        made.append(await _listens(client, slow))
        for _ in range(20):
            for one in made:
                await client.post(f"/v1/webhooks/{one['id']}/test")
        await asyncio.wait_for(world.settle(), 2)  # the claim loop waits for nobody
        async with asyncio.timeout(2):
            while len(receiver.got) < 20:
                await asyncio.sleep(0.02)
        assert len(slow.got) <= 8
        await courier.stop()


async def test_what_a_dead_worker_had_in_hand_is_taken_up(world: World, courier: Courier, receiver: Receiver) -> None:
    client = await _client(world)
    made = await _listens(client, receiver)
    receiver.pause_s = 30
    await client.post(f"/v1/webhooks/{made['id']}/test")
    await world.settle()
    async with asyncio.timeout(5):
        while not receiver.got:
            await asyncio.sleep(0.02)
    await courier.stop()
    receiver.pause_s = 0
    await resume_webhooks({"owncall": Context(world.planes)})
    await _settle(world, courier)
    assert len(receiver.got) == 1
    await world.advance(seconds=61)
    await resume_webhooks({"owncall": Context(world.planes)})
    await _settle(world, courier)
    assert len(receiver.got) == 2
    assert (await _log(client, made))[0]["outcome"] == "delivered"


async def test_deliveries_go_after_30_days(world: World, courier: Courier, receiver: Receiver) -> None:
    made = await _listens(await _client(world), receiver)
    await (await _client(world)).post(f"/v1/webhooks/{made['id']}/test")
    await _settle(world, courier)
    for days, left in ((29, 1), (2, 0)):
        await world.copy.push_clock(timedelta(days=days))
        await forget_deliveries({"owncall": Context(world.planes)})
        assert len(await _log(await _client(world), made)) == left


async def test_a_client_sees_and_changes_its_own_alone(world: World, receiver: Receiver) -> None:
    mine, other = await _client(world), await _client(world, "hooks_other")
    made = await _listens(mine, receiver)
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
    client = await _client(world)
    for url in ("http://example.org/", "https://10.0.0.1/", "https://example.org:22/", "https://2130706433/"):
        answer = await client.post("/v1/webhooks", json={"url": url, "event_types": ALL}, headers=_key())
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/webhook_address")
        assert answer.json()["detail"]
        assert url not in answer.text
    unknown = {"url": "https://example.org/", "event_types": ["callout.opened"]}
    wrong = await client.post("/v1/webhooks", json=unknown, headers=_key())
    assert wrong.status_code == 422


async def test_sent_twice_by_one_key_it_is_made_once_and_its_secret_is_kept_nowhere(
    world: World, receiver: Receiver
) -> None:
    client, key = await _client(world), _key()
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
        of_center = {"region_id": agency.region_id, "agency_id": agency.id, "secret": "s", "scope": "webhooks:read"}
        await accounts.put_client(door, "hooks_center", **of_center)
        token = await accounts.issue_access_token(door, "hooks_center", "webhooks:read")
    client = world.client(headers={"authorization": f"Bearer {token}"})
    assert (await client.get("/v1/webhooks")).status_code == 403


async def test_pages_of_the_log_go_on_where_they_ended(world: World, courier: Courier, receiver: Receiver) -> None:
    client = await _client(world)
    made = await _listens(client, receiver)
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
    await _settle(world, courier)
