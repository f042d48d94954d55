"""What keeps people from being asked, read once for the peer's own page and for the coordinator's."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from libs.peer.intranet import queries as intranet
from libs.peer.intranet.queries import Shown
from libs.peer.limits import queries as limits
from libs.peer.limits.queries import Own, TimeAway, Unrated
from libs.peer.limits.rules import POLICY
from libs.peer.matching import queries as matching
from libs.peer.matching import rules, standing
from libs.peer.matching.rules import Candidate
from libs.peer.reaching import queries as reaching
from libs.peer.reaching.queries import Way
from libs.peer.teams import queries as teams
from libs.tenancy.directory import Tenants
from libs.tenancy.planes import DispatchSession
from services.api.peer.limits_views import (
    AwayRow,
    Chosen,
    LimitsPage,
    PeoplePage,
    PersonRow,
    TeamRow,
    UnratedRow,
)


@dataclass(frozen=True, slots=True)
class Mine:
    """Everything that a peer's own page about limits shows."""

    parts: tuple[Candidate, ...]
    own: Own
    away: tuple[TimeAway, ...]
    unrated: tuple[Unrated, ...]
    ways: tuple[Way, ...]
    shown: Shown


async def look(session: DispatchSession, region_id: UUID, peer_id: UUID) -> Mine:
    """Read a peer's own load and limits."""
    return Mine(
        tuple(await matching.people(session, region_id, only=peer_id)),
        await limits.own(session, peer_id),
        tuple(await limits.away(session, peer_id)),
        tuple(await limits.unrated(session, peer_id)),
        tuple(await reaching.ways(session, region_id, peer_id)),
        await intranet.mine(session, peer_id),
    )


def zone_of(mine: Mine, region_zone: str) -> str:
    """Return the clock that a peer reads."""
    return mine.parts[0].zone if mine.parts else region_zone


def view(mine: Mine, *, zone: str, notice: str | None, has_just_talked: bool, is_no_photo: bool) -> LimitsPage:
    """Turn it into the page."""
    word, now = mine.own.word, mine.own.now
    policy = mine.parts[0].policy if mine.parts else POLICY
    load = mine.parts[0].load if mine.parts else rules.Load()
    cools = mine.own.cools_until
    return LimitsPage(
        teams=_teams(mine.parts, now),
        open_contacts=load.open_contacts,
        caseload=min(policy.caseload, word.caseload or policy.caseload),
        accepts=load.accepts,
        accepts_a_day=min(policy.accepts_a_day, word.accepts_a_day or policy.accepts_a_day),
        cools_until=cools if cools is not None and cools > now else None,
        fields={
            "reach_minutes": _text(word.reach_minutes),
            "caseload": _text(word.caseload),
            "accepts_a_day": _text(word.accepts_a_day),
            "quiet_from": word.quiet_from.strftime("%H:%M") if word.quiet_from else "",
            "quiet_until": word.quiet_until.strftime("%H:%M") if word.quiet_until else "",
            "wakes_for_now": "yes" if word.wakes_for_now else "",
            "gender": word.gender,
            "knows_calls": "yes" if word.knows_calls else "",
        },
        modalities=tuple(word.modalities),
        most={"caseload": policy.caseload, "accepts_a_day": policy.accepts_a_day, "near": policy.near_minutes},
        ways=mine.ways,
        away=tuple(AwayRow(one.id, one.starts_at, one.ends_at) for one in mine.away),
        unrated=tuple(UnratedRow(one.offer_id, one.ended_at) for one in mine.unrated),
        now=now,
        zone=zone,
        notice=notice,
        has_just_talked=has_just_talked,
        shown=mine.shown,
        is_no_photo=is_no_photo,
    )


async def people(
    session: DispatchSession, region_id: UUID, names: dict[UUID, str], tenants: Tenants, now: datetime, chosen: Chosen
) -> PeoplePage:
    """Read everybody of a region's teams with what keeps them from being asked; never for whom.

    Args:
        session: dispatch of the region.
        region_id: which.
        names: of its members.
        tenants: for the names of centers.
        now: aware.
        chosen: what the list is narrowed to.
    """
    parts = defaultdict[UUID, list[Candidate]](list)
    for one in await matching.people(session, region_id):
        parts[one.peer_id].append(one)
    rows = [_person(found, names, tenants, now) for found in parts.values()]
    same_center = tuple(await teams.same_center(session))
    rows.sort(key=lambda row: (all(team.kept for team in row.teams), row.name))
    return PeoplePage(
        people=tuple(row for row in rows if chosen.keeps(row)),
        free=sum(any(not team.kept for team in row.teams) for row in rows),
        total=len(rows),
        unreached=tuple(row.name for row in rows if row.is_unreached),
        chosen=chosen,
        same_center=same_center,
        now=now,
    )


def _person(parts: Sequence[Candidate], names: dict[UUID, str], tenants: Tenants, now: datetime) -> PersonRow:
    first = parts[0]
    return PersonRow(
        name=names.get(first.peer_id, "–"),
        center=tenants.agencies[first.agency_id].name,
        discipline=first.discipline,
        teams=_teams(parts, now),
        open_contacts=first.load.open_contacts,
        accepts=first.load.accepts,
        is_unreached=_is_unreached(first, now),
    )


def _is_unreached(one: Candidate, now: datetime) -> bool:
    """Say whether somebody counts as on call to themselves, and nothing would reach them."""
    is_on_call = one.call.is_on and one.call.away_until is None
    return is_on_call and any(kept.reason == "unreachable" for kept in standing.kept_today(one, now))


def _teams(parts: Iterable[Candidate], now: datetime) -> tuple[TeamRow, ...]:
    return tuple(
        TeamRow(one.team, standing.kept_today(one, now), one.is_helping)
        for one in sorted(parts, key=lambda one: one.team, reverse=True)
    )


def _text(number: int | None) -> str:
    return "" if number is None else str(number)
