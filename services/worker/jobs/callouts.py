"""Jobs of dispatch."""

from uuid import UUID

from libs.jobs.declare import job
from libs.peer.callouts import actions as callouts
from libs.peer.offers import actions as offers
from libs.peer.paging import actions as paging
from libs.telemetry import metrics
from libs.tenancy.directory import RegionRef
from libs.tenancy.transactions import Planes


@job(callouts.ADVANCE, timeout_s=10, attempts=20)
async def advance(planes: Planes, region: RegionRef, callout_id: UUID) -> None:
    """Do what is due for a callout: ask the next peer, page again, or turn to the coordinator."""
    async with planes.dispatch(region) as dispatch:
        await paging.advance(dispatch, callout_id)


@job(offers.HAND_OVER, timeout_s=10, attempts=20)
async def hand_over(planes: Planes, region: RegionRef, page_id: UUID) -> None:
    """Hand one page to its channel."""
    async with planes.dispatch(region) as dispatch:
        page = await offers.hand_over(dispatch, page_id)
    if page is None:
        metrics.page("any", "not_needed")
        return
    metrics.page(page.channel, "handed_over")
    if page.first_after_s is not None:
        metrics.first_page(page.first_after_s)
