"""Asking, and coming back with a receipt: the steps that concern several planes.

They are short transactions one after another, each in its own plane, the last one deciding:
the roster (dispatch), then the request with its callout (care); the way (door), the proof (care), the
callout (dispatch).

Source: docs/decisions/0003-planes.md, "Across planes"
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from uuid import UUID

from libs.peer.agreements.rules import Coming
from libs.peer.callouts import queries as callout_queries
from libs.peer.callouts import rules as callout_rules
from libs.peer.callouts.errors import CalloutMovedOnError
from libs.peer.callouts.models import Channel, Wish
from libs.peer.callouts.queries import Standing
from libs.peer.callouts.rules import Act, LeftOut
from libs.peer.exchanges import actions as exchanges
from libs.peer.exchanges.actions import Offered
from libs.peer.paging import actions as paging
from libs.peer.receipts import queries as receipt_queries
from libs.peer.receipts import rules as receipts
from libs.peer.receipts.errors import ReceiptTakenError
from libs.peer.requests import actions as requests
from libs.peer.requests import queries as request_queries
from libs.peer.requests.actions import Kept
from libs.peer.teams.models import Team
from libs.peer.teams.ranks import Leads
from libs.tenancy.directory import AgencyRef, CareHome, RegionRef, Tenants
from libs.tenancy.errors import UnknownTenantError
from libs.tenancy.transactions import Planes
from services.api.requests.errors import CenterUnknownError, ReceiptUnknownError
from services.api.rosters import Rosters

OUTSIDE = "outside:"
ELSEWHERE = "elsewhere"
NOWHERE = Coming()


@dataclass(frozen=True, slots=True)
class Center:
    """Where the requester works, as far as it was said.

    Attributes:
        home: whose care schema will hold the request.
        own_agency: left out of paging; None when unknown or no tenant of the region.
        coming_from: name of the place outside the region; None from within.
        coming: more of it, to compare with agreements; never kept.
    """

    home: CareHome
    own_agency: UUID | None
    coming_from: str | None
    coming: Coming = NOWHERE


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
            other = tenants.region(said.removeprefix(OUTSIDE))
            return Center(region, None, other.name, Coming(other.id))
        agency: AgencyRef = tenants.agency(said)
    except UnknownTenantError as error:
        raise CenterUnknownError from error
    if agency.region_id == region.id:
        # One that is suspended, or on its way, takes nothing into its own care: the region's own does, and its people
        # are left out all the same.
        return Center(agency if agency.is_active else region, agency.id, None)
    coming = Coming(agency.region_id, agency.id, agency.discipline)
    return Center(region, None, tenants.regions[agency.region_id].name, coming)


def left_out(tenants: Tenants, region: RegionRef, centers: Iterable[str], names: str) -> LeftOut:
    """Read whom the requester leaves out.

    Args:
        tenants: all regions and agencies.
        region: whose peers are asked.
        centers: slugs of its agencies.
        names: as typed, one a line or with commas between; blank means nobody.

    Raises:
        CenterUnknownError: a center is none of the region's.
    """
    known = {agency.slug: agency.id for agency in tenants.agencies_of(region)}
    try:
        homes = frozenset(known[slug] for slug in centers)
    except KeyError as error:
        raise CenterUnknownError from error
    return LeftOut(homes, tuple(name for name in re.split(r"[,;\n]", names) if name.strip()))


async def ask(
    planes: Planes,
    region: RegionRef,
    choices: requests.Ask,
    *,
    rosters: Rosters,
    where: Center,
    receipt: str,
    without: LeftOut = callout_rules.NOBODY,
    leads: Leads | None = None,
) -> Standing | None:
    """Ask for a peer. After it returns, the request is kept, whatever dies.

    Args:
        planes: the way to the database.
        region: whose peers are asked.
        choices: what was chosen.
        rosters: of this process.
        where: the requester's center.
        receipt: in its one spelling.
        without: whom to leave out; forgotten when it returns.
        leads: what the requester leads, for which the command-level team is asked; forgotten likewise.

    Returns:
        How it stands when it is new, without reading it back: once it is kept, nothing can fail. None for a replay with
        the same receipt.
    """
    if leads is not None:
        choices = replace(choices, team=Team.COMMAND_LEVEL)
    # From outside, whoever decides may choose the team: until then members of each hold a copy.
    teams = tuple(Team) if choices.coming_from is not None else (choices.team,)
    roster = {listed.peer_id: listed for team in teams for listed in await rosters.read(planes, region, team)}.values()
    peers = callout_rules.who_may_be_asked(
        roster, where.own_agency, choices.center_wish, without, leads, opens_in_house=_opens_in_house(choices, where)
    )
    try:
        async with planes.care(where.home) as care:
            kept = await requests.ask(
                care,
                choices,
                region_id=region.id,
                home_id=where.home.id,
                lookup_hash=receipts.lookup_hash(receipt, region.id),
                peers=peers,
                only_step_in=callout_rules.who_only_steps_in(roster, leads),
            )
    except ReceiptTakenError:
        return None
    return _fresh(kept, choices)


def _fresh(kept: Kept, choices: requests.Ask) -> Standing:
    return replace(
        Standing.just_asked(kept.callout_id, kept.state, choices.urgency, kept.asked_at),
        is_for_colleague=Wish.FOR_COLLEAGUE in choices.wishes,
        channel=choices.channel,
        is_remote_only=choices.is_remote_only,
    )


def _opens_in_house(choices: requests.Ask, where: Center) -> bool:
    """Whether a wish for the own center may reach its in-house team: of the center's own request, for oneself.

    A colleague has wished for nothing, and somebody who leads is never asked for by their own people.
    """
    is_for_oneself = Wish.FOR_COLLEAGUE not in choices.wishes
    return where.home.id == where.own_agency and choices.team is Team.ROVING and is_for_oneself


async def go_there(
    planes: Planes,
    region: RegionRef,
    way: tuple[str, UUID],
    *,
    rosters: Rosters,
    without_centers: Iterable[str] = (),
    without_names: str = "",
    leads: Leads | None = None,
) -> RegionRef:
    """Let the requester take the offer of another region: asked there by the same receipt, so pressed twice asks once.

    It is written there first, with the job that ends it here: killed in between, it is never in neither region.

    Args:
        planes: the way to the database.
        region: where it waits.
        way: the receipt, and the callout that it leads to.
        rosters: of this process.
        without_centers: slugs of the other region's agencies to leave out.
        without_names: people to leave out there, as typed: no list of the first time is kept.
        leads: what the requester leads.

    Returns:
        The region where it goes on.

    Raises:
        CalloutMovedOnError: nothing is offered (any more).
        NobodyThereError: nobody there could be asked, ever: everybody is left out, or has gone since.
        CenterUnknownError: a center is none of the other region's.
    """
    receipt, callout_id = way
    async with planes.dispatch(region) as dispatch:
        offered = await exchanges.claim(dispatch, callout_id)
    if offered is None:
        raise CalloutMovedOnError
    tenants = await planes.tenants()
    there = tenants.regions[offered.helping_id]
    choices, where = _as_offered(offered), Center(there, None, None)
    without = left_out(tenants, there, without_centers, without_names)
    await ask(planes, there, choices, rosters=rosters, where=where, receipt=receipt, without=without, leads=leads)
    return there


def _as_offered(offered: Offered) -> requests.Ask:
    return requests.Ask(
        urgency=offered.urgency,
        language=offered.language,
        team=Team(offered.team),
        wishes=tuple(Wish(one) for one in offered.wishes),
        is_remote_only=offered.is_remote_only,
        exchange_id=offered.id,
        channel=Channel(offered.channel),
    )


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


async def confirm_contact(planes: Planes, region: RegionRef, callout_id: UUID, epoch: int | None) -> None:
    """Note the requester's word that they are talking; said twice it holds once.

    Raises:
        CalloutMovedOnError: nobody has accepted, or it has ended.
    """
    async with planes.dispatch(region) as dispatch:
        await paging.confirm_contact(dispatch, callout_id, region_id=region.id, epoch=epoch)


async def ask_again(planes: Planes, region: RegionRef, callout_id: UUID, epoch: int) -> None:
    """Take the requester's word that nobody has reached them.

    Raises:
        CalloutMovedOnError: nobody has it in this round, or the two talk already.
    """
    async with planes.dispatch(region) as dispatch:
        await paging.ask_again(dispatch, callout_id, epoch=epoch)


async def end(planes: Planes, region: RegionRef, callout_id: UUID, act: Act) -> None:
    """Let the requester close or stop asking.

    Raises:
        CalloutMovedOnError: it had ended before.
    """
    async with planes.dispatch(region) as dispatch:
        await paging.end(dispatch, callout_id, act, region_id=region.id)
