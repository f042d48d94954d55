"""The product's own processes against a test database: started for real, there to be killed for real."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import httpx2

from infra.local import ports
from tests.databases import Copy

ROOT = Path(__file__).parents[1]


@dataclass
class Process:
    """One running process of the product."""

    module: str
    environment: dict[str, str]
    process: asyncio.subprocess.Process

    async def kill(self) -> None:
        """`kill -9`: no goodbye."""
        self.process.kill()
        await self.process.wait()

    async def stop(self) -> None:
        """SIGTERM, and insist that it ends."""
        if self.process.returncode is None:
            self.process.terminate()
            await asyncio.wait_for(self.process.wait(), 15)

    def freeze(self) -> None:
        """SIGSTOP: alive, and doing nothing."""
        os.kill(self.process.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """SIGCONT: back from the dead."""
        os.kill(self.process.pid, signal.SIGCONT)


async def start(module: str, copy: Copy, output: IO[bytes] | None = None, /, **more: str) -> Process:
    """Start `python -m module` on a database copy; what it says goes into `output` where one is given."""
    environment = {
        "PATH": "/usr/bin:/bin",
        "OWNCALL_DATABASE_URL": copy.login_url,
        "OWNCALL_REDIS_URL": copy.redis_url,
        "OWNCALL_DEMO": "1",
        "OWNCALL_BUSY_FROM": "1000000",
        "OWNCALL_CLIENT_A_MINUTE": "1000000",
        "OWNCALL_NETWORK_A_MINUTE": "1000000",
        **more,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, cwd=ROOT, env=environment, stdout=output, stderr=output
    )
    return Process(module, environment, process)


async def again(process: Process) -> Process:
    """Start the same process anew, after it has died."""
    command = (sys.executable, "-m", process.module)
    fresh = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=process.environment)
    return Process(process.module, process.environment, fresh)


@asynccontextmanager
async def worker(copy: Copy, **more: str) -> AsyncIterator[Process]:
    """Run a worker for as long as the block lasts, unless it is killed in it; from when it is connected."""
    running = await start("services.worker", copy, **more)
    try:
        await _connected(copy, "owncall-worker")
        yield running
    finally:
        await running.stop()


@asynccontextmanager
async def registrar(copy: Copy) -> AsyncIterator[Process]:
    """Run a registrar for as long as the block lasts, from when it is connected."""
    running = await start("services.registrar", copy, OWNCALL_OWNER_DATABASE_URL=copy.owner_url)
    try:
        await _connected(copy, "owncall-registrar")
        yield running
    finally:
        await running.stop()


async def _connected(copy: Copy, application: str) -> None:
    """Wait until a process of the product is at the database; a busy machine takes seconds to start one."""
    there = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1)"
    await until(lambda: copy.superuser.fetchval(there, application))


@asynccontextmanager
async def api(copy: Copy, **more: str) -> AsyncIterator[str]:
    """Run the API for as long as the block lasts; yields its address."""
    port = more.setdefault("OWNCALL_PORT", str(ports.any_free()))
    base = f"http://localhost:{port}"
    running = await start("services.api", copy, OWNCALL_PUBLIC_URL=base, **more)
    try:
        await ready(base)
        yield base
    finally:
        await running.stop()


async def until(holds: Callable[[], Awaitable[bool]], within_s: float = 30) -> None:
    """Wait for something to hold, and insist that it does within a time that only a broken product needs."""
    async with asyncio.timeout(within_s):
        while not await holds():
            await asyncio.sleep(0.05)


async def ready(base: str) -> None:
    """Wait until the API at `base` answers that it is ready."""
    async with httpx2.AsyncClient(base_url=base) as client:
        for _ in range(1200):
            try:
                if (await client.get("/readyz")).status_code == 200:
                    return
            except httpx2.TransportError:
                pass
            await asyncio.sleep(0.1)
    raise TimeoutError("the API did not become ready in 120 s")
