"""Webhooks that do not go through: tried again, given up, played again; nobody else waits for them."""

import asyncio
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from standardwebhooks.webhooks import Webhook

from libs.peer.webhooks import actions, rules
from libs.peer.webhooks.models import EventType
from services.worker.courier import AT_ONCE, Courier
from services.worker.schedule import Context, forget_deliveries, resume_webhooks
from tests import receiving
from tests.receiving import Receiver
from tests.world import World


async def test_a_failure_is_tried_again_in_time_and_a_late_answer_counts(
    world: World, courier: Courier, receiver: Receiver
) -> None:
    client = await receiving.client(world)
    made = await receiving.listens(client, receiver)
    receiver.status = 500
    await receiving.suspends(world)
    await receiving.settle(world, courier)
    (told,) = await receiving.log(client, made)
    assert (told["outcome"], told["attempts"], told["last_fault"], told["last_status"]) == ("waiting", 1, "status", 500)
    await world.advance(seconds=4)
    await courier.rest()
    assert len(receiver.got) == 1
    receiver.status = 200
    await world.advance(seconds=3)
    await courier.rest()
    assert [headers["webhook-id"] for headers, _ in receiver.got] == [told["event_id"]] * 2
    assert (await receiving.log(client, made))[0]["outcome"] == "delivered"
    await receiving.suspends(world, is_suspended=False)


async def test_retry_after_is_honoured_and_a_redirect_is_a_failure(
    world: World, courier: Courier, receiver: Receiver
) -> None:
    client = await receiving.client(world)
    made = await receiving.listens(client, receiver)
    receiver.status, receiver.more = 503, "retry-after: 600\r\n"
    await client.post(f"/v1/webhooks/{made['id']}/test")
    await receiving.settle(world, courier)
    await world.advance(seconds=590)
    await courier.rest()
    assert len(receiver.got) == 1
    receiver.status, receiver.more = 302, f"location: {receiver.url}\r\n"
    await world.advance(seconds=20)
    await courier.rest()
    assert receiver.events == [("webhook.test", made["id"])] * 2
    (told,) = await receiving.log(client, made)
    assert (told["outcome"], told["last_status"], told["attempts"]) == ("waiting", 302, 2)


async def test_410_switches_off_and_switching_on_goes_on(world: World, courier: Courier, receiver: Receiver) -> None:
    client = await receiving.client(world)
    made = await receiving.listens(client, receiver)
    receiver.status = 410
    await client.post(f"/v1/webhooks/{made['id']}/test")
    await receiving.settle(world, courier)
    read = await client.get(f"/v1/webhooks/{made['id']}")
    assert (read.json()["status"], read.json()["disabled_because"]) == ("disabled", "gone")
    assert (await client.post(f"/v1/webhooks/{made['id']}/test")).status_code == 409
    receiver.status = 200
    etag = {"if-match": read.headers["etag"]}
    on = await client.patch(f"/v1/webhooks/{made['id']}", json={"status": "active"}, headers=etag)
    assert (on.json()["status"], on.json()["disabled_because"]) == ("active", None)
    (failed,) = await receiving.log(client, made)
    assert failed["outcome"] == "failed"
    assert (await client.post(f"/v1/webhook-deliveries/{failed['id']}/replay")).json() == {"count": 1}
    await receiving.settle(world, courier)
    assert (await receiving.log(client, made))[0]["outcome"] == "delivered"
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 1


async def test_ten_tries_and_three_days_without_an_answer_switch_off(
    world: World, courier: Courier, receiver: Receiver
) -> None:
    client = await receiving.client(world)
    made = await receiving.listens(client, receiver)
    receiver.status = 500
    await client.post(f"/v1/webhooks/{made['id']}/test")
    for wait in rules.WAITS_S:
        await world.advance(seconds=wait * 1.1 + 1)
        await courier.rest()
    client = await receiving.client(world)
    (told,) = await receiving.log(client, made)
    assert (told["outcome"], told["attempts"]) == ("failed", 10)
    assert (await client.get(f"/v1/webhooks/{made['id']}")).json()["disabled_because"] == "exhausted"
    assert len(receiver.got) == 10


async def test_two_secrets_sign_for_a_day(world: World, courier: Courier, receiver: Receiver) -> None:
    client = await receiving.client(world)
    made = await receiving.listens(client, receiver)
    new = (await client.post(f"/v1/webhooks/{made['id']}/secret")).json()["secret"]
    assert new.startswith("whsec_")
    assert new != made["secret"]
    assert "secret" not in (await client.get(f"/v1/webhooks/{made['id']}")).text
    for days, secrets in ((0, [new, made["secret"]]), (1.1, [new])):
        receiver.got.clear()
        await world.advance(days=days)
        client = await receiving.client(world)
        await client.post(f"/v1/webhooks/{made['id']}/test")
        await receiving.settle(world, courier)
        ((headers, content),) = receiver.got
        at = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
        signed = [Webhook(one).sign(headers["webhook-id"], at, content.decode()) for one in secrets]
        assert headers["webhook-signature"].split(" ") == signed


async def test_a_range_is_played_again(world: World, courier: Courier, receiver: Receiver) -> None:
    client = await receiving.client(world)
    made = await receiving.listens(client, receiver)
    for _ in range(3):
        await client.post(f"/v1/webhooks/{made['id']}/test")
    await receiving.settle(world, courier)
    log = await receiving.log(client, made)
    since = {"since": log[1]["happened_at"], "only_failed": False}
    path = f"/v1/webhooks/{made['id']}/replay"
    assert (await client.post(path, json={"since": log[2]["happened_at"]})).json() == {"count": 0}
    assert (await client.post(path, json=since)).json() == {"count": 2}
    for odd in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-01-01T00:00:00"):
        assert (await client.post(path, json={"since": odd})).status_code == 422
    await receiving.settle(world, courier)
    assert len(receiver.got) == 5
    assert {headers["webhook-id"] for headers, _ in receiver.got[3:]} == {one["event_id"] for one in log[:2]}


async def test_a_dead_and_a_slow_endpoint_hold_up_nobody(world: World, courier: Courier, receiver: Receiver) -> None:
    client = await receiving.client(world)
    async with receiving.opened() as slow, receiving.opened() as closed:
        slow.pause_s = 3
        dead = replace(closed)
    made = [await receiving.listens(client, one) for one in (dead, receiver)]
    async with receiving.opened() as slow:
        slow.pause_s = 3
        made.append(await receiving.listens(client, slow))
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
    client = await receiving.client(world)
    made = await receiving.listens(client, receiver)
    receiver.pause_s = 30
    await client.post(f"/v1/webhooks/{made['id']}/test")
    await world.settle()
    async with asyncio.timeout(5):
        while not receiver.got:
            await asyncio.sleep(0.02)
    await courier.stop()
    receiver.pause_s = 0
    await resume_webhooks({"owncall": Context(world.planes)})
    await receiving.settle(world, courier)
    assert len(receiver.got) == 1
    await world.advance(seconds=61)
    await resume_webhooks({"owncall": Context(world.planes)})
    await receiving.settle(world, courier)
    assert len(receiver.got) == 2
    assert (await receiving.log(client, made))[0]["outcome"] == "delivered"


async def test_deliveries_go_after_30_days(world: World, courier: Courier, receiver: Receiver) -> None:
    made = await receiving.listens(await receiving.client(world), receiver)
    await (await receiving.client(world)).post(f"/v1/webhooks/{made['id']}/test")
    await receiving.settle(world, courier)
    for days, left in ((29, 1), (2, 0)):
        await world.copy.push_clock(timedelta(days=days))
        await forget_deliveries({"owncall": Context(world.planes)})
        assert len(await receiving.log(await receiving.client(world), made)) == left


async def test_many_events_reach_everybody_whom_a_dead_and_a_slow_one_do_not_concern(
    world: World, courier: Courier, receiver: Receiver
) -> None:
    """A hundred events to each of twenty endpoints, all in one instant: how long the last of the others waits."""
    count, each = 20, 100
    client = await receiving.client(world)
    async with receiving.opened() as gone:
        dead = Receiver(port=gone.port)
    async with receiving.opened() as slow:
        slow.pause_s = 15
        others = [receiver] * (count - 2)
        for one in (dead, slow, *others):
            await receiving.listens(client, one, ["duty.changed"])
        region = await world.heartland()
        ((team,),) = await world.rows("SELECT id FROM shared.team WHERE region_id = $1 LIMIT 1", region.id)
        for _ in range(each):
            async with world.planes.program(region) as program:
                await actions.publish(program, EventType.DUTY_CHANGED, team)
        began = time.monotonic()
        await world.settle()
        arrived: list[float] = []
        async with asyncio.timeout(100):
            while len(arrived) < len(others) * each:
                arrived += [time.monotonic() - began] * (len(receiver.got) - len(arrived))
                await asyncio.sleep(0.01)
        assert sorted(arrived)[int(len(arrived) * 0.99)] <= 5
        assert len(slow.got) <= AT_ONCE
        assert len({headers["webhook-id"] for headers, _content in receiver.got}) == each
        await courier.stop()
