"""T9: whatever somebody types, sends or is given, no log, trace, error report, metric or Redis command carries it."""

import asyncio
import base64
import re
import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest
from redis.asyncio import Redis

from libs.peer.accounts import actions as accounts
from libs.peer.clients import actions as clients
from libs.peer.receipts import rules
from libs.tenancy.engine import open_engine
from libs.tenancy.transactions import Planes
from services.api.app import routes
from services.cli import demo
from tests import databases, exchanging, processes
from tests.databases import ROLES, Addresses, Copy
from tests.verify import canaries, inputs, record
from tests.verify.running import PATIENCE_S, Run, running
from tests.world import peer_id

ACCOUNTS = {"ana": peer_id("ana"), "mara": peer_id("mara"), "manager": demo.MANAGER, "admin": demo.ADMIN}
ROUTES = sorted(routes(), key=lambda route: route.name == "sign_out")
"""Every route; the one that ends the session last."""
BREAKS = (
    ("ALTER TABLE shared.{} RENAME TO gone", "ALTER TABLE shared.gone RENAME TO {}"),
    (
        "ALTER TABLE shared.{} ADD CONSTRAINT never CHECK (false) NOT VALID",
        "ALTER TABLE shared.{} DROP CONSTRAINT never",
    ),
)
_OF_THE_WORKER = b'"server_name":"worker"'
BROKEN = (
    "callout",
    "sign_in",
    "offer",
    "job",
    "receipt_route",
    "availability",
    "access_token",
    "approval",
    "copy",
    "exchange",
)


async def _type_everywhere(run: Run, word: str, people: tuple[str | None, ...]) -> None:
    """Put a canary into every input of every route, as everybody."""
    ascii_word = word.encode("ascii", "ignore").decode()
    headers = dict.fromkeys(inputs.HEADERS, ascii_word)
    await _sign_in(run)
    for person in people:
        async with run.client(person) as client:
            for route in ROUTES[:: record.size(1, 3) if person else 1]:
                for method in inputs.methods(route):
                    for path in inputs.paths(route, word):
                        await run.send(client, method, path, params={word: word}, headers=headers)
                    if method != "GET":
                        for body in inputs.bodies(route, word):
                            await run.send(client, method, next(inputs.paths(route, word)), **body)


async def _stand_before_the_door(run: Run, word: str) -> None:
    """Cookies, bearers, client secrets, other sites, odd methods, unknown places, bodies that are too large."""
    word = word.encode("ascii", "ignore").decode()
    basic = base64.b64encode(f"{word}:{word}".encode()).decode()
    knocks = [
        {"authorization": f"Bearer {word}"},
        {"authorization": f"Basic {basic}"},
        {"authorization": f"Basic {word}"},
        {"cookie": f"owncall_demo={word}; {word}={word}"},
        {"origin": f"https://{word}.example"},
        {"sec-fetch-site": word},
        {"host": f"{word}.example"},
        {"content-type": word},
        {word.split("@")[0].split(" ")[0].strip('"<&>\\%+') or "x": word},
    ]
    for knock in knocks:
        async with run.client(**knock) as client:
            for method, path in (("GET", "/v1/offers"), ("POST", "/v1/oauth/token"), ("POST", "/sign-out")):
                await run.send(client, method, path)
    async with run.client() as client:
        await run.send(client, "GET", f"/{run.base_word}/{run.base_word}")
        await run.send(client, "GET", f"/static/{run.base_word}.css")
        await run.send(client, "PATCH", f"/r/{run.base_word}")
        await run.send(client, run.base_word.upper(), "/")
        large = run.base_word * 6000
        await run.send(client, "POST", "/sign-in", data={"token": large})
        await run.send(client, "POST", "/v1/regions/heartland/requests", json={"center": large})


@asynccontextmanager
async def _planes(run: Run) -> AsyncIterator[Planes]:
    engine = open_engine(run.copy.login_url, pool_size=1)
    try:
        yield Planes(engine, ROLES)
    finally:
        await engine.dispose()


async def _sign_in(run: Run) -> None:
    """Sign everybody in anew: a canary in the route that signs out ends a session like anything else."""
    async with _planes(run) as planes:
        for person, account in ACCOUNTS.items():
            async with planes.door() as door:
                link = await accounts.invite(door, account)
            async with run.client() as client:
                answer = await client.post("/sign-in", data={"token": link})
            run.cookies[person] = answer.cookies["owncall_demo"]
            run.secrets |= {link, run.cookies[person]}


async def _live(run: Run) -> None:
    """What is really done and really given: receipts, sessions, links, tokens, offers, requests."""
    secret = secrets.token_urlsafe(24)
    await _sign_in(run)
    async with _planes(run) as planes, planes.door() as door:
        region = (await planes.tenants()).region("heartland")
        await clients.put(door, clients.NewClient("cad", region.id, "agencies:read", secret=secret))
    async with run.client(authorization="Basic " + base64.b64encode(f"cad:{secret}".encode()).decode()) as client:
        token = (await client.post("/v1/oauth/token", data={"grant_type": "client_credentials"})).json()["access_token"]
    async with run.client(authorization=f"Bearer {token}") as client:
        assert (await client.get("/v1/agencies")).status_code == 200
    run.secrets |= {secret, token}
    for urgency in ("now", "today"):
        await _ask_and_be_heard(run, urgency)
    await _go_to_another_region(run)


async def _ask_and_be_heard(run: Run, urgency: str) -> None:
    async with run.client() as requester, run.client("ana") as ana:
        page = await requester.get("/a/redbank")
        form = dict(re.findall(r'name="(receipt|center|lang)" value="([^"]*)"', page.text))
        assert (await requester.post("/r/heartland/ask", data={**form, "urgency": urgency})).status_code == 200
        asked = await requester.post("/v1/regions/heartland/requests", json={"urgency": urgency})
        run.secrets |= {form["receipt"], asked.json()["receipt"]}
        await processes.until(lambda: _nothing_is_due(run), PATIENCE_S)
        offers = (await ana.get("/v1/offers")).json()["data"]
        for offer in offers:
            await ana.post(f"/v1/offers/{offer['id']}/accept")
        for act in ("status", "confirm-contact", "close"):
            path = f"/v1/regions/heartland/requests/{act}"
            await requester.post(path, json={"receipt": form["receipt"]})
        await requester.post("/r/heartland/withdraw", data={"receipt": asked.json()["receipt"]})
    run.ids |= {offer["id"] for offer in offers}
    run.ids |= {str(row["id"]) for row in await run.copy.superuser.fetch("SELECT id FROM shared.callout")}


async def _go_to_another_region(run: Run) -> None:
    """One region asks another, which has agreed to help; whoever asked goes there, and says whom to leave out."""
    async with _planes(run) as planes:
        await exchanging.with_a_peer(run.copy, await planes.tenants())
    for here, there, takes_ours in (("heartland", "kansas-city", True), ("kansas-city", "heartland", False)):
        await run.copy.superuser.execute(
            "INSERT INTO shared.agreement (id, region_id, kind, partner, partner_id, takes_ours, starts_on, ends_on)"
            " SELECT gen_random_uuid(), a.id, 'region', b.name, b.id, $3, '2026-01-01', '2099-01-01'"
            " FROM shared.region a, shared.region b WHERE a.slug = $1 AND b.slug = $2",
            *(here, there, takes_ours),
        )
    requests = "/v1/regions/heartland/requests"
    async with run.client() as requester, run.client("manager") as manager:
        asked = await requester.post(requests, json={"urgency": "today", "center": "outside:elsewhere"})
        receipt = {"receipt": asked.json()["receipt"]}
        run.secrets |= set(receipt.values())
        await processes.until(lambda: _nothing_is_due(run), PATIENCE_S)
        (item,) = (await manager.get("/v1/approvals")).json()["data"]
        answer = await manager.post(f"/v1/approvals/{item['id']}/hand-on", json={"region": "kansas-city"})
        assert answer.status_code == 200, answer.text
        await run.copy.push_clock(timedelta(seconds=10))
        await processes.until(lambda: _nothing_is_due(run), PATIENCE_S)
        answer = await requester.post(f"{requests}/go-there", json={**receipt, "leave_out_names": [run.base_word]})
        assert answer.status_code == 200, answer.text
        await processes.until(lambda: _nothing_is_due(run), PATIENCE_S)
        answer = await requester.post(f"{requests}/status", json=receipt)
        assert answer.json()["exchange"]["outcome"] == "taken"
    for table in ("callout", "approval", "exchange"):
        run.ids |= {str(row["id"]) for row in await run.copy.superuser.fetch(f"SELECT id FROM shared.{table}")}


async def _nothing_is_due(run: Run) -> bool:
    due = "SELECT NOT EXISTS (SELECT FROM shared.job WHERE state = 'waiting' AND due_at <= shared.clock())"
    return bool(await run.copy.superuser.fetchval(due))


async def _break_the_database(run: Run, word: str, tables: tuple[str, ...]) -> None:
    """Every route and job runs into errors of the database, whose details quote rows and parameters."""
    await run.copy.superuser.execute("SET lock_timeout = '60s'")  # a connection left in a transaction shows here
    for table in tables:
        for breaks, mends in BREAKS:
            await _sign_in(run)
            receipts = [await _ask(run), rules.draw()]
            run.secrets |= set(receipts)
            await run.copy.superuser.execute(breaks.format(table))
            try:
                for receipt in receipts:
                    await _try_for_real(run, receipt)
                for person in ("ana", "manager")[: record.size(2, 1)]:
                    async with run.client(person) as client:
                        for route in ROUTES:
                            method = inputs.methods(route)[0]
                            body = list(inputs.bodies(route, word))[-3] if method != "GET" else {}
                            await run.send(client, method, next(inputs.paths(route, word)), **body)
            finally:
                await run.copy.superuser.execute(mends.format(table))


async def _ask(run: Run) -> str:
    async with run.client() as client:
        asked = await client.post("/v1/regions/heartland/requests", json={"urgency": "now"})
    return str(asked.json()["receipt"])


async def _try_for_real(run: Run, receipt: str) -> None:
    """Do what would work if the database did, with a receipt that leads somewhere or would have."""
    async with run.client() as client:
        form = {"receipt": receipt, "center": "redbank"}
        await run.send(client, "POST", "/r/heartland/ask", data=form)
        await run.send(client, "POST", "/v1/regions/heartland/requests", json=form)
        for act in ("status", "live", "confirm", "go-there", "close", "withdraw"):
            await run.send(client, "POST", f"/r/heartland/{act}", data={"receipt": receipt})
        for act in ("status", "confirm-contact", "go-there", "close", "withdraw"):
            await run.send(client, "POST", f"/v1/regions/heartland/requests/{act}", json={"receipt": receipt})
        await run.send(client, "POST", "/sign-in", data={"token": secrets.token_urlsafe(24)})
    async with run.client("ana") as ana:
        await run.send(ana, "PUT", "/v1/availability", json={"is_available": True})


async def _fail_jobs(run: Run) -> None:
    """A job that nobody knows, and one for a region that is gone: bugs, which are reported."""
    for kind, region in (("unknown", "heartland"), ("callouts.advance", None)):
        found = await run.copy.superuser.fetchval("SELECT id FROM shared.region WHERE slug = $1", region)
        key, subject = uuid4(), uuid4()
        run.ids.add(str(subject))
        await run.copy.superuser.execute(
            "INSERT INTO shared.job (id, kind, key, region_id, subject_id, due_at, attempt)"
            " VALUES ($1, $2, $3, $4, $5, shared.clock(), 19)",
            *(key, kind, str(key), found or uuid4(), subject),
        )
    async with asyncio.timeout(PATIENCE_S):
        while await run.copy.superuser.fetchval("SELECT count(*) FROM shared.job WHERE state = 'failed'") < 2:
            await asyncio.sleep(0.1)
        # The report goes by a thread of its own, after the row.
        while _OF_THE_WORKER not in run.receiver.of("/api/"):
            await asyncio.sleep(0.1)


async def _metrics(run: Run) -> bytes:
    async with httpx2.AsyncClient() as client:
        return b"".join(
            [(await client.get(f"http://127.0.0.1:{port}/metrics")).content for port in run.metrics.values()]
        )


async def _sinks(run: Run, metrics: bytes) -> dict[str, bytes]:
    redis = Redis.from_url(run.copy.redis_url)
    try:
        dump = await canaries.redis_dump(redis)
    finally:
        await redis.aclose()
    return {
        "api log": (run.folder / "api.log").read_bytes(),
        "worker log": (run.folder / "worker.log").read_bytes(),
        "postgres log": (await canaries.postgres_log(run.copy)).read_bytes(),
        "redis dump": dump,
        "redis monitor": "\n".join(run.monitored).encode(),
        "traces": run.receiver.of("/otlp"),
        "error reports": run.receiver.of("/api/"),
        "alarms": run.receiver.of("/alarm"),
        "metrics": metrics,
    }


@pytest.fixture
async def own_copy(addresses: Addresses, worker_id: str) -> AsyncIterator[Copy]:
    """A database to break."""
    async with databases.copied(addresses, f"canaries_{worker_id}") as copy:
        yield copy


@pytest.mark.timeout(1200)
async def test_no_canary_reaches_a_log_a_trace_a_report_a_metric_or_redis(own_copy: Copy, tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        run = await stack.enter_async_context(running(own_copy, tmp_path))
        await _live(run)
        for word in run.words[: record.size(len(run.words), 1)]:
            await _type_everywhere(run, word, (None, *ACCOUNTS)[: record.size(5, 2)])
            await _stand_before_the_door(run, word)
        await _break_the_database(run, run.words[0], BROKEN[: record.size(len(BROKEN), 2)])
        await _fail_jobs(run)
        metrics = await _metrics(run)
    sinks = await _sinks(run, metrics)
    _all_were_heard(run, sinks)

    assert canaries.hits([run.base_word, *run.secrets], sinks) == []
    people = await own_copy.superuser.fetch("SELECT id, name, email, phone, duty_phone FROM shared.member")
    known = {str(value) for person in people for value in person} | run.ids
    quiet = {name: content for name, content in sinks.items() if not name.startswith("redis")}
    assert canaries.hits({word for word in known if len(word) > 7}, quiet) == []

    _note(run, sinks, len(known))


def _all_were_heard(run: Run, sinks: dict[str, bytes]) -> None:
    """A scan of nothing finds nothing: insist that each place holds what it should."""
    assert {401, 403, 404, 413, 422, 500} <= set(run.statuses)
    assert run.statuses.count(500) > 30
    for sink, marks in {
        "api log": (b'"answered"', b'"bug"', b'"service": "api"'),
        "worker log": (b'"job_failed"', b'"job_given_up"'),
        "postgres log": (b"ERROR:",),
        "redis monitor": (b"PUBLISH",),
        "traces": (b"GET /v1/offers", b"plane care", b"job callouts.advance", b"owncall-worker"),
        "error reports": (b'"server_name":"api"', _OF_THE_WORKER),
        "metrics": (b"owncall_requests_total", b'owncall_pages_total{channel="in_app",outcome="handed_over"}'),
    }.items():
        assert [mark for mark in marks if mark not in sinks[sink]] == [], sink
    assert re.search(rb"owncall_first_page_seconds_count [1-9]", sinks["metrics"])


def _note(run: Run, sinks: dict[str, bytes], people: int) -> None:
    sent, size = len(run.statuses), sum(len(content) for content in sinks.values())
    failed = sum(status >= 500 for status in run.statuses)
    secret = len(run.secrets)
    figure = (
        f"0 hits in {len(sinks)} places ({size / 1e6:.1f} MB); {sent:,} requests, {failed:,} of them failed with 5xx"
    )
    record.note("T9", f"canaries in every input of {len(routes())} routes; {secret} real receipts and keys", figure)
    record.note("T9", "ids, names, numbers of people and requests", f"0 of {people} in logs, traces, reports, metrics")


async def test_the_scan_finds_a_planted_canary_in_every_spelling_and_place(own_copy: Copy, tmp_path: Path) -> None:
    planted = f"Kanarí {secrets.token_hex(6)} <&>"
    for name, spelled in canaries.spellings(planted).items():
        sink = {"somewhere": b"before" + spelled + b"after"}
        assert (planted, name, "somewhere") in canaries.hits([planted], sink)
    for spelled in (base64.b64encode(b"x" * n + planted.encode() + b"yz") for n in range(6)):
        assert canaries.hits([planted], {"somewhere": spelled})
    assert canaries.hits([planted], {"somewhere": b"nothing"}) == []

    word = secrets.token_hex(8)
    redis = Redis.from_url(own_copy.redis_url)
    with canaries.receiver() as receiver:
        run = Run(own_copy, "", receiver, tmp_path, {})
        listening = asyncio.create_task(canaries.monitor(redis, run.monitored))
        await asyncio.sleep(0.2)
        async with httpx2.AsyncClient() as client:
            for path in ("/otlp/v1/traces", "/api/1/envelope/", "/alarm"):
                await client.post(receiver.url + path, content=base64.b64encode(word.encode()))
        for name in ("api", "worker"):
            (tmp_path / f"{name}.log").write_text(f'{{"event": "answered", "route": "/r/{word}"}}')
        with suppress(Exception):
            await own_copy.superuser.execute(f'SELECT "{word}"')
        await redis.set("planted", word, ex=60)
        await asyncio.sleep(0.2)
        sinks = await _sinks(run, f'owncall_requests_total{{route="{word}"}} 1'.encode())
        listening.cancel()
        with suppress(asyncio.CancelledError):
            await listening
    await redis.delete("planted")
    await redis.aclose()
    assert {sink for _word, _spelling, sink in canaries.hits([word], sinks)} == set(sinks)
    record.note("T9", "a planted canary is found", f"in {len(sinks)} of {len(sinks)} places, 14 of 14 spellings")
