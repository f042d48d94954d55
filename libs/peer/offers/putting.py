"""Putting a callout to peers: a whole wave in one statement, however many it asks over however many channels."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from libs import jobs
from libs.notify.channels import in_app
from libs.peer.callouts import actions as callouts
from libs.peer.callouts.queries import Locked
from libs.tenancy.planes import DispatchSession

SEND = "pages.send"
"""The job that hands one page to a channel that is somebody else's."""

_AFTER_SILENCE = ("expired",)
_BY_NAME = ("expired", "called_off", "reserve")

# Offers, their pages, a job for each page that goes by somebody else's channel, the callout's place in its policy, why
# it was them, and the job at the wave's end. The page of the channel that needs nobody is handed over by being there.
_PUT = text(
    """
    WITH asked AS (
        INSERT INTO shared.offer
            (id, callout_id, region_id, epoch, peer_id, state, offered_at, expires_at, wave, is_hand_over)
        SELECT gen_random_uuid(), CAST(:callout_id AS uuid), CAST(:region_id AS uuid), CAST(:epoch AS integer),
            CAST(peer AS uuid), 'open', shared.clock(), CAST(:expires_at AS timestamptz), CAST(:wave AS integer),
            NOT :is_wave
        FROM unnest(CAST(:peers AS text[])) AS peer
        ON CONFLICT (callout_id, epoch, peer_id) DO UPDATE SET state = 'open', offered_at = excluded.offered_at,
            expires_at = excluded.expires_at, wave = excluded.wave, is_hand_over = excluded.is_hand_over,
            answered_at = NULL
            WHERE offer.state = ANY(CAST(:again AS text[]))
        RETURNING id, peer_id
    ), pages AS (
        INSERT INTO shared.page (id, offer_id, region_id, peer_id, channel, idempotency_key, state, created_at,
            handed_over_at)
        SELECT gen_random_uuid(), asked.id, CAST(:region_id AS uuid), asked.peer_id, channel,
            concat_ws(':', CAST(:callout_id AS text), CAST(:epoch AS text), asked.peer_id, CAST(:wave AS text),
                      CASE WHEN :is_wave THEN NULL ELSE 'by_name' END, channel),
            CASE WHEN channel = :in_app THEN 'handed_over' ELSE 'waiting' END, shared.clock(),
            CASE WHEN channel = :in_app THEN shared.clock() END
        FROM asked LEFT JOIN shared.reach e ON e.peer_id = asked.peer_id,
            unnest(CAST(:channels AS text[])) AS channel
        WHERE channel = :in_app OR channel = ANY(e.verified)
        ON CONFLICT (idempotency_key) DO NOTHING
        RETURNING id, peer_id, channel
    ), sent AS (
        INSERT INTO shared.job (id, kind, key, region_id, subject_id, due_at)
        SELECT gen_random_uuid(), CAST(:send AS text), concat(CAST(:send AS text), ':', id, ':'),
            CAST(:region_id AS uuid), id, shared.clock()
        FROM pages WHERE channel <> :in_app ON CONFLICT DO NOTHING
    ), later AS (
        INSERT INTO shared.job (id, kind, key, region_id, subject_id, due_at)
        SELECT gen_random_uuid(), :advance, :later_key, CAST(:region_id AS uuid), CAST(:callout_id AS uuid),
            CAST(:next_at AS timestamptz)
        ON CONFLICT DO NOTHING
    ), decided AS (
        INSERT INTO shared.decision (id, callout_id, region_id, epoch, counts, decided_at)
        SELECT gen_random_uuid(), CAST(:callout_id AS uuid), CAST(:region_id AS uuid), CAST(:epoch AS integer),
            CAST(:counts AS jsonb), shared.clock()
        WHERE CAST(:counts AS text) IS NOT NULL
    ), noted AS (
        UPDATE shared.callout SET unmet = coalesce(CAST(:unmet AS text[]), unmet), policy_version = :policy_version,
            step = :step, step_waves = :step_waves,
            wave = :wave, asking = CAST(:asking AS text[]), skipped = CAST(:skipped AS text[]),
            is_lead_asked = is_lead_asked OR :is_lead_asked, next_at = :next_at
        WHERE id = CAST(:callout_id AS uuid) AND :is_wave
    )
    SELECT pages.peer_id, CASE WHEN c.approval_id IS NULL AND NOT EXISTS (
        SELECT FROM shared.page q WHERE q.handed_over_at IS NOT NULL
          AND q.offer_id = ANY(ARRAY(SELECT b.id FROM shared.offer b WHERE b.callout_id = c.id)))
        THEN extract(epoch FROM shared.clock() - c.asked_at)::float8 END AS first_after_s
    FROM pages JOIN shared.callout c ON c.id = CAST(:callout_id AS uuid) WHERE pages.channel = :in_app
    """
)


@dataclass(frozen=True, slots=True)
class Sending:
    """A page in hand for a channel that is somebody else's.

    Attributes:
        key: the same twice is the same message.
        is_wanted: the peer is still asked.
        may_be_sent: the peer may have it, now or from somebody who died with it in hand.
    """

    peer_id: UUID
    channel: str
    key: str
    is_wanted: bool
    may_be_sent: bool


@dataclass(frozen=True, slots=True)
class HandedOver:
    """What may be told of a page that was handed over.

    Attributes:
        channel: name of the channel.
        first_after_s: seconds since somebody asked, when it is the first page and waited for no approval.
    """

    channel: str
    first_after_s: float | None


@dataclass(frozen=True, slots=True)
class ToPut:
    """A wave, or one named colleague who is asked to take over.

    Attributes:
        peers: holders of a copy, at least one.
        channels: over which each is paged.
        expires_at: end of the time to answer.
        next_at: when somebody looks again: the same, or later where a pause follows silence.
        step, step_waves: place in the policy, with this wave.
        asking, skipped: kinds of people, told to board and requester.
        is_leads: coordinators are among them, or should have been.
        counts: why whom, as `matching.rules.record` returns it; empty when the team was not looked at.
        unmet: wishes that nobody of the wave keeps; None when none of them was chosen by wishes.
    """

    peers: Sequence[UUID]
    channels: Sequence[str]
    expires_at: datetime
    next_at: datetime
    step: int = 0
    step_waves: int = 0
    asking: Sequence[str] = ()
    skipped: Sequence[str] = ()
    is_leads: bool = False
    counts: Mapping[str, int] = field(default_factory=dict)
    unmet: Sequence[str] | None = None


async def put_wave(session: DispatchSession, callout: Locked, wave: ToPut) -> Sequence[HandedOver]:
    """Ask everybody of a wave, note where the policy stands, and look again at its end.

    Who was asked in this round before is asked again only after silence. Whoever has the dashboard open is rung when
    this transaction is through; a peer whose signal was lost sees it within seconds.

    Returns:
        The pages that are handed over with this transaction.
    """
    return await _put(session, callout, wave, is_wave=True, again=_AFTER_SILENCE)


async def put_by_name(session: DispatchSession, callout: Locked, asked: ToPut) -> None:
    """Ask a named colleague of the peer who has it; the callout stays where it is until the yes."""
    await _put(session, callout, asked, is_wave=False, again=_BY_NAME)


async def _put(
    session: DispatchSession, callout: Locked, wave: ToPut, *, is_wave: bool, again: Collection[str]
) -> Sequence[HandedOver]:
    number = callout.wave + 1 if is_wave else callout.wave
    values = {
        "callout_id": str(callout.id),
        "region_id": str(callout.region_id),
        "epoch": callout.epoch,
        "peers": [str(peer) for peer in wave.peers],
        "channels": list(wave.channels),
        "expires_at": wave.expires_at,
        "next_at": wave.next_at,
        "wave": number,
        "is_wave": is_wave,
        "again": list(again),
        "in_app": in_app.NAME,
        "send": SEND,
        "advance": callouts.ADVANCE,
        "later_key": jobs.key(callouts.ADVANCE, callout.id, f"{callout.epoch}:{wave.next_at.isoformat()}"),
        "policy_version": callout.policy_version,
        "step": wave.step,
        "step_waves": wave.step_waves,
        "asking": list(wave.asking),
        "skipped": list(dict.fromkeys((*callout.skipped, *wave.skipped))),
        "is_lead_asked": wave.is_leads,
        "counts": json.dumps(wave.counts) if wave.counts else None,
        "unmet": None if wave.unmet is None else list(wave.unmet),
    }
    rows = (await session.execute(_PUT, values)).all()
    for row in rows:
        in_app.hand_over(session, row.peer_id)
    if any(channel != in_app.NAME for channel in wave.channels):
        session.signals.add(jobs.SIGNAL)
    session.signals.add(f"callout:{callout.id}")
    # Asked at once, one of them is the first.
    return [HandedOver(in_app.NAME, None if number else row.first_after_s) for number, row in enumerate(rows)]
