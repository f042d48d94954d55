"""Asking, and coming back with a receipt: the steps that concern several planes.

They are short transactions one after another, each in its own plane, the last one deciding:
the roster (dispatch), then the request with its callout (care); the way (door), the proof (care), the
callout (dispatch).

Source: docs/decisions/0003-planes.md, "Across planes"
"""

from dataclasses import dataclass
from uuid import UUID

from libs.peer.callouts import actions as callouts
from libs.peer.callouts import queries as callout_queries
from libs.peer.callouts import rules as callout_rules
from libs.peer.callouts.errors import CalloutMovedOnError
from libs.peer.callouts.models import Urgency
from libs.peer.callouts.queries import Standing
from libs.peer.callouts.rules import Act
from libs.peer.paging import actions as paging
from libs.peer.receipts import queries as receipt_queries
from libs.peer.receipts import rules as receipts
from libs.peer.receipts.errors import ReceiptTakenError
from libs.peer.requests import actions as requests
from libs.peer.requests import queries as request_queries
from libs.peer.teams import queries as teams
from libs.tenancy.directory import AgencyRef, CareHome, RegionRef, Tenants
from libs.tenancy.errors import UnknownTenantError
from libs.tenancy.transactions import Planes
from services.api.requests.errors import CenterUnknownError, ReceiptUnknownError

OUTSIDE = "outside:"
ELSEWHERE = "elsewhere"


@dataclass(frozen=True, slots=True)
class Center:
    """Where the requester works, as far as it was said.

    Attributes:
        home: whose care schema will hold the request.
        own_agency: left out of paging; None when unknown or no tenant of the region.
        coming_from: name of the place outside the region; None from within.
    """

    home: CareHome
    own_agency: UUID | None
    coming_from: str | None


def center(tenants: Tenants, region: RegionRef, said: str) -> Center:
    """Read what was said about the center.

    Args:
        tenants: all regions and agencies.
        region: whose page was used.
        said: an agency's slug, `outside:<region slug>`, `outside:elsewhere`, or empty for "rather not say".

    Raises:
        CenterUnknownError: it is none of these.
    """
    if not said:
        return Center(region, None, None)
    if said == OUTSIDE + ELSEWHERE:
        return Center(region, None, ELSEWHERE)
    try:
        if said.startswith(OUTSIDE):
            return Center(region, None, tenants.region(said.removeprefix(OUTSIDE)).name)
        agency: AgencyRef = tenants.agency(said)
    except UnknownTenantError as error:
        raise CenterUnknownError from error
    if agency.region_id == region.id:
        return Center(agency, agency.id, None)
    return Center(region, None, tenants.regions[agency.region_id].name)


async def ask(
    planes: Planes, region: RegionRef, choices: requests.Ask, *, where: Center, receipt: str
) -> Standing | None:
    """Ask for a peer. After it returns, the request is kept, whatever dies.

    Returns:
        Where the new request stands, without reading it back: an answer never hangs on a later read. None for a
        replay with the same receipt.
    """
    async with planes.dispatch(region) as dispatch:
        roster = await teams.roster(dispatch, choices.team)
    pairs = ((entry.peer_id, entry.agency_id) for entry in roster)
    peers = callout_rules.who_may_be_asked(pairs, where.own_agency, choices.center_wish)
    leads = {entry.peer_id for entry in roster if entry.is_coordinator}
    try:
        async with planes.care(where.home) as care:
            asked = await requests.ask(
                care,
                choices,
                region_id=region.id,
                home_id=where.home.id,
                lookup_hash=receipts.lookup_hash(receipt, region.id),
                peers=peers,
            )
    except ReceiptTakenError:
        return None
    return None if asked is None else _just_asked(asked, choices.urgency, is_lead_told=not leads.isdisjoint(peers))


async def find(planes: Planes, region: RegionRef, typed: str) -> tuple[str, UUID]:
    """Follow a receipt to its callout.

    Every wrong receipt goes the same way as a right one as far as it leads, and ends in the same error.

    Returns:
        The receipt in its one spelling, and the callout.

    Raises:
        ReceiptUnknownError: it leads nowhere (never did, or no longer does).
    """
    receipt = receipts.normalized(typed)
    lookup_hash = receipts.lookup_hash(receipt or "", region.id)
    async with planes.door() as door:
        home_id = await receipt_queries.home_of(door, lookup_hash, region.id)
    home = (await planes.tenants()).home(home_id) if home_id is not None else region
    async with planes.care(home) as care:
        callout_id = await request_queries.callout_of(care, lookup_hash)
    if receipt is None or callout_id is None:
        raise ReceiptUnknownError
    return receipt, callout_id


async def standing(planes: Planes, region: RegionRef, callout_id: UUID) -> Standing:
    """Return where a callout stands.

    Raises:
        ReceiptUnknownError: it is gone.
    """
    async with planes.dispatch(region) as dispatch:
        found = await callout_queries.standing(dispatch, callout_id)
    if found is None:
        raise ReceiptUnknownError
    return found


async def confirm_contact(planes: Planes, region: RegionRef, callout_id: UUID) -> None:
    """Note the requester's word that they are talking; said twice it holds once.

    Raises:
        CalloutMovedOnError: nobody has accepted, or it has ended.
    """
    async with planes.dispatch(region) as dispatch:
        if not await callouts.confirm_contact(dispatch, callout_id, region_id=region.id):
            found = await callout_queries.standing(dispatch, callout_id)
            if found is None or found.state not in callout_rules.TALKING:
                raise CalloutMovedOnError
            return
        peer = await callout_queries.accepted_by(dispatch, callout_id)
        dispatch.signals.add(f"peer:{peer}")


async def end(planes: Planes, region: RegionRef, callout_id: UUID, act: Act) -> None:
    """Let the requester close or stop asking.

    Raises:
        CalloutMovedOnError: it had ended before.
    """
    async with planes.dispatch(region) as dispatch:
        await paging.end(dispatch, callout_id, act, region_id=region.id)


def _just_asked(asked: requests.Asked, urgency: Urgency, *, is_lead_told: bool) -> Standing:
    return Standing(
        callout_id=asked.callout_id,
        state=asked.state,
        urgency=urgency,
        asked_at=asked.asked_at,
        next_at=None,
        now=asked.asked_at,
        decline_reason=None,
        peer_name=None,
        peer_agency_id=None,
        peer_duty_phone=None,
        is_lead_told=is_lead_told,
    )
