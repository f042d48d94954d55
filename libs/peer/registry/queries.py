"""Reading the catalogue."""

import difflib
from collections.abc import Collection

import asyncpg

from libs.peer.registry import errors, places
from libs.peer.registry.rules import Psap, Standing

_ACTIVE_PRIMARIES = """
    SELECT psap_id, name, state, county, county_key, city, standing, changes, comments, modified_on, doubt,
           sheet_row
      FROM shared.psap_catalogue
     WHERE state = $1
       AND standing = $2
       AND ($3::text[] IS NULL OR string_to_array(county_key, $4) && $3)
     ORDER BY psap_id
"""
_COUNTIES = "SELECT DISTINCT county, county_key FROM shared.psap_catalogue WHERE state = $1 ORDER BY county"
_IS_EMPTY = "SELECT NOT EXISTS (SELECT FROM shared.psap_catalogue)"


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
    return [Psap(**{**row, "standing": Standing(row["standing"])}) for row in rows]


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
