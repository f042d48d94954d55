"""The pages of shifts and schedules: what people press without a script, and that nothing typed is lost."""

from datetime import timedelta

import httpx2

from tests.planning import planned
from tests.world import World, peer_id


async def press(client: httpx2.AsyncClient, path: str, **sent: str) -> httpx2.Response:
    return await client.post(path, data=sent)


async def test_a_coordinator_plans_by_forms_alone(world: World) -> None:
    team = await planned(world)
    mara, here = await world.signed_in_anew("mara"), f"/schedule/{team.team_id}"
    assert (await mara.client.get(here)).status_code == 200
    day = (await team.now()).date()
    every = {f"day_{number}": "yes" for number in range(1, 8)}
    turns = {"turn": "7", "unit": "day", "zone": "America/Chicago", "starts_on": day.isoformat(), "hand_over": "08:00"}
    empty = await press(mara.client, f"{here}/rotation", name="Weeks", **turns, **every)
    assert empty.status_code == 422
    assert "nobody would be on duty" in empty.text
    assert 'value="Weeks"' in empty.text, "what was typed is still there"

    people = {"place_1": str(peer_id("ana")), "place_2": "", "place_3": str(peer_id("ben"))}
    made = await press(mara.client, f"{here}/rotation", name="Weeks", **turns, **every, **people)
    assert made.status_code == 303
    page = await mara.client.get(made.headers["location"])
    assert "Ana Reyes on duty now" in page.text
    rotation = (await world.rows("SELECT id FROM shared.rotation"))[0][0]
    assert (await mara.client.get(f"/schedule/rotations/{rotation}")).status_code == 200
    stale = await press(mara.client, f"/schedule/rotations/{rotation}", name="Days", **turns, **every, **people)
    assert stale.status_code == 409

    begin = await team.now() + timedelta(days=1)
    who = {"layer_id": str(rotation), "peer_id": str(peer_id("cleo")), "starts_at": begin.strftime("%Y-%m-%dT%H:%M")}
    wrong = await press(mara.client, f"{here}/overrides", **who, ends_at="")
    assert (wrong.status_code, "Give a day and a time." in wrong.text) == (422, True)
    until = (begin + timedelta(hours=3)).strftime("%Y-%m-%dT%H:%M")
    assert (await press(mara.client, f"{here}/overrides", **who, ends_at=until)).status_code == 303
    times = {"opens_at": who["starts_at"], "closes_at": until, "weeks": "3"}
    assert (await press(mara.client, f"{here}/open-shifts", **times)).status_code == 303
    page = await mara.client.get(here, params={"lang": "es"})
    assert (page.status_code, page.text.count("nadie lo ha tomado")) == (200, 3)


async def test_a_peer_takes_asks_and_undoes_by_forms_alone(world: World) -> None:
    team = await planned(world)
    await team.rotates("ana", "cleo")
    cleo = await world.signed_in_anew("cleo")
    shift = (await team.shifts("cleo"))[0]["id"]
    cleo = await world.signed_in_anew("cleo")
    assert (await press(cleo.client, "/peer/shifts/ask", shift_id=shift)).status_code == 303
    assert "It stays yours till someone takes it." in (await cleo.client.get("/peer/shifts")).text
    swap = (await world.rows("SELECT id FROM shared.swap"))[0][0]
    ben = await world.signed_in_anew("ben")
    assert "Cleo Hart asks for someone" in (await ben.client.get("/peer/shifts")).text
    assert (await press(ben.client, f"/peer/shifts/swaps/{swap}/take")).status_code == 303
    page = (await ben.client.get("/peer/shifts", params={"lang": "es"})).text
    assert "Lo tomó por Cleo Hart" in page
    assert "hora central" in page, "times are in a zone that is said"
    assert (await press(ben.client, f"/peer/shifts/swaps/{swap}/undo")).status_code == 303
    assert (await team.shifts("ben")) == []


async def test_a_calendar_link_is_shown_once(world: World) -> None:
    await planned(world)
    ana = await world.signed_in_anew("ana")
    made = await press(ana.client, "/peer/shifts/calendar")
    assert "/on-duty.ics" in made.text
    again = await ana.client.get("/peer/shifts")
    assert "/on-duty.ics" not in again.text
    assert "You have a link since" in again.text
    assert (await press(ana.client, "/peer/shifts/calendar/end")).status_code == 303


async def test_a_coordinator_of_another_team_finds_no_page(world: World) -> None:
    await planned(world)
    mara = await world.signed_in_anew("mara")
    other = (await world.rows("SELECT id FROM shared.team WHERE kind = 'command_level'"))[0][0]
    assert (await mara.client.get(f"/schedule/{other}")).status_code == 404
    manager = await world.signed_in_anew("manager")
    assert (await manager.client.get("/schedule")).status_code == 200
