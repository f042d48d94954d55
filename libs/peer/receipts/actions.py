"""Laying and removing the way from a receipt to its request."""

from uuid import UUID

from sqlalchemy import text

from libs.tenancy.planes import CareSession, DoorSession

_LAY = text(
    """
    INSERT INTO shared.receipt_route (home_id, lookup_hash, region_id)
    VALUES (:home_id, :lookup_hash, :region_id) ON CONFLICT DO NOTHING
    """
)
_REMOVE = text("DELETE FROM shared.receipt_route WHERE home_id = :home_id AND lookup_hash = :lookup_hash")


async def lay(session: CareSession, *, home_id: UUID, lookup_hash: bytes, region_id: UUID) -> None:
    """Let the door find the request; insert-only, in the transaction that creates it."""
    values = {"home_id": home_id, "lookup_hash": lookup_hash, "region_id": region_id}
    await session.execute(_LAY, values)


async def remove(session: DoorSession, *, home_id: UUID, lookup_hash: bytes) -> None:
    """Forget the way; the receipt then looks like any wrong one."""
    await session.execute(_REMOVE, {"home_id": home_id, "lookup_hash": lookup_hash})
