"""Asking, and being forgotten."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import text

from libs import jobs
from libs.peer.callouts import actions as callouts
from libs.peer.callouts.errors import NobodyThereError
from libs.peer.callouts.models import CenterWish, Channel, State, Urgency, Wish
from libs.peer.receipts.errors import ReceiptTakenError
from libs.peer.teams.models import Team
from libs.tenancy.planes import CareSession

# Everything about a new request in one statement, and the way to it last: each one more costs a round trip while
# somebody waits. Nothing is read back but the clock: care may insert into `shared` and no more. No row comes back when
# the receipt was used before, in this home (`new` is empty) or in another one of the region (the way is laid).
_ADD = text(
    """
    WITH new AS (
        INSERT INTO request (id, lookup_hash, callout_id, language, asked_on)
        VALUES (:request_id, CAST(:lookup_hash AS bytea), :callout_id, :language, CAST(shared.clock() AS date))
        ON CONFLICT (lookup_hash) DO NOTHING RETURNING id
    ), callout AS (
        INSERT INTO shared.callout (id, region_id, home_id, request_id, approval_id, coming_from, urgency, channel,
            language, team, center_wish, wishes, is_remote_only, exchange_id, state)
        SELECT CAST(:callout_id AS uuid), CAST(:region_id AS uuid), CAST(:home_id AS uuid), new.id,
            CAST(:approval_id AS uuid), :coming_from, :urgency, :channel, :language, :team, :center_wish,
            CAST(:wishes AS text[]), CAST(:is_remote_only AS boolean), CAST(:exchange_id AS uuid), :state
        FROM new
    ), copies AS (
        INSERT INTO shared.copy (home_id, callout_id, peer_id, region_id, only_steps_in)
        SELECT CAST(:home_id AS uuid), CAST(:callout_id AS uuid), CAST(peer AS uuid), CAST(:region_id AS uuid),
            peer = ANY(CAST(:only_step_in AS text[]))
        FROM new, unnest(CAST(:peers AS text[])) AS peer
    ), job AS (
        INSERT INTO shared.job (id, kind, key, region_id, subject_id, due_at)
        SELECT CAST(:job_id AS uuid), :kind, :key, CAST(:region_id AS uuid), CAST(:callout_id AS uuid), shared.clock()
        FROM new ON CONFLICT DO NOTHING
    )
    INSERT INTO shared.receipt_route (home_id, lookup_hash, region_id)
    SELECT CAST(:home_id AS uuid), CAST(:lookup_hash AS bytea), CAST(:region_id AS uuid) FROM new
    ON CONFLICT DO NOTHING RETURNING shared.clock()
    """
)
_FORGET = text("DELETE FROM request WHERE id = :id")


@dataclass(frozen=True, slots=True)
class Ask:
    """What somebody asks for. Nothing of it is required of them; these are the choices when nothing is said.

    Attributes:
        language: BCP 47 tag, in which they want to talk.
        coming_from: name of the place outside the region; None from within, or where an agreement covers it.
        is_remote_only: by phone or text alone, as the agreement or the region that helps says.
        exchange_id: by which it comes from another region.
        channel: how they would like to talk.
    """

    urgency: Urgency = Urgency.NOW
    language: str = "en"
    team: Team = Team.ROVING
    center_wish: CenterWish = CenterWish.ANOTHER
    wishes: tuple[Wish, ...] = ()
    coming_from: str | None = None
    is_remote_only: bool = False
    exchange_id: UUID | None = None
    channel: Channel = Channel.THIS_PAGE


@dataclass(frozen=True, slots=True)
class Kept:
    """A request that was just written: what can be answered without reading it back."""

    callout_id: UUID
    state: State
    asked_at: datetime


async def ask(
    session: CareSession,
    ask: Ask,
    *,
    region_id: UUID,
    home_id: UUID,
    lookup_hash: bytes,
    peers: tuple[UUID, ...],
    only_step_in: Collection[UUID] = (),
) -> Kept:
    """Write a request and its callout, in one transaction; returns what is known of it.

    Args:
        session: care of the home.
        ask: the choices.
        region_id: whose peers are asked.
        home_id: the agency, or the region where the agency is no tenant of it.
        lookup_hash: of the receipt; also the idempotency key.
        peers: who may be asked.
        only_step_in: those of them who are asked when nobody answers, and not before.

    Raises:
        ReceiptTakenError: a replay (a double click, a retried form), whatever home it names; the transaction must be
            rolled back.
        NobodyThereError: it would go from another region, where people hold it, to where nobody does.
    """
    if ask.exchange_id is not None and not peers:
        raise NobodyThereError("Leave fewer people out. Until then your request waits where it is.")
    callout_id, is_outside = uuid4(), ask.coming_from is not None
    state = State.PENDING_APPROVAL if is_outside else State.PAGING
    values = {
        **_choices(ask),
        **_job(callouts.OPEN_APPROVAL if is_outside else callouts.ADVANCE, callout_id),
        "request_id": uuid4(),
        "lookup_hash": lookup_hash,
        "callout_id": callout_id,
        "region_id": region_id,
        "home_id": home_id,
        "approval_id": uuid4() if is_outside else None,
        "state": state,
        "peers": [str(peer) for peer in peers],
        "only_step_in": [str(peer) for peer in only_step_in],
    }
    now: datetime | None = (await session.execute(_ADD, values)).scalar_one_or_none()
    if now is None:
        raise ReceiptTakenError
    if ask.exchange_id is not None:
        await jobs.add(session, callouts.ARRIVED, region_id=region_id, subject_id=ask.exchange_id)
    session.signals.add(jobs.SIGNAL)
    return Kept(callout_id, state, now)


def _choices(ask: Ask) -> dict[str, object]:
    return {
        "coming_from": ask.coming_from,
        "urgency": ask.urgency,
        "language": ask.language,
        "team": ask.team,
        "center_wish": ask.center_wish,
        "wishes": list(ask.wishes),
        "is_remote_only": ask.is_remote_only,
        "exchange_id": ask.exchange_id,
        "channel": ask.channel,
    }


def _job(kind: str, callout_id: UUID) -> dict[str, object]:
    return {"job_id": uuid4(), "kind": kind, "key": jobs.key(kind, callout_id)}


async def forget(session: CareSession, request_id: UUID) -> None:
    """Delete a request; one that is gone already stays gone."""
    await session.execute(_FORGET, {"id": request_id})
