"""Keeping why a wave was put to whom, for the coordinator, as long as the callout has traces."""

import json
from collections.abc import Mapping, Sequence
from uuid import UUID, uuid4

from sqlalchemy import text

from libs.peer.callouts.queries import Locked
from libs.tenancy.planes import DispatchSession

_RECORD = text(
    """
    WITH told AS (UPDATE shared.callout SET unmet = CAST(:unmet AS text[]) WHERE id = :callout_id AND unmet <> :unmet)
    INSERT INTO shared.decision (id, callout_id, region_id, epoch, counts, decided_at)
    VALUES (:id, :callout_id, :region_id, :epoch, CAST(:counts AS jsonb), shared.clock())
    """
)
_FORGET = text("DELETE FROM shared.decision WHERE callout_id = :callout_id")


async def record(session: DispatchSession, callout: Locked, counts: Mapping[str, int], *, unmet: Sequence[str]) -> None:
    """Keep one look at the team, and which wishes nobody of this wave keeps: the requester is told.

    Args:
        session: dispatch of its region.
        callout: locked by this transaction.
        counts: as `rules.record` returns them.
        unmet: as `rules.unmet` returns them.
    """
    values = {
        "id": uuid4(),
        "callout_id": callout.id,
        "region_id": callout.region_id,
        "epoch": callout.epoch,
        "counts": json.dumps(dict(counts)),
        "unmet": list(unmet),
    }
    await session.execute(_RECORD, values)


async def forget(session: DispatchSession, callout_id: UUID) -> None:
    """Delete why whom: with the callout's other traces."""
    await session.execute(_FORGET, {"callout_id": callout_id})
