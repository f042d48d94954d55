"""A team goes out to a center, told by the phones that ring. Each story ends with: no unexpected message."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from libs.jobs import claim
from libs.notify import messages
from libs.peer.deployments import engine, holding
from libs.peer.deployments.models import Kind
from services.worker.jobs import deployments as jobs
from services.worker.sweeper import sweep
from tests import deploying
from tests.deploying import (
    COORDINATORS,
    asked,
    expect_coordinators_told,
    expect_notices,
    filled,
    invitation_of,
    member,
    now,
    opened,
    phone_of,
    says_yes,
)
from tests.world import World, peer_id

CLINICIANS = ("walt", "iris", "nadia")


@pytest.fixture(autouse=True)
async def no_unexpected_message(world: World) -> AsyncIterator[None]:
    role = "UPDATE shared.membership SET role = $2 WHERE member_id = ANY($1)"
    ids = [peer_id(slug) for slug in CLINICIANS]
    await world.copy.superuser.execute(role, ids, "clinician")
    yield
    await world.copy.superuser.execute(role, ids, "peer")
    world.no_unexpected_message()
    assert await world.rows("SELECT kind FROM shared.job WHERE state = 'failed'") == []


async def test_a_center_opens_an_incident_and_sees_the_team_that_comes(world: World) -> None:
    admin, told = await world.person("admin"), await deploying.incident(world, type="child_death")

    answers = [await admin.client.post("/v1/desk/incidents", json=told) for _double_tap in range(2)]
    await world.settle()

    assert [answer.status_code for answer in answers] == [202, 202]
    expect_coordinators_told(world)
    (one,) = (await admin.client.get("/v1/desk/incidents")).json()["data"]
    assert (one["deployment"]["state"], one["deployment"]["kind"]) == ("proposed", "defusing")
    assert {slot["name"] for slot in one["team"]} == {""}
    team = deploying.Team(world, await world.person("mara"), one["deployment"]["id"])
    on_team = await filled(world, team)
    (one,) = (await admin.client.get("/v1/desk/incidents")).json()["data"]
    assert one["deployment"]["state"] == "ready"
    assert len({slot["name"] for slot in one["team"]} - {""}) == len(on_team) == 3
    assert "member_id" in one["team"][0]
    assert {slot["member_id"] for slot in one["team"]} == {None}


async def test_a_proposal_that_nobody_looks_at_reminds_and_then_goes_on_by_itself(world: World) -> None:
    team = await opened(world)

    await world.advance(minutes=29)
    assert await team.state() == "proposed"
    await world.advance(minutes=2)
    expect_coordinators_told(world)
    await world.advance(minutes=30)

    assert await team.state() == "filling"
    expect_notices(world, COORDINATORS, [one["member_id"] for one in await team.invited("asked")])


async def test_nobody_of_the_affected_center_is_proposed_and_a_clinician_leads_a_debriefing(world: World) -> None:
    team = await opened(world, kind="debriefing", involved="16_40", type="lodd")

    proposed = await team.invited("proposed")
    own = {row[0] for row in await world.rows("SELECT m.id FROM shared.member m JOIN shared.agency a"
                                              " ON a.id = m.agency_id WHERE a.slug = 'redbank'")}  # fmt: skip

    assert len(proposed) == 7
    assert not {UUID(one["member_id"]) for one in proposed} & own
    clinicians = {str(peer_id(slug)) for slug in CLINICIANS}
    assert {one["role"] for one in proposed if one["member_id"] in clinicians} == {"lead", "clinician"}
    assert [one["member_id"] in clinicians for one in proposed if one["role"] == "lead"] == [True]


async def test_the_last_slot_has_one_winner_and_the_other_is_a_reserve_with_thanks(world: World) -> None:
    team = await opened(world)
    peers = [one for one in await asked(world, team) if one["role"] == "peer"]
    people = [await member(world, one["member_id"]) for one in peers]
    assert len(people) == 3, "two slots, and half as many again are asked"
    assert await says_yes(world, people[0]) == "on_team"

    mine = [(await invitation_of(person))["invitation_id"] for person in people[1:]]
    answers = await asyncio.gather(
        *(one.client.post(f"/v1/invitations/{id_}/accept") for one, id_ in zip(people[1:], mine, strict=True))
    )
    await world.settle()

    assert sorted(answer.json()["outcome"] for answer in answers) == ["on_team", "reserve"]
    taken = await world.rows("SELECT count(*), count(DISTINCT member_id) FROM shared.slot WHERE role = 'peer'"
                             " AND state = 'confirmed'")  # fmt: skip
    assert taken == [(2, 2)]


async def test_the_first_yes_calls_everybody_else_off_when_the_team_is_whole(world: World) -> None:
    team = await opened(world)
    on_team = await filled(world, team)
    assert len(on_team) == 3
    assert [one["state"] for one in await team.invited("asked", "proposed")] == []
    assert sorted(one["state"] for one in await team.invited("called_off", "reserve")) == ["called_off", "reserve"]


async def test_a_late_yes_takes_a_slot_that_is_open_and_is_a_reserve_when_none_is(world: World) -> None:
    team = await opened(world)
    everybody = await asked(world, team)
    late = await member(world, next(one["member_id"] for one in everybody if one["role"] == "lead"))
    mine = (await invitation_of(late))["invitation_id"]
    await world.advance(minutes=16)
    expect_notices(world, [one["member_id"] for one in await team.invited("asked")])
    assert (await late.client.get("/v1/invitations")).json()["data"] == []

    assert await says_yes(world, late, mine) == "on_team"
    another = next(one for one in await team.invited("asked") if one["role"] == "lead")
    person = await member(world, another["member_id"])
    assert await says_yes(world, person) == "reserve"


async def test_somebody_who_cannot_come_after_all_is_replaced_by_the_reserve_first(world: World) -> None:
    team = await opened(world)
    on_team = await filled(world, team)
    spare = (await team.invited("called_off"))[0]
    reserve = await member(world, spare["member_id"])
    mine = await world.rows("SELECT id FROM shared.invitation WHERE member_id = $1", UUID(spare["member_id"]))
    assert await says_yes(world, reserve, str(mine[0][0])) == "reserve"
    role = spare["role"]
    seen = await team.seen()
    leaver = next(one for one in on_team if role_of(seen, one.name) == role)

    await leaver.client.post(f"/v1/my-deployments/{team.id}/drop-out")
    await world.settle()

    assert await team.state() == "filling"
    phone_of(world, reserve).expect_page()
    others = [one for one in await team.invited("asked") if one["member_id"] != reserve.name]
    expect_notices(world, [one["member_id"] for one in others])
    assert await says_yes(world, reserve) == "on_team"
    assert await team.state() == "ready"


def role_of(seen: dict[str, Any], member_id: str) -> str:
    return next(str(slot["role"]) for slot in seen["team"] if slot["member_id"] == member_id)


async def test_somebody_of_the_affected_center_comes_only_with_a_written_reason(world: World) -> None:
    team = await opened(world)
    own = (await world.rows("SELECT m.id FROM shared.member m JOIN shared.agency a ON a.id = m.agency_id"
                            " JOIN shared.membership s ON s.member_id = m.id"
                            " WHERE a.slug = 'redbank' AND m.name = 'Amina Warsame'"))[0][0]  # fmt: skip

    refused = await team.does("ask", member_id=str(own), role="peer")
    assert refused.status_code == 422
    assert "Write down why" in refused.json()["detail"]
    assert await team.invited("asked") == []
    await team.did("ask", member_id=str(own), role="peer", why_own_agency="The only one who speaks Somali.")

    invited = await team.invited("asked")
    expect_notices(world, [one["member_id"] for one in invited])
    assert [one["why_own_agency"] for one in invited if one["member_id"] == str(own)] == [
        "The only one who speaks Somali."
    ]
    person = await member(world, str(own))
    assert await says_yes(world, person) == "on_team"


async def test_on_the_day_each_says_en_route_on_scene_done_and_a_number_is_all_that_stays(world: World) -> None:
    team = await opened(world)
    on_team = await filled(world, team)

    for step in ("set_out", "arrive", "leave"):
        for person in on_team:
            answer = await person.client.post(f"/v1/my-deployments/{team.id}/step", json={"step": step})
            assert answer.status_code == 204, answer.text
            again = await person.client.post(f"/v1/my-deployments/{team.id}/step", json={"step": step})
            assert again.status_code == 409
        await world.settle()
        assert await team.state() == "under_way"
    await team.did("finish", attendees=14)

    seen = (await team.seen())["deployment"]
    assert (seen["state"], seen["attendees"]) == ("done", 14)
    assert await world.rows("SELECT name FROM shared.slot WHERE name <> ''") == []
    assert not seen["is_debrief_overdue"]
    await world.advance(hours=24, seconds=1)
    team.lead = await world.signed_in_anew("manager")
    expect_coordinators_told(world)
    assert (await team.seen())["deployment"]["is_debrief_overdue"]
    await team.did("debriefed")
    assert not (await team.seen())["deployment"]["is_debrief_overdue"]


async def test_called_off_while_it_is_filled_tells_who_said_yes_and_nobody_can_say_yes_any_more(world: World) -> None:
    team = await opened(world)
    everybody = await asked(world, team)
    first, second = [await member(world, one["member_id"]) for one in everybody[:2]]
    assert await says_yes(world, first) == "on_team"
    waiting = (await invitation_of(second))["invitation_id"]

    await team.did("cancel", reason="not_wanted")

    phone_of(world, first).expect_page()
    refused = await second.client.post(f"/v1/invitations/{waiting}/accept")
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/invitation_over")
    assert (await team.does("cancel", reason="not_wanted")).status_code == 409
    assert (await team.does("fill")).status_code == 409
    await world.advance(days=3)


async def test_whoever_was_not_asked_cannot_say_yes_for_others(world: World) -> None:
    team = await opened(world)
    (proposed, *_), ana = await team.invited("proposed"), await world.person("ana")
    rows = await world.rows("SELECT id FROM shared.invitation WHERE member_id = $1", UUID(proposed["member_id"]))
    not_yet = await member(world, proposed["member_id"])
    for person in (ana, not_yet):
        answer = await person.client.post(f"/v1/invitations/{rows[0][0]}/accept")
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/invitation_unknown")
    assert (await ana.client.post(f"/v1/invitations/{uuid4()}/accept")).status_code == 404


async def test_a_shortfall_is_told_and_a_team_can_go_with_fewer(world: World) -> None:
    everybody_but = [peer_id(slug) for slug in ("ana", "mara")]
    suspend = "UPDATE shared.member SET suspended_on = $2 WHERE NOT id = ANY($1) AND region_id = $3"
    region = await world.heartland()
    await world.copy.superuser.execute(suspend, everybody_but, (await now(world)).date(), region.id)
    try:
        lead = await world.person("manager")
        body = await deploying.incident(world, agency="redbank")
        made = await lead.client.post("/v1/deployments", json=body)
        await world.settle()
        world.phone_of(peer_id("mara")).expect_page()
        team = deploying.Team(world, lead, made.json()["id"])
        assert len(await team.invited("proposed")) == 2

        await team.did("fill")
        world.phone_of(peer_id("ana")).expect_page()
        assert len(world.phone_of(peer_id("mara")).unread()) == 2, "one as lead, one for the shortfall"
        world.phone_of(peer_id("mara")).read += 2
        assert (await team.does("go-with-fewer")).status_code == 409, "nobody has said yes yet"
        for slug in ("ana", "mara"):
            assert await says_yes(world, await member(world, str(peer_id(slug)))) == "on_team"
        await team.did("go-with-fewer")

        assert await team.state() == "ready"
        assert (await team.seen())["deployment"]["slots"] == 2
    finally:
        await world.copy.superuser.execute("UPDATE shared.member SET suspended_on = NULL")


async def test_nothing_goes_out_after_its_deadline_and_what_is_called_off_under_way_is_followed_by_one_word(
    world: World,
) -> None:
    team = await opened(world)
    await team.lead.client.post(f"/v1/deployments/{team.id}/fill")
    region, sent = await world.heartland(), list[tuple[UUID, str]]()
    async with world.planes.dispatch(region) as dispatch:
        await engine.advance(dispatch, UUID(team.id))
    late, quick = [one["member_id"] for one in await team.invited("asked")][:2]
    ids = dict(await world.rows("SELECT member_id::text, id FROM shared.invitation"))

    class Slow:
        async def send(self, peer: UUID, _key: str, words: str) -> None:
            sent.append((peer, words))
            await world.copy.superuser.execute(
                "UPDATE shared.invitation SET state = 'called_off' WHERE member_id = $1 AND state = 'asked'", peer
            )

    await jobs.notify_by({"mail": Slow()}, world.planes, region, ids[quick])
    assert sent == [(UUID(quick), messages.ON_DUTY_NOTICE), (UUID(quick), messages.NO_LONGER_NEEDED)]
    await world.copy.push_clock(timedelta(hours=30))
    await jobs.notify_by({"mail": Slow()}, world.planes, region, ids[late])
    assert len(sent) == 2
    await world.copy.superuser.execute("DELETE FROM shared.job")


async def test_an_invitation_called_off_while_its_worker_dies_is_taken_back(world: World) -> None:
    team = await opened(world)
    await team.lead.client.post(f"/v1/deployments/{team.id}/fill")
    region, sent = await world.heartland(), list[tuple[UUID, str, str]]()
    async with world.planes.dispatch(region) as dispatch:
        await engine.advance(dispatch, UUID(team.id))
    one, two, untold = [UUID(each["member_id"]) for each in await team.invited("asked")][:3]
    ids = dict(await world.rows("SELECT member_id, id FROM shared.invitation"))

    class Dying:
        async def send(self, peer: UUID, key: str, words: str) -> None:
            sent.append((peer, key, words))
            raise ConnectionError

    class Alive:
        async def send(self, peer: UUID, key: str, words: str) -> None:
            sent.append((peer, key, words))

    for peer in (one, two):
        with pytest.raises(ConnectionError):
            await jobs.notify_by({"mail": Dying()}, world.planes, region, ids[peer])
    called_off = "UPDATE shared.invitation SET state = 'called_off' WHERE member_id = ANY($1)"
    await world.copy.superuser.execute(called_off, [one, untold])
    await world.copy.push_clock(timedelta(hours=30))  # and the time of `two` is over, which nobody has looked at yet
    for peer in (one, two, untold, one):
        await jobs.notify_by({"mail": Alive()}, world.planes, region, ids[peer])

    words = [(peer, said) for peer, _key, said in sent]
    assert words[:2] == [(one, messages.ON_DUTY_NOTICE), (two, messages.ON_DUTY_NOTICE)]
    assert words[2:] == [(peer, messages.NO_LONGER_NEEDED) for peer in (one, two, one)]
    assert sent[2] == sent[4], "twice it is the same letter"
    await world.copy.superuser.execute("DELETE FROM shared.job")


async def test_a_worker_that_dies_and_a_queue_that_is_lost_lose_and_double_nothing(world: World) -> None:
    team = await opened(world)
    await team.lead.client.post(f"/v1/deployments/{team.id}/fill")
    async with world.planes.queue() as queue:
        taken = await claim.claim(queue, 10)  # and the worker is gone before it does anything
    assert taken
    await world.copy.superuser.execute("DELETE FROM shared.job")
    await world.copy.superuser.execute("UPDATE shared.deployment SET next_at = shared.clock() - interval '1 minute'")

    assert await sweep(world.planes) == 1
    await world.settle()

    invited = await team.invited("asked")
    assert len(invited) == 5
    expect_notices(world, [one["member_id"] for one in invited])
    region = await world.heartland()
    for _twice in range(2):
        await jobs.advance.run(world.planes, region, UUID(team.id))
        await world.settle()
    assert [one["member_id"] for one in await team.invited("asked")] == [one["member_id"] for one in invited]
    assert jobs.advance.kind == holding.ADVANCE


async def test_times_outside_of_the_window_warn_and_never_forbid_and_the_region_moves_its_windows(world: World) -> None:
    start = (await now(world) + timedelta(hours=20)).isoformat()
    team = await opened(world, kind="defusing", starts_at=start, dispatchers_included="no", backfill="unknown")
    said = (await team.seen())["warnings"]
    assert said == ["too_late", "dispatchers_left_out", "backfill_unknown"]

    window = {"kind": "defusing", "from_hours": 0, "until_hours": 48}
    assert (await team.lead.client.put("/v1/response-windows", json=window)).status_code == 204
    await team.did("change", starts_at=start, dispatchers_included="yes", backfill="yes")

    assert (await team.seen())["warnings"] == []


async def test_every_kind_of_response_is_an_equal_choice_and_what_was_said_of_it_stays(world: World) -> None:
    manager = await world.person("manager")
    page = (await manager.client.get("/deployments/new")).text
    offered = re.findall(r'name="kind" value="(\w*)"( checked)?', page)
    assert [kind for kind, _checked in offered] == ["", *Kind]
    assert [kind for kind, checked in offered if checked] == [""]  # none of them is there before the others

    starts_at = (await now(world) + timedelta(hours=30)).isoformat()
    said = {"type": "lodd", "target": "whole_center", "place": "Room 2"}
    for kind in Kind:
        team = await opened(world, kind=kind, starts_at=starts_at, **said)
        one = (await team.seen())["deployment"]
        assert {**said, "kind": kind, "state": "proposed"}.items() <= one.items()
        assert datetime.fromisoformat(one["starts_at"]) == datetime.fromisoformat(starts_at)
        assert one["slots"] == 3
        await team.did("cancel", reason="opened_by_mistake")


async def test_a_second_team_goes_out_days_after_the_first_for_the_same_incident(world: World) -> None:
    team = await opened(world, kind="defusing")
    body = {"id": str(uuid4()), "kind": "debriefing"}
    await team.did("another", **body)
    expect_coordinators_told(world)
    both = (await team.lead.client.get("/v1/deployments")).json()["data"]
    assert {(one["kind"], one["incident_id"]) for one in both} == {("defusing", team.id), ("debriefing", team.id)}
    assert len({one["id"] for one in both}) == 2


async def test_a_proposal_says_nothing_of_who_is_on_a_call(world: World) -> None:
    """The same people are proposed, in the same order, whether they have just accepted somebody's request or not."""
    before = [one["member_id"] for one in await (await opened(world)).invited("proposed")]
    await world.begin()
    (ana,) = await world.on_call("ana")
    await world.asks(center="osprey", urgency="now")
    world.phone(ana).expect_page()
    await ana.accepts()

    assert [one["member_id"] for one in await (await opened(world)).invited("proposed")] == before
