"""Who could be on a team: one statement, in the words of composition. Nothing in it depends on a request."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy import text

from libs.peer.deployments.composition import Person
from libs.peer.teams import rules as teams
from libs.tenancy.planes import DispatchSession, ProgramSession

# A clinician is licensed; the hours and modules are those of peers. Who is in-house alone helps their own center alone,
# and nobody goes to that one.
_PEOPLE = text(
    """
    SELECT m.id, m.agency_id, a.discipline, a.county, a.state,
        m.suspended_on IS NULL AND p.is_in_date AND (p.is_clinician OR m.training_hours >= :hours AND (
            SELECT count(DISTINCT t.area) FROM shared.training_module t WHERE t.member_id = m.id
            AND (t.lapses_on IS NULL OR t.lapses_on > r.today)) >= :modules) AS is_current,
        p.is_clinician, p.can_lead,
        EXISTS (SELECT FROM shared.slot s JOIN shared.deployment o ON o.id = s.deployment_id
                WHERE s.member_id = m.id AND o.id <> d.id AND s.state IN ('confirmed', 'en_route', 'on_scene')
                AND abs(extract(epoch FROM o.starts_at - d.starts_at)) < 43200) AS is_away,
        (SELECT count(*) FROM shared.slot s JOIN shared.deployment o ON o.id = s.deployment_id
         WHERE s.member_id = m.id AND o.id <> d.id AND o.starts_at > shared.clock() - interval '180 days') AS deployed,
        (SELECT max(o.starts_at) FROM shared.slot s JOIN shared.deployment o ON o.id = s.deployment_id
         WHERE s.member_id = m.id AND o.id <> d.id) AS last_at
    FROM shared.deployment d
    JOIN (SELECT id, CAST(shared.clock() AT TIME ZONE time_zone AS date) AS today FROM shared.region) r
        ON r.id = d.region_id
    JOIN shared.member m ON m.region_id = d.region_id
    JOIN shared.agency a ON a.id = m.agency_id
    CROSS JOIN LATERAL (
        SELECT coalesce(bool_or(k.designated_on <= r.today AND (k.lapses_on IS NULL OR k.lapses_on > r.today)), false)
                AS is_in_date,
            coalesce(bool_or(k.role = 'clinician'), false) AS is_clinician,
            coalesce(bool_or(k.role IN ('coordinator', 'deputy')), false) AS can_lead
        FROM shared.membership k JOIN shared.team u ON u.id = k.team_id AND u.kind <> 'in_house'
        WHERE k.member_id = m.id
    ) p
    WHERE d.id = :deployment_id AND (CAST(:only AS uuid) IS NULL OR m.id = CAST(:only AS uuid))
    """
)


_AWAY = text(
    """
    SELECT w.peer_id FROM shared.away w JOIN shared.deployment d ON d.region_id = w.region_id
    WHERE d.id = :deployment_id AND w.starts_at <= d.starts_at AND d.starts_at < w.ends_at
    """
)


async def to_ask(session: DispatchSession, deployment_id: UUID) -> Sequence[Person]:
    """Return the same with who is away by their own word, which dispatch alone may read."""
    away = set((await session.execute(_AWAY, {"deployment_id": deployment_id})).scalars())
    everybody = await for_deployment(session, deployment_id)
    return [replace(one, is_away=one.is_away or one.member_id in away) for one in everybody]


async def for_deployment(
    session: DispatchSession | ProgramSession, deployment_id: UUID, *, only: UUID | None = None
) -> Sequence[Person]:
    """Return the region's members as a deployment's composition sees them; or one of them alone."""
    values = {
        "deployment_id": deployment_id,
        "only": only,
        "hours": teams.HOURS_NEEDED,
        "modules": len(teams.MODULES_NEEDED),
    }
    return [Person(*row) for row in await session.execute(_PEOPLE, values)]
