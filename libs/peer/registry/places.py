"""How states and counties are written, and the keys under which they are found.

Source: county names of the registry of 2026-02-06 compared with the Census Bureau's lists of 2000 to 2020.
"""

import re
import unicodedata

SEPARATOR = "|"
"""Stands between the keys of a PSAP that serves several counties; never part of a key."""

STATES = {
    "alabama": "AL", "alaska": "AK", "american samoa": "AS", "arizona": "AZ", "arkansas": "AR",
    "california": "CA", "colorado": "CO", "connecticut": "CT", "delaware": "DE", "district of columbia": "DC",
    "florida": "FL", "georgia": "GA", "guam": "GU", "hawaii": "HI", "idaho": "ID", "illinois": "IL",
    "indiana": "IN", "iowa": "IA", "kansas": "KS", "kentucky": "KY", "louisiana": "LA", "maine": "ME",
    "maryland": "MD", "massachusetts": "MA", "michigan": "MI", "minnesota": "MN", "mississippi": "MS",
    "missouri": "MO", "montana": "MT", "nebraska": "NE", "nevada": "NV", "new hampshire": "NH",
    "new jersey": "NJ", "new mexico": "NM", "new york": "NY", "north carolina": "NC", "north dakota": "ND",
    "northern mariana islands": "MP", "ohio": "OH", "oklahoma": "OK", "oregon": "OR", "pennsylvania": "PA",
    "puerto rico": "PR", "rhode island": "RI", "south carolina": "SC", "south dakota": "SD",
    "tennessee": "TN", "texas": "TX", "utah": "UT", "vermont": "VT", "virgin islands": "VI",
    "virginia": "VA", "washington": "WA", "west virginia": "WV", "wisconsin": "WI", "wyoming": "WY",
}  # fmt: skip

SYNONYMS = {
    ("FL", "dade"): "Miami-Dade",
    ("VA", "chesapeake"): "Chesapeake City",
    ("VA", "hampton"): "Hampton City",
    ("VA", "norfolk"): "Norfolk City",
    ("VA", "virginiabeach"): "Virginia Beach City",
}
"""Other names of one county, both right."""

MISSPELLED = {
    ("AK", "danali"): "Denali",
    ("AK", "pinceofwalesouterketchikan"): "Prince of Wales-Outer Ketchikan",
    ("AK", "southeastfairbankscensusbureau"): "Southeast Fairbanks",
    ("DC", "distofcolumbia"): "District of Columbia",
    ("FL", "stjohn"): "St. Johns",
    ("IN", "allentraa"): "Allen",
    ("KY", "montgomerycounty911dispatch"): "Montgomery",
    ("NM", "donana"): "Doña Ana",
    ("OR", "multhomah"): "Multnomah",
    ("TN", "madisoon"): "Madison",
    ("VA", "james"): "James City",
    ("VA", "loudon"): "Loudoun",
}
"""Counties that the registry misspells, by state and key, and what is meant."""

ONE_COUNTY_WITH_AND = {("AK", "lakeandpeninsula"), ("VA", "kingandqueen")}

_CODES = frozenset(STATES.values())
_SUFFIX = re.compile(r"\s+(?:county|counties|parish|city and borough|borough|census area|municipality|municipio)$")
_NOT_IN_KEY = re.compile(r"[^a-z0-9]+")


def state_code(state: str) -> str | None:
    """Return the two letters of a state, district or territory, given those or its name.

    Case and blanks do not matter. None: no such state.
    """
    text = " ".join(state.split())
    return text.upper() if text.upper() in _CODES else STATES.get(text.casefold())


def meant_instead_of(county: str, state: str) -> str | None:
    """Return the county that is meant where the registry misspells it; None: no misspelling known."""
    return MISSPELLED.get((state, _plain_key(county)))


def county_keys(county: str, state: str) -> tuple[str, ...]:
    """Return the keys under which a county is found.

    Case, blanks, accents, punctuation and words such as "County" or "Parish" do not matter, "Saint" is "St",
    known misspellings and second names count as the name that is meant. "City" stays: in Virginia the city
    and the county of a name are two places.

    Args:
        county: as written by the FCC or a person; may name several, as in "Du Page, Kane".
        state: two letters.

    Returns:
        Letters and digits only, sorted, no key twice; empty if `county` holds neither.
    """
    keys = {_meant_key(part, state) for part in _counties(county, state)}
    return tuple(sorted(keys - {""}))


def _counties(county: str, state: str) -> list[str]:
    parts: list[str] = []
    for part in re.split(r"[,/;]", county):
        is_one = (state, _plain_key(part)) in ONE_COUNTY_WITH_AND
        parts += [part] if is_one else part.split("&")
    return parts


def _meant_key(county: str, state: str) -> str:
    key = _plain_key(county)
    meant = MISSPELLED.get((state, key)) or SYNONYMS.get((state, key))
    return _plain_key(meant) if meant else key


def _plain_key(county: str) -> str:
    decomposed = unicodedata.normalize("NFKD", county.casefold().replace("&", " and "))
    words = " ".join("".join(c for c in decomposed if not unicodedata.combining(c)).split())
    words = re.sub(r"\bsaint(e?)\b", r"st\1", words)
    return _NOT_IN_KEY.sub("", _SUFFIX.sub("", words))
