"""Who receives webhooks: an integrator's server and client."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx2

from libs.peer.clients import actions as clients
from libs.peer.clients.actions import NewClient
from libs.peer.webhooks.models import EventType
from services.worker.courier import Courier
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
async def opened() -> AsyncIterator[Receiver]:
    """Listen on this machine, as long as the block lasts."""
    receiver = Receiver()
    server = await asyncio.start_server(receiver.accept, "127.0.0.1", 0)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()


async def client(world: World, name: str = "hooks_test") -> httpx2.AsyncClient:
    async with world.planes.door() as door:
        region_id, scope = (await world.heartland()).id, "webhooks:read webhooks:write"
        await clients.put(door, NewClient(name, region_id=region_id, secret="s", scope=scope))
        token = await clients.issue_access_token(door, name, scope)
    return world.client(headers={"authorization": f"Bearer {token}"})


def key() -> dict[str, str]:
    """A new Idempotency-Key."""
    return {"idempotency-key": str(uuid4())}


async def listens(client: httpx2.AsyncClient, receiver: Receiver, types: list[str] = ALL) -> dict[str, Any]:
    body = {"url": receiver.url, "event_types": types}
    answer = await client.post("/v1/webhooks", json=body, headers=key())
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def settle(world: World, courier: Courier) -> None:
    await world.settle()
    await courier.rest()


async def suspends(world: World, slug: str = "ana", *, is_suspended: bool = True) -> str:
    manager = (await world.person("manager")).client
    path = f"/v1/members/{peer_id(slug)}"
    answer = await manager.patch(path, json={"is_suspended": is_suspended}, headers={"if-match": "*"})
    assert answer.status_code == 200, answer.text
    return str(peer_id(slug))


async def log(client: httpx2.AsyncClient, made: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await client.get(f"/v1/webhooks/{made['id']}/deliveries")).json()["data"]
    return found
