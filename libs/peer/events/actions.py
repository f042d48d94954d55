"""Writing events. Every plane may insert them; the audit plane alone reads them."""

from uuid import UUID, uuid4

from sqlalchemy import text

from libs.tenancy.planes import PlaneSession

_RECORD = text(
    """
    INSERT INTO shared.event (id, kind, region_id, happened_on)
    VALUES (:id, :kind, :region_id, CAST(shared.clock() AS date))
    """
)


async def record(session: PlaneSession, kind: str, region_id: UUID | None) -> None:
    """Record that something of `kind` happened today, in the transaction in which it does."""
    await session.execute(_RECORD, {"id": uuid4(), "kind": kind, "region_id": region_id})
