"""A second region that can be asked to help: its manager, and one peer of its roving team."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx2

from libs.peer.accounts import actions as accounts
from libs.peer.accounts.actions import NewAccount
from libs.peer.accounts.models import Role
from libs.peer.approvals import actions as approvals
from libs.tenancy.directory import RegionRef, Tenants
from tests.databases import Copy
from tests.reporting import by_key
from tests.world import Person, Requester, World

MANAGER, TEAM, PEER = (UUID(int=0xE8C4_0000_4000_8000_0000_0000_0000 + number) for number in range(3))


@dataclass
class There:
    """The region that helps, and its manager."""

    region: RegionRef
    manager: Person

    async def waiting(self) -> list[dict[str, Any]]:
        """What its manager decides on."""
        return list((await self.manager.client.get("/v1/approvals")).json()["data"])

    async def decides(self, act: str, **body: object) -> httpx2.Response:
        """Its manager decides the one that waits."""
        (item,) = await self.waiting()
        return await self.manager.client.post(f"/v1/approvals/{item['id']}/{act}", json=body or None)


async def opened(world: World) -> There:
    """Give Kansas City people; `closed` takes them out again, as they outlive the stories."""
    tenants = await world.planes.tenants()
    region = tenants.region("kansas-city")
    async with world.planes.door() as door:
        await accounts.add(door, NewAccount(MANAGER, Role.PROGRAM_MANAGER, region.id, "Ada Holm"))
    async with world.planes.program(region) as program:
        await approvals.put_on_rota(program, MANAGER, region_id=region.id, name="Ada Holm")
    await with_a_peer(world.copy, tenants)
    return There(region, await signed_in(world))


async def with_a_peer(copy: Copy, tenants: Tenants) -> None:
    """Give Kansas City a roving team of one peer."""
    region = tenants.region("kansas-city")
    team = "INSERT INTO shared.team (id, region_id, kind, name) VALUES ($1, $2, 'roving', 'Roving')"
    await copy.superuser.execute(team, TEAM, region.id)
    await _joins(copy, tenants, PEER, "Nora Vance")


async def _joins(copy: Copy, tenants: Tenants, peer: UUID, name: str) -> None:
    region = tenants.region("kansas-city")
    await copy.copy_member(id=peer, region_id=region.id, agency_id=tenants.agencies_of(region)[0].id, name=name)
    await copy.superuser.execute(
        "INSERT INTO shared.membership (member_id, team_id, region_id, designated_on, role)"
        " VALUES ($1, $2, $3, '2020-01-01', 'peer')",
        *(peer, TEAM, region.id),
    )


async def another_peer(world: World, name: str) -> UUID:
    """Give its roving team one more, of the same center."""
    peer = uuid4()
    await _joins(world.copy, await world.planes.tenants(), peer, name)
    return peer


async def signed_in(world: World) -> Person:
    """Sign its manager in anew."""
    return Person("ada", world.client(await world.signs_in(MANAGER)))


async def closed(world: World) -> None:
    """Take its people out again."""
    run = world.copy.superuser.execute
    await run("DELETE FROM shared.membership WHERE team_id = $1", TEAM)
    await run("DELETE FROM shared.team WHERE id = $1", TEAM)
    region = (await world.planes.tenants()).region("kansas-city").id
    await run("DELETE FROM shared.member WHERE region_id = $1", region)
    await run("DELETE FROM shared.sign_in WHERE account_id = $1", MANAGER)
    await run("DELETE FROM shared.account WHERE id = $1", MANAGER)


async def agree(world: World, manager: Person, region: str, **more: object) -> None:
    """Let a manager sign an agreement with another region."""
    today = await world.today()
    body = {"kind": "region", "region": region, "starts_on": str(today), "ends_on": str(today + timedelta(60))}
    answer = await manager.client.post("/v1/agreements", json={**body, **more}, headers=by_key())
    assert answer.status_code == 201, answer.text


async def handed_on(world: World, *, without: tuple[str, ...] = (), **choices: object) -> Requester:
    """Somebody asks in Heartland, whose manager hands it on, though nobody is on the rota: so the leads know, too.

    `without`: leads whom the requester leaves out.
    """
    client, manager = world.client(), await world.person("manager")
    await agree(world, manager, "kansas-city", takes_ours=True)
    body = {"urgency": "today", "center": "outside:elsewhere", **choices}
    response = await client.post("/v1/regions/heartland/requests", json=body)
    assert response.status_code == 201, response.text
    await world.settle()
    world.leads_get_a_notice(without=without)
    requester = Requester(client, "heartland", response.json()["receipt"])
    (item,) = (await manager.client.get("/v1/approvals")).json()["data"]
    answer = await manager.client.post(f"/v1/approvals/{item['id']}/hand-on", json={"region": "kansas-city"})
    assert answer.status_code == 200, answer.text
    await world.advance(seconds=10)
    return requester


async def offered(world: World, there: There, *, without: tuple[str, ...] = (), **choices: object) -> Requester:
    """The other region has said yes, and nobody has pressed anything."""
    requester = await handed_on(world, without=without, **choices)
    assert (await there.decides("approve")).status_code == 200
    await world.advance(seconds=10)
    return requester


async def exchange(requester: Requester) -> tuple[str, str | None]:
    """How far it is, and how it ended, as the requester is told."""
    found = (await requester.standing())["exchange"]
    return found["state"], found["outcome"]


async def goes_there(world: World, requester: Requester, **body: object) -> httpx2.Response:
    """The requester takes the offer, and what follows at once has followed."""
    address = f"/v1/regions/{requester.region}/requests/go-there"
    answer = await requester.client.post(address, json={"receipt": requester.receipt, **body})
    await world.settle()
    return answer


async def live(world: World) -> list[tuple[Any, ...]]:
    """In which regions a request goes on."""
    return await world.rows(
        "SELECT r.slug, c.state FROM shared.callout c JOIN shared.region r ON r.id = c.region_id"
        " WHERE c.state NOT IN ('closed', 'withdrawn', 'declined')"
    )
