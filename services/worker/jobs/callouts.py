"""Jobs of dispatch."""

import time
from collections.abc import Mapping
from uuid import UUID

from libs.jobs.declare import job
from libs.notify import messages
from libs.notify.channels.channel import Channel
from libs.peer.callouts import actions as callouts
from libs.peer.offers import actions as offers
from libs.peer.offers import putting
from libs.peer.offers.putting import HandedOver
from libs.peer.paging import advancing as paging
from libs.telemetry import metrics
from libs.tenancy.directory import RegionRef
from libs.tenancy.transactions import Planes


@job(callouts.ADVANCE, timeout_s=10, attempts=20)
async def advance(planes: Planes, region: RegionRef, callout_id: UUID) -> None:
    """Do what is due for a callout: the next wave, paging again, or the coordinator."""
    began_s = time.monotonic()
    async with planes.dispatch(region) as dispatch:
        pages = await paging.advance(dispatch, callout_id)
    for page in pages:
        # The database's clock stood still since the transaction began.
        _tell(page, plus_s=time.monotonic() - began_s)


@job(callouts.FREED, timeout_s=10, attempts=3)
async def freed(planes: Planes, region: RegionRef, peer_id: UUID) -> None:
    """Let whoever waits longest ask a peer who may be free now; lost, it costs them a minute at most."""
    async with planes.dispatch(region) as dispatch:
        await callouts.ask_somebody_free(dispatch, peer_id, region_id=region.id)


@job(putting.SEND, timeout_s=20, attempts=20)
async def send(planes: Planes, region: RegionRef, page_id: UUID) -> None:
    """Give up a page where no channel of somebody else's is set up; the others carry the offer."""
    await send_by({}, planes, region, page_id)


async def send_by(channels: Mapping[str, Channel], planes: Planes, region: RegionRef, page_id: UUID) -> None:
    """Hand one page to somebody else's channel, between two short transactions.

    Sent twice it is the same letter. One that was called off while it was under way is followed by "someone has it",
    whoever died with it in hand.
    """
    async with planes.dispatch(region) as dispatch:
        sending = await offers.begin_sending(dispatch, page_id)
        channel = channels.get(sending.channel) if sending else None
        if sending is not None and channel is None:
            await offers.give_up(dispatch, page_id)
    if sending is None or channel is None:
        metrics.page(sending.channel if sending else "any", "undeliverable" if sending else "not_needed")
        return
    page = None
    if sending.is_wanted:
        await channel.send(sending.peer_id, sending.key, messages.ON_DUTY_NOTICE)
        async with planes.dispatch(region) as dispatch:
            page = await offers.handed_over(dispatch, page_id)
    if page is None and sending.may_be_sent:
        await channel.send(sending.peer_id, f"{sending.key}:off", messages.NO_LONGER_NEEDED)
    _tell(page)


def _tell(page: HandedOver | None, *, plus_s: float = 0.0) -> None:
    if page is None:
        metrics.page("any", "not_needed")
        return
    metrics.page(page.channel, "handed_over")
    if page.first_after_s is not None:
        metrics.first_page(page.first_after_s + plus_s)
