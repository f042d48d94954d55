"""Reading the catalogue with the owner's connection: for imports and onboarding."""

import difflib
from collections.abc import Collection

import asyncpg

from libs.peer.registry import errors, places
from libs.peer.registry.differences import Known
from libs.peer.registry.rules import Psap, Standing

_ACTIVE_PRIMARIES = """
    SELECT psap_id, name, state, county, county_key, city, standing, changes, comments, modified_on, doubt,
           sheet_row
      FROM shared.psap_catalogue
     WHERE ($1::text IS NULL OR state = $1)
       AND standing = $2
       AND ($3::text[] IS NULL OR string_to_array(county_key, $4) && $3)
     ORDER BY psap_id
"""
_BY_ID = """
    SELECT psap_id, name, state, county, county_key, city, standing, changes, comments, modified_on, doubt,
           sheet_row
      FROM shared.psap_catalogue WHERE psap_id::text = ANY($1::text[]) ORDER BY psap_id
"""
_COUNTIES = "SELECT DISTINCT county, county_key FROM shared.psap_catalogue WHERE state = $1 ORDER BY county"
_PLACES = "SELECT DISTINCT state, county_key FROM shared.psap_catalogue ORDER BY state"
_IS_EMPTY = "SELECT NOT EXISTS (SELECT FROM shared.psap_catalogue)"
_KNOWN = "SELECT psap_id, name, state, county, city, standing FROM shared.psap_catalogue"


async def known(connection: "asyncpg.Connection[asyncpg.Record]") -> dict[int, Known]:
    """Return the catalogue as far as differences go, by PSAP id; empty before the first import."""
    rows = await connection.fetch(_KNOWN)
    return {row["psap_id"]: Known(**{**row, "standing": Standing(row["standing"])}) for row in rows}


async def by_id(connection: "asyncpg.Connection[asyncpg.Record]", psap_ids: Collection[int]) -> list[Psap]:
    """Return the PSAPs with these ids, whatever their standing; ids that the catalogue has not are left out.

    Raises:
        CatalogueEmpty: no registry was imported yet.
    """
    await _insist_on_some(connection)
    return [_psap(row) for row in await connection.fetch(_BY_ID, [str(psap_id) for psap_id in psap_ids])]


async def all_active_primaries(connection: "asyncpg.Connection[asyncpg.Record]") -> list[Psap]:
    """Return the nation's active primary PSAPs, by PSAP id.

    Raises:
        CatalogueEmpty: no registry was imported yet.
    """
    await _insist_on_some(connection)
    values = (None, Standing.ACTIVE_PRIMARY.value, None, places.SEPARATOR)
    return [_psap(row) for row in await connection.fetch(_ACTIVE_PRIMARIES, *values)]


async def state_of_counties(connection: "asyncpg.Connection[asyncpg.Record]", counties: Collection[str]) -> str:
    """Return the one state that has each of these counties, for somebody who named no state.

    Raises:
        CatalogueEmpty: no registry was imported yet.
        CountyInSeveralStates: the first of `counties` that stands in several; they are named.
        UnknownCounty: no state has all of them.
    """
    await _insist_on_some(connection)
    there = [(row["state"], row["county_key"].split(places.SEPARATOR)) for row in await connection.fetch(_PLACES)]
    having = [
        {state for state, keys in there if set(places.county_keys(county, state)) & set(keys)} for county in counties
    ]
    common: set[str] = set.intersection(*having)
    if len(common) == 1:
        return common.pop()
    for county, states in zip(counties, having, strict=True):
        if not states:
            raise errors.UnknownCounty(county, "any state", [])
        if len(states) > 1:
            raise errors.CountyInSeveralStates(county, sorted(common or states))
    raise errors.UnknownCounty(" and ".join(counties), "one and the same state", [])


async def active_primaries(
    connection: "asyncpg.Connection[asyncpg.Record]", state: str, counties: Collection[str] | None = None
) -> list[Psap]:
    """Return the active primary PSAPs of a state's counties, by PSAP id.

    A PSAP that serves several counties is found under each of them.

    Args:
        connection: with a role that may read shared.psap_catalogue.
        state: two letters or the name, in any case.
        counties: names as `places.county_keys` understands them; None: the whole state; empty: none.

    Returns:
        May be empty: a county whose PSAPs are all secondary or orphaned is known and has none.

    Raises:
        CatalogueEmpty: no registry was imported yet.
        UnknownState: no such state, or no PSAP in it.
        UnknownCounty: the first of `counties` that the catalogue does not have in this state.
    """
    code = places.state_code(state)
    names = await _county_names(connection, code) if code else {}
    if code is None or not names:
        if await connection.fetchval(_IS_EMPTY):
            raise errors.CatalogueEmpty
        raise errors.UnknownState(state)
    keys = None if counties is None else [key for county in counties for key in _known_keys(county, code, names)]
    rows = await connection.fetch(_ACTIVE_PRIMARIES, code, Standing.ACTIVE_PRIMARY.value, keys, places.SEPARATOR)
    return [_psap(row) for row in rows]


async def _insist_on_some(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    if await connection.fetchval(_IS_EMPTY):
        raise errors.CatalogueEmpty


def _psap(row: asyncpg.Record) -> Psap:
    return Psap(**{**row, "standing": Standing(row["standing"])})


async def _county_names(connection: "asyncpg.Connection[asyncpg.Record]", state: str) -> dict[str, str]:
    """Return the counties of a state by key, each with a name for people."""
    names: dict[str, str] = {}
    for row in await connection.fetch(_COUNTIES, state):
        keys = row["county_key"].split(places.SEPARATOR)
        for key in keys:
            if key and (len(keys) == 1 or key not in names):
                names[key] = places.meant_instead_of(row["county"], state) or row["county"]
    return names


def _known_keys(county: str, state: str, names: dict[str, str]) -> tuple[str, ...]:
    """Return the keys of what somebody asked for.

    Raises:
        UnknownCounty: one of them is not among `names`, or there is none.
    """
    keys = places.county_keys(county, state)
    unknown = next((key for key in keys if key not in names), None)
    if unknown is not None or not keys:
        close = difflib.get_close_matches(unknown or "", names, n=3, cutoff=0.7)
        raise errors.UnknownCounty(county, state, [names[key] for key in close])
    return keys
