"""What a center must never learn, and what must never be kept: the point of private offers."""

import re
from typing import Any

import pytest
from asyncpg import InsufficientPrivilegeError
from sqlalchemy import text

from tests.reporting import EIDO, HARD_CALLS, by_key, eido, machine, now, shows_an_offer, station
from tests.verify import canaries
from tests.world import World

CANARY = "Zanzibarqx4711"


async def _everything(world: World) -> dict[str, bytes]:
    """Every table of every schema, as COPY writes it."""
    tables = await world.rows(
        "SELECT schemaname, tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
    )
    found: dict[str, bytes] = {}
    for schema, table in tables:
        rows = await world.rows(f'SELECT t::text FROM "{schema}"."{table}" t')
        found[f"{schema}.{table}"] = "\n".join(row[0] for row in rows).encode()
    return found


async def test_no_place_person_note_or_identifier_is_kept_or_told_anywhere(
    world: World, capfd: pytest.CaptureFixture[str]
) -> None:
    await station(world, "5")
    cad, at = await machine(world), (await now(world)).isoformat()
    answers = [
        await cad.post(EIDO, content=await eido(world, "5", canary=CANARY), headers=by_key()),
        await cad.post(EIDO, content=await eido(world, "5", canary=CANARY, kind="MCI"), headers=by_key(CANARY)),
        await cad.post(EIDO, content=await eido(world, "5", canary=CANARY, kind=CANARY), headers=by_key()),
        await cad.post(EIDO, content=await eido(world, CANARY), headers=by_key()),
        await cad.post(EIDO, content=f'{{"$id": "{CANARY}', headers=by_key()),
        await cad.post(EIDO, content=f'{{"$id": ["{CANARY}"]}}', headers=by_key()),
        await cad.post(EIDO, content=await eido(world, agentComponent=[{"agencyReference": CANARY}]), headers=by_key()),
        await cad.post(HARD_CALLS, content=f"incident_type,at,workstations\n{CANARY},{CANARY},5", headers=by_key()),
        await cad.post(HARD_CALLS, content=f"incident_type,at,workstations\n{CANARY},{at},{CANARY}", headers=by_key()),
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 400, 422, 422, 422, 200]
    await world.settle()
    world.leads_get_a_notice()

    sinks = await _everything(world)
    assert sinks["shared.private_offer"]
    assert sinks["shared.incident"]
    out, err = capfd.readouterr()
    said = "\n".join(f"{answer.headers} {answer.text}" for answer in answers)
    server = (await canaries.postgres_log(world.copy)).read_bytes()
    sinks |= {"answers": said.encode(), "stdout": out.encode(), "stderr": err.encode(), "postgres": server}
    assert canaries.hits([CANARY], sinks) == []


async def test_a_center_is_told_the_same_whether_anybody_is_quiet_opened_it_or_asked(world: World) -> None:
    """Everything that the desk and its machine can read, before and after; byte for byte."""
    five = await station(world, "5")
    admin, cad = (await world.person("admin")).client, await machine(world)
    body = await eido(world, "5")

    async def told() -> list[tuple[int, str]]:
        answers = [
            await cad.post(EIDO, content=body, headers=by_key()),
            await admin.get("/desk/hard-calls"),
            await admin.get("/desk"),
            await admin.get("/desk/incidents"),
            await admin.get("/v1/desk"),
            await admin.get("/v1/desk/stations"),
            await admin.post("/v1/desk/hard-calls", json={}, headers=by_key()),
        ]
        drawn = r'name="offer_id" value="[^"]*"'
        return [(answer.status_code, re.sub(drawn, "", answer.text)) for answer in answers]

    before = await told()
    assert await shows_an_offer(world, five)
    assert await told() == before
    await world.client().post(f"{five}/quiet", data={"quiet": "true"})
    assert not await shows_an_offer(world, five)
    assert await told() == before
    requester = await world.asks()
    assert await told() == before
    await requester.withdraws()
    await world.client().post(f"{five}/move")
    assert await told() == before


async def test_opening_a_page_writes_nothing(world: World) -> None:
    five, cad = await station(world, "5"), await machine(world)
    await cad.post(EIDO, content=await eido(world, "5"), headers=by_key())
    before = await _everything(world)
    assert await shows_an_offer(world, five)
    assert await _everything(world) == before


async def test_the_desks_role_can_neither_read_offers_nor_who_is_quiet(world: World) -> None:
    agency = (await world.planes.tenants()).agency("redbank")
    statements: tuple[Any, ...] = (
        text("SELECT count(*) FROM shared.private_offer"),
        text("SELECT is_quiet FROM shared.station"),
        text("SELECT address_hash FROM shared.station"),
        text("UPDATE shared.station SET is_quiet = false"),
        text("DELETE FROM shared.private_offer"),
    )
    for statement in statements:
        with pytest.raises(InsufficientPrivilegeError):
            async with world.planes.desk(agency) as session:
                await session.execute(statement)


async def test_the_page_is_the_same_but_for_one_line_and_its_link_to_ask_is_the_posters(world: World) -> None:
    five, six = await station(world, "5"), await station(world, "6")
    cad = await machine(world)
    await cad.post(EIDO, content=await eido(world, "5"), headers=by_key())
    with_offer, without = (await world.client().get(five)).text, (await world.client().get(six)).text
    neutral = without.replace(six, five)
    extra = [line for line in with_offer.splitlines() if line not in neutral.splitlines()]
    assert [re.sub("<[^>]*>", "", line).strip()[:34] for line in extra] == ["A hard call was taken here lately."]
    assert 'href="/a/redbank?lang=en"' in with_offer
    assert "<title>Start page</title>" in with_offer
    for word in ("988", "Peer line"):
        assert word in with_offer
        assert word in without


async def test_quiet_is_not_shown_can_be_taken_back_and_a_new_address_shakes_everybody_off(world: World) -> None:
    five, cad = await station(world, "5"), await machine(world)
    await cad.post(EIDO, content=await eido(world, "5"), headers=by_key())
    pages = []
    for quiet in ("true", "false"):
        answer = await world.client().post(f"{five}/quiet", data={"quiet": quiet})
        pages.append(answer.headers["location"])
        assert await shows_an_offer(world, five) == (quiet == "false")
    assert len(set(pages)) == 1
    moved = (await world.client().post(f"{five}/move")).headers["location"]
    assert await shows_an_offer(world, moved.partition("?")[0])
    old, never = await world.client().get(five), await world.client().get("/w/never")
    assert old.status_code == never.status_code == 404
    assert old.text.replace(five, "") == never.text.replace("/w/never", "")
    for act in ("quiet", "move"):
        assert (await world.client().post(f"{five}/{act}")).status_code == 404


async def test_another_centers_desk_reads_nothing_of_it_and_writes_nothing_into_it(world: World) -> None:
    await station(world, "5")
    cad, admin = await machine(world), (await world.person("admin")).client
    await cad.post(EIDO, content=await eido(world, "5"), headers=by_key())
    await admin.put("/v1/desk/incident-types", json={"code": "NOISE", "action": "nothing"})
    tenants = await world.planes.tenants()
    redbank, other = tenants.agency("redbank"), tenants.agency("bluestem")
    for table, columns in (("station", "id, position"), ("hard_call_rule", "code"), ("kept_answer", "body")):
        reading = text(f"SELECT {columns} FROM shared.{table}")
        async with world.planes.desk(redbank) as session:
            assert (await session.execute(reading)).all()
        async with world.planes.desk(other) as session:
            assert not (await session.execute(reading)).all()
    for writing in (
        "INSERT INTO shared.private_offer VALUES ('\\x00', :id, '\\x00', shared.clock())",
        "INSERT INTO shared.station (id, agency_id, position, address_hash) VALUES (:id, :id, '6', '\\x00')",
        "INSERT INTO shared.hard_call_rule VALUES (:id, 'MCI', 'nothing', 'other')",
        "UPDATE shared.hard_call_rule SET agency_id = :id",
    ):
        async with world.planes.desk(redbank) as session:
            with pytest.raises(InsufficientPrivilegeError):
                await session.execute(text(writing), {"id": other.id})
            await session.rollback()
