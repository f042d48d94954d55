"""What a center reads of its hard calls, and what a workstation's page shows. Neither reads the other's."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text

from libs.peer.accounts.rules import hashed
from libs.peer.hardcalls import rules
from libs.peer.hardcalls.errors import StationUnknownError
from libs.peer.hardcalls.models import Action
from libs.peer.hardcalls.rules import Rule
from libs.peer.incidents.models import IncidentType
from libs.tenancy.planes import DeskSession, DoorSession


@dataclass(frozen=True, slots=True)
class StationOfDesk:
    """A workstation that has a page."""

    id: UUID
    position: str


@dataclass(frozen=True, slots=True)
class AtStation:
    """What is known where somebody sits: at which agency, and whether support was offered there lately."""

    agency_id: UUID
    is_offered: bool


_OWN = text("SELECT code, action, incident_type FROM shared.hard_call_rule ORDER BY code")
_STATIONS = text("SELECT id, position FROM shared.station ORDER BY length(position), position")
_STATION = text("SELECT agency_id, position, is_quiet FROM shared.station WHERE address_hash = :address_hash")
_IS_OFFERED = text(
    "SELECT EXISTS (SELECT FROM shared.private_offer WHERE place_hash = :place_hash AND ends_at > shared.clock())"
)


async def own_rules(session: DeskSession) -> dict[str, Rule]:
    """Return what the agency wants to follow where it differs from the defaults, by type."""
    return {row.code: Rule(Action(row.action), IncidentType(row.incident_type)) for row in await session.execute(_OWN)}


async def stations(session: DeskSession) -> tuple[StationOfDesk, ...]:
    """Return the agency's workstations that have a page, as people count them."""
    return tuple(StationOfDesk(row.id, row.position) for row in await session.execute(_STATIONS))


async def at_station(session: DoorSession, address: str, key: bytes) -> AtStation:
    """Return what a workstation's page shows; nothing is written.

    Raises:
        StationUnknownError: no page has this address.
    """
    row = (await session.execute(_STATION, {"address_hash": hashed(address)})).one_or_none()
    if row is None:
        raise StationUnknownError
    place = rules.place(key, row.agency_id, row.position)
    is_offered = (await session.execute(_IS_OFFERED, {"place_hash": place})).scalar_one()
    return AtStation(row.agency_id, bool(is_offered) and not row.is_quiet)
