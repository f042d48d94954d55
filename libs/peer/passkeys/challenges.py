"""Challenges: random bytes that a passkey signs, drawn for one purpose, good for one answer.

One for a sign-in is offered to anybody, so it is signed by us and not stored; it is written when it has been answered
rightly. All others are rows until they are answered.

Source: docs/decisions/0031-limits.md
"""

import hmac
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
_NONCE_BYTES = 16
_SECOND_BYTES = 8
_SIGNED_BYTES = _NONCE_BYTES + _SECOND_BYTES
_DRAW = text(
    """
    INSERT INTO shared.challenge (challenge_hash, ceremony, account_id, expires_at)
    VALUES (:challenge_hash, :ceremony, :account_id, shared.clock() + CAST(:lives AS interval))
    """
)
# Never a sign-in's: its row says that it has been answered.
_TAKE = text(
    """
    DELETE FROM shared.challenge WHERE challenge_hash = :challenge_hash AND ceremony <> 'sign_in'
    RETURNING account_id, ceremony = :ceremony AND expires_at > shared.clock() AS is_good
    """
)
_SECOND = text("SELECT CAST(extract(epoch FROM shared.clock()) AS bigint)")
_SPEND = text(
    """
    INSERT INTO shared.challenge (challenge_hash, ceremony, account_id, expires_at)
    SELECT :challenge_hash, 'sign_in', NULL, expires_at
    FROM (SELECT to_timestamp(CAST(:second AS bigint)) + CAST(:lives AS interval) AS expires_at) AS offered
    WHERE expires_at > shared.clock()
    ON CONFLICT DO NOTHING RETURNING true
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


async def offer(session: DoorSession, key: bytes) -> bytes:
    """Return a challenge for anybody's sign-in, signed by `key`; nothing is stored."""
    second: int = (await session.execute(_SECOND)).scalar_one()
    signed = secrets.token_bytes(_NONCE_BYTES) + second.to_bytes(_SECOND_BYTES)
    return signed + _signature(key, signed)


def offered(key: bytes, challenge: bytes) -> bytes:
    """Return a challenge if we have offered it; else other random bits, which fail when they are examined."""
    signed, signature = challenge[:_SIGNED_BYTES], challenge[_SIGNED_BYTES:]
    is_ours = hmac.compare_digest(_signature(key, signed), signature)
    return challenge if is_ours else secrets.token_bytes(_BYTES)


async def spend(session: DoorSession, challenge: bytes) -> bool:
    """Note that an offered challenge has been answered rightly; False when it has been before, or is too old."""
    second = int.from_bytes(challenge[_NONCE_BYTES:_SIGNED_BYTES])
    values = {"challenge_hash": hashed(challenge.hex()), "second": second, "lives": rules.CHALLENGE_LIVES}
    return (await session.execute(_SPEND, values)).one_or_none() is not None


def _signature(key: bytes, signed: bytes) -> bytes:
    return hmac.digest(key, signed, "sha256")
