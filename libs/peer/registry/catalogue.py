"""The catalogue as a program manager searches it, and what the last import changed about it."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from libs.peer.registry import places
from libs.peer.registry.differences import Difference
from libs.peer.registry.rules import Psap, Standing
from libs.tenancy.planes import ProgramSession

MOST_WORDS = 6
"""Words of a search beyond these are left out: nobody needs more to find one of 8,913."""


@dataclass(frozen=True, slots=True)
class Search:
    """What somebody looks for.

    Attributes:
        words: each must stand in the name, the county, the city or the state, or be the FCC id; case, accents of
            counties and order do not matter; may be empty.
        state: two letters, or None for all.
        standing: one, or None for all.
    """

    words: str = ""
    state: str | None = None
    standing: Standing | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A PSAP of the catalogue.

    Attributes:
        region_name: of the region in which it takes part; None where it takes part in none.
        is_mine: that region is the reader's.
        is_asked_for: it is being onboarded in the reader's region.
    """

    psap_id: int
    name: str
    state: str
    county: str
    city: str
    standing: Standing
    region_name: str | None
    is_mine: bool
    is_asked_for: bool


@dataclass(frozen=True, slots=True)
class Mine:
    """What the last import says otherwise about an agency of the reader's region."""

    agency_name: str
    agency_slug: str
    psap_id: int
    kind: Difference
    was: str
    becomes: str


@dataclass(frozen=True, slots=True)
class LastImport:
    """The last import.

    Attributes:
        rows_read: of the FCC's file; the other numbers as in `report.ImportReport`.
        differences: how many of each kind the last import that changed anything brought; empty before a second.
    """

    imported_at: datetime
    rows_read: int
    active_primary: int
    secondary: int
    orphaned: int
    refused: int
    doubtful: int
    differences: dict[str, int]


_SEARCH = text(
    """
    SELECT c.psap_id, c.name, c.state, c.county, c.city, c.standing, r.name AS region_name,
           coalesce(r.program_role = current_user, false) AS is_mine,
           EXISTS (SELECT FROM shared.onboarding o WHERE o.fcc_id = c.psap_id AND o.outcome = 'waiting') AS is_asked_for
    FROM shared.psap_catalogue c
    LEFT JOIN shared.agency a ON a.fcc_id = c.psap_id LEFT JOIN shared.region r ON r.id = a.region_id
    WHERE (CAST(:state AS text) IS NULL OR c.state = :state)
      AND (CAST(:standing AS text) IS NULL OR c.standing = :standing)
      AND (CAST(:name AS text) IS NULL OR (c.name, c.psap_id) > (:name, CAST(:psap_id AS integer)))
      AND NOT EXISTS (
          SELECT FROM unnest(CAST(:words AS text[]), CAST(:likes AS text[]), CAST(:keys AS text[]))
               AS w(word, alike, key)
          WHERE NOT (c.name ILIKE w.alike OR c.city ILIKE w.alike OR c.county ILIKE w.alike OR c.state = upper(w.word)
                     OR (w.key <> '' AND strpos(c.county_key, w.key) > 0) OR CAST(c.psap_id AS text) = w.word))
    ORDER BY c.name, c.psap_id LIMIT :limit
    """
)
_BY_ID = text(
    """
    SELECT psap_id, name, state, county, county_key, city, standing, changes, comments, modified_on, doubt,
           sheet_row
    FROM shared.psap_catalogue WHERE CAST(psap_id AS text) = ANY(CAST(:ids AS text[])) ORDER BY name, psap_id
    """
)
_STATES = text("SELECT DISTINCT state FROM shared.psap_catalogue ORDER BY state")
_LAST = text("SELECT imported_at, report FROM shared.registry_import ORDER BY imported_at DESC LIMIT 1")
_COUNTS = text("SELECT kind, count(*) AS number FROM shared.registry_change GROUP BY kind")
_TOUCHED = text(
    """
    SELECT a.name, a.slug, c.psap_id, c.kind, c.was, c.becomes
    FROM shared.registry_change c JOIN shared.agency a ON a.fcc_id = c.psap_id
    WHERE a.region_id = (SELECT id FROM shared.region WHERE program_role = current_user)
    ORDER BY a.name, c.kind
    """
)


async def search(
    session: ProgramSession, wanted: Search, *, limit: int, after: tuple[str, int] | None = None
) -> Sequence[Found]:
    """Search the catalogue, by name. All 8,913 are looked through: 10-20 ms, so it needs no index of its own.

    Args:
        session: the program's own.
        wanted: what to look for.
        limit: how many at most.
        after: (name, PSAP id) of the last one seen.
    """
    words = wanted.words.split()[:MOST_WORDS]
    name, psap_id = after or (None, None)
    values = {
        "state": wanted.state,
        "standing": wanted.standing.value if wanted.standing else None,
        "limit": limit,
        "name": name,
        "psap_id": psap_id,
        "words": words,
        "likes": [f"%{_literal(word)}%" for word in words],
        "keys": ["".join(places.county_keys(word, "")) for word in words],
    }
    return [
        Found(
            psap_id=row.psap_id,
            name=row.name,
            state=row.state,
            county=row.county,
            city=row.city,
            standing=Standing(row.standing),
            region_name=row.region_name,
            is_mine=row.is_mine,
            is_asked_for=row.is_asked_for,
        )
        for row in await session.execute(_SEARCH, values)
    ]


async def by_id(session: ProgramSession, psap_ids: Collection[int]) -> list[Psap]:
    """Return the PSAPs with these ids, by name; ids that the catalogue has not are left out."""
    rows = await session.execute(_BY_ID, {"ids": [str(psap_id) for psap_id in psap_ids]})
    return [Psap(**{**row, "standing": Standing(row["standing"])}) for row in rows]


async def states(session: ProgramSession) -> tuple[str, ...]:
    """Return the states that the catalogue has, by their two letters; empty before the first import."""
    return tuple((await session.execute(_STATES)).scalars())


async def last_import(session: ProgramSession) -> LastImport | None:
    """Return what the last import read, and what the last one that changed anything brought; None before the first."""
    row = (await session.execute(_LAST)).one_or_none()
    if row is None:
        return None
    said = json.loads(row.report)
    return LastImport(
        imported_at=row.imported_at,
        rows_read=said["rows_read"],
        active_primary=said["active_primary"],
        secondary=said["secondary"],
        orphaned=said["orphaned"],
        refused=len(said["refused"]),
        doubtful=len(said["doubtful"]),
        differences={row.kind: row.number for row in await session.execute(_COUNTS)},
    )


async def touched(session: ProgramSession) -> Sequence[Mine]:
    """Return what the last import that changed anything says otherwise about the region's own agencies."""
    rows = await session.execute(_TOUCHED)
    return [Mine(row.name, row.slug, row.psap_id, Difference(row.kind), row.was, row.becomes) for row in rows]


def _literal(word: str) -> str:
    """Return a word in which nothing is a pattern's sign."""
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
