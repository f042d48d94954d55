"""Reading where the roster is shown, and whether somebody is on it."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text

from libs.peer.intranet.rules import Place
from libs.tenancy.planes import DispatchSession, ProgramSession

_PLACES = text("SELECT place_id, networks, origins FROM shared.intranet_place ORDER BY place_id")
_IS_SHOWN = text("SELECT NOT EXISTS (SELECT FROM shared.not_shown WHERE member_id = :member_id)")


async def places(session: ProgramSession) -> Sequence[Place]:
    """Return from where the region's roster is seen."""
    rows = await session.execute(_PLACES)
    return [Place(row.place_id, tuple(row.networks), tuple(row.origins)) for row in rows]


async def is_shown(session: DispatchSession, member_id: UUID) -> bool:
    """Say whether somebody is on the roster that centers show, by their own word."""
    found: bool = (await session.execute(_IS_SHOWN, {"member_id": member_id})).scalar_one()
    return found
