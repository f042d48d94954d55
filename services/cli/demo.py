"""The demonstration: two regions, a cast that can sign in, one-time links. On this machine alone."""

import json
from datetime import date
from pathlib import Path
from uuid import UUID

import asyncpg

from libs.notify.channels import mail
from libs.peer.accounts import actions as accounts
from libs.peer.accounts.actions import NewAccount
from libs.peer.accounts.models import Role
from libs.peer.clients import actions as clients
from libs.peer.clients import rules as client_rules
from libs.peer.clients.actions import NewClient
from libs.peer.clients.models import Scope
from libs.peer.intranet import actions as intranet
from libs.peer.intranet import queries as intranet_queries
from libs.peer.intranet.rules import Place
from libs.peer.limits import actions as limits
from libs.peer.teams import actions as teams
from libs.peer.teams import queries as team_queries
from libs.peer.teams import ranks
from libs.peer.teams.models import Member, Membership, Team, TrainingModule
from libs.tenancy import onboarding
from libs.tenancy.directory import RegionRef, Tenants
from libs.tenancy.names import RoleNames
from libs.tenancy.onboarding import NewAgency, NewRegion
from libs.tenancy.planes import ProgramSession
from libs.tenancy.transactions import Planes
from services.cli import agency, demo_deployments, demo_program, heartland, sandbox, shifts
from services.cli.heartland import HEARTLAND, KANSAS_CITY, YOUR_REGION, DemoMember, DemoRegion

REGISTRY_FILE = Path(__file__).parents[2] / "data" / "fcc-master-psap-registry-2026-02-06.xlsx"
REQUESTERS_CENTER = "redbank"
"""Where the stories' requester works, and the PSAP admin who must learn nothing of it."""
CLIENT = "psk_test_intranet"
_CAST = {"ana": Role.PEER, "ben": Role.PEER, "cleo": Role.PEER, "mara": Role.COORDINATOR, "jon": Role.COORDINATOR}
YOUR_MANAGER = UUID("00000000-0000-4000-9000-000000000003")
"""Runs the region that the newcomer fills: begins empty."""
YOUR_LINK = "your_program_manager"
MANAGER, ADMIN = UUID("00000000-0000-4000-9000-000000000001"), UUID("00000000-0000-4000-9000-000000000002")
DEPUTY = UUID("00000000-0000-4000-9000-000000000004")
"""A second program manager of Heartland, who decides when the first does not."""
_THIS_MACHINE = ("127.0.0.0/8", "::1/128")
"""From where a demonstration shows the roster without login: it is nowhere else."""
_MANAGER_NAME, _DEPUTY_NAME = "Grace Abbott", "Lena Okafor"
CLINICIAN_LINK = "clinician"


async def lay_regions(owner: asyncpg.Connection, roles: RoleNames) -> None:
    """Make both regions with their agencies, and an empty one for the newcomer; what is there stays."""
    await _region(owner, roles, KANSAS_CITY)
    for state, counties in KANSAS_CITY.counties.items():
        await agency.onboard(owner, roles, KANSAS_CITY.slug, state, counties)
    await _region(owner, roles, YOUR_REGION)
    region_id = await _region(owner, roles, HEARTLAND)
    await owner.execute("UPDATE shared.region SET channels = '{in_app,mail}' WHERE id = $1", region_id)
    await sandbox.make(owner, roles, region_id, _new(HEARTLAND))
    for each in heartland.AGENCIES:
        new = NewAgency(each.slug, each.name, each.discipline, each.state, each.county, each.city)
        await onboarding.create_agency(owner, roles, region_id, new)


async def _your_manager(planes: Planes) -> None:
    region = (await planes.tenants()).region(YOUR_REGION.slug)
    async with planes.door() as door:
        await accounts.add(door, NewAccount(YOUR_MANAGER, Role.PROGRAM_MANAGER, region.id, "Robin Ellery"))


async def seed(planes: Planes, today: date) -> None:
    """Fill Heartland's roster and let the cast sign in; a roster that is there stays as it is."""
    tenants = await planes.tenants()
    region = tenants.region(HEARTLAND.slug)
    people = heartland.members(today)
    async with planes.program(region) as program:
        is_seeded = bool(await team_queries.of_program(program))
        if not is_seeded:
            await _add_members(program, region, tenants, people)
    if not is_seeded:
        async with planes.dispatch(region) as dispatch:
            for index, person in enumerate(people):
                peer = member_id(index)
                await teams.set_available(dispatch, peer, region_id=region.id, is_available=person.is_on_shift)
                await limits.verified(dispatch, peer, region_id=region.id, channel=mail.NAME)
    await shifts.seed(planes, region, {person.slug: member_id(index) for index, person in enumerate(people)}, today)
    async with planes.door() as door:
        for account in _accounts(region, tenants, people):
            await accounts.add(door, account)
    await _your_manager(planes)
    await sandbox.fill(planes, _sandbox(tenants), today)
    if not is_seeded:
        await demo_deployments.lay(planes, region)


async def enliven(planes: Planes, today: date) -> None:
    """Let Heartland's program live: talks, check-ins, limits, a decision that waits, a clinician. Twice is once.

    Apart from `seed`, since the stories of the tests begin where nobody has asked yet.
    """
    region = (await planes.tenants()).region(HEARTLAND.slug)
    ids = {person.slug: member_id(index) for index, person in enumerate(heartland.members(today))}
    await demo_program.lay(planes, region, {MANAGER: _MANAGER_NAME, DEPUTY: _DEPUTY_NAME}, ids)
    clinician = demo_program.CLINICIAN
    async with planes.door() as door:
        new = NewAccount(clinician, Role.PEER, region.id, demo_program.CLINICIAN_NAME, member_id=clinician)
        await accounts.add(door, new)
    async with planes.program(region) as program:
        if not await intranet_queries.places(program, region.id):
            await intranet.show_at(program, region.id, [Place(region.id, _THIS_MACHINE)])


async def links(planes: Planes, public_url: str) -> dict[str, object]:
    """Return fresh one-time links by role, the integrator's credentials, and the first pages to open.

    The clinician's is there once the program lives (`enliven`).
    """
    tenants = await planes.tenants()
    slugs = [person.slug for person in heartland.members(date(2026, 1, 1))]
    holders = {
        Role.PEER: member_id(slugs.index("ana")),
        Role.COORDINATOR: member_id(slugs.index("mara")),
        Role.PROGRAM_MANAGER: MANAGER,
        Role.PSAP_ADMIN: ADMIN,
    }
    secret = client_rules.new_secret(is_test=True)
    async with planes.door() as door:
        made = {
            role.value: f"{public_url}/sign-in#{await accounts.invite(door, account)}"
            for role, account in holders.items()
        }
        made[CLINICIAN_LINK] = f"{public_url}/sign-in#{await accounts.invite(door, demo_program.CLINICIAN)}"
        made[YOUR_LINK] = f"{public_url}/sign-in#{await accounts.invite(door, YOUR_MANAGER)}"
        scope = " ".join(Scope)
        await clients.put(
            door, NewClient(CLIENT, _sandbox(tenants).id, scope, name="What integrators try", secret=secret)
        )
    return {
        "links": made,
        "integrator": {
            "client_id": CLIENT,
            "client_secret": secret,
            "scope": scope,
            "token_url": f"{public_url}/v1/oauth/token",
        },
        "pages": {
            f"Ask, from {tenants.agency(REQUESTERS_CENTER).name}": f"{public_url}/a/{REQUESTERS_CENTER}",
            "Ask, anywhere in Heartland": f"{public_url}/r/{HEARTLAND.slug}",
            "Ask, Kansas City (registry)": f"{public_url}/r/{KANSAS_CITY.slug}",
            "The peers, as a console's intranet shows them": f"{public_url}/r/{HEARTLAND.slug}/roster",
        },
    }


def _sandbox(tenants: Tenants) -> RegionRef:
    found = tenants.sandbox_of(tenants.region(HEARTLAND.slug))
    if found is None:
        raise LookupError("Heartland has a sandbox since `lay_regions`")
    return found


def write(path: Path, content: dict[str, object]) -> None:
    """Write links for their one reader."""
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text(json.dumps(content, indent=2))


def member_id(index: int) -> UUID:
    """Return the id of a member by place in the list: Ana, the first, is also asked first."""
    return UUID(f"00000000-0000-4000-8000-{index:012d}")


async def _region(owner: asyncpg.Connection, roles: RoleNames, region: DemoRegion) -> UUID:
    return await onboarding.create_region(owner, roles, _new(region))


def _new(region: DemoRegion) -> NewRegion:
    return NewRegion(region.slug, region.name, region.time_zone, region.line_phone)


async def _add_members(
    program: ProgramSession, region: RegionRef, tenants: Tenants, people: tuple[DemoMember, ...]
) -> None:
    ids = await teams.region_teams(program, region.id)
    numbered = [(member_id(index), person) for index, person in enumerate(people)]
    await teams.add_members(
        program,
        [_member(region, tenants, index, person) for index, person in enumerate(people)],
        [
            Membership(
                member_id=member,
                team_id=ids[Team(team)],
                region_id=region.id,
                designated_on=person.designated_on,
                lapses_on=person.lapses_on,
                role=person.role,
            )
            for member, person in numbered
            for team in person.teams
        ],
        [
            TrainingModule(member_id=member, area=area, region_id=region.id, completed_on=None, lapses_on=None)
            for member, person in numbered
            for area in person.modules
        ],
    )


def _member(region: RegionRef, tenants: Tenants, index: int, person: DemoMember) -> Member:
    return Member(
        id=member_id(index),
        region_id=region.id,
        agency_id=tenants.agency(person.agency_slug).id,
        member_key=None,
        name=person.name,
        rank=person.rank,
        discipline=person.discipline,
        languages=list(person.languages),
        email=person.email,
        phone=person.phone,
        duty_phone=person.phone,
        time_zone=None,
        training_hours=person.training_hours,
        suspended_on=None,
        level=ranks.level(person.discipline, person.rank),
    )


def _accounts(region: RegionRef, tenants: Tenants, people: tuple[DemoMember, ...]) -> list[NewAccount]:
    cast = [
        NewAccount(member_id(index), _CAST[person.slug], region.id, person.name, member_id=member_id(index))
        for index, person in enumerate(people)
        if person.slug in _CAST
    ]
    home = tenants.agency(REQUESTERS_CENTER).id
    return [
        *cast,
        NewAccount(MANAGER, Role.PROGRAM_MANAGER, region.id, _MANAGER_NAME),
        NewAccount(DEPUTY, Role.PROGRAM_MANAGER, region.id, _DEPUTY_NAME),
        NewAccount(ADMIN, Role.PSAP_ADMIN, region.id, "Owen Tate", agency_id=home),
    ]
