"""Everybody who can stand before a route, and everything that can be named to it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import httpx2

from libs.peer.accounts import actions as accounts
from libs.peer.accounts.actions import NewAccount
from libs.peer.accounts.models import Role
from libs.peer.accounts.rules import hashed
from libs.peer.clients import actions as clients
from libs.peer.clients.actions import NewClient
from services.api.policy import Entry, Principal
from services.cli import demo
from tests import foreign
from tests.world import World, peer_id

PEER, MANAGER, ADMIN = (UUID(int=0xE15E_0000_4000_8000_0000_0000_0000 + number) for number in range(3))
"""Accounts in the other region; the peer's is also a member there."""


_KINDS = ("callout_id", "offer_id", "approval_id", "agreement_id", "follow_up_id")


@dataclass(frozen=True)
class Caller:
    """Somebody who calls.

    Attributes:
        principal: None for whoever is nobody.
        scope: of a machine.
        sees: ids that this caller may be told; every other one that there is would be a leak.
    """

    name: str
    client: httpx2.AsyncClient
    principal: Principal | None = None
    scope: str = ""
    sees: frozenset[str] = frozenset()

    def may(self, entry: Entry) -> bool:
        """Say what the policy table says."""
        if Principal.ANYBODY in entry.principals:
            return True
        if self.principal is Principal.INTEGRATOR and entry.scope != self.scope:
            return False
        return self.principal in entry.principals


@dataclass
class Things:
    """Ids by the name of the path's parameter, then by whose they are.

    Attributes:
        slugs: centers by whose they are, as addresses name them; a name is no secret.
    """

    ids: dict[str, dict[str, str]] = field(default_factory=dict)
    slugs: dict[str, str] = field(default_factory=dict)

    def named(self, kind: str) -> dict[str, str]:
        """Return what there is of a kind, by whose it is; a kind of which nothing is laid is a hole in the test."""
        found = self.slugs if kind == "agency" else self.ids[kind]
        assert found, f"nothing is laid of {kind}"
        return found

    @property
    def all(self) -> frozenset[str]:
        """Every id that somebody could be told wrongly."""
        return frozenset(value for named in self.ids.values() for value in named.values())

    def of(self, *owners: str) -> frozenset[str]:
        """Return the ids of these owners."""
        return frozenset(value for named in self.ids.values() for owner, value in named.items() if owner in owners)


@asynccontextmanager
async def laid(world: World) -> AsyncIterator[tuple[list[Caller], Things]]:
    """Put an offer before Ana, one before Ben, one more with the coordinator, an approval, and the same elsewhere."""
    run = world.copy.superuser.execute
    region = (await world.planes.tenants()).region("kansas-city")
    await _elsewhere(world, region.id)
    # Everybody here stands in a network from which both rosters are seen; PEER, elsewhere, has a photo there.
    for one in (region.id, (await world.heartland()).id):
        await run("INSERT INTO shared.intranet_place VALUES ($1, $1, '{127.0.0.0/8}', '{}')", one)
    await run("INSERT INTO shared.photo VALUES ($1, $2, 'of PEER')", PEER, region.id)
    await world.leads_are_not_reached()
    await world.on_rota("manager")
    try:
        things = await _things(world, region.id)
        await _let_lead(world, things.ids["team_id"]["elsewhere"], region.id)
        things.ids |= await _webhooks(world, (await world.heartland()).id, region.id)
        things.ids |= await _directories(world, region.id)
        things.ids |= await foreign.laid(world, region, peer=PEER, admin=ADMIN)
        things.slugs |= await foreign.slugs(world, region)
        await _exchange(world, things, region.id)
        yield await _callers(world, things), things
    finally:
        await foreign.swept(world)
        await run("DELETE FROM shared.intranet_place")
        await run("DELETE FROM shared.callout WHERE region_id = $1", region.id)
        await run("DELETE FROM shared.schedule")
        await run("DELETE FROM shared.membership WHERE region_id = $1", region.id)
        await run("DELETE FROM shared.team WHERE region_id = $1", region.id)
        await run("DELETE FROM shared.agreement WHERE region_id = $1", region.id)
        await run("DELETE FROM shared.follow_up WHERE region_id = $1", region.id)
        await run("DELETE FROM shared.deployment")
        await run("DELETE FROM shared.incident")
        await run("DELETE FROM shared.station")
        await run("DELETE FROM shared.desk_person")
        await run("DELETE FROM shared.provisioning_token")
        await run("DELETE FROM shared.account WHERE region_id = $1", region.id)
        await run("DELETE FROM shared.client WHERE id LIKE 't1_%'")
        await run("DELETE FROM shared.member WHERE id = $1", PEER)


async def _people_elsewhere(world: World) -> dict[str, dict[str, str]]:
    """Give the coordinator there a passkey; return it and who is there, by kind."""
    passkey = uuid4()
    await world.copy.superuser.execute(
        "INSERT INTO shared.passkey (id, account_id, credential_id, public_key, sign_count, name, added_on)"
        " VALUES ($1, $2, $3, '', 0, 'Somebody Else', CAST(shared.clock() AS date))",
        *(passkey, PEER, PEER.bytes),
    )
    found = {"member_id": PEER, "account_id": ADMIN, "passkey_id": passkey}
    return {kind: {"elsewhere": str(one)} for kind, one in found.items()}


async def _elsewhere(world: World, region_id: UUID) -> None:
    """Copy somebody into the other region, with accounts for them, a manager and an admin there."""
    agency_id = (await world.planes.tenants()).agencies_of((await world.planes.tenants()).regions[region_id])[0].id
    await world.copy.copy_member(id=PEER, region_id=region_id, agency_id=agency_id)
    async with world.planes.door() as door:
        for account in (
            NewAccount(PEER, Role.COORDINATOR, region_id, "Somebody Else", member_id=PEER),
            NewAccount(MANAGER, Role.PROGRAM_MANAGER, region_id, "Somebody Else"),
            NewAccount(ADMIN, Role.PSAP_ADMIN, region_id, "Somebody Else", agency_id=agency_id),
        ):
            await accounts.add(door, account)


async def _things(world: World, elsewhere: UUID) -> Things:
    await world.on_call("ana", "ben")
    for center in ("redbank", "redbank", "redbank", "outside:elsewhere"):
        await world.asks(center=center, urgency="this_week", leave_out_names=["Castellano"])
    run, ids = world.copy.superuser.execute, [str(uuid4()) for _ in range(5)]
    await run(
        "INSERT INTO shared.callout (id, region_id, home_id, request_id, urgency, channel, language, team, center_wish,"
        " state) VALUES ($1, $2, $2, $1, 'now', 'this_page', 'en', 'roving', 'another', 'with_coordinator')",
        *(ids[0], elsewhere),
    )
    await run("INSERT INTO shared.copy VALUES ($1, $2, $3, $1)", elsewhere, ids[0], PEER)
    await run(
        "INSERT INTO shared.offer VALUES ($1, $2, $3, 1, $4, 'open', shared.clock(),"
        " shared.clock() + interval '1 day')",
        *(ids[1], ids[0], elsewhere, PEER),
    )
    await run(
        "INSERT INTO shared.approval VALUES ($1, $2, 'Elsewhere', 'now', 'en', 'waiting', NULL, shared.clock())",
        *(ids[2], elsewhere),
    )
    await run(
        "INSERT INTO shared.agreement (id, region_id, kind, partner, starts_on, ends_on)"
        " VALUES ($1, $2, 'state', 'Elsewhere', '2026-01-01', '2099-01-01')",
        *(ids[3], elsewhere),
    )
    await run(
        "INSERT INTO shared.follow_up (id, callout_id, region_id, peer_id, kind, state, due_at, next_at)"
        " VALUES ($1, $2, $3, $4, 'week', 'planned', shared.clock(), shared.clock())",
        *(ids[4], ids[0], elsewhere, PEER),
    )
    found = Things({kind: {"elsewhere": value} for kind, value in zip(_KINDS, ids, strict=True)})
    found.ids |= await _people_elsewhere(world)
    for owner in ("ana", "ben"):
        row = await world.rows("SELECT id, callout_id FROM shared.offer WHERE peer_id = $1", peer_id(owner))
        found.ids["offer_id"][owner], found.ids["callout_id"][owner] = map(str, row[0])
    waiting = await world.rows(
        "SELECT id FROM shared.callout WHERE state = 'with_coordinator' AND region_id <> $1", elsewhere
    )
    pending = await world.rows("SELECT id, approval_id FROM shared.callout WHERE state = 'pending_approval'")
    found.ids["callout_id"] |= {"coordinator": str(waiting[0][0]), "outside": str(pending[0][0])}
    found.ids["approval_id"]["manager"] = str(pending[0][1])
    heartland = await world.heartland()
    for kind, ids_of in (
        ("elsewhere", await _plans(world, elsewhere, PEER)),
        ("manager", await _plans(world, heartland.id, peer_id("ruth"))),
    ):
        for name, value in ids_of.items():
            found.ids.setdefault(name, {})[kind] = value
    await _deployments(world, found, elsewhere)
    return found


async def _exchange(world: World, found: Things, elsewhere: UUID) -> None:
    """Let the other region be asked to help with what waits for the manager here; its id is the approval's there."""
    run, exchange, callout = world.copy.superuser.execute, uuid4(), UUID(found.ids["callout_id"]["outside"])
    await run(
        "INSERT INTO shared.exchange (id, region_id, helping_id, urgency, language, state)"
        " VALUES ($1, $2, $3, 'this_week', 'en', 'requested')",
        *(exchange, (await world.heartland()).id, elsewhere),
    )
    await run("UPDATE shared.callout SET exchange_id = $1, partner_id = $2 WHERE id = $3", exchange, elsewhere, callout)
    await run(
        "INSERT INTO shared.approval VALUES ($1, $2, 'Heartland', 'this_week', 'en', 'waiting', NULL, shared.clock())",
        *(exchange, elsewhere),
    )
    found.ids["approval_id"]["who helps"] = str(exchange)


async def _let_lead(world: World, team: str, elsewhere: UUID) -> None:
    await world.copy.superuser.execute(
        "INSERT INTO shared.membership (member_id, team_id, region_id, designated_on, role)"
        " VALUES ($1, $2, $3, '2020-01-01', 'coordinator')",
        *(PEER, team, elsewhere),
    )


async def _station(world: World, elsewhere: UUID) -> str:
    """Give a workstation of another region's agency a page."""
    tenants, made = await world.planes.tenants(), uuid4()
    agency = tenants.agencies_of(tenants.regions[elsewhere])[1]
    await world.copy.superuser.execute(
        "INSERT INTO shared.station (id, agency_id, position, address_hash) VALUES ($1, $2, '5', $3)",
        *(made, agency.id, made.bytes),
    )
    return str(made)


async def _plans(world: World, region_id: UUID, peer: UUID) -> dict[str, str]:
    """Let a region's command-level team plan one of everything."""
    run, team = world.copy.superuser.execute, uuid4()
    await run(
        "INSERT INTO shared.team VALUES ($1, $2, 'command_level', NULL, '') ON CONFLICT DO NOTHING", team, region_id
    )
    team = (await world.rows("SELECT id FROM shared.team WHERE kind = 'command_level' AND region_id = $1", region_id))[
        0
    ][0]
    rotation, override, sign_up, swap = (uuid4() for _ in range(4))
    begin, end = "shared.clock() + interval '1 day'", "shared.clock() + interval '2 days'"
    await run("INSERT INTO shared.schedule VALUES ($1, $2, 1, false, shared.clock())", team, region_id)
    await run(
        "INSERT INTO shared.rotation VALUES ($1, $2, $3, 'Weeks', false, false, 7, 'day', 'UTC', '2026-01-01', NULL,"
        " '08:00', NULL, NULL, '1234567')",
        *(rotation, region_id, team),
    )
    await run(f"INSERT INTO shared.sign_up VALUES ($1, $2, $3, NULL, {begin}, {end})", sign_up, region_id, team)
    await run(
        f"INSERT INTO shared.swap VALUES ($1, $2, $3, $4, $5, NULL, {begin}, {end}, 'open', {begin}, {begin})",
        *(swap, region_id, team, rotation, peer),
    )
    await run(
        f"INSERT INTO shared.shift_override VALUES ($1, $2, $3, $4, $5, NULL, NULL, {begin}, {end}, {begin})",
        *(override, region_id, team, rotation, peer),
    )
    named = {"team_id": team, "rotation_id": rotation, "override_id": override, "sign_up_id": sign_up, "swap_id": swap}
    return {name: str(value) for name, value in named.items()}


async def _webhooks(world: World, here: UUID, elsewhere: UUID) -> dict[str, dict[str, str]]:
    """Lay an address with a delivery for a client of each region, and for another client of ours."""
    run = world.copy.superuser.execute
    found: dict[str, dict[str, str]] = {"endpoint_id": {}, "delivery_id": {}}
    found["client_id"] = {"manager": "t1_hooks_own", "elsewhere": "t1_elsewhere"}
    for owner, region_id in (("t1_hooks_own", here), ("t1_other", here), ("t1_elsewhere", elsewhere)):
        async with world.planes.door() as door:
            await clients.put(door, NewClient(owner, region_id=region_id, secret=owner, scope="webhooks:write"))
        endpoint, delivery = uuid4(), uuid4()
        await run(
            "INSERT INTO shared.webhook_endpoint (id, region_id, client_id, url, event_types, status)"
            " VALUES ($1, $2, $3, 'https://hooks.example.org/', '{duty.changed}', 'active')",
            *(endpoint, region_id, owner),
        )
        await run(
            "INSERT INTO shared.webhook_delivery (id, endpoint_id, region_id, event_id, type, subject_id)"
            " VALUES ($1, $2, $3, $1, 'duty.changed', $3)",
            *(delivery, endpoint, region_id),
        )
        found["endpoint_id"][owner], found["delivery_id"][owner] = str(endpoint), str(delivery)
    return found


async def _directories(world: World, elsewhere: UUID) -> dict[str, dict[str, str]]:
    """Let the directories of two centers each name an admin; both have a token."""
    tenants, found = await world.planes.tenants(), dict[str, dict[str, str]]()
    agencies = {"directory": tenants.agency("redbank"), "elsewhere": tenants.agencies_of(tenants.regions[elsewhere])[1]}
    for owner, agency in agencies.items():
        ids = {"user_id": uuid4(), "person_id": uuid4(), "token_id": uuid4()}
        for number, kind in enumerate(("user_id", "person_id")):
            await world.copy.superuser.execute(
                "INSERT INTO shared.desk_person (id, agency_id, user_name, is_active, role)"
                " VALUES ($1, $2, $3, true, 'psap_admin')",
                *(ids[kind], agency.id, f"person {number}"),
            )
        await world.copy.superuser.execute(
            "INSERT INTO shared.provisioning_token (id, agency_id, token_hash, made_on) VALUES ($1, $2, $3, now())",
            *(ids["token_id"], agency.id, hashed(f"scim_{owner}")),
        )
        # What the admin of the center may do to its own token and to themselves, other tests show.
        for kind in ids if owner == "elsewhere" else ("user_id",):
            found.setdefault(kind, {})[owner] = str(ids[kind])
    return found


async def _deployments(world: World, found: Things, elsewhere: UUID) -> None:
    """Lay a team that goes to a third agency, with somebody asked who is no caller here; and the same elsewhere."""
    tenants = await world.planes.tenants()
    here = tenants.agency("bluestem")
    places = {"program": (here.region_id, here.id, peer_id("cleo"))}
    places["elsewhere"] = (elsewhere, tenants.agencies_of(tenants.regions[elsewhere])[1].id, PEER)
    found.ids["deployment_id"], found.ids["invitation_id"] = {}, {}
    run = world.copy.superuser.execute
    for owner, (region_id, agency_id, asked) in places.items():
        deployment, invitation = uuid4(), uuid4()
        await run(
            "INSERT INTO shared.incident VALUES ($1, $2, $3, 'other', '1_5', shared.clock(), NULL, 'involved', NULL,"
            " '', 'America/Chicago', 'yes', 'yes', 'program')",
            *(deployment, region_id, agency_id),
        )
        await run(
            "INSERT INTO shared.deployment (id, region_id, agency_id, incident_id, kind, target, starts_at, place,"
            " time_zone, dispatchers_included, backfill, state) VALUES ($1, $2, $3, $1, 'pfa', 'involved',"
            " shared.clock() + interval '1 day', '', 'America/Chicago', 'yes', 'yes', 'filling')",
            *(deployment, region_id, agency_id),
        )
        await run(
            "INSERT INTO shared.invitation (id, deployment_id, region_id, member_id, role, state, asked_at, expires_at)"
            " VALUES ($1, $2, $3, $4, 'peer', 'asked', shared.clock(), shared.clock() + interval '1 hour')",
            *(invitation, deployment, region_id, asked),
        )
        found.ids["deployment_id"][owner] = str(deployment)
        found.ids["invitation_id"]["cleo" if owner == "program" else owner] = str(invitation)
    found.ids["station_id"] = {"elsewhere": await _station(world, elsewhere)}


def sees_of(things: Things, *owners: str) -> frozenset[str]:
    """Return the centers that a caller is there for."""
    return frozenset(things.slugs[owner] for owner in owners if owner in things.slugs)


async def _callers(world: World, things: Things) -> list[Caller]:
    async def person(name: str, account: UUID, principal: Principal, *owners: str) -> Caller:
        client = world.client(await world.signs_in(account))
        return Caller(name, client, principal, sees=things.of(*owners) | {str(account)} | sees_of(things, *owners))

    def machine(name: str, token: str, scope: str = "", *owners: str) -> Caller:
        principal = Principal.INTEGRATOR if scope else None
        client = world.client(headers={"authorization": f"Bearer {token}"})
        return Caller(name, client, principal, scope, things.of(*owners) | sees_of(things, *owners))

    session, tokens = await world.signs_in(peer_id("cleo")), await foreign.tokens(world)
    run: Callable[..., Awaitable[Any]] = world.copy.superuser.execute
    for table, token in (("sign_in", session), ("access_token", tokens["old"])):
        await run(f"UPDATE shared.{table} SET expires_at = shared.clock() WHERE token_hash = $1", hashed(token))
    scim = world.client(headers={"authorization": "Bearer scim_directory"})
    return [
        Caller("nobody", world.client()),
        machine("a made-up directory", "scim_none"),
        Caller("a center's directory", scim, Principal.DIRECTORY, sees=things.of("directory") | {foreign.OWN}),
        Caller("a made-up session", world.client("no-such-session")),
        Caller("an expired session", world.client(session)),
        machine("a made-up token", "psk_test_none"),
        machine("an expired token", tokens["old"]),
        machine("a machine that would put a sandbox back", tokens["sandbox"], "sandbox:write"),
        machine("a machine", tokens["right"], "agencies:read"),
        machine("a machine that shows the roster", tokens["roster"], "roster:read"),
        machine("a region's machine that reports", tokens["reports"], "incidents:write", "own center", "neighbor"),
        machine("a center's machine", tokens["center"], "incidents:write", "own center"),
        machine("a machine that writes webhooks", tokens["hooks"], "webhooks:write", "t1_hooks_own"),
        machine("a machine that reads webhooks", tokens["looks"], "webhooks:read", "t1_hooks_own"),
        machine("a machine that reads webhooks elsewhere", tokens["elsewhere"], "webhooks:read", "t1_elsewhere"),
        await person("ana", peer_id("ana"), Principal.PEER, "ana"),
        await person("ben", peer_id("ben"), Principal.PEER, "ben"),
        await person("mara", peer_id("mara"), Principal.COORDINATOR, "coordinator", "program"),
        await person("jon, who was left out", peer_id("jon"), Principal.COORDINATOR, "program"),
        await person("the manager", demo.MANAGER, Principal.PROGRAM_MANAGER, "manager", "program"),
        await person("the admin", demo.ADMIN, Principal.PSAP_ADMIN, "directory", "own center"),
        await person("a coordinator elsewhere", PEER, Principal.COORDINATOR, "elsewhere"),
        await person("a manager elsewhere", MANAGER, Principal.PROGRAM_MANAGER, "elsewhere", "who helps"),
        await person("an admin elsewhere", ADMIN, Principal.PSAP_ADMIN, "admin elsewhere", "center elsewhere"),
    ]
