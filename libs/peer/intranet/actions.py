"""Setting where the roster is shown, and a peer's own word on being on it."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text

from libs.peer.intranet.rules import Place
from libs.tenancy.planes import DispatchSession, ProgramSession

_NOWHERE = text("DELETE FROM shared.intranet_place WHERE region_id = :region_id")
_SHOW_AT = text(
    """
    INSERT INTO shared.intranet_place (place_id, region_id, networks, origins)
    VALUES (:place_id, :region_id, :networks, :origins)
    """
)
_HIDE = text(
    "INSERT INTO shared.not_shown (member_id, region_id) VALUES (:member_id, :region_id) ON CONFLICT DO NOTHING"
)
_SHOW = text("DELETE FROM shared.not_shown WHERE member_id = :member_id")


async def show_at(session: ProgramSession, region_id: UUID, places: Sequence[Place]) -> None:
    """Set from where the region's roster is seen, in place of what was there."""
    await session.execute(_NOWHERE, {"region_id": region_id})
    for one in places:
        values = {"place_id": one.place_id, "networks": list(one.networks), "origins": list(one.origins)}
        await session.execute(_SHOW_AT, {**values, "region_id": region_id})


async def show_me(session: DispatchSession, member_id: UUID, *, region_id: UUID, is_shown: bool) -> None:
    """Note whether somebody wants to be on the roster that centers show; nothing else follows from it."""
    if is_shown:
        await session.execute(_SHOW, {"member_id": member_id})
    else:
        await session.execute(_HIDE, {"member_id": member_id, "region_id": region_id})
