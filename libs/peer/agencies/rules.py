"""What an agency is called, and which it can be. Plain values in, plain values out."""

import re
import unicodedata
from dataclasses import dataclass

from libs.peer.agencies.models import Discipline
from libs.peer.registry import places
from libs.peer.registry.rules import Psap, plain_text

LONGEST_NAME = 120
_LONGEST_SLUG = 100
_NO_SLUG = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Wanted:
    """An agency that shall take part.

    Attributes:
        slug: its name in addresses, unique in the cell; the same wish always has the same.
        fcc_id: None for one that the FCC does not know.
    """

    slug: str
    name: str
    discipline: Discipline
    state: str
    county: str
    city: str
    fcc_id: int | None = None


def of_psap(psap: Psap) -> Wanted:
    """Return the agency that a PSAP of the catalogue becomes."""
    return Wanted(
        slug=f"{slug(psap.name)[:_LONGEST_SLUG]}-{psap.psap_id}".lstrip("-"),
        name=psap.name,
        discipline=Discipline.DISPATCH,
        state=psap.state,
        county=psap.county,
        city=psap.city,
        fcc_id=psap.psap_id,
    )


def by_hand(name: str, discipline: str, state: str, county: str, city: str) -> tuple[Wanted | None, dict[str, str]]:
    """Read what somebody wrote about an agency that the FCC does not know.

    Args:
        name: anything with a letter or digit; blanks do not matter.
        discipline: dispatch, fire, ems or law, in any case.
        state: two letters or the name.
        county: as people write it; may be empty.
        city: may be empty.

    Returns:
        The agency, or None; and what is wrong, a sentence by field, empty if nothing is.
    """
    title, kind = plain_text(name), plain_text(discipline).lower()
    code = places.state_code(state)
    wrong: dict[str, str] = {}
    if not slug(title) or len(title) > LONGEST_NAME:
        wrong["name"] = f"Give a name with a letter or digit in it, of at most {LONGEST_NAME} signs."
    if kind not in set(Discipline):
        wrong["discipline"] = "Choose dispatch, fire, ems or law."
    if code is None:
        wrong["state"] = "Give the state's two letters, such as MO."
    if wrong or code is None:
        return None, wrong
    where, town = plain_text(county)[:LONGEST_NAME], plain_text(city)[:LONGEST_NAME]
    parts = [part for part in (slug(title), slug(where or town), code.lower()) if part]
    return Wanted("-".join(parts)[: _LONGEST_SLUG + 10], title, Discipline(kind), code, where, town), {}


def slug(name: str) -> str:
    """Return a name as it stands in addresses: small ASCII letters, digits and hyphens; may be empty."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return _NO_SLUG.sub("-", plain).strip("-")
