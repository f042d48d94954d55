"""Proving a channel: a code is asked for, drawn when it is sent, and comes back.

Source: docs/decisions/0033-a-way-counts-once-a-code-came-back.md
"""

import hmac
import secrets
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from sqlalchemy import text

from libs import jobs
from libs.peer.limits import actions as limits
from libs.peer.reaching import queries, rules
from libs.peer.reaching.errors import ChannelUnknown, CodeNotRight, CodeTooSoon
from libs.tenancy.planes import DispatchSession

SEND = "channels.send_code"
"""The job that draws a code and sends it."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A code on its way; `key` names its letter. It lives in the job that sends it, and in the letter."""

    peer_id: UUID
    channel: str
    key: str
    code: str = field(repr=False)


_ASK = text(
    """
    INSERT INTO shared.channel_code AS c (peer_id, channel, region_id, id, draws, tries, asked_at, counted_from,
        asked_times)
    VALUES (:peer_id, :channel, :region_id, :id, 0, 0, shared.clock(), shared.clock(), 1)
    ON CONFLICT (peer_id, channel) DO UPDATE SET id = excluded.id, code_hash = NULL, expires_at = NULL, draws = 0,
        tries = 0, asked_at = excluded.asked_at,
        counted_from = CASE WHEN c.counted_from <= excluded.asked_at - CAST(:counted_for AS interval)
            THEN excluded.asked_at ELSE c.counted_from END,
        asked_times = CASE WHEN c.counted_from <= excluded.asked_at - CAST(:counted_for AS interval)
            THEN 1 ELSE c.asked_times + 1 END
    WHERE c.asked_at <= excluded.asked_at - CAST(:not_before AS interval)
        AND (c.asked_times < :most_asked OR c.counted_from <= excluded.asked_at - CAST(:counted_for AS interval))
    RETURNING id
    """
)
_DRAW = text(
    """
    UPDATE shared.channel_code SET code_hash = :code_hash, expires_at = shared.clock() + CAST(:lives AS interval),
        draws = draws + 1
    WHERE id = :id AND draws < :most_draws AND asked_at > shared.clock() - CAST(:lives AS interval)
        AND (code_hash IS NOT NULL OR draws = 0)
    RETURNING peer_id, channel, draws
    """
)
_TRY = text(
    """
    UPDATE shared.channel_code SET tries = tries + 1
    WHERE peer_id = :peer_id AND channel = :channel AND expires_at > shared.clock() AND tries < :most_tries
    RETURNING id, code_hash
    """
)
_USED = text(
    "UPDATE shared.channel_code SET code_hash = NULL, expires_at = NULL WHERE peer_id = :peer_id AND channel = :channel"
)
_UNPROVEN = text(
    "UPDATE shared.reach SET verified = array_remove(verified, CAST(:channel AS text)) WHERE peer_id = :peer_id"
)
_FORGET_CODE = text("DELETE FROM shared.channel_code WHERE peer_id = :peer_id AND channel = :channel")
_FORGET_OLD = text("DELETE FROM shared.channel_code WHERE asked_at < shared.clock() - CAST(:counted_for AS interval)")


async def ask_for_code(session: DispatchSession, region_id: UUID, peer_id: UUID, channel: str) -> None:
    """Have a code sent to a peer over one of the region's channels; one that was sent before is dead from now on.

    Raises:
        ChannelUnknown: the region does not reach people that way.
        CodeTooSoon: one was sent within the minute, or five within the hour.
    """
    if channel not in [way.channel for way in await queries.ways(session, region_id, peer_id)]:
        raise ChannelUnknown
    values = {
        "peer_id": peer_id,
        "channel": channel,
        "region_id": region_id,
        "id": uuid4(),
        "counted_for": rules.COUNTED_FOR,
        "not_before": rules.NOT_BEFORE,
        "most_asked": rules.MOST_ASKED,
    }
    row = (await session.execute(_ASK, values)).one_or_none()
    if row is None:
        raise CodeTooSoon
    await jobs.add(session, SEND, region_id=region_id, subject_id=row.id)


async def draw(session: DispatchSession, code_id: UUID, *, key: bytes) -> Drawn | None:
    """Draw the code of an asking, to be sent once this is committed; None when it is over, used, or asked anew.

    A job that runs again draws again: only the last letter's code counts. `key` is the processes' own.
    """
    code = rules.written(secrets.randbelow(1_000_000))
    values = {
        "id": code_id,
        "code_hash": rules.hashed(key, code_id, code),
        "lives": rules.CODE_LIVES,
        "most_draws": rules.MOST_DRAWS,
    }
    row = (await session.execute(_DRAW, values)).one_or_none()
    return None if row is None else Drawn(row.peer_id, row.channel, f"{code_id}:{row.draws}", code)


async def prove(
    session: DispatchSession, region_id: UUID, peer_id: UUID, channel: str, typed: str, *, key: bytes
) -> None:
    """Take a code that came back: from now on the channel reaches this peer.

    Wrong, late, used and too often look alike; each answer counts before it is looked at, and stays counted. `key` is
    the one by which it was drawn.

    Raises:
        CodeNotRight: it proves nothing.
    """
    values = {"peer_id": peer_id, "channel": channel, "most_tries": rules.MOST_TRIES}
    row = (await session.execute(_TRY, values)).one_or_none()
    if row is None or not hmac.compare_digest(row.code_hash, rules.hashed(key, row.id, rules.typed(typed))):
        raise CodeNotRight
    await session.execute(_USED, {"peer_id": peer_id, "channel": channel})
    await limits.verified(session, peer_id, region_id=region_id, channel=channel)
    session.signals.add(f"peer:{peer_id}")


async def forget(session: DispatchSession, peer_id: UUID, channel: str) -> None:
    """Take a channel's proof back: the address behind it is another one now."""
    await session.execute(_UNPROVEN, {"peer_id": peer_id, "channel": channel})
    await session.execute(_FORGET_CODE, {"peer_id": peer_id, "channel": channel})
    session.signals.add(f"peer:{peer_id}")


async def forget_old(session: DispatchSession) -> None:
    """Delete codes that were asked for more than an hour ago: they are dead, and count for no limit any more."""
    await session.execute(_FORGET_OLD, {"counted_for": rules.COUNTED_FOR})
