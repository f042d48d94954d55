"""Reporting a hard call, the rules and pages of a center, and what whoever sits there does about them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text

from libs.peer.accounts.rules import hashed, new_token
from libs.peer.hardcalls import queries, rules
from libs.peer.hardcalls.errors import StationTakenError, StationUnknownError
from libs.peer.hardcalls.models import Action
from libs.peer.hardcalls.rules import OFFER_LIVES, Call, Rule, Verdict
from libs.peer.incidents import actions as incidents
from libs.peer.incidents.actions import NewIncident
from libs.peer.incidents.models import OpenedBy
from libs.tenancy.directory import AgencyRef, RegionRef
from libs.tenancy.planes import DeskSession, DoorSession

_NOW = text("SELECT shared.clock()")
# Blind: the center's role cannot read what is offered, so it cannot be told what was there before either.
_OFFER = text(
    """
    INSERT INTO shared.private_offer (id, agency_id, place_hash, ends_at)
    VALUES (:id, :agency_id, :place_hash, :ends_at) ON CONFLICT DO NOTHING
    """
)
_PUT_RULE = text(
    """
    INSERT INTO shared.hard_call_rule (agency_id, code, action, incident_type)
    VALUES (:agency_id, :code, :action, :incident_type)
    ON CONFLICT (agency_id, code) DO UPDATE SET action = excluded.action, incident_type = excluded.incident_type
    """
)
_ADD_STATION = text(
    """
    INSERT INTO shared.station (id, agency_id, position, address_hash)
    VALUES (:id, :agency_id, :position, :address_hash) ON CONFLICT DO NOTHING
    """
)
_REMOVE_STATION = text("DELETE FROM shared.station WHERE id = :id")
_SAY = text("UPDATE shared.station SET is_quiet = :is_quiet WHERE address_hash = :address_hash")
_MOVE = text("UPDATE shared.station SET address_hash = :new WHERE address_hash = :address_hash")
_FORGET = text(
    """
    DELETE FROM shared.private_offer WHERE id IN (
        SELECT id FROM shared.private_offer WHERE ends_at <= shared.clock() LIMIT :limit
    )
    """
)


@dataclass(frozen=True, slots=True)
class Reporting:
    """Who reports: which center, and the key of the marks."""

    agency: AgencyRef
    region: RegionRef
    key: bytes


@dataclass(frozen=True, slots=True)
class Report:
    """What happened, and at which positions it was taken, as they are compared (`rules.unique`)."""

    calls: Sequence[Call]
    positions: Sequence[str]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What follows from a report. It is made of what the reporter said and of what the center set up, and of nothing
    that became of it: who is quiet, and what is opened, changes no letter of it.

    Attributes:
        has_station: whether a workstation was named that has a page.
    """

    verdict: Verdict
    has_station: bool


async def report(session: DeskSession, by: Reporting, reports: Sequence[Report], opened_by: OpenedBy) -> list[Outcome]:
    """Take reports in: weigh each, offer support where people sat, propose a team. Twice does nothing twice.

    Raises:
        IncidentTimeError: something is said to have happened in the future.
    """
    now: datetime = (await session.execute(_NOW)).scalar_one()
    own = await queries.own_rules(session)
    known = {one.position for one in await queries.stations(session)}
    outcomes = []
    for one in reports:
        verdict = rules.weigh(one.calls, own, now)
        seated = [position for position in one.positions if position in known]
        if verdict.call is not None and verdict.action is not Action.NOTHING:
            at = verdict.call.at or now
            incidents.check_happened(at, now)
            if verdict.action is Action.PROPOSE_DEPLOYMENT:
                await _propose(session, by, verdict, at, len(one.positions), opened_by)
            await _offer(session, by, verdict.call.mark, at, seated)
        outcomes.append(Outcome(verdict, bool(seated)))
    return outcomes


async def offer(session: DeskSession, by: Reporting, mark: str, stations: Iterable[UUID]) -> None:
    """Offer support at chosen workstations now; the same `mark` twice offers once."""
    chosen = set(stations)
    seated = [one.position for one in await queries.stations(session) if one.id in chosen]
    await _offer(session, by, mark, (await session.execute(_NOW)).scalar_one(), seated)


async def put_rule(session: DeskSession, agency_id: UUID, code: str, rule: Rule) -> None:
    """Say what follows from a type of incident."""
    values = {"agency_id": agency_id, "code": rules.spelled(code)}
    await session.execute(_PUT_RULE, {**values, "action": rule.action, "incident_type": rule.incident_type})


async def add_station(session: DeskSession, agency_id: UUID, position: str) -> str:
    """Give a workstation a page; returns its address's secret part, the only time it is seen.

    Raises:
        StationTakenError: it has one.
    """
    address = new_token()
    values = {"id": uuid4(), "agency_id": agency_id, "position": rules.position(position)}
    added: Any = await session.execute(_ADD_STATION, {**values, "address_hash": hashed(address)})
    if not added.rowcount:
        raise StationTakenError
    return address


async def remove_station(session: DeskSession, station_id: UUID) -> None:
    """Take a workstation's page away.

    Raises:
        StationUnknownError: none of this agency.
    """
    if not (await session.execute(_REMOVE_STATION, {"id": station_id})).rowcount:
        raise StationUnknownError


async def say_quiet(session: DoorSession, address: str, *, is_quiet: bool) -> None:
    """Want no offers on this page, or want them again.

    Raises:
        StationUnknownError: no page has this address.
    """
    if not (await session.execute(_SAY, {"address_hash": hashed(address), "is_quiet": is_quiet})).rowcount:
        raise StationUnknownError


async def move(session: DoorSession, address: str) -> str:
    """Give a page a new address; whoever kept the old one sees nothing any more.

    Raises:
        StationUnknownError: no page has this address.
    """
    new = new_token()
    if not (await session.execute(_MOVE, {"address_hash": hashed(address), "new": hashed(new)})).rowcount:
        raise StationUnknownError
    return new


async def forget_over(session: DoorSession, limit: int) -> int:
    """Delete offers that are over; returns how many went, up to `limit`."""
    return (await session.execute(_FORGET, {"limit": limit})).rowcount


async def _offer(session: DeskSession, by: Reporting, mark: str, at: datetime, positions: Iterable[str]) -> None:
    rows = [
        {
            "id": rules.mark(by.key, by.agency.id, "offer", mark, one),
            "agency_id": by.agency.id,
            "place_hash": rules.place(by.key, by.agency.id, one),
            "ends_at": at + OFFER_LIVES,
        }
        for one in positions
    ]
    await session.execute(_OFFER, rows)


async def _propose(
    session: DeskSession, by: Reporting, verdict: Verdict, at: datetime, named: int, opened_by: OpenedBy
) -> None:
    """Open a critical incident without a place: the team comes to the center, whose address the coordinators know."""
    assert verdict.call is not None  # noqa: S101 - nothing follows from no call
    new = NewIncident(
        id=UUID(bytes=rules.mark(by.key, by.agency.id, "incident", verdict.call.mark)[:16], version=4),
        agency_id=by.agency.id,
        type=verdict.rule.incident_type,
        involved=rules.involved(named),
        happened_at=at,
        kind=None,
        target="involved",
        starts_at=None,
        place="",
        time_zone=by.region.time_zone,
        dispatchers_included="unknown",
        backfill="unknown",
    )
    await incidents.open_one(session, new, region_id=by.region.id, opened_by=opened_by)
