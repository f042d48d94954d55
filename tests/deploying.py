"""What people do about deployments, by the API, as the stories tell it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx2

from libs.notify import messages
from tests.phones import Phone
from tests.world import Person, World, peer_id


@dataclass
class Team:
    """A deployment, as those who lead it see it."""

    world: World
    lead: Person
    id: str

    async def seen(self) -> dict[str, Any]:
        """All of it."""
        response = await self.lead.client.get(f"/v1/deployments/{self.id}")
        assert response.status_code == 200, response.text
        found: dict[str, Any] = response.json()
        return found

    async def state(self) -> str:
        """Where it stands."""
        return str((await self.seen())["deployment"]["state"])

    async def invited(self, *states: str) -> list[dict[str, Any]]:
        """Who is proposed, asked, or was."""
        return [one for one in (await self.seen())["invited"] if not states or one["state"] in states]

    async def does(self, act: str, **body: object) -> httpx2.Response:
        """Do something about it, and let what follows follow."""
        whatever = {"if-match": "*"} if act == "change" else {}
        response = await self.lead.client.post(f"/v1/deployments/{self.id}/{act}", json=body or None, headers=whatever)
        await self.world.settle()
        return response

    async def did(self, act: str, **body: object) -> None:
        """Do something about it that has to work."""
        response = await self.does(act, **body)
        assert response.status_code in {201, 204}, response.text


async def now(world: World) -> datetime:
    """The database's clock."""
    found: datetime = (await world.rows("SELECT shared.clock()"))[0][0]
    return found


async def minutes_from_now(world: World, minutes: float) -> str:
    """A moment by the database's clock, as a form or an integrator sends it."""
    return (await now(world) + timedelta(minutes=minutes)).isoformat()


async def incident(world: World, **told: object) -> dict[str, Any]:
    """What a center tells of an incident of an hour ago; the smallest team unless something else is said."""
    happened_at = (await now(world) - timedelta(hours=1)).isoformat()
    known = {"id": str(uuid4()), "type": "other", "involved": "1_5", "happened_at": happened_at}
    return {**known, "dispatchers_included": "yes", "backfill": "yes", **told}


async def opened(world: World, who: str = "manager", agency: str = "redbank", **told: object) -> Team:
    """Somebody who leads opens one; a team is proposed."""
    lead = await world.person(who)
    body = await incident(world, agency=agency, **told)
    response = await lead.client.post("/v1/deployments", json=body)
    assert response.status_code == 201, response.text
    await world.settle()
    expect_coordinators_told(world)
    return Team(world, lead, response.json()["id"])


async def asked(world: World, team: Team) -> list[dict[str, Any]]:
    """Have the proposed team asked; every phone that rings is one of those who are asked."""
    await team.did("fill")
    found = await team.invited("asked")
    expect_notices(world, [one["member_id"] for one in found])
    return found


async def accounts_for(world: World, members: list[dict[str, Any]]) -> list[Person]:
    """Let these members sign in."""
    return [await member(world, one["member_id"]) for one in members]


async def member(world: World, member_id: str) -> Person:
    """Any member of the roster, signed in; most of the cast's 114 have no account of their own."""
    if member_id not in world.people:
        await world.copy.superuser.execute(
            "INSERT INTO shared.account (id, role, region_id, member_id, name) SELECT id, 'peer', region_id, id, name"
            " FROM shared.member WHERE id = $1 ON CONFLICT DO NOTHING",
            member_id,
        )
        account = (await world.rows("SELECT id FROM shared.account WHERE member_id = $1", member_id))[0][0]
        world.people[member_id] = Person(member_id, world.client(await world.signs_in(account)))
    return world.people[member_id]


async def invitation_of(person: Person) -> dict[str, Any]:
    """The one thing that a peer has in hand."""
    found: list[dict[str, Any]] = (await person.client.get("/v1/invitations")).json()["data"]
    assert len(found) == 1, found
    return found[0]


async def says_yes(world: World, person: Person, invitation_id: str | None = None) -> str:
    """Say yes; returns what it came to."""
    chosen = invitation_id or (await invitation_of(person))["invitation_id"]
    response = await person.client.post(f"/v1/invitations/{chosen}/accept")
    assert response.status_code == 200, response.text
    await world.settle()
    return str(response.json()["outcome"])


async def filled(world: World, team: Team) -> list[Person]:
    """Everybody who is needed says yes, one of each role after the other; returns those on the team."""
    on_team = []
    for one in await asked(world, team):
        person = await member(world, one["member_id"])
        mine = (await person.client.get("/v1/invitations")).json()["data"]
        if mine and await says_yes(world, person, mine[0]["invitation_id"]) == "on_team":
            on_team.append(person)
    assert await team.state() == "ready"
    return on_team


COORDINATORS = tuple(str(peer_id(slug)) for slug in ("mara", "jon", "ruth", "tomas"))


def expect_coordinators_told(world: World) -> None:
    """Insist that every coordinator's phone rang once."""
    expect_notices(world, COORDINATORS)


def expect_notices(world: World, *told: Iterable[str]) -> None:
    """Insist that each of these phones rang as often as it is in these lists, saying "open the dashboard" alone."""
    for member_id, times in Counter(one for each in told for one in each).items():
        phone = world.phone_of(member_id)
        assert [letter.words for letter in phone.unread()] == [messages.ON_DUTY_NOTICE] * times, member_id
        phone.read += times


def phone_of(world: World, person: Person) -> Phone:
    """A member's phone."""
    return world.phone_of(person.name)
