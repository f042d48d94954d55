"""While the database is away: what people are told, that nothing is lost of what they sent, and that they ask once."""

import random
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import asyncpg
import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy.exc import DBAPIError

from libs.notify.live import Live
from libs.peer.receipts import rules as receipts
from libs.tenancy import away
from libs.tenancy.errors import DatabaseAwayError
from services.api import feed, rendering
from services.api.app import create_app
from services.api.settings import Settings
from tests.verify import fault_proxy
from tests.verify.fault_proxy import FaultProxy, Faults
from tests.world import BASE, World, peer_id

ASK = "/v1/regions/heartland/requests"
NOWHERE = ("127.0.0.1", 1)


@dataclass
class Line:
    """An application whose way to the database can be cut."""

    app: FastAPI
    proxy: FaultProxy

    def client(self, **cookies: str) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=self.app), base_url=BASE, cookies=cookies)

    @asynccontextmanager
    async def away(self) -> AsyncIterator[None]:
        """Cut every connection and let nobody in, as while the server restarts."""
        there, self.proxy.target = self.proxy.target, NOWHERE
        await self.proxy.close()
        yield
        self.proxy.target = there


@pytest.fixture
async def line(world: World) -> AsyncIterator[Line]:
    async with AsyncExitStack() as stack:
        proxy, url = await stack.enter_async_context(fault_proxy.between(world.copy.login_url, random.Random(7)))  # noqa: S311 - dice
        app = create_app(Settings(database_url=url, redis_url=world.copy.redis_url, demo=True, busy_from=10_000))
        await stack.enter_async_context(app.router.lifespan_context(app))
        made = Line(app, proxy)
        await made.client().get("/")  # it has served before
        yield made


def _form(page: httpx2.Response) -> dict[str, str]:
    return dict(re.findall(r'name="(receipt|center|lang|urgency|center_wish|team)" value="([^"]*)"', page.text))


async def _callouts(world: World) -> int:
    return int((await world.rows("SELECT count(*) FROM shared.callout"))[0][0])


def _is_away(answer: httpx2.Response) -> None:
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0


@pytest.mark.parametrize(
    ("lang", "words"),
    [("en", "What you chose is still here. Try again: you ask only once."), ("es", "Lo que eligió sigue aquí.")],
)
async def test_an_ask_that_was_not_kept_says_so_and_its_button_asks_once(
    world: World, line: Line, lang: str, words: str
) -> None:
    client = line.client()
    form = {**_form(await client.get("/a/redbank")), "lang": lang, "urgency": "today", "center_wish": "no_preference"}
    async with line.away():
        answer = await client.post("/r/heartland/ask", data=form)
    _is_away(answer)
    assert words in answer.text
    assert rendering.phone(str((await world.heartland()).line_phone)) in answer.text
    again = _form(answer)
    assert {name: again[name] for name in ("receipt", "center", "urgency", "center_wish", "lang")} == {
        name: form[name] for name in ("receipt", "center", "urgency", "center_wish", "lang")
    }
    assert await _callouts(world) == 0

    for _press in range(2):
        kept = await client.post("/r/heartland/ask", data=again)
        assert kept.status_code == 200
        assert form["receipt"] in kept.text
    assert await world.rows("SELECT urgency, center_wish FROM shared.callout") == [("today", "no_preference")]


async def test_the_page_to_ask_is_there_meanwhile(line: Line) -> None:
    async with line.away():
        page = await line.client().get("/a/redbank")
    assert page.status_code == 200
    assert "Talk to a peer" in page.text


async def test_rest_gets_a_problem_with_the_receipt_that_asks_once(world: World, line: Line) -> None:
    async with line.away():
        answer = await line.client().post(ASK, json={"center": "redbank"})
    _is_away(answer)
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["type"] == "/problems/database_away"
    assert problem["line_phone"] == (await world.heartland()).line_phone
    assert receipts.normalized(problem["receipt"]) == problem["receipt"]

    again = {"center": "redbank", "receipt": problem["receipt"]}
    answers = [await line.client().post(ASK, json=again) for _press in range(2)]
    assert [answer.status_code for answer in answers] == [201, 200]
    assert await _callouts(world) == 1


async def test_a_receipt_of_the_callers_own_does_not_come_back(line: Line) -> None:
    async with line.away():
        answer = await line.client().post(ASK, json={"receipt": receipts.draw()})
    _is_away(answer)
    assert "receipt" not in answer.json()


async def test_a_line_that_breaks_anywhere_never_asks_twice_and_never_loses_a_kept_ask(
    world: World, line: Line
) -> None:
    """Also between a COMMIT and its answer, when nobody knows; whoever sends it again as told asks once."""
    line.proxy.faults = Faults(cut=0.04, reset=0.04)
    told, kept = 0, []
    for _ in range(40):
        body: dict[str, str] = {"center": "redbank"}
        while (answer := await line.client().post(ASK, json=body)).status_code == 503:
            told += 1
            body |= {"receipt": answer.json()["receipt"]} if "receipt" in answer.json() else {}
        assert answer.status_code in {200, 201}, answer.text
        kept.append(answer.json()["receipt"] or body["receipt"])
    line.proxy.faults = Faults()
    assert told > 3
    assert await _callouts(world) == len(set(kept)) == 40
    for receipt in kept:
        assert (await line.client().post(f"{ASK}/status", json={"receipt": receipt})).status_code == 200


async def test_the_answer_to_a_kept_ask_hangs_on_no_later_read(world: World, line: Line) -> None:
    """Whatever reads a callout or follows a receipt is broken; the ask is kept, and its receipt arrives."""
    client = line.client()
    form = _form(await client.get("/a/redbank"))
    await world.copy.superuser.execute(
        "REVOKE SELECT ON shared.callout, shared.receipt_route FROM test_dispatch, test_door"
    )
    try:
        answer = await client.post(ASK, json={"center": "redbank", "urgency": "today"})
        page = await client.post("/r/heartland/ask", data=form)
    finally:
        await world.copy.superuser.execute(
            "GRANT SELECT ON shared.callout TO test_dispatch; GRANT SELECT ON shared.receipt_route TO test_door"
        )
    assert answer.status_code == 201
    assert page.status_code == 200
    assert form["receipt"] in page.text
    standing = answer.json()["standing"]
    found = await client.post(f"{ASK}/status", json={"receipt": answer.json()["receipt"]})
    assert found.json() == standing


async def test_who_comes_back_with_a_code_is_told_that_nothing_is_lost(world: World, line: Line) -> None:
    requester = await world.asks()
    client = line.client()
    async with line.away():
        answers = [
            await client.post(f"/r/heartland/{act}", data={"receipt": requester.receipt})
            for act in ("status", "live", "confirm", "close", "withdraw")
        ]
    for answer in answers:
        _is_away(answer)
        assert "Nothing is lost. Try again." in answer.text
        assert _form(answer)["receipt"] == requester.receipt
    assert (await client.post("/r/heartland/status", data=_form(answers[0]))).status_code == 200
    assert await requester.state() == "paging"


async def test_a_peers_yes_that_did_not_go_through_says_so_and_goes_through_again(world: World, line: Line) -> None:
    await world.asks()
    ana = await world.person("ana")
    offer = await ana.is_paged()
    client = line.client(owncall_demo=await world.signs_in(peer_id("ana")))
    async with line.away():
        page, answer = await client.get("/peer"), await client.post(f"/peer/offers/{offer}/accept", data={"lang": "es"})
        rest = await client.post(f"/v1/offers/{offer}/accept")
    for each in (page, answer, rest):
        _is_away(each)
    assert "Nothing is lost." in page.text
    assert f'action="/peer/offers/{offer}/accept"' in answer.text
    assert "No se ha perdido nada. Intente otra vez." in answer.text
    assert (await client.post(f"/v1/offers/{offer}/accept")).status_code == 200


async def test_a_sign_in_link_is_not_used_up(line: Line) -> None:
    async with line.away():
        answer = await line.client().post("/sign-in", data={"token": "a-token-of-the-link"})
    _is_away(answer)
    assert 'name="token" value="a-token-of-the-link"' in answer.text


async def test_everything_that_was_chosen_comes_back_and_never_as_markup(line: Line) -> None:
    """Also what may be chosen several times: a center that got lost on the way would hear of it."""
    page = (await line.client().get("/r/heartland")).text
    names = set(re.findall(r'<(?:input|select|textarea)[^>]* name="(\w+)"', page)) - {"receipt", "lang"}
    assert names >= {"center", "leave_out_center", "leave_out_names", "wish"}
    sent = {name: [f"first {name}", '"><script>x</script>'] for name in names}
    async with line.away():
        answer = await line.client().post("/r/heartland/status", data={**sent, "receipt": receipts.draw()})
    _is_away(answer)
    for name in names:
        assert f'name="{name}" value="first {name}"' in answer.text
        assert answer.text.count(f'name="{name}"') >= 2
    assert "<script>x" not in answer.text


async def test_a_live_page_ends_quietly_so_that_it_comes_back_by_itself(line: Line) -> None:
    looks: Iterator[int | DatabaseAwayError] = iter([1, DatabaseAwayError("tests"), 2])

    async def look() -> int:
        found = next(looks)
        if isinstance(found, DatabaseAwayError):
            raise found
        return found

    live: Live = line.app.state.wiring.live
    seen = []
    async for found in feed.changes(live, ("tests",), look, lambda found: found):
        seen.append(found)
        live._wake("tests")
    assert seen == [1]


async def test_a_process_that_never_saw_the_database_answers_503_too(world: World) -> None:
    url = "postgresql://test_login:x@127.0.0.1:1/owncall"
    app = create_app(Settings(database_url=url, redis_url=world.copy.redis_url, demo=True))
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(app.router.lifespan_context(app))
        client = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url=BASE)
        for answer in (
            await client.get("/a/redbank"),
            await client.post("/r/heartland/ask", data={"receipt": receipts.draw()}),
            await client.post(ASK, json={}),
        ):
            _is_away(answer)


@pytest.mark.parametrize(
    ("state", "passes"),
    [("57P01", True), ("53100", True), ("55P03", True), ("08006", True), ("42P01", False), ("23505", False)],
)
def test_what_passes_by_itself_and_what_is_a_bug(state: str, passes: bool) -> None:
    error = asyncpg.PostgresError.new({"C": state, "M": "x"})
    assert away.is_away(error) is passes
    assert away.is_away(DBAPIError("SELECT", None, error)) is passes
    assert away.is_away(DBAPIError("SELECT", None, error, connection_invalidated=True))
    assert away.is_away(ConnectionRefusedError())
    assert away.is_away(TimeoutError())
