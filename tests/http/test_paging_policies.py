"""Paging policies over HTTP: looked at with a preview, changed by the next version, never in place."""

import re
from html.parser import HTMLParser
from typing import Any

from tests.world import World

SIMPLE: dict[str, Any] = {"steps": [{"who": ["peers"], "at_once": 2, "answer_within_s": 90}], "hours": None}
PATH = "/v1/paging-policies/now"


async def test_what_owncall_brings_is_version_0_and_says_what_a_sunday_night_looks_like(world: World) -> None:
    await world.pages_as_owncall_does()
    client = (await world.person("manager")).client
    found = {one["urgency"]: one for one in (await client.get("/v1/paging-policies")).json()["data"]}
    assert [(one["version"], one["made_by"]) for one in found.values()] == [(0, None)] * 3
    night = found["now"]["sunday_at_four"]
    assert [moment["at_once"] for moment in night[:2]] == [3, 3]
    assert night[-1]["who"] == []
    assert found["this_week"]["sunday_at_four"][0]["at"][11:13] in {"08", "13", "14"}  # eight in Chicago


async def test_a_change_is_the_next_version_and_names_the_one_that_was_seen(world: World) -> None:
    client = (await world.person("manager")).client
    etag = (await client.get(PATH)).headers["etag"]

    unconditional = await client.put(PATH, json=SIMPLE)
    made = await client.put(PATH, json=SIMPLE, headers={"if-match": etag})
    stale = await client.put(PATH, json=SIMPLE, headers={"if-match": etag})

    assert (unconditional.status_code, made.status_code, stale.status_code) == (428, 200, 412)
    assert stale.json()["type"] == "/problems/policy_changed"
    assert (made.json()["policy"]["steps"][0]["at_once"], made.json()["made_by"]) == (2, "program_manager")
    assert made.headers["etag"] != etag
    assert (await client.get(PATH)).json()["version"] == made.json()["version"]


async def test_what_cannot_work_is_refused_and_nothing_changes(world: World) -> None:
    client = (await world.person("manager")).client
    before = await client.get(PATH)
    headers = {"if-match": before.headers["etag"]}
    for steps in (
        [],
        [{"who": ["coordinators"], "answer_within_s": 60}],
        [{"who": ["peers"], "answer_within_s": 1}],
        [{"who": ["peers"], "answer_within_s": 60, "channels": ["smoke_signals"]}],
        [{"who": ["strangers"], "answer_within_s": 60}],
    ):
        refused = await client.put(PATH, json={"steps": steps}, headers=headers)
        assert refused.status_code == 422, steps
    assert (await client.get(PATH)).json()["policy"] == before.json()["policy"]


async def test_the_page_shows_what_it_would_mean_before_it_is_put_into_force(world: World) -> None:
    await world.pages_as_owncall_does()
    client = (await world.person("manager")).client
    form = {"seen": "0", "who_1": "peers", "at_once_1": "5", "minutes_1": "1.5", "waves_1": "0", "lang": "en"}

    preview = await client.post("/program/paging/now", data={**form, "act": "preview"})
    assert preview.status_code == 200
    assert "It is not in force yet." in preview.text
    assert "5 at once" in preview.text
    assert (await client.get(PATH)).json()["version"] == 0

    wrong = await client.post("/program/paging/now", data={**form, "who_1": "", "act": "put"})
    assert wrong.status_code == 422
    assert "Nothing was saved." in wrong.text

    put = await client.post("/program/paging/now", data={**form, "act": "put"})
    assert put.status_code == 303
    step = (await client.get(PATH)).json()["policy"]["steps"][0]
    assert (step["at_once"], step["answer_within_s"], step["waves"]) == (5, 90, 0)
    late = await client.post("/program/paging/now", data={**form, "act": "put"})
    assert late.status_code == 412


async def test_coordinators_look_and_do_not_change(world: World) -> None:
    await world.pages_as_owncall_does()
    client = (await world.person("mara")).client
    page = await client.get("/program/paging")
    assert page.status_code == 200
    assert "The program manager can change this." in page.text
    assert 'href="/program/paging/' not in page.text
    seen = await client.get(PATH)
    assert seen.status_code == 200
    refused = await client.put(PATH, json=SIMPLE, headers={"if-match": seen.headers["etag"]})
    form = await client.get("/program/paging/now")
    sent = await client.post("/program/paging/now", data={"seen": "0", "who_1": "peers", "act": "put"})
    assert [refused.status_code, form.status_code, sent.status_code] == [403] * 3
    assert (await client.get(PATH)).json()["version"] == 0


class _Form(HTMLParser):
    """What a browser would send of the page's form, untouched."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, list[str]] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        have = dict(attrs)
        if tag == "input" and have.get("name") and (have.get("type") != "checkbox" or "checked" in have):
            self.fields.setdefault(str(have["name"]), []).append(str(have.get("value", "")))


async def test_what_the_form_does_not_show_is_kept_and_what_was_typed_comes_back(world: World) -> None:
    steps = [
        {"who": ["coordinators", "peers"], "at_once": 2, "answer_within_s": 100, "pause_s": 7, "channels": ["mail"]},
        {"who": ["everybody"], "answer_within_s": 604799, "channels": ["in_app", "mail"]},
    ]
    hours = {"days": [1, 3], "opens": "07:30:15", "closes": "19:00:00.5"}
    client = (await world.person("manager")).client
    etag = (await client.get(PATH)).headers["etag"]
    await client.put(PATH, json={"steps": steps, "hours": hours}, headers={"if-match": etag})
    before = (await client.get(PATH)).json()
    page = (await client.get("/program/paging/now")).text
    assert "By these ways alone: mail" in re.sub(r"\s+", " ", re.sub("<[^>]+>", "", page))
    browser = _Form()
    browser.feed(page)

    put = await client.post("/program/paging/now", data={**browser.fields, "act": "put"})

    assert put.status_code == 303
    after = (await client.get(PATH)).json()
    assert after["version"] == before["version"] + 1
    assert after["policy"] == before["policy"]

    seen = {"seen": str(after["version"])}
    changed = {**browser.fields, **seen, "days": ["5"], "minutes_2": "3.25", "act": "put"}
    assert (await client.post("/program/paging/now", data=changed)).status_code == 303
    policy = (await client.get(PATH)).json()["policy"]
    assert policy["hours"] == {**before["policy"]["hours"], "days": [5]}
    assert policy["steps"] == [
        before["policy"]["steps"][0],
        {**before["policy"]["steps"][1], "answer_within_s": 195},
    ]

    seen = {"seen": str(after["version"] + 1)}
    wrong = {**changed, **seen, "days": [], "minutes_1": "a while"}
    refused = await client.post("/program/paging/now", data=wrong)
    assert refused.status_code == 422
    assert "What you typed is still here." in refused.text
    assert 'value="a while"' in refused.text
    assert (await client.get(PATH)).json()["policy"] == policy


async def test_the_public_page_says_the_time_to_a_human_or_that_it_is_too_few(world: World) -> None:
    region = await world.heartland()
    page = await world.client().get("/r/heartland/trust")
    assert "We tell it when the first three months are over." in page.text
    figure = "INSERT INTO shared.time_figure VALUES ($1, '2026-07-01', $2, $3, shared.clock())"
    for urgency, band in (("now", 1), ("today", None), ("this_week", 10)):
        await world.copy.superuser.execute(figure, region.id, urgency, band)

    page = await world.client().get("/r/heartland/trust")

    assert "10 minutes" in page.text
    assert "too few to say" in page.text
    assert "more than 3 days" in page.text
