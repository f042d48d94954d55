"""The roster, as each plane may read it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import text

from libs.peer.teams import rules
from libs.peer.teams.rules import Listed
from libs.tenancy.planes import DispatchSession, ProgramSession


@dataclass(frozen=True, slots=True)
class MemberOfProgram:
    """A member as the program manager sees one.

    Attributes:
        missing: codes of what keeps the member from offers; empty when current.
    """

    id: UUID
    name: str
    agency_id: UUID
    team: str
    rank: str
    discipline: str
    languages: tuple[str, ...]
    designated_on: date | None
    lapses_on: date | None
    training_hours: int
    is_coordinator: bool
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Myself:
    """A peer's own entry."""

    id: UUID
    name: str
    agency_id: UUID
    team: str
    duty_phone: str
    is_coordinator: bool
    is_available: bool


_ROSTER = text(
    """
    SELECT id, agency_id, name, leads FROM shared.member
    WHERE (team = :team OR is_coordinator) AND designated_on <= CAST(shared.clock() AS date)
      AND (lapses_on IS NULL OR lapses_on > CAST(shared.clock() AS date))
    ORDER BY id
    """
)
_MYSELF = text(
    """
    SELECT m.id, m.name, m.agency_id, m.team, m.duty_phone, m.is_coordinator, coalesce(v.is_available, false)
    FROM shared.member m LEFT JOIN shared.availability v ON v.peer_id = m.id
    WHERE m.id = :id
    """
)
_OF_PROGRAM = text(
    """
    SELECT id, name, agency_id, team, rank, discipline, languages, designated_on, lapses_on, training_hours,
           is_coordinator, modules, CAST(shared.clock() AS date) AS today
    FROM shared.member ORDER BY team DESC, name
    """
)


async def roster(session: DispatchSession, team: str) -> Sequence[Listed]:
    """Return the designated members of a team who are in date, and the coordinators, whom a callout turns to."""
    return [Listed(*row) for row in await session.execute(_ROSTER, {"team": team})]


async def myself(session: DispatchSession, member_id: UUID) -> Myself:
    """Return a peer's own entry."""
    return Myself(*(await session.execute(_MYSELF, {"id": member_id})).one())


async def of_program(session: ProgramSession) -> Sequence[MemberOfProgram]:
    """Return every member of the region, roving team first, by name."""
    return [
        MemberOfProgram(
            id=row.id,
            name=row.name,
            agency_id=row.agency_id,
            team=row.team,
            rank=row.rank,
            discipline=row.discipline,
            languages=tuple(row.languages),
            designated_on=row.designated_on,
            lapses_on=row.lapses_on,
            training_hours=row.training_hours,
            is_coordinator=row.is_coordinator,
            missing=rules.what_is_missing(
                designated_on=row.designated_on,
                lapses_on=row.lapses_on,
                training_hours=row.training_hours,
                modules=row.modules,
                today=row.today,
            ),
        )
        for row in await session.execute(_OF_PROGRAM)
    ]
