"""Stories of being reached: a channel counts once a code that was sent there came back."""

import asyncio
import re

import pytest

from libs.notify import messages
from services.worker.schedule import Context, forget_codes
from tests.world import Person, World, peer_id

_MAIL = "/v1/channels/mail"
_HERE = "/peer/limits"


async def _unproven(world: World, *slugs: str) -> None:
    """Let these have proven nothing, and no page open."""
    statement = "UPDATE shared.reach SET verified = '{}', seen_at = NULL WHERE peer_id = ANY($1)"
    await world.copy.superuser.execute(statement, [peer_id(slug) for slug in slugs])


async def _asks_for_code(world: World, person: Person, *, status: int = 202) -> None:
    response = await person.client.post(f"{_MAIL}/code")
    assert response.status_code == status, response.text
    await world.settle()


def _code(world: World, person: Person) -> str:
    """Read the one new letter, which is a code and nothing else."""
    (letter,) = world.phone(person).unread()
    world.phone(person).read += 1
    found = re.search(r"(\d{3}) (\d{3})", letter.words)
    assert found is not None
    assert letter.words == messages.code_notice(found[1] + found[2])
    return found[1] + found[2]


async def _types(person: Person, code: str) -> int:
    return (await person.client.post(f"{_MAIL}/proof", json={"code": code})).status_code


async def _stands(person: Person) -> str:
    (way,) = (await person.client.get("/v1/channels")).json()["data"]
    assert way["channel"] == "mail"
    return str(way["stands"])


def _another(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


async def test_who_has_proven_nothing_is_not_asked_and_gets_no_letter_until_the_code_came_back(world: World) -> None:
    ana, ben = await world.on_call("ana", "ben")
    await _unproven(world, "ana")
    requester = await world.asks()
    await ben.is_paged()
    world.phone(ben).expect_page()
    await ana.is_not_paged()
    world.phone(ana).expect_nothing()
    await requester.withdraws()

    await _asks_for_code(world, ana)
    assert await _stands(ana) == "sent"
    assert await _types(ana, _code(world, ana)) == 204
    assert await _stands(ana) == "proven"

    await ben.is_on_call(False)
    await world.asks()
    await ana.is_paged()
    world.phone(ana).expect_page()
    world.no_unexpected_message()
    await world.nothing_unexpected()


async def test_with_the_page_open_one_is_paged_there_and_no_letter_goes_to_what_is_not_proven(world: World) -> None:
    (ana,) = await world.on_call("ana")
    await _unproven(world, "ana")
    page = (await ana.client.get("/peer")).text
    assert "With this page closed, nothing reaches you" in page
    await world.asks()
    await ana.is_paged()
    world.no_unexpected_message()


async def test_the_peer_and_the_coordinator_are_told_who_is_on_call_and_reached_by_nothing(world: World) -> None:
    ana, mara = await world.on_call("ana", "mara")
    people = "/coordinator/people"
    assert "nothing reaches them" not in (await mara.client.get(people)).text
    await _unproven(world, "ana", "ben")
    page = (await mara.client.get(people)).text
    told = re.search(r"nothing reaches them:</strong>([^<]*)", page)
    assert told is not None
    # Ben is not on call: nothing is wrong with that.
    assert told[1].strip() == "Ana Reyes."
    await _asks_for_code(world, ana)
    await _types(ana, _code(world, ana))
    assert "nothing reaches them" not in (await mara.client.get(people)).text


async def test_wrong_codes_count_and_after_five_the_right_one_is_dead(world: World) -> None:
    (ana,) = await world.on_call("ana")
    await _unproven(world, "ana")
    await _asks_for_code(world, ana)
    code = _code(world, ana)
    refused = [await ana.client.post(f"{_MAIL}/proof", json={"code": _another(code)}) for _ in range(5)]
    late = await ana.client.post(f"{_MAIL}/proof", json={"code": code})
    for response in (*refused, late):
        problem = response.json()
        assert (response.status_code, problem["type"]) == (422, "/problems/code_not_right")
        assert {**problem, "request_id": ""} == {**late.json(), "request_id": ""}
    assert await _stands(ana) == "unproven"


async def test_fifty_tries_at_once_are_five(world: World) -> None:
    (ana,) = await world.on_call("ana")
    await _unproven(world, "ana")
    await _asks_for_code(world, ana)
    code = _code(world, ana)
    answers = await asyncio.gather(*(_types(ana, _another(code)) for _ in range(50)))
    assert set(answers) == {422}
    assert await world.rows("SELECT tries FROM shared.channel_code") == [(5,)]


async def test_a_code_works_for_ten_minutes_and_once(world: World) -> None:
    (ana,) = await world.on_call("ana")
    await _unproven(world, "ana")
    await _asks_for_code(world, ana)
    late = _code(world, ana)
    await world.advance(minutes=10)
    assert await _types(ana, late) == 422
    await _asks_for_code(world, ana)
    code = _code(world, ana)
    await world.advance(minutes=9)
    assert await _types(ana, f"{code[:3]} {code[3:]}") == 204
    assert await _types(ana, code) == 422
    assert await _stands(ana) == "proven"


async def test_another_code_ends_the_one_before_one_a_minute_and_five_an_hour(world: World) -> None:
    (ana,) = await world.on_call("ana")
    await _unproven(world, "ana")
    await _asks_for_code(world, ana)
    first = _code(world, ana)
    await _asks_for_code(world, ana, status=409)
    world.phone(ana).expect_nothing()
    for _ in range(4):
        await world.advance(minutes=1)
        await _asks_for_code(world, ana)
        last = _code(world, ana)
    await world.advance(minutes=1)
    await _asks_for_code(world, ana, status=409)
    world.phone(ana).expect_nothing()
    if first != last:
        assert await _types(ana, first) == 422
    assert await _types(ana, last) == 204
    await world.advance(hours=1)
    await _asks_for_code(world, ana)
    _code(world, ana)


async def test_a_letter_that_cannot_be_sent_is_tried_again_and_only_the_last_code_counts(world: World) -> None:
    (ana,) = await world.on_call("ana")
    await _unproven(world, "ana")
    box = world.mail.folder / str(peer_id("ana"))
    box.write_text("in the way")
    await _asks_for_code(world, ana)
    (before,) = await world.rows("SELECT code_hash, draws FROM shared.channel_code")
    box.unlink()
    await world.advance(seconds=2)
    (after,) = await world.rows("SELECT code_hash, draws FROM shared.channel_code")
    assert (before[1], after[1]) == (1, 2)
    assert before[0] != after[0]
    assert await _types(ana, _code(world, ana)) == 204


async def test_nobody_proves_what_is_anothers_and_a_channel_that_is_none_is_not_found(world: World) -> None:
    ana, ben = await world.on_call("ana", "ben")
    await _unproven(world, "ana", "ben")
    await _asks_for_code(world, ana)
    assert await _types(ben, _code(world, ana)) == 422
    assert await _stands(ben) == "unproven"
    assert (await ana.client.post("/v1/channels/in_app/code")).status_code == 404
    assert (await ana.client.post("/v1/channels/pigeon/code")).status_code == 404


async def test_an_address_that_is_another_one_now_has_to_be_proven_anew(world: World) -> None:
    ana, ben = await world.on_call("ana", "ben")
    manager = await world.person("manager")
    member = f"/v1/members/{peer_id('ana')}"
    found = await manager.client.get(member)
    change = {"phone": "+1 816 555 0123"}
    done = await manager.client.patch(member, json=change, headers={"if-match": found.headers["etag"]})
    assert done.status_code == 200, done.text
    await world.settle()
    assert await _stands(ana) == "proven"
    done = await manager.client.patch(
        member, json={"email": "ana.new@example.org"}, headers={"if-match": done.headers["etag"]}
    )
    assert done.status_code == 200, done.text
    await world.settle()
    assert await _stands(ana) == "unproven"
    await world.asks()
    await ben.is_paged()
    await ana.is_not_paged()
    world.phone(ben).expect_page()
    world.no_unexpected_message()


async def test_a_coordinator_who_has_proven_nothing_gets_no_letter_of_what_waits_for_a_decision(world: World) -> None:
    (grace,) = await world.on_rota("manager")
    await _unproven(world, "mara")
    await world.asks(center="outside:kansas-city", urgency="now")
    await world.advance(minutes=4)
    world.phone(grace).expect_page()
    world.leads_get_a_notice(without=("mara",))
    world.no_unexpected_message()


async def test_leads_whom_nothing_reaches_are_not_waited_for_and_find_it_on_their_board(world: World) -> None:
    await world.pages_as_owncall_does()
    (mara,) = await world.on_call("mara")
    await world.copy.superuser.execute("UPDATE shared.availability SET is_available = false")
    await world.copy.superuser.execute("UPDATE shared.reach SET verified = '{}', seen_at = NULL")

    requester = await world.asks(urgency="now")

    assert await requester.state() == "with_coordinator"
    (row,) = (await mara.client.get("/v1/waiting/board")).json()["data"]
    assert row["skipped"] == ["peers", "coordinators", "deputies", "clinicians", "everybody", "partner_region"]
    (waiting,) = (await mara.client.get("/v1/waiting")).json()["data"]
    assert (await mara.client.post(f"/v1/waiting/{waiting['callout_id']}/take")).status_code == 204
    assert await requester.state() == "accepted"
    world.no_unexpected_message()


async def test_the_page_says_each_step_and_codes_are_forgotten(world: World) -> None:
    (ana,) = await world.on_call("ana")
    await _unproven(world, "ana")
    assert "Send me a code" in (await ana.client.get(_HERE)).text
    assert (await ana.client.post(f"{_HERE}/ways/mail/code")).status_code == 303
    assert "on their way" in (await ana.client.get(_HERE)).text
    await world.settle()
    code = _code(world, ana)
    wrong = await ana.client.post(f"{_HERE}/ways/mail", data={"code": _another(code)})
    assert wrong.status_code == 422
    assert "This code is not the one" in wrong.text
    done = await ana.client.post(f"{_HERE}/ways/mail", data={"code": code})
    page = (await ana.client.get(done.headers["location"])).text
    assert "We reach you there from now on." in page
    assert "Proven." in page
    await forget_codes({"owncall": Context(world.planes)})
    assert len(await world.rows("SELECT id FROM shared.channel_code")) == 1
    await world.advance(hours=1, minutes=1)
    await forget_codes({"owncall": Context(world.planes)})
    assert await world.rows("SELECT id FROM shared.channel_code") == []


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "٠١٢٣٤٥", "0" * 20])
async def test_what_is_no_code_proves_nothing(world: World, typed: str) -> None:
    (ana,) = await world.on_call("ana")
    await _unproven(world, "ana")
    await _asks_for_code(world, ana)
    _code(world, ana)
    assert await _types(ana, typed) == 422
    assert await _stands(ana) == "sent"
