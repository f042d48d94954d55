"""Jobs of care."""

from uuid import UUID

from libs.jobs.declare import job
from libs.peer.callouts import actions as callouts
from libs.peer.callouts import queries as callout_queries
from libs.peer.followups import actions as followups
from libs.peer.followups import queries as followup_queries
from libs.peer.matching import actions as matching
from libs.peer.receipts import actions as receipts
from libs.peer.requests import actions as requests
from libs.peer.requests import queries as request_queries
from libs.tenancy.directory import RegionRef
from libs.tenancy.transactions import Planes


@job(callouts.FORGET, timeout_s=10, attempts=20)
async def forget(planes: Planes, region: RegionRef, callout_id: UUID) -> None:
    """Delete the care side of a callout that has ended, the way to it, and what ties it to a center.

    While a follow-up is planned the way to reach stays, and no more than that; its end asks for this job again.
    In an order that may be cut short anywhere and begun again: what leads to the rest goes last.
    """
    async with planes.dispatch(region) as dispatch:
        origin = await callout_queries.origin(dispatch, callout_id)
        if origin is not None and await followup_queries.is_any_planned(dispatch, callout_id):
            await callouts.thin(dispatch, callout_id)
            return
    if origin is None:
        return
    home_id, request_id = origin
    home = (await planes.tenants()).home(home_id)
    async with planes.care(home) as care:
        lookup_hash = await request_queries.lookup_hash_of(care, request_id)
    if lookup_hash is not None:
        async with planes.door() as door:
            await receipts.forget(door, region_id=region.id, lookup_hash=lookup_hash)
        async with planes.care(home) as care:
            await requests.forget(care, request_id)
    async with planes.dispatch(region) as dispatch:
        await followups.forget(dispatch, callout_id)
        await matching.forget(dispatch, callout_id)
        await callouts.clear(dispatch, callout_id)
