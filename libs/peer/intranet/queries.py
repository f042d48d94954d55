"""Reading where the roster is shown, and whether somebody is on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text

from libs.peer.intranet.rules import Place
from libs.tenancy.planes import DispatchSession, IntranetSession, ProgramSession

_PLACES = text(
    "SELECT place_id, networks, origins FROM shared.intranet_place WHERE region_id = :region_id ORDER BY place_id"
)
_MINE = text(
    """
    SELECT NOT EXISTS (SELECT FROM shared.not_shown WHERE member_id = :member_id) AS is_shown,
        EXISTS (SELECT FROM shared.photo WHERE member_id = :member_id) AS has_photo
    """
)
_PHOTO = text("SELECT jpeg FROM shared.photo WHERE member_id = :member_id")


@dataclass(frozen=True, slots=True)
class Shown:
    """What somebody says of being on the roster that centers show."""

    is_shown: bool
    has_photo: bool


async def places(session: ProgramSession | IntranetSession, region_id: UUID) -> Sequence[Place]:
    """Return from where a region's roster is seen."""
    rows = await session.execute(_PLACES, {"region_id": region_id})
    return [Place(row.place_id, tuple(row.networks), tuple(row.origins)) for row in rows]


async def mine(session: DispatchSession, member_id: UUID) -> Shown:
    """Say whether somebody is on the roster that centers show, by their own word, and has a photo there."""
    return Shown(*(await session.execute(_MINE, {"member_id": member_id})).one())


async def photo(session: DispatchSession, member_id: UUID) -> bytes | None:
    """Return somebody's own photo, as JPEG; None when they have none."""
    row = (await session.execute(_PHOTO, {"member_id": member_id})).one_or_none()
    return None if row is None else row.jpeg
