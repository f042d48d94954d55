"""Making a sandbox beside a region: two invented centers and people whom nobody can reach, since no number is kept.

Source: docs/decisions/0043-sandboxes.md
"""

from datetime import date, time, timedelta
from uuid import UUID, uuid4

import asyncpg

from libs.peer.hardcalls import actions as hardcalls
from libs.peer.shifts import actions as shifts
from libs.peer.shifts.models import Unit
from libs.peer.shifts.rules import Layer
from libs.peer.teams import actions as teams
from libs.peer.teams import queries as team_queries
from libs.peer.teams import ranks
from libs.peer.teams.models import Area, Member, Membership, Team, TeamRole, TrainingModule
from libs.tenancy import onboarding
from libs.tenancy.directory import AgencyRef, RegionRef
from libs.tenancy.names import RoleNames
from libs.tenancy.onboarding import NewAgency, NewRegion
from libs.tenancy.transactions import Planes

CENTER, NEIGHBOR = "-sandbox", "-sandbox-neighbor"
"""Behind the region's slug: the center that systems report for, and the one where the invented people work."""
_WORKSTATIONS = 8
_HOURS = 48
_PEOPLE = (
    ("Addison Sample", ("en",), TeamRole.COORDINATOR),
    ("Brook Sample", ("en", "es"), TeamRole.DEPUTY),
    ("Casey Sample", ("en",), TeamRole.PEER),
    ("Devon Sample", ("en", "es"), TeamRole.PEER),
    ("Emery Sample", ("en",), TeamRole.PEER),
    ("Finley Sample", ("en",), TeamRole.PEER),
    ("Greer Sample", ("en", "es"), TeamRole.PEER),
    ("Harper Sample", ("en",), TeamRole.CLINICIAN),
)


async def make(owner: asyncpg.Connection, roles: RoleNames, region_id: UUID, of: NewRegion) -> None:
    """Make the sandbox of a region with its two centers; what is there stays."""
    new = NewRegion(f"{of.slug}{CENTER}", f"Sandbox of {of.name}", of.time_zone)
    sandbox_id = await onboarding.create_region(owner, roles, new, sandbox_of=region_id)
    for end, name in ((CENTER, "Sandbox Center"), (NEIGHBOR, "Sandbox Neighbor")):
        center = NewAgency(f"{of.slug}{end}", name, "dispatch", "MO", "Sandbox", "Sandbox")
        await onboarding.create_agency(owner, roles, sandbox_id, center)


async def fill(planes: Planes, sandbox: RegionRef, today: date) -> None:
    """Invent people, shifts and workstations; a sandbox that has people stays as it is."""
    center, neighbor = (await planes.tenants()).agencies_of(sandbox)
    people = [uuid4() for _ in _PEOPLE]
    async with planes.program(sandbox) as program:
        if await team_queries.of_program(program):
            return
        team = (await teams.region_teams(program, sandbox.id))[Team.ROVING]
        await teams.add_members(
            program,
            [_member(sandbox, neighbor, *known) for known in zip(people, _PEOPLE, strict=True)],
            [_part(sandbox, team, today, *known) for known in zip(people, _PEOPLE, strict=True)],
            [_trained(sandbox, one, area) for one in people for area in Area],
        )
        await shifts.add_rotation(program, team, "Days", _days(sandbox, people[:4], today), by=None)
    async with planes.desk(center) as desk:
        for number in range(1, _WORKSTATIONS + 1):
            await hardcalls.add_station(desk, center.id, str(number))


def _member(sandbox: RegionRef, agency: AgencyRef, one: UUID, person: tuple[str, tuple[str, ...], TeamRole]) -> Member:
    name, languages, _role = person
    return Member(
        id=one,
        region_id=sandbox.id,
        agency_id=agency.id,
        member_key=None,
        name=name,
        rank="telecommunicator",
        discipline=agency.discipline,
        languages=list(languages),
        email="",
        phone="",
        duty_phone="",
        time_zone=None,
        training_hours=_HOURS,
        suspended_on=None,
        level=ranks.level(agency.discipline, "telecommunicator"),
    )


def _part(
    sandbox: RegionRef, team: UUID, today: date, one: UUID, person: tuple[str, tuple[str, ...], TeamRole]
) -> Membership:
    since = today - timedelta(days=365)
    return Membership(
        member_id=one, team_id=team, region_id=sandbox.id, designated_on=since, lapses_on=None, role=person[2]
    )


def _trained(sandbox: RegionRef, one: UUID, area: Area) -> TrainingModule:
    return TrainingModule(member_id=one, area=area, region_id=sandbox.id, completed_on=None, lapses_on=None)


def _days(sandbox: RegionRef, people: list[UUID], today: date) -> Layer:
    """A week each, round the clock, so that somebody is on duty whenever an integrator looks."""
    monday = today - timedelta(today.weekday())
    return Layer(UUID(int=0), tuple(people), sandbox.time_zone, monday, time(8), 7, Unit.DAY)
