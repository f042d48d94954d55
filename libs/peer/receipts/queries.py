"""The door's part of finding a request by its receipt."""

from uuid import UUID

from sqlalchemy import text

from libs.tenancy.planes import DoorSession

_HOME = text("SELECT home_id FROM shared.receipt_route WHERE lookup_hash = :lookup_hash AND region_id = :region_id")


async def home_of(session: DoorSession, lookup_hash: bytes, region_id: UUID) -> UUID | None:
    """Return whose care schema holds the request, or None for a receipt that leads nowhere."""
    values = {"lookup_hash": lookup_hash, "region_id": region_id}
    home: UUID | None = next(iter((await session.execute(_HOME, values)).scalars()), None)
    return home
