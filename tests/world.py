"""The world of the stories: the application, its worker at hand, and a cast that asks, answers and decides."""

import asyncio
import re
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

import httpx2
from fastapi import FastAPI
from redis.asyncio import Redis

from libs.jobs import claim
from libs.notify import messages
from libs.notify.channels import mail
from libs.notify.channels.mail import MailDrop
from libs.notify.live import Live
from libs.peer.accounts import actions as accounts
from libs.peer.approvals import queries as approval_queries
from libs.peer.followups.models import FollowUpKind
from libs.peer.offers import putting
from libs.peer.policies.models import LEADS_LAST, Policy, Step, Who
from libs.tenancy.directory import RegionRef
from libs.tenancy.transactions import Planes
from services.api.app import create_app
from services.api.settings import Settings
from services.cli import demo, heartland
from services.worker.jobs import callouts, with_channels
from services.worker.runner import Runner
from services.worker.sweeper import sweep
from tests.databases import Copy
from tests.phones import Phone

BASE = "http://localhost:8080"
_SLUGS = [person.slug for person in heartland.members(date(2026, 1, 1))]
_COOKIE = "owncall_demo"
_ACCOUNTS = {"manager": demo.MANAGER, "deputy": demo.DEPUTY, "admin": demo.ADMIN}


_ONE_AT_A_TIME = {"now": 60, "today": 600, "this_week": 4 * 3600}


def one_at_a_time(seconds: int) -> Policy:
    """Return the simplest policy: peers one after another, then whoever leads. Most stories begin with it."""
    return Policy(steps=(Step(who=(Who.PEERS,), answer_within_s=seconds, waves=0),))


def peer_id(slug: str) -> UUID:
    """Return the id of a member of the cast."""
    return demo.member_id(_SLUGS.index(slug))


@dataclass
class Requester:
    """Somebody who asked, and holds the receipt alone."""

    client: httpx2.AsyncClient
    region: str
    receipt: str

    async def standing(self) -> dict[str, Any]:
        """Where the request stands, by the receipt."""
        response = await self._post("status")
        assert response.status_code == 200, response.text
        found: dict[str, Any] = response.json()
        return found

    async def state(self) -> str:
        """The state alone."""
        return str((await self.standing())["state"])

    async def confirms_contact(self, epoch: int | None = None) -> httpx2.Response:
        """Say that the two are talking; with the peer of a round, when the page names one."""
        return await self._post("confirm-contact", epoch=epoch) if epoch else await self._post("confirm-contact")

    async def closes(self) -> httpx2.Response:
        """Have the last word."""
        return await self._post("close")

    async def wants_no_check_ins(self) -> None:
        """Have nothing of it any more: then a closed request is forgotten after its seven days."""
        response = await self._post("follow-ups/stop", kinds=list(FollowUpKind))
        assert response.status_code == 200, response.text

    async def withdraws(self) -> httpx2.Response:
        """Stop asking."""
        return await self._post("withdraw")

    async def _post(self, act: str, **more: object) -> httpx2.Response:
        body = {"receipt": self.receipt, **more}
        return await self.client.post(f"/v1/regions/{self.region}/requests/{act}", json=body)


@dataclass
class Person:
    """Somebody of the cast, signed in."""

    name: str
    client: httpx2.AsyncClient

    async def offers(self) -> list[dict[str, Any]]:
        """What waits for this peer's answer."""
        response = await self.client.get("/v1/offers")
        assert response.status_code == 200, response.text
        found: list[dict[str, Any]] = response.json()["data"]
        return found

    async def is_paged(self) -> str:
        """Insist on exactly one open offer; returns its id."""
        found = await self.offers()
        assert len(found) == 1, f"{self.name} has {len(found)} offers"
        return str(found[0]["id"])

    async def is_not_paged(self) -> None:
        """Insist on no open offer."""
        assert await self.offers() == [], f"{self.name} was paged"

    async def accepts(self, offer_id: str | None = None) -> httpx2.Response:
        """Say yes to an offer, the open one when none is named."""
        return await self.client.post(f"/v1/offers/{offer_id or await self.is_paged()}/accept")

    async def declines(self) -> None:
        """Not now."""
        response = await self.client.post(f"/v1/offers/{await self.is_paged()}/decline")
        assert response.status_code == 204, response.text

    async def recuses(self) -> None:
        """Step aside."""
        response = await self.client.post(f"/v1/offers/{await self.is_paged()}/recuse")
        assert response.status_code == 204, response.text

    async def contacts(self) -> list[dict[str, Any]]:
        """Whom this peer has."""
        found: list[dict[str, Any]] = (await self.client.get("/v1/contacts")).json()["data"]
        return found

    async def is_on_call(self, yes: bool) -> None:
        """Go on call, or off."""
        response = await self.client.put("/v1/availability", json={"is_available": yes})
        assert response.status_code == 204, response.text


@dataclass(frozen=True)
class _Way:
    """A channel whose sending a story has in hand."""

    way: Callable[[UUID, str, str], Awaitable[None]]

    async def send(self, peer_id: UUID, key: str, words: str) -> None:
        """Send that way."""
        await self.way(peer_id, key, words)


@dataclass
class World:
    """Everything a story needs."""

    app: FastAPI
    copy: Copy
    planes: Planes
    redis: Redis
    stack: AsyncExitStack
    runner: Runner
    mail: MailDrop
    people: dict[str, Person] = field(default_factory=dict)
    phones: dict[UUID, Phone] = field(default_factory=dict)

    async def begin(self) -> None:
        """Go back to where every story begins."""
        await self.copy.empty()
        self.people.clear()
        self.phones.clear()
        for box in self.mail.folder.iterdir():
            shutil.rmtree(box)
        await self.pages_by(**{urgency: one_at_a_time(seconds) for urgency, seconds in _ONE_AT_A_TIME.items()})
        on_shift = [peer_id(slug) for slug in heartland.ON_SHIFT]
        await self.copy.superuser.execute("UPDATE shared.availability SET is_available = peer_id = ANY($1)", on_shift)

    async def pages_by(self, **policies: Policy) -> None:
        """Let Heartland make policies of its own, by urgency, for whatever begins from now on."""
        statement = """
            INSERT INTO shared.paging_policy (region_id, urgency, version, body, made_at, made_by)
            SELECT $1, $2, 1 + count(*), $3, shared.clock(), 'program_manager' FROM shared.paging_policy
            WHERE region_id = $1 AND urgency = $2
        """
        region = await self.heartland()
        for urgency, policy in policies.items():
            await self.copy.superuser.execute(statement, region.id, urgency, policy.model_dump_json())

    async def pages_as_owncall_does(self) -> None:
        """Take back what Heartland made: the policies that OwnCall brings hold."""
        await self.copy.superuser.execute("TRUNCATE shared.paging_policy")

    def client(self, cookie: str | None = None, headers: dict[str, str] | None = None) -> httpx2.AsyncClient:
        """A browser of somebody's own."""
        transport = httpx2.ASGITransport(app=self.app)
        cookies = {_COOKIE: cookie} if cookie else None
        return httpx2.AsyncClient(transport=transport, base_url=BASE, cookies=cookies, headers=headers)

    async def heartland(self) -> RegionRef:
        """The region where the stories play."""
        return (await self.planes.tenants()).region("heartland")

    async def asks(self, center: str = "redbank", region: str = "heartland", **choices: object) -> Requester:
        """A telecommunicator asks for a peer, and what follows at once has followed."""
        client = self.client()
        response = await client.post(f"/v1/regions/{region}/requests", json={"center": center, **choices})
        assert response.status_code == 201, response.text
        await self.settle()
        return Requester(client, region, response.json()["receipt"])

    async def signs_in(self, account_id: UUID) -> str:
        """Use a fresh one-time link; returns the session's cookie."""
        async with self.planes.door() as door:
            token = await accounts.invite(door, account_id)
        response = await self.client().post("/sign-in", data={"token": token})
        assert response.status_code == 303, response.text
        found = re.search(rf"{_COOKIE}=([^;]+)", response.headers["set-cookie"])
        assert found is not None
        return found[1]

    async def person(self, slug: str) -> Person:
        """Somebody of the cast, signed in: a peer or coordinator by slug, `manager`, `deputy` or `admin`."""
        if slug not in self.people:
            account = _ACCOUNTS.get(slug) or peer_id(slug)
            self.people[slug] = Person(slug, self.client(await self.signs_in(account)))
        return self.people[slug]

    def phone(self, person: Person) -> Phone:
        """Somebody's phone."""
        peer = _ACCOUNTS.get(person.name) or peer_id(person.name)
        return self.phones.setdefault(peer, Phone(self.mail, peer))

    def phones_of(self, slug: str) -> Phone:
        """The phone of a member who need not sign in."""
        return self.phones.setdefault(peer_id(slug), Phone(self.mail, peer_id(slug)))

    async def today(self) -> date:
        """The day in Heartland."""
        region = await self.heartland()
        async with self.planes.program(region) as program:
            return await approval_queries.today(program, region.id)

    def rang(self, *slugs: str) -> None:
        """Insist that each of these phones got a new notice, as many as it is named times, and nothing else."""
        for slug, times in Counter(slugs).items():
            phone = self.phone_of(_ACCOUNTS.get(slug) or peer_id(slug))
            assert [letter.words for letter in phone.unread()] == [messages.ON_DUTY_NOTICE] * times, slug
            phone.read += times

    def leads_get_a_notice(self, *, without: tuple[str, ...] = ()) -> None:
        """Insist on exactly one new notice for each lead of a team, but for those who are left out."""
        for slug in sorted(heartland.COORDINATORS.difference(without)):
            self.phones_of(slug).expect_page()

    def phone_of(self, member_id: UUID | str) -> Phone:
        """The phone of any member."""
        peer = UUID(str(member_id))
        return self.phones.setdefault(peer, Phone(self.mail, peer))

    def no_unexpected_message(self) -> None:
        """End of a story told by phones: nobody, looked at or not, got anything that was not expected."""
        phones = [self.phone_of(box.name) for box in self.mail.folder.iterdir()]
        unread = {self._owner(phone.peer): len(phone.unread()) for phone in phones if phone.unread()}
        assert unread == {}, f"unexpected messages: {unread}"

    def _owner(self, peer: UUID) -> str:
        accounts = {account: name for name, account in _ACCOUNTS.items()}
        return accounts.get(peer) or next((slug for slug in _SLUGS if peer_id(slug) == peer), str(peer))

    @asynccontextmanager
    async def mail_that(self, send: Callable[[UUID, str, str], Awaitable[None]]) -> AsyncIterator[None]:
        """Let letters go another way, for as long as the block lasts."""
        jobs = self.runner._declared
        usual = jobs[putting.SEND]
        jobs[putting.SEND] = replace(usual, run=partial(callouts.send_by, {mail.NAME: _Way(send)}))
        yield
        jobs[putting.SEND] = usual

    async def on_call(self, *slugs: str) -> list[Person]:
        """Put these on call and everybody else off; who was never asked is asked in the order of the list."""
        on_call = [peer_id(slug) for slug in slugs]
        await self.copy.superuser.execute("UPDATE shared.availability SET is_available = peer_id = ANY($1)", on_call)
        return [await self.person(slug) for slug in slugs]

    async def leads_are_not_reached(self) -> None:
        """Nobody who leads has proven a channel: at the end of a policy nobody is left at once."""
        leads = "SELECT member_id FROM shared.membership WHERE role IN ('coordinator', 'deputy')"
        await self.copy.superuser.execute(f"UPDATE shared.reach SET verified = '{{}}' WHERE peer_id IN ({leads})")

    async def leads_say_nothing(self) -> None:
        """Let the time go by that whoever leads has at the end of a policy."""
        await self.advance(seconds=LEADS_LAST.answer_within_s + 1)

    async def on_rota(self, *slugs: str) -> list[Person]:
        """Let these decide on requests from outside, the first of the list first."""
        region = await self.heartland()
        weeks = (await self.today() - date(1970, 1, 5)).days // 7
        start = -weeks % len(slugs)
        for place, slug in enumerate((*slugs[start:], *slugs[:start])):
            person = await self.person(slug)
            values = _ACCOUNTS[slug], region.id, person.name, timedelta(seconds=place)
            await self.copy.superuser.execute(
                "INSERT INTO shared.approver VALUES ($1, $2, $3, false, shared.clock() + $4)", *values
            )
        return [await self.person(slug) for slug in slugs]

    async def signed_in_anew(self, slug: str) -> Person:
        """The same person after a shift, with a session of today."""
        self.people.pop(slug, None)
        return await self.person(slug)

    @property
    def live(self) -> Live:
        """What pages listen to."""
        found: Live = self.app.state.wiring.live
        return found

    async def advance(self, **by: float) -> None:
        """Let time pass (`minutes=5`), and whatever is due happen."""
        await self.copy.push_clock(timedelta(**by))
        # What this process knows for five seconds of its own clock is over, too.
        self.app.state.wiring.tokens.forget()
        await self.settle()

    async def settle(self) -> None:
        """Run every job that is due, as the worker would."""
        while True:
            async with self.planes.queue() as queue:
                jobs = await claim.claim(queue, 10)
            if not jobs:
                return
            for job in jobs:
                await self.runner._carry_out(job)
            await self.runner._turn(0)

    async def sweep(self) -> int:
        """Look for what nobody moves on, as the worker does every few seconds; returns how much there was."""
        return await sweep(self.planes)

    async def nothing_unexpected(self) -> None:
        """End of a story: no job was given up, and nobody holds an open offer for something that is over."""
        failed = await self.rows("SELECT kind FROM shared.job WHERE state = 'failed'")
        assert failed == [], failed
        odd = """
            SELECT o.id FROM shared.offer o JOIN shared.callout c ON c.id = o.callout_id
            WHERE o.state = 'open' AND c.state NOT IN ('paging')
        """
        assert await self.rows(odd) == []

    async def who_is_there(self) -> list[tuple[str, str]]:
        """Return everybody and every team that outlives a story, as sort and name; a story leaves them as they were."""
        return await self.rows(
            """
            SELECT 'member', m.name || ' of ' || r.slug FROM shared.member m JOIN shared.region r ON r.id = m.region_id
            UNION ALL SELECT 'account', name FROM shared.account
                WHERE member_id IS NULL AND provider_id IS NULL AND NOT is_provisioned
            UNION ALL SELECT 'team', t.kind || ' of ' || r.slug FROM shared.team t
                JOIN shared.region r ON r.id = t.region_id
            ORDER BY 1, 2
            """
        )

    async def rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Look into the database as a superuser, past every plane."""
        return [tuple(row) for row in await self.copy.superuser.fetch(statement, *values)]


async def open_world(stack: AsyncExitStack, copy: Copy) -> World:
    """Open the application on a database copy."""
    drop = Path(stack.enter_context(TemporaryDirectory(prefix="owncall-mail-")))
    settings = Settings(
        database_url=copy.login_url,
        redis_url=copy.redis_url,
        demo=True,
        pool_size=10,
        mail_drop=drop,
        busy_from=1_000_000,
        client_a_minute=1_000_000,
        network_a_minute=1_000_000,
        webhook_loopback=True,
    )
    app = create_app(settings)
    await stack.enter_async_context(app.router.lifespan_context(app))
    wiring = app.state.wiring
    runner = Runner(wiring.planes, with_channels(drop, wiring.code_key), concurrency=4, bell=asyncio.Event())
    return World(app, copy, wiring.planes, wiring.redis, stack, runner, MailDrop(drop))
