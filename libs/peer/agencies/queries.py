"""What a program manager reads about agencies: those that take part, and those that are about to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from libs.peer.agencies.errors import AgencyUnknownError
from libs.peer.agencies.models import Outcome
from libs.tenancy import trees
from libs.tenancy.planes import ProgramSession
from libs.tenancy.statements import Row

LATE_S = 15.0
"""The registrar takes up what waits within a second or two: later than this it does not run, or is stuck."""


@dataclass(frozen=True, slots=True)
class AgencyOfProgram:
    """An agency of the region.

    Attributes:
        status: active, suspended, moving or leaving.
        is_behind: its tables wait for a migration, so its pages do.
    """

    id: UUID
    slug: str
    name: str
    status: str
    discipline: str
    state: str
    county: str
    city: str
    fcc_id: int | None
    is_behind: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """An agency that is to take part, and what became of it.

    Attributes:
        elsewhere: name of the region where it takes part already; None otherwise.
        is_late: it waits longer than it takes when all is well.
    """

    id: UUID
    slug: str
    name: str
    discipline: str
    state: str
    county: str
    city: str
    fcc_id: int | None
    outcome: Outcome
    elsewhere: str | None
    asked_at: datetime
    is_late: bool


_AGENCIES = text(
    """
    SELECT id, slug, name, status, discipline, state, county, city, fcc_id, schema_version FROM shared.agency
    WHERE region_id = (SELECT id FROM shared.region WHERE program_role = current_user)
      AND (CAST(:status AS text) IS NULL OR status = :status)
      AND (CAST(:name AS text) IS NULL OR (name, slug) > (:name, :slug))
    ORDER BY name, slug LIMIT :limit
    """
)
_AGENCY = text(
    """
    SELECT id, slug, name, status, discipline, state, county, city, fcc_id, schema_version FROM shared.agency
    WHERE region_id = (SELECT id FROM shared.region WHERE program_role = current_user) AND id = :id
    """
)
_ASKED = text(
    """
    SELECT id, slug, name, discipline, state, county, city, fcc_id, outcome, elsewhere, asked_at,
           outcome = 'waiting' AND asked_at < shared.clock() - make_interval(secs => :late_s) AS is_late
    FROM shared.onboarding
    WHERE CAST(:name AS text) IS NULL OR (name, CAST(id AS text)) > (:name, :id)
    ORDER BY name, CAST(id AS text) LIMIT :limit
    """
)
_ASKED_FOR = text(
    """
    SELECT id, slug, name, discipline, state, county, city, fcc_id, outcome, elsewhere, asked_at, false AS is_late
    FROM shared.onboarding WHERE slug = ANY(CAST(:slugs AS text[])) ORDER BY name, id
    """
)


async def agencies(
    session: ProgramSession, *, limit: int, after: tuple[str, str] | None = None, status: str | None = None
) -> Sequence[AgencyOfProgram]:
    """Return the region's agencies by name.

    Args:
        session: the program's own.
        limit: how many at most.
        after: (name, slug) of the last one seen.
        status: only those; None: all.
    """
    name, slug = after or (None, None)
    rows = await session.execute(_AGENCIES, {"limit": limit, "name": name, "slug": slug, "status": status})
    return [_agency(row) for row in rows]


async def agency(session: ProgramSession, agency_id: UUID) -> AgencyOfProgram:
    """Return one of the region's agencies.

    Raises:
        AgencyUnknownError: it is another region's, or none.
    """
    row = (await session.execute(_AGENCY, {"id": agency_id})).one_or_none()
    if row is None:
        raise AgencyUnknownError
    return _agency(row)


async def asked(session: ProgramSession, *, limit: int, after: tuple[str, str] | None = None) -> Sequence[Asked]:
    """Return what was asked for and not put away, by name; `after` is (name, id) of the last one seen."""
    name, last_id = after or (None, None)
    rows = await session.execute(_ASKED, {"limit": limit, "name": name, "id": last_id, "late_s": LATE_S})
    return [Asked(**{**row, "outcome": Outcome(row["outcome"])}) for row in rows]


async def asked_for(session: ProgramSession, slugs: Sequence[str]) -> Sequence[Asked]:
    """Return those of what was asked for that have these slugs, by name."""
    rows = await session.execute(_ASKED_FOR, {"slugs": list(slugs)})
    return [Asked(**{**row, "outcome": Outcome(row["outcome"])}) for row in rows]


def _agency(row: Row) -> AgencyOfProgram:
    return AgencyOfProgram(
        id=row.id,
        slug=row.slug,
        name=row.name,
        status=row.status,
        discipline=row.discipline,
        state=row.state,
        county=row.county,
        city=row.city,
        fcc_id=row.fcc_id,
        is_behind=trees.AGENCY.is_behind(row.schema_version),
    )
