"""Proving a receipt."""

from uuid import UUID

from sqlalchemy import text

from libs.tenancy.planes import CareSession

_CALLOUT = text("SELECT callout_id FROM request WHERE lookup_hash = :lookup_hash")


async def callout_of(session: CareSession, lookup_hash: bytes) -> UUID | None:
    """Return the callout of the request with this receipt, or None when there is none here."""
    found: UUID | None = (await session.execute(_CALLOUT, {"lookup_hash": lookup_hash})).scalar_one_or_none()
    return found
