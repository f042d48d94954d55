"""Challenges: random bytes that a passkey signs, drawn for one purpose, good for one answer."""

import secrets
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import text

from libs.peer.accounts.rules import hashed
from libs.peer.passkeys import rules
from libs.peer.passkeys.models import Ceremony
from libs.tenancy.planes import DoorSession


@dataclass(frozen=True, slots=True)
class Taken:
    """A challenge that we drew for just this, and that nobody has answered before; else one that nobody knows."""

    challenge: bytes = field(repr=False)
    account_id: UUID | None


_BYTES = 32
_DRAW = text(
    """
    INSERT INTO shared.challenge (challenge_hash, ceremony, account_id, expires_at)
    VALUES (:challenge_hash, :ceremony, :account_id, shared.clock() + CAST(:lives AS interval))
    """
)
_TAKE = text(
    """
    DELETE FROM shared.challenge WHERE challenge_hash = :challenge_hash
    RETURNING account_id, ceremony = :ceremony AND expires_at > shared.clock() AS is_good
    """
)


async def draw(session: DoorSession, ceremony: Ceremony, account_id: UUID | None) -> bytes:
    """Return 256 new random bits; `account_id`: who alone may answer them, where that is known."""
    challenge = secrets.token_bytes(_BYTES)
    values = {"challenge_hash": hashed(challenge.hex()), "ceremony": ceremony.value, "account_id": account_id}
    await session.execute(_DRAW, {**values, "lives": rules.CHALLENGE_LIVES})
    return challenge


async def take(session: DoorSession, challenge: bytes, ceremony: Ceremony) -> Taken:
    """Take the challenge that an answer names: nobody can answer it again, whatever this answer turns out to be.

    One that was never drawn, drawn for something else, too old or taken before comes back as other random bits,
    so that the examination of the answer fails like any other. A refusal commits (`is_kept`).
    """
    values = {"challenge_hash": hashed(challenge.hex()), "ceremony": ceremony.value}
    row = (await session.execute(_TAKE, values)).one_or_none()
    if row is None or not row.is_good:
        return Taken(secrets.token_bytes(_BYTES), None)
    return Taken(challenge, row.account_id)
