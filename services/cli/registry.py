"""`owncall registry import`, `owncall agency onboard`: from the FCC's file to agencies."""

import asyncio
import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from libs.peer.registry import actions, queries, reading
from libs.peer.registry.report import ImportReport, report
from libs.peer.registry.rules import Psap
from libs.tenancy import onboarding
from libs.tenancy.names import RoleNames
from libs.tenancy.onboarding import NewAgency


@dataclass(frozen=True, slots=True)
class Onboarded:
    """What became of an onboarding: agencies made now, and those that were there before."""

    new: int
    known: int


async def import_file(owner: asyncpg.Connection, path: Path) -> ImportReport:
    """Read the FCC's file and replace the catalogue by it, all or nothing.

    Raises:
        NotARegistry: and its kin, each saying what is wrong with the file.
    """
    found = await asyncio.to_thread(reading.read, path)
    async with owner.transaction():
        await actions.replace_catalogue(owner, found)
    return report(found)


async def onboard(
    owner: asyncpg.Connection, roles: RoleNames, region_slug: str, state: str, counties: Collection[str] | None
) -> Onboarded:
    """Make an agency of every active primary PSAP of some counties; one transaction each, so it may be resumed.

    Raises:
        LookupError: there is no such region.
        PeerError: the state or a county is unknown, or the catalogue is empty.
    """
    region_id = await owner.fetchval("SELECT id FROM shared.region WHERE slug = $1", region_slug)
    if region_id is None:
        raise LookupError(region_slug)
    psaps = await queries.active_primaries(owner, state, counties)
    made = [await onboarding.create_agency(owner, roles, region_id, _agency(psap)) for psap in psaps]
    return Onboarded(new=sum(made), known=len(made) - sum(made))


def _agency(psap: Psap) -> NewAgency:
    return NewAgency(
        slug=f"{slug(psap.name)}-{psap.psap_id}",
        name=psap.name,
        discipline="dispatch",
        state=psap.state,
        county=psap.county,
        city=psap.city,
        fcc_id=psap.psap_id,
    )


def slug(name: str) -> str:
    """Return a name as it stands in addresses: small ASCII letters, digits and hyphens."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
