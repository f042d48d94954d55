"""From a yes to a talk: both are asked, it is paged again, attempts count or not. Each ends: no unexpected message."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import date
from uuid import UUID

import pytest

from libs.peer.attempts import actions as attempts
from libs.peer.attempts.models import AttemptKind
from libs.peer.waits import actions as waits
from services.worker import schedule
from tests.world import Person, Requester, World, peer_id


@pytest.fixture(autouse=True)
def no_unexpected_message(world: World) -> Iterator[None]:
    yield
    world.no_unexpected_message()


async def accepted_by(world: World, person: Person, **choices: object) -> Requester:
    requester = await world.asks(**{"urgency": "now", **choices})  # type: ignore[arg-type]  # by name
    world.phone(person).expect_page()
    assert (await person.accepts()).status_code == 200
    return requester


async def page_of(world: World, requester: Requester) -> str:
    return (await world.client().post("/r/heartland/status", data={"receipt": requester.receipt})).text


async def says(person: Person, word: str) -> None:
    (contact,) = await person.contacts()
    answer = await person.client.post(f"/v1/contacts/{contact['callout_id']}/attempts", json={"word": word})
    assert answer.status_code == 204, answer.text


async def channel_counts(world: World, slug: str) -> None:
    """A channel that knows delivers a message; such channels come later, and count by this."""
    ((callout,),) = await world.rows("SELECT id FROM shared.callout")
    async with world.planes.dispatch(await world.heartland()) as dispatch:
        await attempts.note(dispatch, UUID(str(callout)), AttemptKind.MESSAGE, by=peer_id(slug))
    await world.settle()


async def test_at_half_time_both_are_asked_on_their_pages(world: World) -> None:
    (ana,) = await world.on_call("ana")
    requester = await accepted_by(world, ana)
    assert "Have you two reached each other?" not in await page_of(world, requester)

    await world.advance(minutes=5)

    assert "Have you two reached each other?" in await page_of(world, requester)
    assert "Did you reach them?" in (await ana.client.get("/peer")).text
    assert (await requester.standing())["asks_whether_reached"] is True


async def test_nobody_has_reached_me_asks_somebody_else_at_once_and_once(world: World) -> None:
    ana, ben = await world.on_call("ana", "ben")
    requester = await accepted_by(world, ana)
    epoch = (await requester.standing())["epoch"]

    first = await requester._post("ask-again", epoch=epoch)
    second = await requester._post("ask-again", epoch=epoch)
    await world.settle()

    assert (first.status_code, second.status_code) == (200, 409)
    world.phone(ben).expect_page()
    assert "They did not reach you in time. That is on us, not you." in await page_of(world, requester)


async def test_the_peers_own_word_is_shown_and_never_counts(world: World) -> None:
    ana, ben = await world.on_call("ana", "ben")
    requester = await accepted_by(world, ana)

    await says(ana, "tried")
    assert "They tried, and no one answered." in await page_of(world, requester)
    await says(ana, "talked")
    assert "They say that you two have talked. Only your word counts." in await page_of(world, requester)
    await world.advance(minutes=10, seconds=1)

    world.phone(ben).expect_page()


@pytest.mark.parametrize(("urgency", "minutes"), [("now", 10), ("today", 120), ("this_week", 1440)])
async def test_no_contact_within_the_time_of_its_urgency_is_paged_again(
    world: World, urgency: str, minutes: int
) -> None:
    ana, ben = await world.on_call("ana", "ben")
    await accepted_by(world, ana, urgency=urgency)

    await world.advance(minutes=minutes - 1)
    world.phone(ben).expect_nothing()
    await world.advance(minutes=1, seconds=1)

    world.phone(ben).expect_page()


async def test_two_attempts_that_count_and_a_waiting_time_close_it_and_the_requester_is_told(world: World) -> None:
    (ana,) = await world.on_call("ana")
    requester = await accepted_by(world, ana)
    await channel_counts(world, "ana")
    await world.advance(minutes=61)
    assert await requester.state() == "accepted"
    await channel_counts(world, "ana")

    await world.advance(hours=11, minutes=59)
    assert await requester.state() == "accepted"
    await world.advance(minutes=2)

    assert (await requester.standing())["end_reason"] == "unreached"
    assert "We tried more than once and could not reach you." in await page_of(world, requester)


async def test_one_attempt_that_counts_gives_time_for_the_second_and_no_more(world: World) -> None:
    ana, ben = await world.on_call("ana", "ben")
    await accepted_by(world, ana)
    await channel_counts(world, "ana")
    await world.advance(minutes=69)
    world.phone(ben).expect_nothing()

    await world.advance(minutes=2)

    world.phone(ben).expect_page()


async def test_the_coordinator_sees_that_it_waits_and_never_whose(world: World) -> None:
    (ana,) = await world.on_call("ana")
    mara = await world.person("mara")
    await accepted_by(world, ana)

    (row,) = (await mara.client.get("/v1/waiting/board")).json()["data"]
    page = (await mara.client.get("/coordinator")).text

    assert row["state"] == "accepted"
    assert "Someone said yes, no talk yet" in page
    assert "Ana Reyes" not in page
    assert "Redbank" not in page


@asynccontextmanager
async def suspended(world: World, slug: str) -> AsyncIterator[None]:
    """Let the program manager suspend a member for as long as the block lasts."""
    manager, path = await world.person("manager"), f"/program/members/{peer_id(slug)}/suspension"
    assert (await manager.client.post(path, data={"is_suspended": "true"})).status_code == 303
    await world.settle()
    try:
        yield
    finally:
        await manager.client.post(path, data={"is_suspended": "false"})


async def test_a_suspended_peer_passes_everything_on(world: World) -> None:
    ana, ben = await world.on_call("ana", "ben")
    requester = await accepted_by(world, ana, urgency="today")

    async with suspended(world, "ana"):
        world.phone(ben).expect_page()
        assert "The first one can't after all." in await page_of(world, requester)


async def test_a_talk_that_goes_on_when_the_peer_leaves_is_closed_and_told(world: World) -> None:
    (ana,) = await world.on_call("ana")
    requester = await accepted_by(world, ana, urgency="today")
    await requester.confirms_contact()

    async with suspended(world, "ana"):
        assert (await requester.standing())["end_reason"] == "peer_left"
        assert "Your peer can't go on. That is not about you." in await page_of(world, requester)


async def test_a_suspension_whose_job_was_lost_is_found_within_the_hour(world: World) -> None:
    ana, ben = await world.on_call("ana", "ben")
    await accepted_by(world, ana, urgency="today")
    day = "UPDATE shared.member SET suspended_on = $2 WHERE id = $1"
    await world.copy.superuser.execute(day, peer_id("ana"), date(2026, 1, 1))
    try:
        await schedule.pass_on_what_leavers_have({"owncall": schedule.Context(world.planes)})
        await world.settle()
        world.phone(ben).expect_page()
    finally:
        await world.copy.superuser.execute(day, peer_id("ana"), None)


async def test_managers_learn_yes_or_no_at_fixed_times_and_nothing_else(world: World) -> None:
    (ana,) = await world.on_call("ana")
    manager = await world.person("manager")

    async def look() -> dict[str, object]:
        await schedule.look_for_unanswered({"owncall": schedule.Context(world.planes)})
        found: dict[str, object] = (await manager.client.get("/v1/unanswered")).json()
        return found

    before = await look()
    requester = await world.asks(urgency="now")
    world.phone(ana).expect_page()
    assert await look() == before == {"is_late": False, "looked_at": before["looked_at"]}

    await world.advance(minutes=31)
    world.phone(ana).expect_page()  # silent half an hour ago, perhaps awake now
    late = await look()

    assert late["is_late"] is True
    assert str(late["looked_at"])[14:] in {"00:00Z", "15:00Z", "30:00Z", "45:00Z"}
    await requester.withdraws()
    assert (await look())["is_late"] is False


async def test_time_to_a_human_is_published_alike_whether_or_not_anybody_asked(world: World) -> None:
    (ana,) = await world.on_call("ana")
    requester = await accepted_by(world, ana)
    await requester.confirms_contact()
    assert await world.rows("SELECT urgency, band FROM shared.time_mark") == [("now", 0)]
    region = await world.heartland()
    mark = """
        INSERT INTO shared.time_mark (id, region_id, quarter_on, urgency, band)
        SELECT gen_random_uuid(), $1, date_trunc('quarter', shared.clock())::date, 'today', 4
        FROM generate_series(1, 20)
    """
    await world.copy.superuser.execute(mark, region.id)

    await world.advance(days=95)
    for _ in range(2):
        async with world.planes.figures() as figures:
            await waits.close_quarter(figures)

    found = await world.rows("SELECT region_id = $1, urgency, median_band FROM shared.time_figure", region.id)
    assert sorted((urgency, band) for is_ours, urgency, band in found if is_ours) == [
        ("now", None),
        ("this_week", None),
        ("today", 4),
    ]
    assert {band for is_ours, _, band in found if not is_ours} == {None}
    assert await world.rows("SELECT id FROM shared.time_mark") == []
