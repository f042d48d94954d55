"""The survival drill: people ask and answer over HTTP while somebody kills processes at random.

The oracle is what each person was told: an ask that was answered 201 must come to its end, a yes that was
answered 200 must be the only one.
"""

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx2
from redis.asyncio import Redis

from infra.local.testing import ThrowawayServers
from libs.jobs.claim import LEASE_S
from libs.peer.accounts import actions as accounts
from libs.peer.accounts.actions import NewAccount
from libs.peer.accounts.models import Role
from libs.peer.receipts import rules as receipts
from libs.peer.sessions import actions as sessions
from libs.peer.sessions.actions import Browser
from libs.tenancy import away, names
from libs.tenancy.engine import open_engine
from libs.tenancy.transactions import Planes
from tests.databases import Copy
from tests.processes import Process, again, start
from tests.verify import letters
from tests.verify.letters import Letters

_COOKIE = "owncall_demo"
TIRELESS = """
    INSERT INTO shared.limit_policy (region_id, caseload, accepts_a_day, heavy_hours, heaviest_hours, near_minutes)
    VALUES ($1, 100000, 100000, 1, 1, 60)
    ON CONFLICT (region_id) DO UPDATE SET caseload = 100000, accepts_a_day = 100000
"""
"""For one region: few people answer thousands."""
_HANDED_OVER = "SELECT count(*) FROM shared.page WHERE handed_over_at IS NOT NULL"
_GONE = (httpx2.TransportError, *away.FAILURES)


@dataclass
class Told:
    """What people were told; the oracle."""

    kept: set[str] = field(default_factory=set)
    won: Counter[str] = field(default_factory=Counter)
    ended: set[str] = field(default_factory=set)
    faults: Counter[str] = field(default_factory=Counter)
    woken: int = 0
    resumed_after_s: list[float] = field(default_factory=list)


@dataclass
class Drill:
    """One drill: servers and processes that may be killed, and people who do not give up."""

    servers: ThrowawayServers
    copy: Copy
    port: int
    dice: random.Random
    mail: Path
    told: Told = field(default_factory=Told)
    api: Process | None = None
    worker: Process | None = None
    zombies: list[asyncio.Task[None]] = field(default_factory=list)
    recoveries: list[asyncio.Task[None]] = field(default_factory=list)
    is_asking: bool = True
    is_over: bool = False

    @property
    def base(self) -> str:
        """The API's address."""
        return f"http://localhost:{self.port}"

    async def up(self) -> None:
        """Start API and worker."""
        port = str(self.port)
        self.api = await start("services.api", self.copy, OWNCALL_PORT=port, OWNCALL_PUBLIC_URL=self.base)
        self.worker = await self._worker()

    async def _worker(self) -> Process:
        return await start("tests.verify.recorded_worker", self.copy, OWNCALL_MAIL_DROP=str(self.mail))

    async def down(self) -> None:
        """Stop both."""
        for process in (self.worker, self.api):
            if process is not None:
                await process.stop()

    async def fault(self, victim: str) -> None:
        """`kill -9` one of the four, or freeze the worker or flush Redis; bring back what died."""
        if victim == "redis":
            self.servers.valkey.kill()
            self.servers.valkey.restart()
        elif victim == "postgres":
            self.servers.postgres.kill()
            self.servers.postgres.restart()
        elif victim == "flush":
            await self.flush()
        elif victim == "freeze":
            await self._freeze()
        else:
            await self._kill_and_restart(victim)
        self.told.faults[victim] += 1
        self.recoveries.append(asyncio.create_task(self._until_paged(time.monotonic())))

    async def _until_paged(self, recovered_s: float) -> None:
        """Note how long after a recovery the next page is handed over, as long as somebody always asks."""
        before: int | None = None
        while self.is_asking:
            try:
                [(pages,)] = await self.look(_HANDED_OVER)
                before = pages if before is None else before
                if pages > before:
                    self.told.resumed_after_s.append(time.monotonic() - recovered_s)
                    return
            except _GONE:
                pass
            await asyncio.sleep(0.25)

    async def _freeze(self) -> None:
        """SIGSTOP the worker; another takes over while it sleeps past its lease, and it wakes beside that one."""
        assert self.worker is not None
        zombie = self.worker
        zombie.freeze()
        self.worker = await self._worker()
        self.zombies.append(asyncio.create_task(self._wake(zombie)))

    async def _wake(self, zombie: Process) -> None:
        await asyncio.sleep(LEASE_S + 0.5)
        zombie.thaw()
        await asyncio.sleep(1)
        assert zombie.process.returncode is None, "the worker died of having slept"
        await zombie.kill()
        self.told.woken += 1

    async def flush(self) -> None:
        """FLUSHALL."""
        async with redis(self.copy) as client:
            await client.flushall()

    async def _kill_and_restart(self, victim: str) -> None:
        process = self.api if victim == "api" else self.worker
        assert process is not None
        await process.kill()
        if victim == "api":
            self.api = await again(process)
        else:
            self.worker = await again(process)

    async def ask(self, urgency: str) -> str:
        """Ask until told 200 or 201, always with the same receipt, and remember it as kept."""
        receipt = receipts.draw()
        body = {"center": "redbank", "urgency": urgency, "receipt": receipt}
        await self.insist(lambda client: client.post("/v1/regions/heartland/requests", json=body), {200, 201})
        self.told.kept.add(receipt)
        return receipt

    async def follow(self, receipt: str) -> None:
        """Look where it stands until somebody said yes; say that we talk; close."""
        body, path = {"receipt": receipt}, "/v1/regions/heartland/requests"
        while True:
            answer = await self.insist(lambda client: client.post(f"{path}/status", json=body), {200})
            state = answer.json()["state"]
            if state == "accepted":
                await self.insist(lambda client: client.post(f"{path}/confirm-contact", json=body), {200, 409})
            elif state == "in_contact":
                await self.insist(lambda client: client.post(f"{path}/close", json=body), {200, 409})
            elif state == "closed":
                self.told.ended.add(receipt)
                return
            await asyncio.sleep(self.dice.uniform(1.5, 2.5))

    async def answer(self, cookie: str) -> None:
        """Be a peer: take what comes, mostly; twice in a while."""
        headers = {"cookie": f"{_COOKIE}={cookie}"}
        while not self.is_over:
            found = await self.insist(lambda client: client.get("/v1/offers"), {200}, headers)
            for offer in found.json()["data"]:
                act = "accept" if self.dice.random() < 0.8 else "decline"
                path = f"/v1/offers/{offer['id']}/{act}"
                done = await self.insist(partial(httpx2.AsyncClient.post, url=path), {200, 204, 404, 409}, headers)
                if done.status_code == 200:
                    self.told.won[offer["id"]] += 1
            await asyncio.sleep(self.dice.uniform(0.7, 1.3))

    async def insist(
        self,
        call: Callable[[httpx2.AsyncClient], Awaitable[httpx2.Response]],
        wanted: set[int],
        headers: dict[str, str] | None = None,
    ) -> httpx2.Response:
        """Try until there is an answer that can be used; people do not give up.

        A thousand who try again at once keep a slow machine from coming back: whoever has tried often waits longer.
        """
        async with asyncio.timeout(600), self.browser(headers) as client:
            pause_s = 0.15
            while True:
                try:
                    answer = await call(client)
                    if answer.status_code in wanted:
                        return answer
                except httpx2.TransportError:
                    pass
                await asyncio.sleep(pause_s)
                pause_s = min(pause_s * 1.5, 3.0)

    def browser(self, headers: dict[str, str] | None = None) -> httpx2.AsyncClient:
        """Open a browser of somebody's own; without TLS, whose set-up would cost more than the drill."""
        return httpx2.AsyncClient(base_url=self.base, headers=headers, timeout=5, verify=False)

    async def time_passes(self) -> None:
        """Push the clock now and then, so that deadlines come."""
        while not self.is_over:
            await asyncio.sleep(1)
            try:
                await self.look("UPDATE public.test_clock SET pushed = pushed + $1", timedelta(seconds=20))
            except _GONE:
                continue

    async def letters(self) -> Letters:
        """Wait until no letter is under way; insist that each went, and was taken back where it had to be."""
        async with asyncio.timeout(600):
            while await self.look(letters.UNSETTLED) != [(0,)]:
                await asyncio.sleep(0.25)
        sent = Letters.of(self.mail)
        assert await self.look(letters.UNDELIVERABLE) == [(0,)]
        assert sent.never_sent([key for (key,) in await self.look(letters.HANDED_OVER)]) == []
        assert sent.never_taken_back([key for (key,) in await self.look(letters.CALLED_OFF)]) == []
        if len(sent.sent) >= letters.FEWEST:
            assert sent.repeated <= letters.MOST_REPEATED
        return sent

    async def look(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Look into the database as a superuser, on a connection of its own."""
        connection: asyncpg.Connection = await asyncpg.connect(self.copy.superuser_url, timeout=5)
        try:
            return [tuple(row) for row in await connection.fetch(statement, *values)]
        finally:
            await connection.close(timeout=5)


@asynccontextmanager
async def redis(copy: Copy) -> AsyncIterator[Any]:
    """Open Redis for a moment."""
    client = Redis.from_url(copy.redis_url)
    try:
        yield client
    finally:
        await client.aclose()


async def sign_in_peers(copy: Copy, count: int) -> list[str]:
    """Let `count` current roving peers sign in, all on call and never tired; returns their cookies.

    Three yeses in a day would be the end of a drill in which a few people answer thousands.
    """
    engine = open_engine(copy.login_url, pool_size=2)
    planes = Planes(engine, names.of_login(copy.login_url))
    region = (await planes.tenants()).region("heartland")
    rows = await copy.superuser.fetch(
        "SELECT m.id, m.name FROM shared.member m JOIN shared.membership s ON s.member_id = m.id"
        " JOIN shared.team t ON t.id = s.team_id AND t.kind = 'roving' WHERE training_hours >= 40"
        " AND (SELECT count(*) FROM shared.training_module d WHERE d.member_id = m.id) = 4"
        " AND designated_on <= current_date AND lapses_on > current_date ORDER BY m.id LIMIT $1",
        count,
    )
    ids: list[UUID] = [row["id"] for row in rows]
    await copy.superuser.execute("UPDATE shared.availability SET is_available = peer_id = ANY($1)", ids)
    await copy.superuser.execute(TIRELESS, region.id)
    cookies = []
    async with planes.door() as door:
        for row in rows:
            new = NewAccount(row["id"], Role.PEER, region.id, row["name"], member_id=row["id"])
            await accounts.add(door, new)
    for peer in ids:
        async with planes.door() as door:
            cookies.append((await sessions.begin_by_link(door, await accounts.invite(door, peer), Browser())).token)
    await engine.dispose()
    return cookies
