"""The roster, as each plane may read it."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text

from libs.peer.teams import rules
from libs.peer.teams.models import TeamRole
from libs.peer.teams.rules import Listed
from libs.tenancy.planes import DispatchSession, ProgramSession


@dataclass(frozen=True, slots=True)
class Part:
    """A member's part in one team.

    Attributes:
        missing: codes of what keeps the member from offers of this team, as `rules.what_is_missing` returns them;
            empty when current.
    """

    team: str
    designated_on: date | None
    lapses_on: date | None
    role: TeamRole
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Module:
    """An area that a member was trained in; no day where none is known."""

    area: str
    completed_on: date | None
    lapses_on: date | None


@dataclass(frozen=True, slots=True)
class MemberOfProgram:
    """A member as the program manager sees one; `parts` roving first; `today` is the day that `missing` speaks of."""

    id: UUID
    name: str
    agency_id: UUID
    member_key: str | None
    email: str
    phone: str
    duty_phone: str
    time_zone: str | None
    rank: str
    discipline: str
    languages: tuple[str, ...]
    training_hours: int
    suspended_on: date | None
    modules: tuple[Module, ...]
    parts: tuple[Part, ...]
    today: date

    @property
    def lapses_on(self) -> date | None:
        """The first day on which something of theirs lapses; None when nothing does."""
        ends = [part.lapses_on for part in self.parts] + [module.lapses_on for module in self.modules]
        return min((end for end in ends if end), default=None)

    @property
    def is_coordinator(self) -> bool:
        """Whether they coordinate a team, or stand in for who does."""
        return any(part.role in rules.COORDINATE for part in self.parts)

    @property
    def missing(self) -> tuple[str, ...]:
        """What is missing in any of the teams, each code once."""
        return tuple(dict.fromkeys(code for part in self.parts for code in part.missing))


@dataclass(frozen=True, slots=True)
class Mate:
    """Somebody of a team that one coordinates; `coordinates`: they do so, too, there or elsewhere."""

    id: UUID
    name: str
    agency_id: UUID
    coordinates: bool


@dataclass(frozen=True, slots=True)
class Myself:
    """A peer's own entry.

    Attributes:
        steps_in: is asked by role as well, when nobody answers, whether or not they are on call.
        said: own word on being on call, None when nothing was ever said; `matching.standing` says what comes of it.
        is_asked_for_swap: was told that colleagues look for somebody to take a shift, and has not looked since.
        has_swap_to_agree: a swap of a team that they coordinate waits for a yes.
        zone: IANA name of the own clock.
    """

    id: UUID
    name: str
    agency_id: UUID
    duty_phone: str
    is_coordinator: bool
    steps_in: bool
    said: bool | None
    is_asked_for_swap: bool
    has_swap_to_agree: bool
    zone: str


@dataclass(frozen=True, slots=True)
class SameCenter:
    """Coordinators of one team who work at one agency: for whoever asks from there, none of them may step in."""

    region: str
    team: str
    center: str
    names: tuple[str, ...]


SAME_CENTER = """
    SELECT r.name AS region, t.kind AS team, a.name AS center, array_agg(m.name ORDER BY m.name) AS names
    FROM shared.team t JOIN shared.region r ON r.id = t.region_id
    JOIN shared.membership s ON s.team_id = t.id AND s.role = 'coordinator'
    JOIN shared.member m ON m.id = s.member_id AND m.suspended_on IS NULL
    JOIN shared.agency a ON a.id = m.agency_id
    WHERE t.kind <> 'in_house'
    GROUP BY r.name, t.id, t.kind, a.name HAVING count(*) > 1 ORDER BY r.name, t.kind DESC, a.name
"""
"""Those of whom a `SameCenter` is made; an in-house team is of one agency by its kind. Source: decision 0014"""
_SAME_CENTER = text(SAME_CENTER)
_ROSTER = text(
    """
    SELECT m.id, m.agency_id, m.name, m.leads, m.level, bool_or(s.role <> 'peer'), bool_and(t.kind = 'in_house')
    FROM shared.team t JOIN shared.membership s ON s.team_id = t.id JOIN shared.member m ON m.id = s.member_id
    JOIN shared.region r ON r.id = t.region_id
    WHERE (t.kind = CAST(:team AS text) OR s.role <> 'peer' OR CAST(:team AS text) = 'roving' AND t.kind = 'in_house'
        AND t.agency_id = m.agency_id)
      AND m.suspended_on IS NULL
      AND s.designated_on <= CAST(shared.clock() AT TIME ZONE r.time_zone AS date)
      AND (s.lapses_on IS NULL OR s.lapses_on > CAST(shared.clock() AT TIME ZONE r.time_zone AS date))
    GROUP BY m.id ORDER BY m.id
    """
)
_MYSELF = text(
    """
    SELECT m.id, m.name, m.agency_id, m.duty_phone,
        EXISTS (SELECT FROM shared.membership s WHERE s.member_id = m.id AND s.role IN ('coordinator', 'deputy')),
        EXISTS (SELECT FROM shared.membership s WHERE s.member_id = m.id AND s.role <> 'peer'),
        v.is_available,
        EXISTS (SELECT FROM shared.swap_notice n WHERE n.peer_id = m.id AND NOT n.is_read),
        EXISTS (SELECT FROM shared.swap w JOIN shared.membership s ON s.team_id = w.team_id
            WHERE w.state = 'taken' AND w.starts_at > shared.clock() AND s.member_id = m.id
              AND s.role IN ('coordinator', 'deputy')),
        coalesce(m.time_zone, r.time_zone)
    FROM shared.member m JOIN shared.region r ON r.id = m.region_id LEFT JOIN shared.availability v ON v.peer_id = m.id
    WHERE m.id = :id
    """
)
_PARTS_OF = text(
    """
    SELECT t.kind, t.id FROM shared.membership s JOIN shared.team t ON t.id = s.team_id WHERE s.member_id = :id
    """
)
_LEAVERS = text(
    """
    SELECT CAST(each AS uuid) FROM unnest(CAST(:people AS text[])) AS each
    WHERE NOT EXISTS (SELECT FROM shared.member m JOIN shared.membership s ON s.member_id = m.id
                      WHERE m.id = CAST(each AS uuid) AND m.suspended_on IS NULL)
    """
)
_NAMES = text("SELECT id, name FROM shared.member")
_MATES = text(
    """
    SELECT m.id, m.name, m.agency_id, bool_or(s.role IN ('coordinator', 'deputy'))
    FROM shared.member m JOIN shared.membership s ON s.member_id = m.id
    WHERE m.suspended_on IS NULL AND m.id <> :id AND EXISTS (
        SELECT FROM shared.membership mine JOIN shared.membership theirs ON theirs.team_id = mine.team_id
        WHERE mine.member_id = :id AND mine.role IN ('coordinator', 'deputy') AND theirs.member_id = m.id
        UNION ALL SELECT FROM shared.membership mine JOIN shared.team rove ON rove.id = mine.team_id
            AND rove.kind = 'roving', shared.membership theirs JOIN shared.team house ON house.id = theirs.team_id
            AND house.kind = 'in_house'
        WHERE mine.member_id = :id AND mine.role IN ('coordinator', 'deputy') AND theirs.member_id = m.id
    )
    GROUP BY m.id, m.name, m.agency_id ORDER BY m.name, m.id
    """
)
_OF_PROGRAM = text(
    """
    SELECT m.id, m.name, m.agency_id, m.member_key, m.email, m.phone, m.duty_phone, m.time_zone, m.rank, m.discipline,
        m.languages, m.training_hours, m.suspended_on, CAST(shared.clock() AT TIME ZONE r.time_zone AS date) AS today
    FROM shared.member m JOIN shared.region r ON r.id = m.region_id
    WHERE CAST(:id AS uuid) IS NULL OR m.id = :id ORDER BY m.name, m.id
    """
)
_PARTS = text(
    """
    SELECT s.member_id, t.kind, s.designated_on, s.lapses_on, s.role
    FROM shared.membership s JOIN shared.team t ON t.id = s.team_id
    WHERE CAST(:id AS uuid) IS NULL OR s.member_id = :id ORDER BY t.kind DESC, t.name
    """
)
_MODULES = text(
    """
    SELECT member_id, area, completed_on, lapses_on FROM shared.training_module
    WHERE CAST(:id AS uuid) IS NULL OR member_id = :id ORDER BY area
    """
)


async def roster(session: DispatchSession, team: str) -> Sequence[Listed]:
    """Return the designated members of a team who are in date, and coordinators, deputies and clinicians, to whom
    a callout turns when nobody answers; with the roving team, whose back-stop it is, everybody of the in-house ones.
    """
    return [Listed(*row) for row in await session.execute(_ROSTER, {"team": team})]


async def colleagues(session: DispatchSession, team: str, of: UUID) -> Sequence[Listed]:
    """Return whom a peer can name to take over: the team's roster, and the in-house team of their own center alone."""
    everybody = await roster(session, team)
    home = (await myself(session, of)).agency_id
    return [one for one in everybody if one.peer_id != of and (not one.is_in_house_only or one.agency_id == home)]


async def leavers(session: DispatchSession, people: Collection[UUID]) -> Sequence[UUID]:
    """Return those who are suspended, in no team any more, or not there any more."""
    return (await session.execute(_LEAVERS, {"people": [str(one) for one in people]})).scalars()


async def myself(session: DispatchSession, member_id: UUID) -> Myself:
    """Return a peer's own entry."""
    return Myself(*(await session.execute(_MYSELF, {"id": member_id})).one())


async def parts_of(session: DispatchSession, member_id: UUID) -> Sequence[tuple[str, UUID]]:
    """Return the teams that somebody is in, as (kind, id)."""
    return [(row.kind, row.id) for row in await session.execute(_PARTS_OF, {"id": member_id})]


async def names(session: DispatchSession) -> dict[UUID, str]:
    """Return the names of a region's members by id."""
    return {row.id: row.name for row in await session.execute(_NAMES)}


async def same_center(session: DispatchSession | ProgramSession) -> Sequence[SameCenter]:
    """Return the teams of the region whose coordinators do not all work at different agencies."""
    found = await session.execute(_SAME_CENTER)
    return [SameCenter(row.region, row.team, row.center, tuple(row.names)) for row in found]


async def of_program(session: ProgramSession, member_id: UUID | None = None) -> Sequence[MemberOfProgram]:
    """Return every member of the region by name, or one: three statements, whatever the size of the roster."""
    only = {"id": member_id}
    parts, modules = defaultdict[UUID, list[Any]](list), defaultdict[UUID, list[Module]](list)
    for row in await session.execute(_PARTS, only):
        parts[row.member_id].append(row)
    for holder, *module in await session.execute(_MODULES, only):
        modules[holder].append(Module(*module))
    return [_member(row, modules[row.id], parts[row.id]) for row in await session.execute(_OF_PROGRAM, only)]


def _member(row: Any, modules: list[Module], parts: list[Any]) -> MemberOfProgram:  # noqa: ANN401 - rows of the statements above
    lapsed = [module.area for module in modules if module.lapses_on is not None and module.lapses_on <= row.today]
    return MemberOfProgram(
        id=row.id,
        name=row.name,
        agency_id=row.agency_id,
        member_key=row.member_key,
        email=row.email,
        phone=row.phone,
        duty_phone=row.duty_phone,
        time_zone=row.time_zone,
        rank=row.rank,
        discipline=row.discipline,
        languages=tuple(row.languages),
        training_hours=row.training_hours,
        suspended_on=row.suspended_on,
        modules=tuple(modules),
        parts=tuple(
            Part(
                team=part.kind,
                designated_on=part.designated_on,
                lapses_on=part.lapses_on,
                role=TeamRole(part.role),
                missing=rules.what_is_missing(
                    designated_on=part.designated_on,
                    lapses_on=part.lapses_on,
                    training_hours=row.training_hours,
                    modules=[module.area for module in modules if module.area not in lapsed],
                    lapsed_modules=lapsed,
                    is_suspended=row.suspended_on is not None,
                    today=row.today,
                ),
            )
            for part in parts
        ),
        today=row.today,
    )


async def mates_of(session: DispatchSession, coordinator_id: UUID) -> Sequence[Mate]:
    """List the people of the teams that somebody coordinates or stands in for, by name, without themselves.

    In-house teams have no coordinator: those of the roving team look after them.
    """
    return [Mate(*row) for row in await session.execute(_MATES, {"id": coordinator_id})]
