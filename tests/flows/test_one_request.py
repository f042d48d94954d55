"""Stories of one request, from asking to the last word."""

from tests.world import World


async def test_a_peer_of_another_center_accepts_and_they_talk(world: World) -> None:
    requester = await world.asks(center="redbank")
    assert await requester.state() == "paging"

    ana = await world.person("ana")
    world.phone(ana).expect_page()
    assert (await ana.accepts()).status_code == 200

    standing = await requester.standing()
    assert standing["state"] == "accepted"
    assert standing["peer"]["name"] == "Ana Reyes"
    assert standing["peer"]["phone"].endswith("555-0101")

    assert (await requester.confirms_contact()).json()["state"] == "in_contact"
    assert [contact["state"] for contact in await ana.contacts()] == ["in_contact"]
    assert (await requester.closes()).json()["state"] == "closed"
    assert await ana.contacts() == []


async def test_silence_moves_on_to_the_next_peer_after_a_minute(world: World) -> None:
    await world.asks(urgency="now")
    ana, ben = await world.person("ana"), await world.person("ben")
    await ana.is_paged()
    await ben.is_not_paged()
    world.rang("ana")

    await world.advance(seconds=61)

    await ana.is_not_paged()
    await ben.is_paged()
    world.rang("ben")


async def test_not_now_passes_on_at_once_and_is_not_asked_again(world: World) -> None:
    await world.asks(urgency="today")
    ana, ben, cleo = [await world.person(slug) for slug in ("ana", "ben", "cleo")]

    await ana.declines()
    await world.settle()
    await ben.recuses()
    await world.settle()
    await cleo.is_paged()
    await world.advance(minutes=11)

    await ana.is_not_paged()
    await ben.is_not_paged()
    world.rang("ana", "ben", "cleo", "mara", "jon")


async def test_nobody_left_turns_to_the_coordinator_and_says_so(world: World) -> None:
    requester = await world.asks(urgency="now")
    mara = await world.person("mara")
    assert (await mara.client.get("/v1/waiting")).json()["data"] == []

    for _ in ("ana", "ben", "cleo"):
        await world.advance(seconds=61)
    await mara.is_paged()
    await world.leads_say_nothing()

    assert await requester.state() == "with_coordinator"
    world.rang("ana", "ben", "cleo", "mara", "jon")
    waiting = (await mara.client.get("/v1/waiting")).json()["data"]
    assert [set(item) for item in waiting] == [{"callout_id", "urgency", "language", "team", "asked_at"}]

    taken = await mara.client.post(f"/v1/waiting/{waiting[0]['callout_id']}/take")
    assert taken.status_code == 204
    assert (await requester.standing())["peer"]["name"] == "Mara Lindqvist"
    again = await (await world.person("jon")).client.post(f"/v1/waiting/{waiting[0]['callout_id']}/take")
    assert again.status_code == 409


async def test_somebody_who_comes_on_call_later_is_found(world: World) -> None:
    await world.leads_are_not_reached()
    for slug in ("ana", "ben", "cleo"):
        await (await world.person(slug)).is_on_call(False)
    requester = await world.asks(urgency="now")
    assert await requester.state() == "with_coordinator"

    await (await world.person("ben")).is_on_call(True)
    await world.advance(minutes=2)

    assert await requester.state() == "paging"
    await (await world.person("ben")).is_paged()
    world.rang("ben")


async def test_the_own_center_is_never_asked_unless_wished(world: World) -> None:
    center = (
        await world.rows(
            "SELECT slug FROM shared.agency a JOIN shared.member m ON m.agency_id = a.id WHERE m.name = 'Ana Reyes'"
        )
    )[0][0]
    await world.asks(center=center, urgency="now")
    ana, ben = await world.person("ana"), await world.person("ben")
    await ana.is_not_paged()
    await ben.is_paged()
    world.rang("ben")
    world.no_unexpected_message()
    colleagues = await world.rows(
        "SELECT count(*) FROM shared.copy p JOIN shared.member m ON m.id = p.peer_id"
        " JOIN shared.agency a ON a.id = m.agency_id WHERE a.slug = $1",
        center,
    )
    assert colleagues == [(0,)]

    await world.begin()
    await world.asks(center=center, urgency="now", center_wish="own")
    await (await world.person("ana")).is_paged()
    world.rang("ana")


async def test_who_is_not_trained_designated_and_in_date_is_never_asked(world: World) -> None:
    await world.leads_are_not_reached()
    not_current = await world.rows(
        "SELECT id FROM shared.member m JOIN shared.membership s ON s.member_id = m.id WHERE training_hours < 40"
        " OR (SELECT count(*) FROM shared.training_module d WHERE d.member_id = m.id) < 4"
        " OR designated_on IS NULL OR designated_on > current_date OR lapses_on <= current_date"
    )
    assert len(not_current) == 8
    ids = [row[0] for row in not_current]
    await world.copy.superuser.execute("UPDATE shared.availability SET is_available = peer_id = ANY($1)", ids)

    requester = await world.asks(urgency="now")

    assert await requester.state() == "with_coordinator"
    assert await world.rows("SELECT id FROM shared.offer") == []


async def test_an_accept_without_contact_is_paged_again(world: World) -> None:
    requester = await world.asks(urgency="now")
    ana, ben = await world.person("ana"), await world.person("ben")
    world.phone(ana).expect_page()
    await ana.accepts()

    await world.advance(minutes=11)

    assert await requester.state() == "paging"
    assert await ana.contacts() == []
    await ana.is_not_paged()
    await ben.is_paged()
    world.rang("ben")


async def test_stop_asking_calls_everybody_off_and_forgets(world: World) -> None:
    requester = await world.asks()
    ana = await world.person("ana")
    offer_id = await ana.is_paged()
    world.phone(ana).expect_page()

    assert (await requester.withdraws()).status_code == 204
    await world.settle()

    await ana.is_not_paged()
    late = await ana.accepts(offer_id)
    assert late.status_code == 409
    assert late.json()["type"] == "/problems/already_taken"
    assert (await requester._post("status")).status_code == 404
    assert await world.rows("SELECT home_id FROM shared.receipt_route") == [(None,)]


async def test_a_request_from_outside_waits_for_approval_and_then_goes_on(world: World) -> None:
    requester = await world.asks(center="outside:kansas-city")
    ana, manager = await world.person("ana"), await world.person("manager")
    assert await requester.state() == "pending_approval"
    await world.advance(minutes=30)
    await ana.is_not_paged()
    world.leads_get_a_notice()

    approvals = (await manager.client.get("/v1/approvals")).json()["data"]
    fields = {"id", "coming_from", "urgency", "language", "opened_at", "choice", "held_until"}
    assert [set(item) for item in approvals] == [fields]
    assert approvals[0]["coming_from"] == "Kansas City (registry)"
    decided = await manager.client.post(f"/v1/approvals/{approvals[0]['id']}/approve")
    assert decided.status_code == 200
    await world.advance(seconds=10)

    assert await requester.state() == "paging"
    await ana.is_paged()
    world.phone(ana).expect_page()
    twice = await manager.client.post(f"/v1/approvals/{approvals[0]['id']}/decline", json={"reason": "own_program"})
    assert twice.status_code == 409


async def test_a_declined_request_is_told_why_and_nobody_was_paged(world: World) -> None:
    requester = await world.asks(center="outside:elsewhere")
    world.leads_get_a_notice()
    manager = await world.person("manager")
    approvals = (await manager.client.get("/v1/approvals")).json()["data"]

    await manager.client.post(f"/v1/approvals/{approvals[0]['id']}/decline", json={"reason": "no_agreement"})
    await world.advance(seconds=10)

    standing = await requester.standing()
    assert (standing["state"], standing["decline_reason"]) == ("declined", "no_agreement")
    assert await world.rows("SELECT id FROM shared.offer") == []


async def test_a_command_level_request_stays_in_its_own_pool(world: World) -> None:
    requester = await world.asks(team="command_level", urgency="now")
    assert await requester.state() == "paging"
    paged = await world.rows(
        "SELECT t.kind FROM shared.offer o JOIN shared.membership s ON s.member_id = o.peer_id"
        " JOIN shared.team t ON t.id = s.team_id"
    )
    assert paged == [("command_level",)]
    await (await world.person("ana")).is_not_paged()
    world.rang("walt")


async def test_a_region_without_people_says_so_and_keeps_the_request(world: World) -> None:
    requester = await world.asks(center="", region="kansas-city")
    assert await requester.state() == "with_coordinator"
