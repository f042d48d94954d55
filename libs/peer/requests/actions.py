"""Asking, and being forgotten."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import text

from libs.peer.callouts import actions as callouts
from libs.peer.callouts.models import CenterWish, State, Urgency
from libs.peer.receipts import actions as receipts
from libs.peer.teams.models import Team
from libs.tenancy.planes import CareSession

_ADD = text(
    """
    INSERT INTO request (id, lookup_hash, callout_id, language, asked_on)
    VALUES (:id, :lookup_hash, :callout_id, :language, CAST(shared.clock() AS date))
    ON CONFLICT (lookup_hash) DO NOTHING RETURNING shared.clock()
    """
)
_FORGET = text("DELETE FROM request WHERE id = :id")


@dataclass(frozen=True, slots=True)
class Ask:
    """What somebody asks for. Nothing of it is required of them; these are the choices when nothing is said.

    Attributes:
        language: BCP 47 tag of the page.
        coming_from: name of the place outside the region; None from within.
    """

    urgency: Urgency = Urgency.NOW
    language: str = "en"
    team: Team = Team.ROVING
    center_wish: CenterWish = CenterWish.ANOTHER
    coming_from: str | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it was just written."""

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
) -> Asked | None:
    """Write a request and its callout, in one transaction.

    Args:
        session: care of the home.
        ask: the choices.
        region_id: whose peers are asked.
        home_id: the agency, or the region where the agency is no tenant of it.
        lookup_hash: of the receipt; also the idempotency key.
        peers: who may be asked.

    Returns:
        What was written; None for a replay (a double click, a retried form), which changes nothing.

    Raises:
        ReceiptTakenError: a replay that names another home; the transaction must be rolled back.
    """
    request_id, callout_id = uuid4(), uuid4()
    values = {
        "id": request_id,
        "lookup_hash": lookup_hash,
        "callout_id": callout_id,
        "language": ask.language,
    }
    asked_at = (await session.execute(_ADD, values)).scalar_one_or_none()
    if asked_at is None:
        return None
    await receipts.lay(session, home_id=home_id, lookup_hash=lookup_hash, region_id=region_id)
    new = callouts.NewCallout(
        id=callout_id,
        region_id=region_id,
        home_id=home_id,
        request_id=request_id,
        urgency=ask.urgency,
        language=ask.language,
        team=ask.team,
        center_wish=ask.center_wish,
        approval_id=uuid4() if ask.coming_from is not None else None,
        coming_from=ask.coming_from,
    )
    await callouts.add(session, new, peers)
    return Asked(callout_id, new.state, asked_at)


async def forget(session: CareSession, request_id: UUID) -> None:
    """Delete a request; one that is gone already stays gone."""
    await session.execute(_FORGET, {"id": request_id})
