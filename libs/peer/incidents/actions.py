"""Opening a critical incident: by the agency itself, or by those who lead the program."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import available_timezones

from sqlalchemy import text

from libs import jobs
from libs.peer.events import actions as events
from libs.peer.incidents import rules
from libs.peer.incidents.errors import IncidentTakenError, IncidentTimeError, TimeZoneUnknownError
from libs.peer.incidents.models import IncidentType, Involved, OpenedBy
from libs.tenancy.planes import DeskSession, ProgramSession

OPENED = "deployments.open"
"""The job that makes the first deployment of an incident that a center has opened."""

_SLACK = timedelta(minutes=5)
"""How far a browser's clock may be ahead of the database's."""

_OPEN = text(
    """
    INSERT INTO shared.incident (id, region_id, agency_id, type, involved, happened_at, kind, target, starts_at, place,
        time_zone, dispatchers_included, backfill, opened_by)
    VALUES (:id, :region_id, :agency_id, :type, :involved, :happened_at, :kind, :target, :starts_at, :place,
        :time_zone, :dispatchers_included, :backfill, :opened_by)
    ON CONFLICT (id) DO NOTHING
    """
)
_IS_OWN = text("SELECT 1 FROM shared.incident WHERE id = :id AND agency_id = :agency_id")
_NOW = text("SELECT shared.clock()")


@dataclass(frozen=True, slots=True)
class NewIncident:
    """What is told of an incident: choices, a place, times.

    Attributes:
        id: drawn with the form, so that a double tap opens once.
        kind: of response that is wished for; None leaves it to the region's run card.
        target: for whom.
        starts_at: when a team should come; None means as soon as the kind's window allows.
        place: an address or a room, one line; empty means at the agency itself.
        time_zone: IANA name of the place.
        dispatchers_included, backfill: `yes`, `no` or `unknown`.
    """

    id: UUID
    agency_id: UUID
    type: IncidentType
    involved: Involved
    happened_at: datetime
    kind: str | None
    target: str
    starts_at: datetime | None
    place: str
    time_zone: str
    dispatchers_included: str
    backfill: str


def check_happened(at: datetime, now: datetime) -> None:
    """Insist that something has happened already.

    Raises:
        IncidentTimeError: it has not, by our clock.
    """
    if at > now + _SLACK:
        raise IncidentTimeError("It has not happened yet by our clock. Check the day, the time and the time zone.")


async def open_one(
    session: DeskSession | ProgramSession, new: NewIncident, *, region_id: UUID, opened_by: OpenedBy
) -> None:
    """Open an incident; the same one twice changes nothing.

    Raises:
        IncidentTakenError: another agency's has this id; said, since it would be lost without a word.
        IncidentTimeError: it has not happened yet, or the team should have come already.
        TimeZoneUnknownError: no such zone.
    """
    if new.time_zone not in available_timezones():
        raise TimeZoneUnknownError("Choose one of the list, such as America/Chicago.")
    now = (await session.execute(_NOW)).scalar_one()
    check_happened(new.happened_at, now)
    if new.starts_at is not None and new.starts_at < now - _SLACK:
        raise IncidentTimeError("The team cannot come in the past. Choose a later time, or leave it empty.")
    values = {
        "id": new.id,
        "region_id": region_id,
        "agency_id": new.agency_id,
        "type": new.type,
        "involved": new.involved,
        "happened_at": new.happened_at,
        "kind": new.kind,
        "target": new.target,
        "starts_at": new.starts_at,
        "place": rules.one_line(new.place),
        "time_zone": new.time_zone,
        "dispatchers_included": new.dispatchers_included,
        "backfill": new.backfill,
        "opened_by": opened_by,
    }
    opened: Any = await session.execute(_OPEN, values)
    if not opened.rowcount:
        if (await session.execute(_IS_OWN, values)).first() is None:
            raise IncidentTakenError("Another center's incident has this id. Draw a new id and send it again.")
        return
    await events.record(session, "incident.opened", region_id)
    if opened_by in {OpenedBy.DESK, OpenedBy.INTEGRATOR}:
        await jobs.add(session, OPENED, region_id=region_id, subject_id=new.id)
