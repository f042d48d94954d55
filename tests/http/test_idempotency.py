"""Idempotency-Key: the same request is done once and answered the same, whoever else uses the key."""

import asyncio

import pytest

from services.worker.schedule import Context, forget_expired
from tests.reporting import EIDO, by_key, eido, machine, now, station
from tests.world import World


async def test_without_a_key_it_is_refused(world: World) -> None:
    cad = await machine(world)
    for headers in ({}, by_key("short"), by_key("with space here"), by_key("x" * 256)):
        answer = await cad.post(EIDO, content=await eido(world), headers=headers)
        assert (answer.status_code, answer.json()["type"]) == (400, "/problems/idempotency_key_missing")


async def test_a_replay_is_the_first_answer_even_if_it_would_be_another_now(world: World) -> None:
    cad, admin = await machine(world), (await world.person("admin")).client
    body, key = await eido(world, "5"), by_key()
    first = await cad.post(EIDO, content=body, headers=key)
    assert "idempotent-replayed" not in first.headers
    await admin.put("/v1/desk/incident-types", json={"code": "SUICIDE", "action": "nothing"})
    again = await cad.post(EIDO, content=body, headers=key)
    assert again.headers["idempotent-replayed"] == "true"
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert (await cad.post(EIDO, content=body, headers=by_key())).json()["action"] == "nothing"


async def test_the_same_key_with_another_body_or_path_is_refused(world: World) -> None:
    cad, key = await machine(world), by_key()
    await cad.post(EIDO, content=await eido(world, "5"), headers=key)
    for path in (EIDO, "/v1/agencies/redbank/eido?x=1"):
        answer = await cad.post(path, content=await eido(world, "6"), headers=key)
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/idempotency_key_reused")


async def test_a_key_belongs_to_one_client_and_one_operation(world: World) -> None:
    key, body = by_key(), await eido(world, "5")
    one, other = await machine(world), await machine(world)
    await one.post(EIDO, content=body, headers=key)
    assert "idempotent-replayed" not in (await other.post(EIDO, content=body, headers=key)).headers
    csv = "incident_type,at,workstations\n"
    answer = await one.post("/v1/agencies/redbank/hard-calls", content=csv, headers=key)
    assert answer.status_code == 200
    assert "idempotent-replayed" not in answer.headers


async def test_what_failed_is_not_kept(world: World) -> None:
    cad, key = await machine(world), by_key()
    assert (await cad.post(EIDO, content=b"{", headers=key)).status_code == 400
    assert (await cad.post(EIDO, content=await eido(world), headers=key)).status_code == 200


async def test_after_a_day_the_key_is_free_and_the_row_goes(world: World) -> None:
    cad, key, body = await machine(world), by_key(), await eido(world, "5")
    await cad.post(EIDO, content=body, headers=key)
    await forget_expired({"owncall": Context(world.planes)})
    assert len(await world.rows("SELECT FROM shared.kept_answer")) == 1
    await world.advance(hours=25)
    await world.copy.superuser.execute("UPDATE shared.access_token SET expires_at = shared.clock() + interval '1 hour'")
    assert "idempotent-replayed" not in (await cad.post(EIDO, content=body, headers=key)).headers
    await world.advance(hours=25)
    await forget_expired({"owncall": Context(world.planes)})
    assert await world.rows("SELECT FROM shared.kept_answer") == []


async def test_two_at_once_are_done_once(world: World) -> None:
    """The second is refused with a time to come back, or gets the first one's answer: never done again."""
    await station(world, "5")
    cad, admin = await machine(world), (await world.person("admin")).client
    body, key = await eido(world, "5"), by_key()
    answers = await asyncio.gather(*(cad.post(EIDO, content=body, headers=key) for _ in range(8)))
    statuses = [answer.status_code for answer in answers]
    fresh = [one for one in answers if one.status_code == 200 and "idempotent-replayed" not in one.headers]
    assert len(fresh) == 1
    assert set(statuses) <= {200, 409}
    for one in answers:
        if one.status_code == 409:
            assert one.headers["retry-after"] == "2"
            assert one.json()["type"] == "/problems/idempotency_key_in_flight"
    assert (await admin.get("/v1/desk/stations")).status_code == 200


@pytest.mark.timeout(30)
async def test_another_process_that_has_it_in_hand_is_waited_for(world: World) -> None:
    """A row that somebody else is about to commit: refused after the lock's time, with nothing done."""
    cad, key, body = await machine(world), by_key(), await eido(world, "5", kind="MCI")
    await cad.post(EIDO, content=body, headers=key)
    await world.settle()
    world.leads_get_a_notice()
    copied = await world.rows("SELECT owner, client, route, key_hash, request_mac, ends_at FROM shared.kept_answer")
    await world.copy.superuser.execute("DELETE FROM shared.kept_answer")
    async with world.copy.superuser.transaction():
        await world.copy.superuser.execute(
            "INSERT INTO shared.kept_answer (owner, client, route, key_hash, request_mac, ends_at)"
            " VALUES ($1, $2, $3, $4, $5, $6)",
            *copied[0],
        )
        answer = await cad.post(EIDO, content=body, headers=key)
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/idempotency_key_in_flight")
    assert (await now(world)).tzinfo is not None
