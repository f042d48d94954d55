"""The token by which a center's directory comes: made by an admin, shown once, replaced with an overlap, ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import text

from libs.peer.accounts import rules as secrets
from libs.peer.provisioning import rules
from libs.peer.provisioning.errors import TokenUnknownError
from libs.tenancy.planes import DoorSession


@dataclass(frozen=True, slots=True)
class Directory:
    """Which center's directory calls."""

    agency_id: UUID
    region_id: UUID


@dataclass(frozen=True, slots=True)
class Token:
    """A token that works, as its center's admins see it; `ends_at`: a newer one has replaced it."""

    id: UUID
    made_on: date
    last_used_on: date | None
    ends_at: datetime | None


_REPLACE = text(
    """
    UPDATE shared.provisioning_token SET ends_at = shared.clock() + CAST(:overlap AS interval)
    WHERE agency_id = :agency_id AND ends_at IS NULL
    """
)
_ADD = text(
    """
    INSERT INTO shared.provisioning_token (id, agency_id, token_hash, made_on)
    VALUES (:id, :agency_id, :token_hash, CAST(shared.clock() AS date))
    """
)
_FORGET_OVER = text("DELETE FROM shared.provisioning_token WHERE agency_id = :agency_id AND ends_at <= shared.clock()")
_END = text("DELETE FROM shared.provisioning_token WHERE id = :id AND agency_id = :agency_id RETURNING id")
_OF_AGENCY = text(
    """
    SELECT id, made_on, last_used_on, ends_at FROM shared.provisioning_token
    WHERE agency_id = :agency_id AND (ends_at IS NULL OR ends_at > shared.clock()) ORDER BY ends_at DESC NULLS FIRST, id
    """
)
_BEHIND = text(
    """
    SELECT id, agency_id, last_used_on IS DISTINCT FROM CAST(shared.clock() AS date) AS is_new_day
    FROM shared.provisioning_token
    WHERE token_hash = :token_hash AND (ends_at IS NULL OR ends_at > shared.clock())
    """
)
_USED = text("UPDATE shared.provisioning_token SET last_used_on = CAST(shared.clock() AS date) WHERE id = :id")


async def make(session: DoorSession, agency_id: UUID) -> str:
    """Return a new token, the only time it is seen; the one before goes on for OVERLAP, earlier ones as they would."""
    await session.execute(_FORGET_OVER, {"agency_id": agency_id})
    await session.execute(_REPLACE, {"agency_id": agency_id, "overlap": rules.OVERLAP})
    token = rules.TOKEN_PREFIX + secrets.new_token()
    values = {"id": uuid4(), "agency_id": agency_id, "token_hash": secrets.hashed(token)}
    await session.execute(_ADD, values)
    return token


async def end(session: DoorSession, token_id: UUID, *, of: UUID) -> None:
    """End a token here and now.

    Raises:
        TokenUnknownError: it is another center's, or none.
    """
    if (await session.execute(_END, {"id": token_id, "agency_id": of})).one_or_none() is None:
        raise TokenUnknownError


async def of_agency(session: DoorSession, agency_id: UUID) -> Sequence[Token]:
    """List a center's tokens that work, the newest first."""
    return [Token(*row) for row in await session.execute(_OF_AGENCY, {"agency_id": agency_id})]


async def agency_behind(session: DoorSession, token: str) -> UUID | None:
    """Return whose directory shows this token, and note the day; None when it ended or never was."""
    row = (await session.execute(_BEHIND, {"token_hash": secrets.hashed(token)})).one_or_none()
    if row is None:
        return None
    if row.is_new_day:
        await session.execute(_USED, {"id": row.id})
    agency_id: UUID = row.agency_id
    return agency_id
