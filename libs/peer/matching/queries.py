"""Who could be asked: the one statement that reads a team, and the records of what was decided."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import text

from libs.peer.callouts.models import CenterWish
from libs.peer.callouts.queries import Locked
from libs.peer.callouts.rules import way_to_talk
from libs.peer.limits.rules import POLICY, UNSAID, OwnWord, Policy
from libs.peer.matching import rules
from libs.peer.matching.rules import Ask, Call, Candidate, Load
from libs.tenancy.planes import DispatchSession

# Everything that belongs to people is read by region, once for all of them, and hashed: looked up for each person it
# grew with the nation, and joined as tables the server took a team for one person, as long as it had no statistics, and
# went through all words and copies once for each of them. It takes what comes out of an array for ten people.
_TEAM = text(
    """
    WITH here AS (
        SELECT id, channels, time_zone, CAST(shared.clock() AT TIME ZONE time_zone AS date) AS today
        FROM shared.region WHERE id = :region_id
    ),
    asked AS MATERIALIZED (
        SELECT o.peer_id FROM shared.offer o WHERE o.callout_id = CAST(:callout_id AS uuid)
            AND (o.state IN ('open', 'recused', 'released')
                 OR o.state = 'declined' AND o.answered_at > shared.clock() - CAST(:not_now AS interval)
                 OR o.state = 'expired' AND o.expires_at > shared.clock() - CAST(:silence AS interval))
    ),
    copied AS MATERIALIZED (
        SELECT peer_id, only_steps_in FROM shared.copy
        WHERE home_id = CAST(:home_id AS uuid) AND callout_id = CAST(:callout_id AS uuid)
    ),
    people AS MATERIALIZED (
        SELECT m.id, m.agency_id, m.training_hours, m.suspended_on, m.discipline, m.languages, m.time_zone,
            a.state, a.county
        FROM shared.member m LEFT JOIN shared.agency a ON a.id = m.agency_id WHERE m.region_id = :region_id
    ),
    said AS MATERIALIZED (
        SELECT peer_id, is_available, changed_at FROM shared.availability WHERE region_id = :region_id
    ),
    words AS MATERIALIZED (
        SELECT peer_id, not_for, cools_until, talks_until, modalities, reach_minutes, caseload, accepts_a_day,
            quiet_from, quiet_until, wakes_for_now, gender, knows_calls
        FROM shared.own_limits WHERE region_id = :region_id
    ),
    reached AS MATERIALIZED (
        SELECT peer_id, verified, seen_at FROM shared.reach WHERE region_id = :region_id
    ),
    trained AS MATERIALIZED (
        SELECT member_id, array_agg(area) AS areas FROM shared.training_module
        WHERE region_id = :region_id AND (lapses_on IS NULL OR lapses_on > (SELECT today FROM here))
        GROUP BY member_id
    ),
    gone AS MATERIALIZED (
        SELECT peer_id, max(ends_at) AS until FROM shared.away
        WHERE region_id = :region_id AND starts_at <= shared.clock() AND ends_at > shared.clock() GROUP BY peer_id
    ),
    lately AS MATERIALIZED (
        SELECT peer_id, max(offered_at) AS last_asked_at,
            max(answered_at) FILTER (WHERE state = 'accepted') AS last_contact_at,
            bool_or(state = 'open' AND expires_at > shared.clock()) AS is_open,
            count(*) FILTER (WHERE state IN ('accepted', 'released')
                AND answered_at > shared.clock() - CAST(:a_day AS interval)) AS accepts,
            count(*) FILTER (WHERE state = 'accepted') AS contacts
        FROM shared.offer
        WHERE region_id = :region_id AND offered_at > shared.clock() - CAST(:load_over AS interval)
        GROUP BY peer_id
    ),
    holding AS MATERIALIZED (
        SELECT accepted_by, count(*) AS open_contacts,
            bool_or(state = 'accepted' OR contact_at > shared.clock() - CAST(:a_call AS interval)) AS is_on_call
        FROM shared.callout WHERE region_id = :region_id AND state IN ('accepted', 'in_contact') GROUP BY accepted_by
    ),
    on_duty AS MATERIALIZED (
        SELECT peer_id, team_id, min(starts_at) AS since, max(ends_at) AS until FROM shared.duty
        WHERE region_id = :region_id AND starts_at <= shared.clock() AND ends_at > shared.clock()
        GROUP BY peer_id, team_id
    )
    SELECT m.id, t.kind AS team, m.agency_id, m.state, coalesce(NOT p.only_steps_in, false) AS holds_copy,
        m.id IN (SELECT peer_id FROM asked) AS was_asked,
        s.designated_on, s.lapses_on, m.training_hours, coalesce(h.areas, '{}') AS modules,
        m.suspended_on IS NOT NULL AS is_suspended, r.today,
        m.id IN (SELECT member_id FROM shared.membership
                 WHERE region_id = :region_id AND role IN ('coordinator', 'deputy')) AS is_coordinator,
        m.discipline, m.languages, t.id <> ALL (coalesce(l.not_for, '{}')) AS is_helping,
        ARRAY(SELECT unnest(e.verified) INTERSECT SELECT unnest(r.channels)) AS verified, e.seen_at, l.cools_until,
        coalesce(m.time_zone, r.time_zone) AS zone,
        v.is_available, v.changed_at,
        u.since AS duty_since, u.until AS duty_until, w.until AS away_until,
        coalesce(f.is_open, false) OR coalesce(c.is_on_call, false) AS is_busy, coalesce(c.open_contacts, 0),
        coalesce(f.accepts, 0) + (SELECT count(*) FROM unnest(l.talks_until) k WHERE k > shared.clock()) AS accepts,
        coalesce(f.contacts, 0), f.last_asked_at, f.last_contact_at,
        l.peer_id IS NOT NULL AS has_said, l.modalities, l.reach_minutes, l.caseload, l.accepts_a_day, l.quiet_from,
        l.quiet_until, l.wakes_for_now, l.gender, l.knows_calls,
        y.region_id IS NOT NULL AS has_policy, y.caseload AS y_caseload, y.accepts_a_day AS y_accepts_a_day,
        y.heavy_hours, y.heaviest_hours, y.near_minutes,
        m.state = b.state AND m.county = nullif(b.county, '') AS is_same_county, g.minutes
    FROM shared.team t
    JOIN here r ON r.id = t.region_id
    CROSS JOIN LATERAL unnest(ARRAY(
        SELECT k FROM shared.membership k WHERE k.team_id = t.id AND k.role <> 'clinician'
            AND (CAST(:only AS text[]) IS NULL OR k.member_id = ANY(CAST(CAST(:only AS text[]) AS uuid[])))
            AND (CAST(:team AS text) IS NULL OR t.agency_id IS NULL OR (k.member_id, t.agency_id) IN (
                SELECT i.id, i.agency_id FROM people i JOIN copied o ON o.peer_id = i.id))
    )) AS s
    LEFT JOIN people m ON m.id = s.member_id
    LEFT JOIN shared.agency b ON b.id = CAST(:home_id AS uuid)
    LEFT JOIN copied p ON p.peer_id = s.member_id
    LEFT JOIN said v ON v.peer_id = s.member_id
    LEFT JOIN words l ON l.peer_id = s.member_id
    LEFT JOIN reached e ON e.peer_id = s.member_id
    LEFT JOIN trained h ON h.member_id = s.member_id
    LEFT JOIN gone w ON w.peer_id = s.member_id
    LEFT JOIN on_duty u ON u.peer_id = s.member_id AND u.team_id = t.id
    LEFT JOIN lately f ON f.peer_id = s.member_id
    LEFT JOIN holding c ON c.accepted_by = s.member_id
    LEFT JOIN shared.limit_policy y ON y.region_id = r.id
    LEFT JOIN shared.drive g ON g.from_id = least(m.agency_id, CAST(:home_id AS uuid))
        AND g.to_id = greatest(m.agency_id, CAST(:home_id AS uuid))
    WHERE t.region_id = :region_id AND (CAST(:team AS text) IS NULL OR t.kind = CAST(:team AS text)
            OR CAST(:team AS text) = 'roving' AND t.agency_id = CAST(:home_id AS uuid))
    """
)
_DECISIONS = text(
    """
    SELECT d.callout_id, d.decided_at, d.epoch, d.counts FROM shared.decision d
    JOIN shared.callout c ON c.id = d.callout_id
    JOIN shared.copy p ON p.home_id = c.home_id AND p.callout_id = c.id AND p.peer_id = :peer_id
    WHERE d.callout_id = :callout_id ORDER BY d.decided_at DESC, d.id LIMIT :limit
    """
)


@dataclass(frozen=True, slots=True)
class Decided:
    """One look at the team; `counts` as `rules.record` returns them."""

    callout_id: UUID
    decided_at: datetime
    epoch: int
    counts: Mapping[str, int]


async def candidates(
    session: DispatchSession, callout: Locked, *, only: Collection[UUID] | None = None
) -> Sequence[Candidate]:
    """Return everybody of the team that a callout asks, or some of them alone; `holds_copy` says who may be asked.

    Whoever holds a copy is there for the requester's center's in-house team, too, once for each team of theirs.
    """
    return await _read(session, callout.region_id, callout=callout, team=callout.team, only=only)


async def people(session: DispatchSession, region_id: UUID, *, only: UUID | None = None) -> Sequence[Candidate]:
    """Return everybody of a region's teams, or one person, apart from any callout: once for each of their teams."""
    return await _read(session, region_id, callout=None, team=None, only=None if only is None else [only])


async def decisions(
    session: DispatchSession, callout_id: UUID, *, coordinator_id: UUID, limit: int = 20
) -> Sequence[Decided]:
    """Return what was decided for a callout, the last first; nothing where the coordinator holds no copy."""
    values = {"callout_id": callout_id, "peer_id": coordinator_id, "limit": limit}
    return [Decided(*row) for row in await session.execute(_DECISIONS, values)]


def ask_of(callout: Locked) -> Ask:
    """Return what a callout looks for."""
    return Ask(
        wish=CenterWish(callout.center_wish),
        own_agency=callout.home_id,
        language=callout.language,
        urgency=callout.urgency,
        channel=way_to_talk(callout.channel, is_remote_only=callout.is_remote_only),
        wishes=callout.wishes,
        asked_on=callout.asked_at.astimezone(ZoneInfo(callout.time_zone)).date(),
        state=callout.center_state,
    )


async def _read(
    session: DispatchSession,
    region_id: UUID,
    *,
    callout: Locked | None,
    team: str | None,
    only: Collection[UUID] | None,
) -> Sequence[Candidate]:
    values = {
        "region_id": region_id,
        "only": None if only is None else [str(peer) for peer in only],
        "home_id": callout.home_id if callout else None,
        "callout_id": callout.id if callout else None,
        "team": team,
        "not_now": rules.NOT_NOW_HOLDS,
        "silence": rules.SILENCE_HOLDS,
        "a_call": rules.A_CALL_LASTS,
        "a_day": rules.A_DAY,
        "load_over": rules.LOAD_OVER,
    }
    rows = await session.execute(_TEAM, values)
    # Outer joins: a membership whose member this region does not see is nobody's, and must not stop the others.
    return [_candidate(tuple(row)) for row in rows if row[0] is not None]


_OF_PERSON, _OF_CALL, _OF_LOAD, _OF_WORD, _OF_POLICY, _OF_PLACE = (
    slice(*ends) for ends in ((0, 20), (20, 25), (25, 31), (31, 41), (41, 47), (47, 49))
)


def _candidate(row: tuple[Any, ...]) -> Candidate:
    """Read a row of `_TEAM`, whose columns stand in the order of the classes."""
    has_said, *word = row[_OF_WORD]
    has_policy, *policy = row[_OF_POLICY]
    said = OwnWord(*word) if has_said else UNSAID
    region = Policy(*policy) if has_policy else POLICY
    rest: tuple[Any, ...] = (Call(*row[_OF_CALL]), Load(*row[_OF_LOAD]), said, region)
    return Candidate(*row[_OF_PERSON], *row[_OF_PLACE], *rest)
