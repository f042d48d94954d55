"""What members and program managers do to the roster."""

from collections.abc import Sequence
from uuid import UUID, uuid4

from sqlalchemy import insert, text

from libs.peer.teams.models import Member, Membership, Team, TrainingModule
from libs.tenancy.planes import DispatchSession, ProgramSession

_SET_AVAILABLE = text(
    """
    INSERT INTO shared.availability (peer_id, region_id, is_available, changed_at)
    VALUES (:peer_id, :region_id, :is_available, shared.clock())
    ON CONFLICT (peer_id) DO UPDATE SET is_available = excluded.is_available, changed_at = excluded.changed_at
    """
)
_ADD_TEAM = text(
    """
    INSERT INTO shared.team (id, region_id, kind, agency_id, name) VALUES (:id, :region_id, :kind, NULL, '')
    ON CONFLICT DO NOTHING
    """
)
_ADD_IN_HOUSE = text(
    """
    INSERT INTO shared.team (id, region_id, kind, agency_id, name)
    VALUES (:id, :region_id, 'in_house', :agency_id, '') ON CONFLICT DO NOTHING
    """
)
_IN_HOUSE = text("SELECT id FROM shared.team WHERE agency_id = :agency_id AND region_id = :region_id")
_REGION_TEAMS = text("SELECT id, kind FROM shared.team WHERE kind <> 'in_house'")


async def set_available(session: DispatchSession, peer_id: UUID, *, region_id: UUID, is_available: bool) -> None:
    """Note a peer's own word on whether they can be asked now."""
    values = {"peer_id": peer_id, "region_id": region_id, "is_available": is_available}
    await session.execute(_SET_AVAILABLE, values)
    session.signals.add(f"peer:{peer_id}")


async def region_teams(session: ProgramSession, region_id: UUID) -> dict[Team, UUID]:
    """Return the region's two teams by kind; made now where there are none yet."""
    for kind in Team:
        await session.execute(_ADD_TEAM, {"id": uuid4(), "region_id": region_id, "kind": kind})
    return {Team(row.kind): row.id for row in await session.execute(_REGION_TEAMS)}


async def in_house_team(session: ProgramSession, region_id: UUID, agency_id: UUID) -> UUID:
    """Return a center's own team; made now where there is none yet."""
    values = {"region_id": region_id, "agency_id": agency_id}
    await session.execute(_ADD_IN_HOUSE, {"id": uuid4(), **values})
    found: UUID = (await session.execute(_IN_HOUSE, values)).scalar_one()
    return found


async def add_members(
    session: ProgramSession,
    members: Sequence[Member],
    memberships: Sequence[Membership],
    modules: Sequence[TrainingModule],
) -> None:
    """Add members to the region's roster, with their teams and training, all or none."""
    for table, rows in ((Member, members), (Membership, memberships), (TrainingModule, modules)):
        if rows:
            await session.execute(insert(table), [row.model_dump(exclude={"leads"}) for row in rows])
