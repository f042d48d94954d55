"""Removing the way from a receipt to its request; it is laid with the request."""

from uuid import UUID

from sqlalchemy import text

from libs.tenancy.planes import DoorSession

_FORGET = text(
    """
    UPDATE shared.receipt_route SET home_id = NULL, forgotten_at = shared.clock()
    WHERE region_id = :region_id AND lookup_hash = :lookup_hash AND home_id IS NOT NULL
    """
)
_REMOVE_OLD = text("DELETE FROM shared.receipt_route WHERE forgotten_at < shared.clock() - interval '1 day'")


async def forget(session: DoorSession, *, region_id: UUID, lookup_hash: bytes) -> None:
    """Forget where the words lead: the receipt then looks like any wrong one. The bare hash goes a day later."""
    await session.execute(_FORGET, {"region_id": region_id, "lookup_hash": lookup_hash})
    await session.execute(_REMOVE_OLD)
