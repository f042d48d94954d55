"""Proving a receipt."""

from uuid import UUID

from sqlalchemy import text

from libs.tenancy.planes import CareSession

_HASH = text("SELECT lookup_hash FROM request WHERE id = :id")
_CALLOUT = text("SELECT callout_id FROM request WHERE lookup_hash = :lookup_hash")


async def lookup_hash_of(session: CareSession, request_id: UUID) -> bytes | None:
    """Return under which hash a request is found, or None when it is gone."""
    found: bytes | None = (await session.execute(_HASH, {"id": request_id})).scalar_one_or_none()
    return found


async def callout_of(session: CareSession, lookup_hash: bytes) -> UUID | None:
    """Return the callout of the request with this receipt, or None when there is none here."""
    found: UUID | None = (await session.execute(_CALLOUT, {"lookup_hash": lookup_hash})).scalar_one_or_none()
    return found
