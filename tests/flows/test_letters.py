"""Letters under way: what a peer reads when an offer ends between the letter and the note that it went."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest

from libs.notify.channels import mail
from libs.peer.receipts import rules as receipts
from services.worker.jobs import callouts as jobs
from tests.world import Requester, World


@pytest.fixture(autouse=True)
def no_unexpected_message(world: World) -> Iterator[None]:
    yield
    world.no_unexpected_message()


async def test_a_notice_that_was_under_way_is_followed_by_someone_has_it(world: World) -> None:
    (ana,) = await world.on_call("ana")
    requester = Requester(world.client(), "heartland", receipts.draw())

    async def slowly(peer: UUID, key: str, words: str) -> None:
        await world.mail.send(peer, key, words)
        await requester._post("withdraw")

    await requester.client.post("/v1/regions/heartland/requests", json={"receipt": requester.receipt})
    async with world.mail_that(slowly):
        await world.settle()

    world.phone(ana).expect_page_then_someone_has_it()


async def test_a_notice_of_a_worker_that_died_is_followed_by_someone_has_it(world: World) -> None:
    """It died between the letter and the note of it; whoever does the job again finds it called off."""
    (ana,) = await world.on_call("ana")
    requester = await _whose_letter_outlived_the_worker(world)
    await requester.withdraws()
    await world.advance(hours=1)

    world.phone(ana).expect_page_then_someone_has_it()


async def test_it_is_followed_too_where_the_time_has_passed_and_nobody_has_noted_it_yet(world: World) -> None:
    """The survival drill found it: between the deadline and the look that ends the offer."""
    (ana,) = await world.on_call("ana")
    await _whose_letter_outlived_the_worker(world)
    await world.copy.push_clock(timedelta(seconds=61))
    [(page,)] = await world.rows("SELECT id FROM shared.page WHERE channel = 'mail'")

    await jobs.send_by({mail.NAME: world.mail}, world.planes, await world.heartland(), page)

    world.phone(ana).expect_page_then_someone_has_it()


async def test_the_winner_is_not_told_that_somebody_has_it_when_a_worker_dies(world: World) -> None:
    (ana,) = await world.on_call("ana")
    await _whose_letter_outlived_the_worker(world)
    assert (await ana.accepts()).status_code == 200
    await world.advance(minutes=5)

    world.phone(ana).expect_page()


async def test_a_yes_before_the_letter_went_leaves_no_letter_waiting(world: World) -> None:
    (ana,) = await world.on_call("ana")
    await world.client().post("/v1/regions/heartland/requests", json={"receipt": receipts.draw()})
    [(callout,)] = await world.rows("SELECT id FROM shared.callout")
    await jobs.advance.run(world.planes, await world.heartland(), callout)
    assert (await ana.accepts()).status_code == 200

    await world.settle()

    assert await world.rows("SELECT state FROM shared.page WHERE channel = 'mail'") == [("called_off",)]
    world.phone(ana).expect_nothing()


async def _whose_letter_outlived_the_worker(world: World) -> Requester:
    requester = Requester(world.client(), "heartland", receipts.draw())

    async def then_die(peer: UUID, key: str, words: str) -> None:
        await world.mail.send(peer, key, words)
        raise ConnectionError("the worker is gone")

    await requester.client.post("/v1/regions/heartland/requests", json={"receipt": requester.receipt})
    async with world.mail_that(then_die):
        await world.settle()
    return requester
