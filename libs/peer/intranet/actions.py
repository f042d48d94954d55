"""Setting where the roster is shown; a peer's own word on being on it, and their photo."""

from collections.abc import Iterable, Sequence
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
_PUT_PHOTO = text(
    """
    INSERT INTO shared.photo (member_id, region_id, jpeg) VALUES (:member_id, :region_id, :jpeg)
    ON CONFLICT (member_id) DO UPDATE SET jpeg = excluded.jpeg
    """
)
_END_PHOTO = text(
    """
    DELETE FROM shared.photo WHERE member_id = :member_id
        AND NOT EXISTS (SELECT FROM shared.membership WHERE membership.member_id = photo.member_id)
    """
)
_TAKE_PHOTO = text("DELETE FROM shared.photo WHERE member_id = :member_id")


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


async def put_photo(session: DispatchSession, member_id: UUID, *, region_id: UUID, jpeg: bytes) -> None:
    """Keep somebody's own photo (`photos.square`), in place of the one before."""
    await session.execute(_PUT_PHOTO, {"member_id": member_id, "region_id": region_id, "jpeg": jpeg})


async def take_photo(session: DispatchSession, member_id: UUID) -> None:
    """Delete somebody's own photo."""
    await session.execute(_TAKE_PHOTO, {"member_id": member_id})


async def end_photos(session: ProgramSession, member_ids: Iterable[UUID]) -> None:
    """Delete the photos of those among these who are in no team any more."""
    await session.execute(_END_PHOTO, [{"member_id": member_id} for member_id in member_ids])
