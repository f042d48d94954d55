"""A wrong receipt, an expired one and none at all: same answer, same size, same work, so the same time."""

import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from statistics import median

import pytest

from libs.peer.receipts import rules as receipts
from libs.tenancy.engine import PlaneConnection
from libs.tenancy.statements import Row
from tests.world import World

_WAYS = ("status", "confirm-contact", "close", "withdraw", "follow-ups")
_ROUNDS = 30


async def _kinds(world: World) -> dict[str, str]:
    """Return receipts that lead nowhere, each for another reason."""
    withdrawn, elsewhere = await world.asks(), await world.asks(region="kansas-city", center="")
    closed = await world.asks()
    ana, ben = await world.person("ana"), await world.person("ben")
    await withdrawn.withdraws()
    await world.settle()
    await (ana if await ana.offers() else ben).accepts()
    await closed.closes()
    await closed.wants_no_check_ins()
    await world.advance(days=8)
    wrong = receipts.draw()
    return {
        "withdrawn": withdrawn.receipt,
        "closed and forgotten": closed.receipt,
        "of another region": elsewhere.receipt,
        "never drawn": wrong,
        "six words": " ".join(wrong.split()[:6]),
        "no words": "",
        "other words": "this is not a receipt of any kind",
    }


@contextmanager
def _work() -> Iterator[list[str]]:
    """Note every statement that a session sends, and under which role it runs."""
    done: list[str] = []
    run = PlaneConnection.run

    async def noted(connection: PlaneConnection, statement: str, values: Sequence[object]) -> tuple[list[Row], str]:
        assert connection.plane is not None
        if "hashtextextended" not in statement:  # the directory of tenants looks by the clock, whoever asks
            done.append(f"{connection.plane.role}: {' '.join(statement.split())}")
        return await run(connection, statement, values)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(PlaneConnection, "run", noted)
        yield done


@pytest.mark.parametrize("way", _WAYS)
async def test_the_same_answer_after_the_same_work(world: World, way: str) -> None:
    kinds = await _kinds(world)
    await world.client().post(f"/v1/regions/heartland/requests/{way}", json={"receipt": receipts.draw()})
    answers, works = {}, {}
    for kind, receipt in kinds.items():
        with _work() as work:
            answer = await world.client().post(f"/v1/regions/heartland/requests/{way}", json={"receipt": receipt})
        text = re.sub(r'"request_id":"\w+"', "", answer.text)
        answers[kind] = answer.status_code, text, len(answer.content), sorted(answer.headers.keys())
        works[kind] = tuple(work)
    assert len(set(map(str, answers.values()))) == 1, answers
    assert answers["never drawn"][0] == 404
    assert len(set(works.values())) == 1, works
    assert works["never drawn"]


async def test_the_page_says_the_same_too(world: World) -> None:
    pages = set()
    for receipt in (await _kinds(world)).values():
        answer = await world.client().post("/r/heartland/status", data={"receipt": receipt})
        pages.add((answer.status_code, answer.text, len(answer.content)))
    assert len(pages) == 1
    assert next(iter(pages))[0] == 404


async def test_no_kind_is_quicker_by_far(world: World) -> None:
    """Generous, since two cores do much else: it is the work above that is the promise."""
    kinds = await _kinds(world)
    took: dict[str, list[float]] = {kind: [] for kind in kinds}
    client = world.client()
    for _ in range(_ROUNDS):
        for kind, receipt in kinds.items():
            began_at = time.perf_counter()
            await client.post("/v1/regions/heartland/requests/status", json={"receipt": receipt})
            took[kind].append(time.perf_counter() - began_at)
    medians = {kind: median(values) for kind, values in took.items()}
    assert max(medians.values()) < 2 * min(medians.values()), medians
