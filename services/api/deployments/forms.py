"""The form that opens an incident: read by hand, so that what was chosen stays when something is wrong with it."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import TypeVar
from uuid import UUID, uuid4
from zoneinfo import available_timezones

from starlette.datastructures import FormData
from whenever import PlainDateTime

from libs.peer.deployments.models import Answer, Kind, Target
from libs.peer.incidents.actions import NewIncident
from libs.peer.incidents.models import IncidentType, Involved
from libs.tenancy.directory import AgencyRef, RegionRef

ZONES = (
    *("America/New_York", "America/Chicago", "America/Denver", "America/Phoenix", "America/Los_Angeles"),
    *("America/Anchorage", "Pacific/Honolulu", "America/Puerto_Rico"),
)
LONGEST_PLACE = 120
_FIELDS = (
    *("incident_id", "agency", "type", "involved", "happened_at", "kind", "target", "starts_at", "place", "time_zone"),
    *("dispatchers_included", "backfill"),
)

E = TypeVar("E", bound=StrEnum)


def empty(region: RegionRef, now: datetime) -> dict[str, str]:
    """Return the form as it is shown first: everything chosen that can be, but for what happened."""
    local = PlainDateTime(now.replace(tzinfo=None).isoformat()).assume_utc().to_tz(region.time_zone)
    return {
        **dict.fromkeys(_FIELDS, ""),
        "incident_id": str(uuid4()),
        "involved": Involved.FEW,
        "happened_at": local.to_plain().to_stdlib().strftime("%Y-%m-%dT%H:%M"),
        "target": Target.INVOLVED,
        "time_zone": region.time_zone,
    }


def given(form: FormData) -> dict[str, str]:
    """Return what was sent, cut to what a field may hold."""
    return {name: str(form.get(name, ""))[:LONGEST_PLACE] for name in _FIELDS}


def zones(region: RegionRef) -> tuple[str, ...]:
    """Return the time zones to choose from, the region's own first."""
    return tuple(dict.fromkeys((region.time_zone, *ZONES)))


def moment(text: str, zone: str) -> datetime | None:
    """Read a local time of a form in a zone; None when it is none.

    An hour that the clocks leave out in spring is taken as the hour after, one that is there twice as the first.
    """
    try:
        return PlainDateTime(text).assume_tz(zone, disambiguation="compatible").to_stdlib()
    except ValueError:
        return None


def incident(
    sent: Mapping[str, str], agencies: Iterable[AgencyRef], region: RegionRef
) -> tuple[NewIncident | None, tuple[str, ...]]:
    """Read the form.

    Returns:
        The incident, or None and the names of the fields that are wrong.
    """
    zone = sent["time_zone"] if sent["time_zone"] in available_timezones() else region.time_zone
    agency = next((one for one in agencies if one.slug == sent["agency"]), None)
    happened_at, starts_at = moment(sent["happened_at"], zone), moment(sent["starts_at"], zone)
    kind, size = _choice(IncidentType, sent["type"]), _choice(Involved, sent["involved"])
    target, response = _choice(Target, sent["target"]), _choice(Kind, sent["kind"])
    checks = (
        ("agency", agency is None),
        ("type", kind is None),
        ("involved", size is None),
        ("target", target is None),
        ("happened_at", happened_at is None),
        ("starts_at", bool(sent["starts_at"]) and starts_at is None),
    )
    wrong = tuple(name for name, is_wrong in checks if is_wrong)
    if agency is None or kind is None or size is None or target is None or happened_at is None or wrong:
        return None, wrong
    return NewIncident(
        id=_uuid(sent["incident_id"]),
        agency_id=agency.id,
        type=kind,
        involved=size,
        happened_at=happened_at,
        kind=response,
        target=target,
        starts_at=starts_at,
        place="".join(mark for mark in sent["place"] if mark.isprintable()),
        time_zone=zone,
        dispatchers_included=_choice(Answer, sent["dispatchers_included"]) or Answer.UNKNOWN,
        backfill=_choice(Answer, sent["backfill"]) or Answer.UNKNOWN,
    ), ()


def _choice(kind: type[E], value: str) -> E | None:
    return kind(value) if value in set(kind) else None


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return uuid4()
