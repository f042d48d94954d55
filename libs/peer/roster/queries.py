"""The roster as an import compares with it."""

from collections.abc import Iterable, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import text

from libs.peer.roster.cells import Place
from libs.peer.roster.rules import Designation, Known, Person
from libs.peer.teams import queries as teams
from libs.peer.teams.models import TeamKind
from libs.peer.teams.queries import MemberOfProgram
from libs.tenancy.directory import RegionRef, Tenants
from libs.tenancy.planes import ProgramSession

_TODAY = text("SELECT CAST(shared.clock() AT TIME ZONE time_zone AS date) FROM shared.region WHERE id = :id")


def places(tenants: Tenants, region: RegionRef) -> tuple[Place, ...]:
    """Return every agency as cells may name it, by name."""
    agencies = sorted(tenants.agencies.values(), key=lambda agency: agency.name)
    return tuple(
        Place(agency.id, agency.slug, agency.name, agency.discipline, agency.fcc_id, agency.region_id == region.id)
        for agency in agencies
    )


async def today(session: ProgramSession, region_id: UUID) -> date:
    """Return the day in the region, which decides what is current."""
    found: date = (await session.execute(_TODAY, {"id": region_id})).scalar_one()
    return found


async def known(session: ProgramSession) -> Sequence[Known]:
    """Return everybody of the region's roster."""
    return known_of(await teams.of_program(session))


def known_of(members: Iterable[MemberOfProgram]) -> Sequence[Known]:
    """Return members as an import compares with them."""
    return [Known(member.id, _person(member)) for member in members]


def _person(member: MemberOfProgram) -> Person:
    parts = [Designation(TeamKind(part.team), part.designated_on, part.lapses_on, part.role) for part in member.parts]
    return Person(
        name=member.name,
        agency_id=member.agency_id,
        discipline=member.discipline,
        rank=member.rank,
        languages=member.languages,
        phone=member.phone,
        duty_phone=member.duty_phone,
        email=member.email,
        training_hours=member.training_hours,
        modules=member.modules,
        time_zone=member.time_zone,
        member_key=member.member_key,
        designations=tuple(sorted(parts)),
    )
