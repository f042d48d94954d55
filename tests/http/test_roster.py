"""The roster over HTTP: pages and REST, as the program manager uses them; nobody's but their own region's."""

import base64
import json
import re
from collections.abc import AsyncIterator
from html import unescape

import httpx2
import pytest

from libs.peer.accounts import actions as accounts
from libs.peer.accounts.actions import NewAccount
from libs.peer.accounts.models import Role
from tests.world import World, peer_id

HEAD = "Name,Agency,Team,Phone,E-mail,Designated,Training hours,Modules\r\n"
NEW = "Zoë Zimmer,redbank,roving,(816) 555-0177,zoe.zimmer@example.org,2025-01-31,44,all\r\n"
_ROSTER = ("team", "member", "membership", "training_module")
_COLUMNS = """
    SELECT column_name FROM information_schema.columns
    WHERE table_schema = 'shared' AND table_name = $1 AND is_generated = 'NEVER'
"""


@pytest.fixture
async def roster(world: World) -> AsyncIterator[World]:
    """A world whose roster is put back afterwards: other stories count on it."""
    kept: dict[str, tuple[list[str], list[tuple[object, ...]]]] = {}
    for table in _ROSTER:
        columns = [row[0] for row in await world.copy.superuser.fetch(_COLUMNS, table)]
        found = await world.copy.superuser.fetch(f"SELECT {', '.join(columns)} FROM shared.{table}")
        kept[table] = columns, [tuple(row) for row in found]
    yield world
    async with world.copy.superuser.transaction():
        # What others tie to people stays as it is: the same people come back.
        await world.copy.superuser.execute("SET LOCAL session_replication_role = replica")
        for table in kept:
            await world.copy.superuser.execute(f"DELETE FROM shared.{table}")
        for table, (columns, rows) in kept.items():
            await world.copy.superuser.copy_records_to_table(table, schema_name="shared", columns=columns, records=rows)
    await world.copy.superuser.execute("DELETE FROM shared.account WHERE name = 'Kim Vale'")


async def manager_of(world: World, slug: str) -> httpx2.AsyncClient:
    """A program manager of another region."""
    region = (await world.planes.tenants()).region(slug)
    account = peer_id("ben")  # any id that no account has
    async with world.planes.door() as door:
        account = account.__class__(int=account.int + 7_000_000)
        await accounts.add(door, NewAccount(account, Role.PROGRAM_MANAGER, region.id, "Kim Vale"))
    return world.client(await world.signs_in(account))


def text_of(page: str) -> str:
    """What a page says, on one line."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


async def test_a_list_is_looked_at_then_imported_and_the_second_time_nothing_changes(roster: World) -> None:
    manager = (await roster.person("manager")).client
    before = await roster.rows("SELECT count(*) FROM shared.member")
    look = await manager.post("/program/roster/import/preview", files={"file": ("list.csv", HEAD + NEW)})
    assert look.status_code == 200, look.text
    assert "Zoë Zimmer" in look.text
    assert await roster.rows("SELECT count(*) FROM shared.member") == before
    carried, digest = (re.search(rf'name="{name}" value="([^"]+)"', look.text)[1] for name in ("carried", "digest"))  # type: ignore[index]  # the form has both
    assert base64.b64decode(carried).decode() == HEAD + NEW

    fields = {"carried": (None, carried), "digest": (None, digest), "lang": (None, "es")}
    done = await manager.post("/program/roster/import", files=fields)
    assert (done.status_code, done.headers["location"]) == (303, "/program/roster?done=import&lang=es")
    assert await roster.rows("SELECT name, phone, duty_phone FROM shared.member WHERE name LIKE 'Zo%'") == [
        ("Zoë Zimmer", "+18165550177", "+18165550177")
    ]
    again = await manager.post("/v1/members/import/preview", content=(HEAD + NEW).encode())
    assert again.status_code == 200, again.text
    said = again.json()
    assert (said["new"], said["changed"], said["unchanged"]) == (0, [], 1)
    assert said["not_in_the_file"] == 114


async def test_the_roster_exported_imports_to_itself(roster: World) -> None:
    manager = (await roster.person("manager")).client
    file = (await manager.get("/program/roster/export.csv")).content
    assert file == (await manager.get("/v1/members/export")).content
    look = await manager.post("/v1/members/import/preview", content=file)
    assert look.status_code == 200, look.text
    assert (look.json()["new"], look.json()["changed"], look.json()["unchanged"]) == (0, [], 114)
    assert look.json()["unused_columns"] == []


async def test_ten_peers_of_an_empty_region_are_there_after_template_example_and_import(roster: World) -> None:
    manager = await manager_of(roster, "kansas-city")
    empty = await manager.get("/program/roster")
    assert "Download the template" in empty.text
    example = (await manager.get("/program/roster/example.csv")).content
    assert (await manager.get("/program/roster/template.csv")).text.startswith("\ufeffName,Agency,")
    look = await manager.post("/v1/members/import/preview", content=example)
    done = await manager.post("/v1/members/import", content=example, params={"digest": look.json()["digest"]})
    assert done.status_code == 200, done.text
    listed = (await manager.get("/v1/members", params={"limit": 4})).json()
    assert [one["name"] for one in listed["data"]] == ["Alex Moreno", "Bobbie Sutter", "Casey Lund", "Dana Whitfield"]
    following = (await manager.get("/v1/members", params={"limit": 100, "cursor": listed["next_cursor"]})).json()
    assert (len(following["data"]), following["next_cursor"]) == (6, None)
    heartland = (await roster.person("manager")).client
    assert len((await heartland.get("/v1/members", params={"limit": 100})).json()["data"]) == 100
    assert "Alex Moreno" not in (await heartland.get("/program/roster")).text


async def test_a_member_of_another_region_and_none_at_all_are_the_same_answer(roster: World) -> None:
    other = await manager_of(roster, "kansas-city")
    ana, nobody = peer_id("ana"), "00000000-0000-4000-a000-000000000000"
    body, headers = {"rank": "chief"}, {"if-match": "*", "content-type": "application/merge-patch+json"}
    for method, path in (
        ("GET", "/v1/members/{}"),
        ("PATCH", "/v1/members/{}"),
        ("GET", "/program/members/{}"),
        ("POST", "/program/members/{}"),
        ("POST", "/program/members/{}/suspension"),
    ):
        content = None if method == "GET" else json.dumps(body) if method == "PATCH" else "is_suspended=true"
        kind = headers if method == "PATCH" else {"content-type": "application/x-www-form-urlencoded"}
        answers = [
            await other.request(method, path.format(id_), content=content, headers=kind) for id_ in (ana, nobody)
        ]
        assert [answer.status_code for answer in answers] == [404, 404], (method, path, answers[0].text)
        said = [re.sub(r'"request_id":"\w+"', "", answer.text).replace(str(ana), nobody) for answer in answers]
        assert said[0] == said[1]
    assert await roster.rows("SELECT rank FROM shared.member WHERE suspended_on IS NOT NULL OR rank = 'odd'") == []


async def test_a_plan_that_is_another_one_by_now_changes_nothing(roster: World) -> None:
    manager = (await roster.person("manager")).client
    first = (await manager.post("/v1/members/import/preview", content=(HEAD + NEW).encode())).json()["digest"]
    other = HEAD + NEW.replace("44", "45")
    refused = await manager.post("/v1/members/import", content=other.encode(), params={"digest": first})
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/roster_moved_on")
    fields = {"carried": (None, base64.b64encode(other.encode()).decode()), "digest": (None, first)}
    page = await manager.post("/program/roster/import", files=fields)
    assert page.status_code == 409
    assert "The roster has changed since you looked" in page.text
    assert await roster.rows("SELECT id FROM shared.member WHERE name LIKE 'Zo%'") == []


async def test_faults_name_line_column_and_fix_and_never_what_stands_there(roster: World) -> None:
    manager = (await roster.person("manager")).client
    bad = HEAD + NEW + "Quentin Secret,Qwertzville,roving,555-7788,secret@real.com,2025-02-30,lots,all\r\n"
    answer = await manager.post("/v1/members/import", content=bad.encode())
    assert answer.status_code == 422
    assert [(error["line"], error["column"], error["code"]) for error in answer.json()["errors"]] == [
        (3, "agency", "agency_unknown"),
        (3, "designated", "date_impossible"),
        (3, "email", "email_of_somebody"),
        (3, "phone", "phone_without_area_code"),
        (3, "training_hours", "hours_none"),
    ]
    page = await manager.post("/program/roster/import/preview", files={"file": ("list.csv", bad)})
    assert page.status_code == 422
    assert "5 problems. Nothing was imported." in text_of(page.text)
    for secret in ("Quentin", "7788", "secret@", "Qwertzville", "lots", "2025-02-30"):
        assert secret not in answer.text + page.text
    assert await roster.rows("SELECT id FROM shared.member WHERE name LIKE 'Zo%'") == []


@pytest.mark.parametrize(
    "content", [b"", b"\xd0\xcf\x11\xe0old", b"PK\x03\x04torn", b"\x00\x01\x02", b"no,header\n1,2\n"]
)
async def test_what_is_no_roster_is_a_sentence(roster: World, content: bytes) -> None:
    manager = (await roster.person("manager")).client
    answer = await manager.post("/v1/members/import", content=content)
    assert answer.status_code == 422, answer.text
    assert answer.json()["detail"]
    page = await manager.post("/program/roster/import/preview", files={"file": ("list.csv", content)})
    assert page.status_code == 422
    assert "Nothing was imported." in text_of(page.text)


async def test_a_member_is_changed_by_merge_patch_on_the_state_that_was_read(roster: World) -> None:
    manager = (await roster.person("manager")).client
    path = f"/v1/members/{peer_id('ana')}"
    etag = (await manager.get(path)).headers["etag"]
    assert (await manager.patch(path, json={"rank": "lead"})).status_code == 428
    changed = await manager.patch(path, json={"rank": "lead", "languages": ["en", "fr"]}, headers={"if-match": etag})
    assert changed.status_code == 200, changed.text
    assert (changed.json()["rank"], changed.json()["languages"]) == ("lead", ["en", "fr"])
    assert len(changed.json()["modules"]) == 4
    late = await manager.patch(path, json={"rank": "late"}, headers={"if-match": etag})
    assert (late.status_code, late.json()["type"]) == (412, "/problems/member_changed")
    etag = changed.headers["etag"]
    wrong = await manager.patch(path, json={"phone": "555-1234", "name": None}, headers={"if-match": etag})
    assert wrong.status_code == 422
    assert [error["column"] for error in wrong.json()["errors"]] == ["name", "phone"]
    assert (await manager.get(path)).headers["etag"] == etag


async def test_the_form_saves_and_keeps_what_was_typed_when_it_cannot(roster: World) -> None:
    manager = (await roster.person("manager")).client
    path = f"/program/members/{peer_id('ana')}"
    page = (await manager.get(path)).text
    sent = {
        name: unescape(value)
        for name, value in re.findall(r'<input type="(?:text|date|hidden)"[^>]*name="(\w+)" value="([^"]*)"', page)
        if name != "is_suspended"
    }
    sent |= dict.fromkeys(re.findall(r'type="checkbox" name="(\w+)" value="yes" checked', page), "yes")
    sent |= {"agency": "bluestem", "discipline": "dispatch", "rank": "trainer", "scope_until": "2031-05-01"}
    done = await manager.post(path, data=sent)
    assert done.status_code == 303, text_of(done.text)[:900]
    area = "SELECT lapses_on::text FROM shared.training_module WHERE member_id = $1 AND area = 'scope'"
    assert await roster.rows(area, peer_id("ana")) == [("2031-05-01",)]
    stale = await manager.post(path, data=sent | {"rank": "stale"})
    assert stale.status_code == 409
    assert 'value="stale"' in stale.text
    sent["etag"] = unescape(re.search(r'name="etag" value="([^"]+)"', stale.text)[1])  # type: ignore[index]  # the form has one
    wrong = await manager.post(path, data=sent | {"phone": "12", "roving": "", "rank": "typed"})
    assert wrong.status_code == 422
    assert 'value="typed"' in wrong.text
    assert "Nothing was saved." in text_of(wrong.text)


async def test_filters_narrow_and_a_cursor_of_one_filter_is_refused_for_another(roster: World) -> None:
    manager = (await roster.person("manager")).client
    command = (await manager.get("/v1/members", params={"team": "command_level", "limit": 100})).json()["data"]
    assert len(command) == 66
    lacking = (await manager.get("/v1/members", params={"currency": "not_current"})).json()["data"]
    assert len(lacking) == 8
    assert len((await manager.get("/v1/members", params={"q": "marroquin"})).json()["data"]) == 1
    cursor = (await manager.get("/v1/members", params={"limit": 2})).json()["next_cursor"]
    assert (await manager.get("/v1/members", params={"cursor": cursor, "team": "roving"})).status_code == 400
    assert (await manager.get("/v1/members", params={"team": "choir"})).status_code == 422
    page = await manager.get(
        "/program/roster", params={"q": "mara", "team": "choir", "agency": "none", "currency": "x"}
    )
    assert page.status_code == 200


async def test_others_files_are_small_and_a_roster_may_be_large(roster: World) -> None:
    manager = (await roster.person("manager")).client
    assert (await manager.post("/v1/approvals/x/decline", content=b"x" * 70_000)).status_code == 413
    big = HEAD + NEW + "x" * 100_000
    assert (await manager.post("/v1/members/import/preview", content=big.encode())).status_code == 422
    page = await manager.post("/program/roster/import/preview", files={"file": ("list.csv", "x" * (2 * 1024**2 + 1))})
    assert page.status_code == 422
    assert "2 MB" in page.text
    assert (await manager.post("/v1/members/import", content=b"x" * (13 * 1024**2))).status_code == 413
    assert (await roster.client().post("/v1/members/import", content=b"x" * 100_000)).status_code == 401
