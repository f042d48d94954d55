"""Reading attempts."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from libs.peer.attempts.models import AttemptKind
from libs.tenancy.planes import DispatchSession

_OF_ROUND = text(
    """
    SELECT kind, made_at FROM shared.contact_attempt
    WHERE callout_id = :callout_id AND epoch = :epoch ORDER BY made_at
    """
)


async def of_round(session: DispatchSession, callout_id: UUID, epoch: int) -> Sequence[tuple[AttemptKind, datetime]]:
    """Return the attempts of whoever has a callout in this round, the first one first."""
    rows = await session.execute(_OF_ROUND, {"callout_id": callout_id, "epoch": epoch})
    return [(AttemptKind(row.kind), row.made_at) for row in rows]
