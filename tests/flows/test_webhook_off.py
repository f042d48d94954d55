"""An address is switched off: the region's managers are told, once, and the page of keys says whose and why."""

from typing import Any

import httpx2

from libs.peer.webhooks import rules
from services.worker.courier import Courier
from tests import receiving
from tests.receiving import Receiver
from tests.world import World

GONE = "the address said that it is gone (410)"
EXHAUSTED = "for three days nothing went through"
TOLD = "Another system hears from us no more"


async def news(world: World) -> list[tuple[Any, ...]]:
    """Who has been told what and has not seen it yet."""
    return await world.rows(
        "SELECT a.role, n.kind FROM shared.account_news n JOIN shared.account a ON a.id = n.account_id"
        " WHERE a.region_id = $1",
        (await world.heartland()).id,
    )


async def managers(world: World) -> int:
    """How many the region has."""
    [(found,)] = await world.rows(
        "SELECT count(*) FROM shared.account WHERE role = 'program_manager' AND region_id = $1",
        (await world.heartland()).id,
    )
    return int(found)


async def sends(world: World, courier: Courier, client: httpx2.AsyncClient, made: dict[str, Any]) -> None:
    """One event goes out, and what follows follows."""
    assert (await client.post(f"/v1/webhooks/{made['id']}/test")).status_code in {202, 204}
    await receiving.settle(world, courier)
    await world.settle()


async def test_410_is_told_to_every_manager_and_stands_beside_the_key(
    world: World, courier: Courier, receiver: Receiver
) -> None:
    client = await receiving.client(world)
    made = await receiving.listens(client, receiver)
    boss = (await world.person("manager")).client
    assert GONE not in (await boss.get("/program/keys")).text
    receiver.status = 410
    await sends(world, courier, client, made)
    assert await news(world) == [("program_manager", "webhook_off")] * await managers(world)
    assert (await boss.get("/dashboard")).headers["location"] == "/account"
    told = (await boss.get("/account")).text
    assert TOLD in told
    assert "Was this you?" not in told
    keys = (await boss.get("/program/keys")).text
    assert GONE in keys
    assert str(receiver.port) not in keys, "the address may hold a secret of theirs"
    await boss.post("/account/news/seen")
    assert TOLD not in (await boss.get("/account")).text
    assert GONE in (await boss.get("/program/keys")).text
    etag = {"if-match": (await client.get(f"/v1/webhooks/{made['id']}")).headers["etag"]}
    await client.patch(f"/v1/webhooks/{made['id']}", json={"status": "active"}, headers=etag)
    assert GONE not in (await boss.get("/program/keys")).text


async def test_three_days_without_an_answer_are_told(world: World, courier: Courier, receiver: Receiver) -> None:
    client = await receiving.client(world)
    made = await receiving.listens(client, receiver)
    receiver.status = 500
    await sends(world, courier, client, made)
    for number, wait in enumerate(rules.WAITS_S):
        assert await news(world) == [], number
        await world.advance(seconds=wait * 1.1 + 1)
        await courier.rest()
        await world.settle()
    assert await news(world) == [("program_manager", "webhook_off")] * await managers(world)
    boss = (await world.signed_in_anew("manager")).client
    assert TOLD in (await boss.get("/account")).text
    assert EXHAUSTED in (await boss.get("/program/keys")).text


async def test_two_of_them_are_told_once_and_one_that_its_client_turned_off_is_not(
    world: World, courier: Courier, receiver: Receiver
) -> None:
    client = await receiving.client(world)
    first, second = await receiving.listens(client, receiver), await receiving.listens(client, receiver)
    etag = {"if-match": (await client.get(f"/v1/webhooks/{first['id']}")).headers["etag"]}
    await client.patch(f"/v1/webhooks/{first['id']}", json={"status": "disabled"}, headers=etag)
    await world.settle()
    assert await news(world) == []
    boss = (await world.person("manager")).client
    assert "Its webhook is off" not in (await boss.get("/program/keys")).text
    receiver.status = 410
    third = await receiving.listens(client, receiver)
    for made in second, third:
        await sends(world, courier, client, made)
    assert await news(world) == [("program_manager", "webhook_off")] * await managers(world)
