"""Where a request stands, as its page shows it."""

from collections.abc import Sequence

from libs.peer.callouts.models import State
from libs.peer.callouts.queries import Standing
from libs.peer.callouts.rules import ASKING
from libs.peer.followups.queries import OfRequester
from libs.tenancy.directory import AgencyRef, RegionRef
from services.api import rendering
from services.api.checkins import looking
from services.api.requests import elsewhere
from services.api.requests.views import StandingPage, Told
from services.api.wiring import Wiring


async def view_of(
    wired: Wiring, region: RegionRef, receipt: str, standing: Standing, *, is_new: bool = False
) -> StandingPage:
    """Return the page of a request, for whoever has its receipt."""
    tenants = await wired.planes.tenants()
    agencies = tenants.agencies
    check_ins: Sequence[OfRequester] = ()
    if standing.state in looking.HAS_CHECK_INS:
        check_ins = await looking.of_request(wired.planes, region, standing.callout_id)
    center = agencies[standing.peer_agency_id].name if standing.peer_agency_id else None
    return StandingPage(
        region_slug=region.slug,
        region_name=region.name,
        line_phone=line(region),
        receipt=receipt,
        is_new=is_new,
        state=standing.state.value,
        urgency=standing.urgency.value,
        asked_at=standing.asked_at,
        next_at=standing.next_at if standing.state is not State.IN_CONTACT else None,
        now=standing.now,
        peer_name=standing.peer_name,
        peer_center=center,
        peer_phone=rendering.phone(standing.peer_duty_phone) if standing.peer_duty_phone else None,
        decline_reason=standing.decline_reason,
        is_lead_told=standing.is_lead_told,
        unmet=tuple(standing.unmet),
        is_decision_late=standing.is_decision_late,
        epoch=standing.epoch,
        earlier_name=standing.earlier_name,
        earlier_epoch=standing.earlier_epoch,
        check_ins=looking.of_requester(check_ins),
        ask_url=ask_url(wired, region, None) if standing.is_for_colleague else None,
        partner=elsewhere.partner(standing, tenants),
        exchange=elsewhere.exchange(standing, tenants),
        channel=standing.channel,
        way=standing.way.value,
        is_remote_only=standing.is_remote_only,
        team_chosen=standing.team_chosen,
        told=Told(
            why_back=standing.earlier_reason if standing.state in ASKING else None,
            asking=tuple(standing.asking),
            skipped=tuple(standing.skipped),
            asks_whether_reached=standing.asks_whether_reached,
            peer_word=standing.peer_word,
            end_reason=standing.end_reason,
            is_rank_lower=standing.is_rank_lower,
        ),
    )


def without_now(standing: Standing) -> object:
    """Return what the page shows, but for the clock: it is sent again when this has changed."""
    paging = tuple(standing.asking), tuple(standing.skipped), standing.asks_whether_reached, standing.peer_word
    limits = standing.is_remote_only, standing.team_chosen
    rank = standing.is_rank_lower, standing.exchange_state, standing.exchange_outcome, limits
    told = standing.is_lead_told, standing.is_decision_late, standing.partner_id, paging, tuple(standing.unmet), rank
    return standing.state, standing.next_at, standing.epoch, standing.peer_name, standing.earlier_name, told


def line(region: RegionRef) -> str | None:
    """Return the number of a region's peer line, as people read it."""
    return rendering.phone(region.line_phone) if region.line_phone else None


def ask_url(wired: Wiring, region: RegionRef, agency: AgencyRef | None) -> str:
    """Return the address on which anybody asks, as people type it."""
    return f"{wired.settings.public_url}/a/{agency.slug}" if agency else f"{wired.settings.public_url}/r/{region.slug}"
