"""Taking an Idempotency-Key, and keeping the answer under it: in the transaction of what is done."""

from dataclasses import dataclass
from datetime import timedelta

import asyncpg
from sqlalchemy import text

from libs.peer.answers.errors import KeyInFlightError, KeyReusedError
from libs.tenancy.planes import DeskSession, DoorSession, ProgramSession

ANSWERS_LIVE = timedelta(hours=24)

# Waits for whoever is about to commit the same key, so that the second of two at once reads the first one's answer.
_TAKE = text(
    """
    INSERT INTO shared.kept_answer (client, route, key_hash, request_mac, ends_at)
    VALUES (:client, :route, :key_hash, :request_mac, shared.clock() + CAST(:lives AS interval))
    ON CONFLICT (owner, client, route, key_hash) DO UPDATE
        SET request_mac = excluded.request_mac, status = NULL, body = NULL, ends_at = excluded.ends_at
        WHERE kept_answer.ends_at <= shared.clock()
    """
)
_KEPT = text(
    """
    SELECT request_mac, status, body FROM shared.kept_answer
    WHERE owner = current_user AND client = :client AND route = :route AND key_hash = :key_hash
    """
)
_KEEP = text(
    """
    UPDATE shared.kept_answer SET status = :status, body = :body
    WHERE owner = current_user AND client = :client AND route = :route AND key_hash = :key_hash
    """
)
# What is over, of every plane: the table's policy says so and no WHERE, which would have to read what is not one's own.
_FORGET = text("DELETE FROM shared.kept_answer")
_Keeps = DeskSession | ProgramSession | DoorSession


@dataclass(frozen=True, slots=True)
class Asked:
    """One request by one key: whose, of which operation."""

    client: str
    route: str
    key_hash: bytes
    request_mac: bytes

    @property
    def by_key(self) -> dict[str, object]:
        """What finds it again."""
        return {"client": self.client, "route": self.route, "key_hash": self.key_hash}


@dataclass(frozen=True, slots=True)
class Answer:
    """Status and JSON, as they were given."""

    status: int
    body: str


async def take(session: _Keeps, asked: Asked) -> Answer | None:
    """Take a key for a request that is to be done now; return what was answered if it was done before.

    Raises:
        KeyReusedError: the key belongs to another request.
        KeyInFlightError: that request is still being done, and takes longer than anybody should wait.
    """
    values = {**asked.by_key, "request_mac": asked.request_mac, "lives": ANSWERS_LIVE}
    try:
        taken = (await session.execute(_TAKE, values)).rowcount
    except asyncpg.LockNotAvailableError:
        raise KeyInFlightError from None
    if taken:
        return None
    row = (await session.execute(_KEPT, asked.by_key)).one()
    if row.request_mac != asked.request_mac:
        raise KeyReusedError
    return Answer(row.status, row.body)


async def keep(session: _Keeps, asked: Asked, answer: Answer) -> None:
    """Keep what is answered, to be given again for a day."""
    await session.execute(_KEEP, {**asked.by_key, "status": answer.status, "body": answer.body})


async def forget_over(session: DoorSession) -> None:
    """Delete answers that are too old to be given again, of every plane; the door reads none of them."""
    await session.execute(_FORGET)
