"""Laying and removing the way from a receipt to its request."""

from typing import Any
from uuid import UUID

from sqlalchemy import text

from libs.peer.receipts.errors import ReceiptTakenError
from libs.tenancy.planes import CareSession, DoorSession

_LAY = text(
    """
    INSERT INTO shared.receipt_route (home_id, lookup_hash, region_id)
    VALUES (:home_id, :lookup_hash, :region_id) ON CONFLICT DO NOTHING
    """
)
_FORGET = text(
    """
    UPDATE shared.receipt_route SET home_id = NULL, forgotten_at = shared.clock()
    WHERE region_id = :region_id AND lookup_hash = :lookup_hash AND home_id IS NOT NULL
    """
)
_REMOVE_OLD = text("DELETE FROM shared.receipt_route WHERE forgotten_at < shared.clock() - interval '1 day'")


async def lay(session: CareSession, *, home_id: UUID, lookup_hash: bytes, region_id: UUID) -> None:
    """Let the door find the request; insert-only, in the transaction that creates it.

    Raises:
        ReceiptTakenError: these words lead, or led until yesterday, to a request of this region, whatever its home.
    """
    values = {"home_id": home_id, "lookup_hash": lookup_hash, "region_id": region_id}
    laid: Any = await session.execute(_LAY, values)
    if laid.rowcount == 0:
        raise ReceiptTakenError


async def forget(session: DoorSession, *, region_id: UUID, lookup_hash: bytes) -> None:
    """Forget where the words lead: the receipt then looks like any wrong one. The bare hash goes a day later."""
    await session.execute(_FORGET, {"region_id": region_id, "lookup_hash": lookup_hash})
    await session.execute(_REMOVE_OLD)
