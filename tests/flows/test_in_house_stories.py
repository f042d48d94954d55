"""A center's own team: asked on the requester's wish alone, first and for a while alone; the region backs it."""

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any
from uuid import UUID

import pytest
from asyncpg.exceptions import InsufficientPrivilegeError

from libs.peer.deployments import people
from libs.peer.policies.models import Policy, Step, Who
from libs.peer.teams import actions as teams
from libs.peer.teams.models import Membership
from tests import deploying, in_house
from tests.in_house import line
from tests.reporting import by_key, machine
from tests.world import Person, Requester, World, peer_id

TOLD = "No one from your own center is free. We ask the others."


@pytest.fixture(autouse=True)
def no_unexpected_message(world: World) -> Iterator[None]:
    yield
    world.no_unexpected_message()


@pytest.fixture(autouse=True)
async def cleared(world: World) -> AsyncIterator[None]:
    async with in_house.cleared(world):
        yield


def backed_after(seconds: int, answer_within_s: int = 60) -> Policy:
    """Peers one after another, and so long the own center's alone."""
    step = Step(who=(Who.PEERS,), answer_within_s=answer_within_s, waves=0)
    return Policy(steps=(step,), own_center_s=seconds)


async def own_team(world: World, *names: str, center: str = "redbank") -> list[Person]:
    """A center's own team, nobody of which is on the region's; all on call, the first of the list knows hard calls."""
    await in_house.imports(world, *(line(name, center) for name in names))
    people = [await in_house.member(world, name) for name in names]
    form = {"modalities": ["phone"], "team": ["in_house"], "knows_calls": "yes"}
    assert (await people[0].client.post("/peer/limits", data=form)).status_code == 303
    return people


async def reads(requester: Requester) -> str:
    form = {"receipt": requester.receipt, "lang": "en"}
    return (await requester.client.post("/r/heartland/status", data=form)).text


async def paged(world: World, *people: Person) -> None:
    for person in people:
        world.phone_of(person.name if "-" in person.name else peer_id(person.name)).expect_page()


async def test_the_own_team_is_asked_first_and_when_it_is_silent_the_region_at_once(world: World) -> None:
    await world.pages_by(now=backed_after(600))
    (ana,) = await world.on_call("ana")
    (ada,) = await own_team(world, "Ada Byron")
    requester = await world.asks(center="redbank", urgency="now", center_wish="own")
    await paged(world, ada)
    await ana.is_not_paged()
    assert TOLD not in await reads(requester)

    await world.advance(seconds=61)

    await paged(world, ana)
    assert TOLD in await reads(requester)
    assert (await ana.accepts()).status_code == 200


async def test_the_region_is_the_back_stop_after_its_minutes_whoever_of_the_own_team_is_left(world: World) -> None:
    await world.pages_by(now=backed_after(90))
    (ana,) = await world.on_call("ana")
    ada, bea, *_others = await own_team(world, "Ada Byron", "Bea Long", "Cy Moss")
    requester = await world.asks(center="redbank", urgency="now", center_wish="own", wishes=["knows_calls"])
    await paged(world, ada)

    await world.advance(seconds=60)
    second = [one for one in (bea, *_others) if await one.offers()]
    assert len(second) == 1
    await paged(world, *second)
    await ana.is_not_paged()

    await world.advance(seconds=30)

    left = [one for one in (ana, *_others, bea) if one is not second[0] and await one.offers()]
    await paged(world, *left)
    assert len(left) == 1
    assert await requester.state() == "paging"


async def test_a_yes_of_the_own_team_is_a_yes_like_any_other(world: World) -> None:
    (ana,) = await world.on_call("ana")
    (ada,) = await own_team(world, "Ada Byron")
    requester = await world.asks(center="redbank", urgency="now", center_wish="own")
    await paged(world, ada)
    assert (await ada.accepts()).status_code == 200
    standing = await requester.standing()
    assert (standing["state"], standing["peer"]["name"]) == ("accepted", "Ada Byron")
    await ana.is_not_paged()


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param({}, id="nothing is wished"),
        pytest.param({"center_wish": "another"}, id="another center"),
        pytest.param({"center_wish": "own", "center": "bluestem"}, id="from another center"),
        pytest.param({"center_wish": "own", "center": ""}, id="no center is said"),
        pytest.param({"center_wish": "own", "leads": "shift"}, id="somebody who leads"),
        pytest.param({"center_wish": "own", "team": "command_level"}, id="the command-level team is wished for"),
        pytest.param({"center_wish": "own", "wishes": ["for_colleague"]}, id="for a colleague"),
        pytest.param({"center_wish": "own", "leave_out_names": ["Ada"]}, id="left out by name"),
        pytest.param({"center_wish": "own", "leave_out_centers": ["redbank"]}, id="left out by center"),
    ],
)
async def test_nobody_of_an_in_house_team_is_asked_or_holds_a_copy(world: World, asked: dict[str, Any]) -> None:
    await world.leads_are_not_reached()
    await world.on_call()
    (ada,) = await own_team(world, "Ada Byron")
    requester = await world.asks(**{"center": "redbank", "urgency": "now", **asked})
    await world.advance(hours=1)
    await ada.is_not_paged()
    assert await world.rows("SELECT FROM shared.copy WHERE peer_id = $1::uuid", ada.name) == []
    assert await requester.state() == "with_coordinator"


async def test_who_leads_at_the_own_center_is_not_asked_there_either(world: World) -> None:
    await world.leads_are_not_reached()
    await world.on_call()
    await in_house.imports(world, line("Bo Steiner", rank="supervisor"))
    bo = await in_house.member(world, "Bo Steiner")
    requester = await world.asks(center="redbank", urgency="now", center_wish="own")
    await bo.is_not_paged()
    assert await requester.state() == "with_coordinator"


async def test_any_center_mine_too_is_one_pool_and_nobodys_alone(world: World) -> None:
    await world.pages_by(now=Policy(steps=(Step(who=(Who.PEERS,), at_once=3, answer_within_s=60),), own_center_s=600))
    (ana,) = await world.on_call("ana")
    (ada,) = await own_team(world, "Ada Byron")
    requester = await world.asks(center="redbank", urgency="now", center_wish="no_preference")
    await paged(world, ana, ada)
    assert await requester.state() == "paging"


async def test_somebody_in_both_teams_is_asked_once_and_their_word_holds_for_each_team_alone(world: World) -> None:
    await world.leads_are_not_reached()
    await world.pages_by(now=backed_after(600))
    await world.on_call()
    await in_house.imports(world, line("Ada Byron", team="roving; in-house"))
    ada = await in_house.member(world, "Ada Byron")
    requester = await world.asks(center="redbank", urgency="now", center_wish="own")
    await paged(world, ada)
    await requester.withdraws()
    await world.settle()

    form = {"modalities": ["phone"], "team": ["in_house"]}
    assert (await ada.client.post("/peer/limits", data=form)).status_code == 303
    elsewhere = await world.asks(center="osprey", urgency="now")
    await ada.is_not_paged()
    await elsewhere.withdraws()
    at_home = await world.asks(center="redbank", urgency="now", center_wish="own")
    await paged(world, ada)
    await at_home.withdraws()
    await world.settle()

    form = {"modalities": ["phone"], "team": ["roving"]}
    assert (await ada.client.post("/peer/limits", data=form)).status_code == 303
    await world.asks(center="osprey", urgency="now")
    await paged(world, ada)


async def test_why_whom_is_the_same_whatever_is_wished(world: World) -> None:
    await world.on_call("ana")
    await own_team(world, "Ada Byron", "Bea Long")
    counts = []
    for wish in ("another", "own"):
        await world.copy.superuser.execute("TRUNCATE shared.offer, shared.decision CASCADE")
        requester = await world.asks(center="redbank", urgency="today", center_wish=wish)
        ((found,),) = await world.rows("SELECT counts FROM shared.decision LIMIT 1")
        counts.append(json.loads(found))
        await requester.withdraws()
        await world.settle()
    assert counts[0] == counts[1]
    for box in world.mail.folder.iterdir():
        world.phone_of(box.name).read = len(world.phone_of(box.name).unread())


async def test_it_is_handed_over_within_the_own_team_and_nobody_elsewhere_sees_who_is_in_it(world: World) -> None:
    (ana,) = await world.on_call("ana")
    ada, bea = await own_team(world, "Ada Byron", "Bea Long")
    await world.asks(center="redbank", urgency="today", center_wish="own", wishes=["knows_calls"])
    await paged(world, ada)
    await ada.accepts()
    (contact,) = await ada.contacts()
    mine = f"/v1/contacts/{contact['callout_id']}"
    assert "Bea Long" in (await ada.client.get(f"{mine}/colleagues")).text
    assert (await ada.client.post(f"{mine}/hand-over", json={"to": bea.name})).status_code == 204
    await world.settle()
    await paged(world, bea)
    await bea.declines()

    await world.asks(center="osprey", urgency="today")
    await paged(world, ana)
    await ana.accepts()
    (contact,) = await ana.contacts()
    theirs = f"/v1/contacts/{contact['callout_id']}"
    assert "Bea Long" not in (await ana.client.get(f"{theirs}/colleagues")).text
    assert (await ana.client.post(f"{theirs}/hand-over", json={"to": bea.name})).status_code == 409


async def test_while_the_center_takes_no_requests_its_team_is_not_asked(world: World) -> None:
    await world.leads_are_not_reached()
    await world.on_call()
    (ada,) = await own_team(world, "Ada Byron")
    run = world.copy.superuser.execute
    await run("UPDATE shared.agency SET status = 'suspended' WHERE slug = 'redbank'")
    world.planes.forget_tenants()
    try:
        await world.asks(center="redbank", urgency="now", center_wish="own")
    finally:
        await run("UPDATE shared.agency SET status = 'active' WHERE slug = 'redbank'")
        world.planes.forget_tenants()
    await ada.is_not_paged()


async def test_whoever_goes_to_another_center_leaves_its_team(world: World) -> None:
    await in_house.imports(world, line("Ada Byron", team="roving; in-house"))
    await in_house.imports(world, line("Ada Byron", center="osprey", team="roving"))
    assert await parts(world, "Ada Byron") == [("roving", None)]

    await in_house.imports(world, line("Ada Byron", center="osprey", team="in-house"))
    assert await parts(world, "Ada Byron") == [("in_house", "osprey"), ("roving", None)]


async def parts(world: World, name: str) -> list[tuple[object, ...]]:
    """In which teams somebody is, and whose they are."""
    return await world.rows(
        "SELECT t.kind, a.slug FROM shared.member m JOIN shared.membership s ON s.member_id = m.id"
        " JOIN shared.team t ON t.id = s.team_id LEFT JOIN shared.agency a ON a.id = t.agency_id"
        " WHERE m.name = $1 ORDER BY t.kind",
        name,
    )


async def test_nobody_leads_an_in_house_team_and_nobody_of_elsewhere_is_in_it_not_even_by_a_bug(world: World) -> None:
    manager = await world.person("manager")
    content = f"{in_house.HEAD},Role\n{line('Ada Byron')},coordinator"
    refused = await manager.client.post("/v1/members/import", content=content.encode())
    assert refused.status_code == 422
    assert [fault["code"] for fault in refused.json()["errors"]] == ["role_in_house"]

    for slug, role in (("greg-sandoval", "deputy"), ("ana", "peer")):
        with pytest.raises(InsufficientPrivilegeError, match="membership_in_house"):
            await put(world, slug, role)
    await put(world, "greg-sandoval", "peer")
    greg = (await world.rows("SELECT name FROM shared.member WHERE id = $1", peer_id("greg-sandoval")))[0][0]
    assert await parts(world, greg) == [("in_house", "redbank"), ("roving", None)]


async def put(world: World, slug: str, role: str) -> None:
    """Write somebody of the cast into Redbank's team as the program's plane can."""
    region, redbank = await world.heartland(), (await world.planes.tenants()).agency("redbank")
    async with world.planes.program(region) as program:
        part = Membership(
            member_id=peer_id(slug),
            team_id=await teams.in_house_team(program, region.id, redbank.id),
            region_id=region.id,
            designated_on=None,
            lapses_on=None,
            role=role,
        )
        await teams.add_members(program, [], [part], [])


async def test_the_regions_coordinators_let_its_people_in_and_its_center_learns_nothing(world: World) -> None:
    await own_team(world, "Ada Byron")
    mara, admin = await world.person("mara"), await world.person("admin")
    assert "Ada Byron" in (await mara.client.get("/coordinator/people/access")).text
    assert "Ada Byron" in (await mara.client.get("/coordinator/people?team=in_house")).text
    for page in ("/desk", "/desk/incidents"):
        assert "Ada Byron" not in (await admin.client.get(page)).text


async def test_who_answers_for_a_center_is_known_to_its_team_and_to_nobody_at_the_center(world: World) -> None:
    (ada,) = await own_team(world, "Ada Byron")
    manager, admin, region = await world.person("manager"), await world.person("admin"), await world.heartland()
    intranet = await machine(world, scope="roster:read")
    await world.copy.superuser.execute(
        "INSERT INTO shared.webhook_endpoint (id, region_id, client_id, url, event_types, status)"
        " SELECT gen_random_uuid(), region_id, id, 'https://hooks.example.org/', '{duty.changed}', 'active'"
        " FROM shared.client WHERE region_id = $1 LIMIT 1",
        region.id,
    )
    teams_of = dict(await world.rows("SELECT kind, id FROM shared.team WHERE region_id = $1", region.id))
    for kind, peer in (("in_house", ada.name), ("roving", str(peer_id("ana")))):
        path, turns = f"/v1/schedules/{teams_of[kind]}/rotations", await weeks(world, peer)
        answer = await manager.client.post(path, json=turns, headers=by_key())
        assert answer.status_code == 201, answer.text
    await world.settle()

    seen = await manager.client.get(f"/v1/schedules/{teams_of['in_house']}")
    assert seen.json()["on_duty_now"] == ["Ada Byron"]
    assert "In-house team, Redbank Regional Dispatch" in (await ada.client.get("/peer/shifts")).text
    assert (await ada.client.get("/v1/shifts")).json()["data"]
    shown = (await intranet.get("/v1/roster", params={"limit": 100})).json()["data"]
    assert {one["name"] for one in shown if one["on_duty"]} == {"Ana Reyes"}
    assert "Ada Byron" in {one["name"] for one in shown}
    assert await world.rows("SELECT DISTINCT subject_id FROM shared.webhook_delivery") == [(teams_of["roving"],)]
    assert "Ada Byron" not in (await admin.client.get("/desk")).text


async def weeks(world: World, peer: str) -> dict[str, Any]:
    """A rotation of one, from today on."""
    whole = {"turn": 7, "zone": "America/Chicago", "starts_on": (await world.today()).isoformat(), "hand_over": "00:00"}
    return {"name": "Weeks", "people": [peer], **whole}


async def test_in_house_people_go_to_no_deployment(world: World) -> None:
    await own_team(world, "Ada Byron")
    team = await deploying.opened(world, agency="osprey")
    async with world.planes.program(await world.heartland()) as program:
        found = await people.for_deployment(program, UUID(team.id))
    (ada,) = await world.rows("SELECT id FROM shared.member WHERE name = 'Ada Byron'")
    assert [one.is_current for one in found if (one.member_id,) == ada] == [False]
    assert any(one.is_current for one in found)
