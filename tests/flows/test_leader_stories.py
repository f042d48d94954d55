"""Somebody who leads asks: the same rank or above, from elsewhere, and nothing of it is kept."""

from collections.abc import AsyncIterator, Iterator

import pytest

from libs.peer.accounts import actions as accounts
from libs.peer.accounts.actions import NewAccount
from libs.peer.accounts.models import Role
from libs.peer.policies.models import Policy, Step, Who
from libs.peer.receipts import rules as receipts
from tests.world import Person, Requester, World, peer_id

# Walt leads a fire department, Denise Farnsworth and Felicia Grantham a center; Nadia is a sheriff's captain, Duane a
# shift supervisor. Of the coordinators Ruth leads a center, Mara and Jon a shift, Tomás a crew.
NOBODY_FREE = "No one of your rank or above is free."


@pytest.fixture(autouse=True)
def no_unexpected_message(world: World) -> Iterator[None]:
    yield
    world.no_unexpected_message()


LEADERS = ("walt", "nadia", "tomas", "duane-rutledge", "denise-farnsworth")


@pytest.fixture(autouse=True)
async def leaders_sign_in(world: World) -> AsyncIterator[None]:
    """Leaders have accounts and ranks for the time of a story: the cast outlives it."""
    region = await world.heartland()
    async with world.planes.door() as door:
        for slug in LEADERS:
            one = peer_id(slug)
            role = Role.COORDINATOR if slug == "tomas" else Role.PEER
            await accounts.add(door, NewAccount(one, role, region.id, slug, member_id=one))
    yield
    leaders = [peer_id(slug) for slug in LEADERS]
    await world.copy.superuser.execute("DELETE FROM shared.account WHERE id = ANY($1)", leaders)
    await world.copy.superuser.execute("UPDATE shared.member SET level = 4 WHERE id = $1", peer_id("walt"))


async def page_of(world: World, requester: Requester, lang: str = "en") -> str:
    form = {"receipt": requester.receipt, "lang": lang}
    return (await world.client().post("/r/heartland/status", data=form)).text


async def waits_for(person: Person) -> list[str]:
    found = (await person.client.get("/v1/waiting")).json()["data"]
    return [one["callout_id"] for one in found]


async def test_who_leads_an_agency_is_given_somebody_who_does_and_nobody_below(world: World) -> None:
    await world.leads_are_not_reached()
    walt, nadia, duane = await world.on_call("walt", "nadia", "duane-rutledge")
    requester = await world.asks(center="osprey", urgency="now", leads="agency")
    world.phone(walt).expect_page()

    await walt.declines()
    await world.advance(hours=3)

    await nadia.is_not_paged()
    await duane.is_not_paged()
    assert await requester.state() == "with_coordinator"


async def test_who_leads_a_shift_may_be_given_a_captain(world: World) -> None:
    (nadia,) = await world.on_call("nadia")
    await world.asks(center="osprey", urgency="now", leads="shift")
    world.phone(nadia).expect_page()


async def test_a_rank_that_is_not_known_is_never_taken_for_a_high_one(world: World) -> None:
    await world.leads_are_not_reached()
    (walt,) = await world.on_call("walt")
    await world.copy.superuser.execute("UPDATE shared.member SET level = NULL WHERE id = $1", peer_id("walt"))
    requester = await world.asks(center="osprey", urgency="now", leads="shift")
    await walt.is_not_paged()
    assert await requester.state() == "with_coordinator"


@pytest.mark.parametrize("center_wish", ["another", "no_preference", "own"])
async def test_nobody_of_the_own_agency_is_asked_whatever_is_wished(world: World, center_wish: str) -> None:
    await world.leads_are_not_reached()
    walt, nadia = await world.on_call("walt", "nadia")
    await world.asks(center="bluestem-sheriff", urgency="now", leads="shift", center_wish=center_wish)
    world.phone(walt).expect_page()

    await walt.declines()
    await world.advance(hours=3)

    await nadia.is_not_paged()


async def test_everybody_at_once_is_everybody_of_that_rank(world: World) -> None:
    await world.pages_by(now=Policy(steps=(Step(who=(Who.EVERYBODY,), answer_within_s=60, waves=1),)))
    walt, nadia, duane = await world.on_call("walt", "nadia", "duane-rutledge")
    await world.asks(center="osprey", urgency="now", leads="agency")
    world.phone(walt).expect_page()
    await nadia.is_not_paged()
    await duane.is_not_paged()


async def test_a_coordinator_below_is_not_asked_as_a_peer_steps_in_and_the_requester_is_told(world: World) -> None:
    await world.leads_are_not_reached()
    (tomas,) = await world.on_call("tomas")
    requester = await world.asks(center="osprey", urgency="now", leads="agency")

    await tomas.is_not_paged()
    assert (await requester.standing())["is_rank_lower"]
    assert NOBODY_FREE in await page_of(world, requester)
    assert "Nadie de su rango o superior está libre." in await page_of(world, requester, "es")

    (waiting,) = await waits_for(tomas)
    await tomas.client.post(f"/v1/waiting/{waiting}/take")

    assert await requester.state() == "accepted"
    assert (await requester.standing())["is_rank_lower"]
    assert "They may rank below you." in await page_of(world, requester)
    assert "Puede tener un rango inferior al suyo." in await page_of(world, requester, "es")


async def test_whoever_of_that_rank_becomes_free_is_asked_after_all(world: World) -> None:
    await world.leads_are_not_reached()
    await world.on_call()
    requester = await world.asks(center="osprey", urgency="now", leads="agency")
    assert await requester.state() == "with_coordinator"

    (walt,) = await world.on_call("walt")
    await world.advance(minutes=2)

    world.phone(walt).expect_page()
    assert (await walt.accepts()).status_code == 200
    assert not (await requester.standing())["is_rank_lower"]
    page = await page_of(world, requester)
    assert NOBODY_FREE not in page
    assert "They may rank below you." not in page


async def test_who_asks_without_saying_is_told_nothing_of_ranks(world: World) -> None:
    (tomas,) = await world.on_call("tomas")
    requester = await world.asks(center="osprey", urgency="now", team="command_level")
    world.phone(tomas).expect_page()
    await world.leads_are_not_reached()
    await tomas.declines()
    await world.settle()
    assert await requester.state() == "with_coordinator"
    assert not (await requester.standing())["is_rank_lower"]
    assert NOBODY_FREE not in await page_of(world, requester)


async def test_nobody_below_takes_over_and_it_looks_like_no_answer(world: World) -> None:
    (walt,) = await world.on_call("walt")
    await world.asks(center="osprey", urgency="today", leads="agency")
    world.phone(walt).expect_page()
    await walt.accepts()
    nadia, denise = await world.on_call("nadia", "denise-farnsworth")
    (contact,) = await walt.contacts()
    way = f"/v1/contacts/{contact['callout_id']}/hand-over"

    assert (await walt.client.post(way, json={"to": str(peer_id("nadia"))})).status_code == 204
    await world.settle()
    await nadia.is_not_paged()
    assert (await walt.contacts())[0]["hand_to_name"] == "Nadia Kessler"

    await world.advance(minutes=11)
    await walt.client.post(way, json={"to": str(peer_id("denise-farnsworth"))})
    await world.settle()
    world.phone(denise).expect_page()
    assert (await denise.accepts()).status_code == 200


async def test_what_one_leads_is_in_no_row_and_nobody_who_is_asked_reads_it(world: World) -> None:
    (walt,) = await world.on_call("walt")
    rows, offers = [], []
    for choices in ({"leads": "agency"}, {"team": "command_level"}):
        requester = await world.asks(center="osprey", urgency="now", **choices)
        world.phone(walt).expect_page()
        rows.append(await everything_kept(world))
        (offer,) = await walt.offers()
        offers.append({key: value for key, value in offer.items() if key not in {"id", "offered_at", "expires_at"}})
        await walt.accepts()
        await requester.withdraws()
        await world.settle()
        await world.copy.superuser.execute("DELETE FROM shared.callout")
        await world.copy.superuser.execute(
            "UPDATE shared.availability SET is_available = peer_id = $1", peer_id("walt")
        )
    assert rows[0] == rows[1]
    assert offers[0].keys() == offers[1].keys()
    assert {**offers[0], "now": None} == {**offers[1], "now": None}


async def everything_kept(world: World) -> list[tuple[object, ...]]:
    """What the callout and the care side hold, apart from ids and times."""
    callout = """
        SELECT to_jsonb(c) - 'id' - 'request_id' - 'asked_at' - 'next_at' FROM shared.callout c
    """
    schema = "SELECT schema_name FROM shared.agency WHERE slug = 'osprey'"
    ((name,),) = await world.rows(schema)
    request = f"SELECT to_jsonb(r) - 'id' - 'callout_id' - 'lookup_hash' FROM {name}.request r"
    return [*await world.rows(callout), *(await world.rows(request))[-1:]]


async def test_the_choice_is_on_the_page_and_the_form_carries_it(world: World) -> None:
    walt, nadia = await world.on_call("walt", "nadia")
    client, receipt = world.client(), receipts.draw()
    page = (await client.get("/r/heartland")).text
    assert 'name="leads"' in page
    assert "We use it once, now, and do not keep it." in page

    form = {"receipt": receipt, "center": "osprey", "urgency": "now", "team": "roving", "leads": "agency"}
    assert (await client.post("/r/heartland/ask", data=form)).status_code == 200
    await world.settle()

    world.phone(walt).expect_page()
    await nadia.is_not_paged()


async def test_a_form_that_says_nothing_and_one_that_says_nonsense(world: World) -> None:
    (ana,) = await world.on_call("ana")
    form = {"receipt": receipts.draw(), "center": "osprey", "urgency": "now", "leads": ""}
    assert (await world.client().post("/r/heartland/ask", data=form)).status_code == 200
    await world.settle()
    world.phone(ana).expect_page()

    wrong = {**form, "receipt": receipts.draw(), "leads": "the world"}
    assert (await world.client().post("/r/heartland/ask", data=wrong)).status_code == 422
