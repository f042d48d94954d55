"""A peer's own load and limits; what the coordinator sees of people; what the region sets."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest

from libs.peer.limits.rules import MOST
from services.cli import heartland
from services.worker import schedule
from tests.world import Person, World, peer_id

HERE = "/peer/limits"
WORD = {"modalities": ["phone", "text"], "team": ["roving"], "gender": "woman"}


async def posts(person: Person, path: str, **fields: object) -> str:
    """Send a form of somebody's pages; returns the page that they land on."""
    response = await person.client.post(path, data=fields)
    assert response.status_code == 303, response.text
    return (await person.client.get(response.headers["location"])).text


async def says(person: Person, **changes: object) -> str:
    return await posts(person, HERE, **{**WORD, **changes})


def text_of(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


async def test_the_page_says_that_nothing_keeps_somebody_and_what_keeps_somebody_else(world: World) -> None:
    ana, ben = await world.on_call("ana", "mara")
    assert "Nothing keeps you from being asked." in (await ana.client.get(HERE)).text
    await ana.is_on_call(False)
    assert "Not on call" in (await ana.client.get(HERE)).text
    people = text_of((await ben.client.get("/coordinator/people")).text)
    assert re.search(r"1 of \d+ can be asked right now", people)
    assert "Not on call" in people


async def test_own_word_is_kept_and_holds(world: World) -> None:
    ana, ben = await world.on_call("ana", "ben")
    page = await says(ana, quiet_from="00:00", quiet_until="23:59", caseload="2", knows_calls="yes")
    assert "Saved." in page
    assert 'value="00:00"' in page
    assert re.search(r'<option value="2" selected>', page)
    assert "Quiet hours" in page
    await world.asks(urgency="today")
    await ben.is_paged()
    await ana.is_not_paged()


async def test_now_breaks_the_quiet_of_who_agreed_alone(world: World) -> None:
    ana, ben = await world.on_call("ana", "ben")
    await says(ana, quiet_from="00:00", quiet_until="23:59", wakes_for_now="yes")
    await says(ben, quiet_from="00:00", quiet_until="23:59")
    await world.asks(urgency="now")
    await ana.is_paged()
    await ben.is_not_paged()


async def test_hours_that_are_none_are_refused_in_words_and_nothing_changes(world: World) -> None:
    (ana,) = await world.on_call("ana")
    response = await ana.client.post(HERE, data={**WORD, "quiet_from": "late"})
    assert response.status_code == 422
    assert "These hours cannot be read" in response.text
    assert await world.rows("SELECT peer_id FROM shared.own_limits") == []


async def test_who_takes_oneself_out_of_a_team_is_not_asked_for_it(world: World) -> None:
    ana, ben = await world.on_call("ana", "ben")
    page = await says(ana, team=[])
    assert "Does not help in this team for now" in page
    await world.asks()
    await ben.is_paged()


async def test_away_and_back(world: World) -> None:
    ana, ben = await world.on_call("ana", "ben")
    (now,) = (await world.rows("SELECT shared.clock() AT TIME ZONE 'America/Chicago'"))[0]
    span = {"starts_at": (now - timedelta(hours=1)).isoformat(), "ends_at": (now + timedelta(days=3)).isoformat()}
    page = await posts(ana, f"{HERE}/away", **span)
    assert "No one is sent to you in that time." in page
    assert "Away, until" in text_of(page).replace(" ,", ",")
    requester = await world.asks()
    await ben.is_paged()
    await requester.withdraws()
    (away_id,) = (await world.rows("SELECT id FROM shared.away"))[0]
    # Somebody else's stays, whoever names it.
    assert (await ben.client.post(f"{HERE}/away/{away_id}/end")).status_code == 404
    assert await world.rows("SELECT id FROM shared.away") == [(away_id,)]
    await posts(ana, f"{HERE}/away/{away_id}/end")
    assert await world.rows("SELECT id FROM shared.away") == []


@pytest.mark.parametrize(("start", "end"), [(2, 1), (-3, -2), (0, 24 * 400)])
async def test_a_time_away_that_cannot_be_is_refused_in_words(world: World, start: int, end: int) -> None:
    (ana,) = await world.on_call("ana")
    (now,) = (await world.rows("SELECT shared.clock()"))[0]
    span = {
        "starts_at": (now + timedelta(hours=start)).isoformat(),
        "ends_at": (now + timedelta(hours=end)).isoformat(),
    }
    response = await ana.client.post(f"{HERE}/away", data=span)
    assert response.status_code == 422
    assert "The time away ends before it begins" in response.text


async def _talked(world: World, peer: Person) -> None:
    requester = await world.asks()
    await peer.accepts()
    await requester.confirms_contact()
    await requester.closes()


async def test_a_heavy_conversation_is_rated_in_one_tap_and_gives_rest_until_it_is_over_or_ended(world: World) -> None:
    ana, ben = await world.on_call("ana", "ben")
    await _talked(world, ana)
    page = (await ana.client.get(HERE)).text
    assert "How heavy was it for you?" in page
    offer = re.search(r'name="offer_id" value="([^"]+)"', page)
    assert offer is not None
    # None of Ben's business.
    assert (await ben.client.post(f"{HERE}/effort", data={"offer_id": offer[1], "effort": "5"})).status_code == 409
    page = await posts(ana, f"{HERE}/effort", offer_id=offer[1], effort="5")
    assert "Rest well." in page
    assert "Resting after a heavy talk" in page
    assert "How heavy was it for you?" not in page
    assert (await ana.client.post(f"{HERE}/effort", data={"offer_id": offer[1], "effort": "1"})).status_code == 409
    second = await world.asks()
    await ben.is_paged()
    await second.withdraws()
    assert "Resting" not in await posts(ana, f"{HERE}/ready")


async def test_three_yeses_in_a_day_are_enough_and_the_next_day_is_another(world: World) -> None:
    await world.leads_are_not_reached()
    ana, ben = await world.on_call("ana", "ben")
    await ben.is_on_call(False)
    for _time in range(3):
        await _talked(world, ana)
        await world.advance(hours=1)
    assert "As much as a day allows" in (await ana.client.get(HERE)).text
    requester = await world.asks()
    assert await requester.state() == "with_coordinator"
    await ana.is_not_paged()
    await world.advance(hours=23)
    (ana,) = [await world.signed_in_anew("ana")]
    assert "As much as a day" not in (await ana.client.get(HERE)).text


async def test_a_talk_in_the_hallway_is_a_number_and_nobodys(world: World) -> None:
    (ana,) = await world.on_call("ana")
    talk = {"team": "roving", "began": "hallway", "channel": "in_person", "length": "to_45"}
    for _time in range(2):
        assert "Counted." in await posts(ana, f"{HERE}/contacts", **talk)
    rows = await world.rows("SELECT began, channel, length, count FROM shared.contact_cell")
    assert rows == [("hallway", "in_person", "to_45", 2)]
    # A team that she is not in counts nothing.
    await posts(ana, f"{HERE}/contacts", **{**talk, "team": "command_level"})
    assert len(await world.rows("SELECT team_id FROM shared.contact_cell")) == 1


async def _talks(person: Person, *, length: str = "to_45", **more: object) -> str:
    talk = {"team": "roving", "began": "hallway", "channel": "in_person", "length": length}
    return await posts(person, f"{HERE}/contacts", **{**talk, **more})


async def test_talks_of_some_length_count_among_the_yeses_of_a_day_and_a_few_words_do_not(world: World) -> None:
    ana, ben = await world.on_call("ana", "ben")
    await ben.is_on_call(False)
    await _talked(world, ana)
    for _time in range(3):
        await _talks(ana, length="under_15")
    assert "1 of 3" in text_of((await ana.client.get(HERE)).text)
    await _talks(ana, began="check_in", channel="phone")
    await world.asks()
    await ana.is_paged()  # two of three: she can be asked once more
    await ana.declines()
    await _talks(ana, length="over_45")
    page = text_of((await ana.client.get(HERE)).text)
    assert "3 of 3" in page
    assert "As much as a day allows" in page
    requester = await world.asks()
    assert await requester.state() == "with_coordinator"
    await ana.is_not_paged()
    await world.advance(hours=26)
    ana = await world.signed_in_anew("ana")
    assert "As much as a day allows" not in (await ana.client.get(HERE)).text


async def test_when_somebody_talked_is_an_hour_that_is_forgotten_when_its_day_is_over(world: World) -> None:
    (ana,) = await world.on_call("ana")
    kept = "SELECT unnest(talks_until) - shared.clock(), date_trunc('hour', unnest(talks_until)) = unnest(talks_until)"
    kept += " FROM shared.own_limits"
    for _time in range(12):
        await _talks(ana)
    rows = await world.rows(kept)
    assert len(rows) == MOST.accepts_a_day
    assert all(timedelta(hours=24) < left <= timedelta(hours=25) and is_full_hour for left, is_full_hour in rows)
    await schedule.forget_talks({"owncall": schedule.Context(world.planes)})
    assert len(await world.rows(kept)) == MOST.accepts_a_day
    await world.advance(hours=25)
    await schedule.forget_talks({"owncall": schedule.Context(world.planes)})
    assert await world.rows(kept) == []


async def test_a_heavy_talk_without_a_request_gives_rest_by_a_second_tap(world: World) -> None:
    ana, ben = await world.on_call("ana", "ben")
    assert "How heavy was it for you?" not in (await ana.client.get(HERE)).text
    page = await _talks(ana, length="under_15")
    assert "Counted." in page
    assert "How heavy was it for you?" in page
    assert "Resting" not in await posts(ana, f"{HERE}/contacts/effort", effort="2")
    page = await posts(ana, f"{HERE}/contacts/effort", effort="5")
    assert "Rest well." in page
    assert "Resting after a heavy talk" in page
    assert (await ana.client.post(f"{HERE}/contacts/effort", data={"effort": "6"})).status_code == 422
    await world.asks()
    await ben.is_paged()
    await ana.is_not_paged()


async def test_without_a_proven_channel_only_an_open_page_puts_on_call(world: World) -> None:
    ana, ben = await world.on_call("ana", "ben")
    unreached = "UPDATE shared.reach SET verified = '{}', seen_at = NULL WHERE peer_id = $1"
    await world.copy.superuser.execute(unreached, peer_id("ana"))
    requester = await world.asks()
    await ben.is_paged()
    await requester.withdraws()
    await ana.client.get("/peer")  # her page is open now
    second = await world.asks()
    await ana.is_paged()
    await second.withdraws()
    await world.advance(hours=2)
    assert "no page open" in (await ana.client.get(HERE)).text


async def test_the_region_sets_limits_and_drive_times_and_bad_lines_change_nothing(world: World) -> None:
    manager = await world.person("manager")
    policy = {"caseload": 2, "accepts_a_day": 1, "heavy_hours": 12, "heaviest_hours": 72, "near_minutes": 45}
    assert "Saved." in await posts(manager, "/program/limits", **policy)
    page = await posts(
        manager, "/program/limits/drives", pairs="from,to,minutes\nredbank, osprey, 35\nosprey;quillby;10"
    )
    assert "osprey, quillby, 10\nosprey, redbank, 35" in page
    bad = "redbank, osprey\nredbank, atlantis, 5\nredbank, redbank, 5\nredbank, osprey, soon\n"
    bad += "redbank, osprey, 9\nosprey, redbank, 9"
    response = await manager.client.post("/program/limits/drives", data={"pairs": bad})
    assert response.status_code == 422
    assert bad in response.text
    assert re.findall(r"Line (\d):", response.text) == ["1", "2", "3", "4", "6"]
    assert await world.rows("SELECT minutes FROM shared.drive ORDER BY 1") == [(10,), (35,)]
    assert (await manager.client.post("/program/limits", data={**policy, "caseload": 99})).status_code == 422


async def test_why_whom_is_the_same_whoever_is_left_out_and_goes_with_the_traces(
    world: World,
) -> None:
    ana, _ben = await world.on_call("ana", "ben")
    one = await world.asks("redbank", leave_out_centers=["osprey"])
    two = await world.asks("meadowlark", leave_out_names=["Somebody Unknown"])
    first, second = await world.rows("SELECT counts FROM shared.decision ORDER BY decided_at, id LIMIT 2")
    for counts in (first[0], second[0]):
        assert '"pool": 52' in counts
    # The second was decided while Ana was being asked: that, and nothing else, is the difference.
    differs = {key for key, value in _read(first[0]).items() if _read(second[0])[key] != value}
    assert differs <= {"busy", "free"}
    await one.withdraws()
    await two.withdraws()
    await world.settle()
    assert await world.rows("SELECT id FROM shared.decision") == []
    assert await ana.contacts() == []


def _read(counts: str) -> dict[str, int]:
    return {name: int(number) for name, number in re.findall(r'"(\w+)": (\d+)', counts)}


async def test_somebody_on_a_shift_is_asked_without_a_word_until_saying_not_now(world: World) -> None:
    await world.leads_are_not_reached()
    ana, ben = await world.on_call("ana", "ben")
    await world.copy.superuser.execute("DELETE FROM shared.availability WHERE peer_id = $1", peer_id("ana"))
    await ben.is_on_call(False)
    await world.copy.superuser.execute(
        """
        WITH plan AS (INSERT INTO shared.schedule (team_id, region_id, needs, swaps_need_a_yes, expanded_until)
            SELECT id, region_id, 1, false, shared.clock() FROM shared.team t WHERE kind = 'roving'
            AND region_id = (SELECT id FROM shared.region WHERE slug = 'heartland') RETURNING team_id, region_id)
        INSERT INTO shared.duty (id, region_id, team_id, peer_id, layer_id, origin, starts_at, ends_at)
        SELECT $1, region_id, team_id, $2, $1, 'rotation', shared.clock() - interval '1 hour',
            shared.clock() + interval '3 hours' FROM plan
        """,
        uuid4(),
        peer_id("ana"),
    )
    requester = await world.asks()
    await ana.is_paged()
    await requester.withdraws()
    await ana.is_on_call(False)
    second = await world.asks()
    assert await second.state() == "with_coordinator"
    await second.withdraws()
    assert heartland.ON_SHIFT


async def test_a_wish_that_nobody_keeps_is_told_and_one_that_somebody_keeps_comes_first(world: World) -> None:
    ben, cleo = await world.on_call("ben", "cleo")
    requester = await world.asks(wishes=["woman"], language="es")
    await ben.is_paged()
    form = {"receipt": requester.receipt}
    page = (await requester.client.post("/r/heartland/status", data=form)).text
    assert "No woman is free. We ask the others." in page
    assert "No one who speaks your language is free." in page
    assert "Ben" not in page
    await requester.withdraws()
    await says(cleo)
    second = await world.asks(wishes=["woman"])
    await cleo.is_paged()
    assert (
        "No woman is free"
        not in (await second.client.post("/r/heartland/status", data={"receipt": second.receipt})).text
    )
