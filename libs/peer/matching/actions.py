"""Keeping why nobody is left, for the coordinator, as long as the callout has traces.

Why a wave was put to whom is kept with the wave, see `offers.putting`.
"""

import json
from collections.abc import Mapping
from uuid import UUID, uuid4

from sqlalchemy import text

from libs.peer.callouts.queries import Locked
from libs.tenancy.planes import DispatchSession

_RECORD = text(
    """
    WITH told AS (UPDATE shared.callout SET unmet = '{}' WHERE id = CAST(:callout_id AS uuid) AND unmet <> '{}')
    INSERT INTO shared.decision (id, callout_id, region_id, epoch, counts, decided_at)
    SELECT :id, CAST(:callout_id AS uuid), :region_id, :epoch, CAST(:counts AS jsonb), shared.clock()
    WHERE CAST(:counts AS jsonb) IS DISTINCT FROM (
        SELECT counts FROM shared.decision WHERE callout_id = CAST(:callout_id AS uuid)
        ORDER BY decided_at DESC LIMIT 1)
    """
)
_FORGET = text("DELETE FROM shared.decision WHERE callout_id = :callout_id")


async def record(session: DispatchSession, callout: Locked, counts: Mapping[str, int]) -> None:
    """Keep one look at a team of which nobody can be asked, unless it found what the one before has found.

    Args:
        session: dispatch of its region.
        callout: locked by this transaction.
        counts: as `rules.record` returns them.
    """
    values = {
        "id": uuid4(),
        "callout_id": callout.id,
        "region_id": callout.region_id,
        "epoch": callout.epoch,
        "counts": json.dumps(dict(counts)),
    }
    await session.execute(_RECORD, values)


async def forget(session: DispatchSession, callout_id: UUID) -> None:
    """Delete why whom: with the callout's other traces."""
    await session.execute(_FORGET, {"callout_id": callout_id})
