"""The product running for real, with an ear at everything that it says."""

import asyncio
import base64
import secrets
import string
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
from redis.asyncio import Redis

from infra.local import ports
from tests import processes
from tests.databases import Copy
from tests.verify import canaries
from tests.verify.canaries import Receiver

PATIENCE_S = 120  # nothing here is about speed


@dataclass
class Run:
    """The product running for real, with an ear at everything that it says."""

    copy: Copy
    base: str
    receiver: Receiver
    folder: Path
    metrics: dict[str, int]
    base_word: str = field(default_factory=lambda: "".join(secrets.choice(string.ascii_lowercase) for _ in range(14)))
    secrets: set[str] = field(default_factory=set)
    ids: set[str] = field(default_factory=set)
    cookies: dict[str, str] = field(default_factory=dict)
    monitored: list[str] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)

    @property
    def words(self) -> list[str]:
        """The canary in the shapes that it is sent in; each holds the one word that is searched."""
        word = self.base_word
        odd = f'{word}é"<&>\\ %00/../{word}'
        encoded = base64.b64encode(word.encode()).decode()
        return [odd, word, f"{word}@{word}.example", word.encode().hex(), encoded, f"+1816555{word}' OR 1=1"]

    def client(self, person: str | None = None, **headers: str) -> httpx2.AsyncClient:
        """A browser, signed in or not."""
        cookies = {"owncall_demo": self.cookies[person]} if person else None
        return httpx2.AsyncClient(base_url=self.base, cookies=cookies, headers=headers, timeout=PATIENCE_S)

    async def send(self, client: httpx2.AsyncClient, method: str, path: str, **more: Any) -> httpx2.Response | None:  # noqa: ANN401 - httpx2's own arguments
        """Send, and read a live page's beginning alone; what the server refuses to read at all is fine."""
        with suppress(httpx2.TransportError, httpx2.InvalidURL, TimeoutError):
            async with asyncio.timeout(PATIENCE_S), client.stream(method, path, **more) as answer:
                self.statuses.append(answer.status_code)
                if not answer.headers.get("content-type", "").startswith("text/event-stream"):
                    await answer.aread()
                return answer
        return None


@asynccontextmanager
async def running(copy: Copy, folder: Path) -> AsyncIterator[Run]:
    """Start API and worker, and listen to all that they say, for as long as the block lasts."""
    with canaries.receiver() as receiver:
        metrics = {"api": ports.any_free(), "worker": ports.any_free()}
        port = ports.any_free()
        run = Run(copy, f"http://localhost:{port}", receiver, folder, metrics)
        told = {
            "OWNCALL_PORT": str(port),
            "OWNCALL_PUBLIC_URL": run.base,
            "OWNCALL_LOG_LEVEL": "DEBUG",
            "OWNCALL_OTLP_ENDPOINT": f"{receiver.url}/otlp",
            "OWNCALL_SENTRY_DSN": f"http://key@127.0.0.1:{receiver.port}/1",
            "OWNCALL_ALARM_URL": f"{receiver.url}/alarm",
        }
        redis = Redis.from_url(copy.redis_url)
        listening = asyncio.create_task(canaries.monitor(redis, run.monitored))
        started = []
        for name, at in metrics.items():
            with (folder / f"{name}.log").open("wb") as output:
                started.append(
                    await processes.start(f"services.{name}", copy, output, **told, OWNCALL_METRICS_PORT=str(at))
                )
        try:
            await processes.ready(run.base)
            yield run
        finally:
            listening.cancel()
            for process in started:
                await process.stop()
            with suppress(asyncio.CancelledError):
                await listening
            await redis.aclose()
