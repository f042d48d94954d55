"""Reading agreements: all for the manager, those that hold for asking."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import text

from libs.peer.agreements import rules
from libs.peer.agreements.models import PartnerKind
from libs.peer.agreements.rules import Coming, Phase, Scope, Term
from libs.tenancy.planes import DispatchSession, ProgramSession


@dataclass(frozen=True, slots=True)
class AgreementOfProgram:
    """An agreement as the manager sees it.

    Attributes:
        days_left: until the last day; negative when it is over.
    """

    id: UUID
    kind: PartnerKind
    partner: str
    partner_id: UUID | None
    agency_ids: Sequence[UUID]
    disciplines: Sequence[str]
    teams: Sequence[str]
    is_remote_only: bool
    takes_ours: bool
    term: Term
    today: date
    reminded_days: int | None

    @property
    def phase(self) -> Phase:
        """Where it stands today."""
        return rules.phase(self.term, self.today)

    @property
    def days_left(self) -> int:
        """Days until the last one."""
        return (self.term.last_day - self.today).days


@dataclass(frozen=True, slots=True)
class Standing:
    """An agreement as asking needs it. One that no longer holds still tells the place's name."""

    scope: Scope
    partner: str
    is_remote_only: bool
    holds: bool


@dataclass(frozen=True, slots=True)
class Taker:
    """A region that takes requests that are handed on to it."""

    region_id: UUID
    name: str


_OF_PROGRAM = text(
    """
    SELECT a.id, a.kind, a.partner, a.partner_id, CAST(a.agency_ids AS text[]) AS agency_ids,
        a.disciplines, a.teams, a.is_remote_only,
        a.takes_ours, a.starts_on, a.ends_on, a.ended_on, a.reminded_days,
        CAST(shared.clock() AT TIME ZONE r.time_zone AS date) AS today
    FROM shared.agreement a JOIN shared.region r ON r.id = a.region_id
    WHERE CAST(:id AS uuid) IS NULL OR a.id = :id ORDER BY a.ends_on, a.partner, a.id
    """
)
_FOR_ASKING = text(
    """
    SELECT a.id, a.partner, a.partner_id, CAST(a.agency_ids AS text[]) AS agency_ids,
        a.disciplines, a.teams, a.is_remote_only, a.takes_ours,
        a.starts_on, a.ends_on, a.ended_on, CAST(shared.clock() AT TIME ZONE r.time_zone AS date) AS today
    FROM shared.agreement a JOIN shared.region r ON r.id = a.region_id
    WHERE a.starts_on <= CAST(shared.clock() AT TIME ZONE r.time_zone AS date)
      AND a.ends_on > CAST(shared.clock() AS date) - 3
    ORDER BY a.partner, a.id
    """
)


def _ids(texts: Sequence[str]) -> tuple[UUID, ...]:
    """Read ids: of an array of uuid the driver would have to ask for the type, which no plane may."""
    return tuple(UUID(text) for text in texts)


async def of_program(session: ProgramSession, agreement_id: UUID | None = None) -> Sequence[AgreementOfProgram]:
    """Return the region's agreements, those that end first first; or one."""
    rows = await session.execute(_OF_PROGRAM, {"id": agreement_id})
    return [
        AgreementOfProgram(
            id=row.id,
            kind=PartnerKind(row.kind),
            partner=row.partner,
            partner_id=row.partner_id,
            agency_ids=_ids(row.agency_ids),
            disciplines=tuple(row.disciplines),
            teams=tuple(row.teams),
            is_remote_only=row.is_remote_only,
            takes_ours=row.takes_ours,
            term=Term(row.starts_on, row.ends_on, row.ended_on),
            today=row.today,
            reminded_days=row.reminded_days,
        )
        for row in rows
    ]


async def for_asking(session: DispatchSession) -> Sequence[Standing]:
    """Return the agreements that hold, and those that ended just now: a page may have been open since before."""
    return [
        Standing(
            Scope(row.id, row.partner_id, _ids(row.agency_ids), tuple(row.disciplines), tuple(row.teams)),
            row.partner,
            row.is_remote_only,
            rules.holds(Term(row.starts_on, row.ends_on, row.ended_on), row.today),
        )
        for row in await session.execute(_FOR_ASKING)
    ]


async def takers(session: DispatchSession | ProgramSession) -> Sequence[Taker]:
    """Return the regions that take what is handed on to them, by name."""
    return [
        Taker(row.partner_id, row.partner)
        for row in await session.execute(_FOR_ASKING)
        if row.takes_ours and rules.holds(Term(row.starts_on, row.ends_on, row.ended_on), row.today)
    ]


def covering(standings: Sequence[Standing], coming: Coming, team: str) -> Standing | None:
    """Return the agreement that covers a request, the widest first; None when none does."""
    found = [one for one in standings if one.holds and rules.covers(one.scope, coming, team)]
    return min(found, key=lambda one: one.is_remote_only, default=None)


async def unreminded(session: ProgramSession) -> Sequence[UUID]:
    """Return the agreements whose reminder is a day late."""
    found = await of_program(session)
    day = timedelta(days=1)
    return [one.id for one in found if rules.due_reminder(one.term, one.reminded_days, one.today - day) is not None]
