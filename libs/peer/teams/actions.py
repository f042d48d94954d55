"""What members and program managers do to the roster."""

from uuid import UUID

from sqlalchemy import insert, text

from libs.peer.teams.models import Member
from libs.tenancy.planes import DispatchSession, ProgramSession

_SET_AVAILABLE = text(
    """
    INSERT INTO shared.availability (peer_id, region_id, is_available, changed_at)
    VALUES (:peer_id, :region_id, :is_available, shared.clock())
    ON CONFLICT (peer_id) DO UPDATE SET is_available = excluded.is_available, changed_at = excluded.changed_at
    """
)


async def set_available(session: DispatchSession, peer_id: UUID, *, region_id: UUID, is_available: bool) -> None:
    """Note a peer's own word on whether they can be asked now."""
    values = {"peer_id": peer_id, "region_id": region_id, "is_available": is_available}
    await session.execute(_SET_AVAILABLE, values)
    session.signals.add(f"peer:{peer_id}")


async def add_members(session: ProgramSession, members: list[Member]) -> None:
    """Add members to the region's roster, all or none."""
    if members:
        await session.execute(insert(Member), [member.model_dump(exclude={"leads"}) for member in members])
