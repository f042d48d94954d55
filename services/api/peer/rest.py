"""The peer's side as JSON."""

from uuid import UUID

from fastapi import APIRouter

from libs.peer.attempts import actions as attempts
from libs.peer.attempts.models import AttemptKind
from libs.peer.callouts import queries as callouts
from libs.peer.callouts.errors import CalloutMovedOnError
from libs.peer.offers import actions as offers
from libs.peer.offers import queries as offer_queries
from libs.peer.offers.models import OfferState
from libs.peer.paging import actions as paging
from libs.peer.reaching import actions as reaching
from libs.peer.reaching import queries as reaching_queries
from libs.peer.teams import queries as teams
from services.api.declared import problems
from services.api.deps import DispatchTx, MyMember, MyRegion, Wired
from services.api.peer import now
from services.api.peer.schemas import (
    AttemptIn,
    AvailabilityIn,
    AvailabilityOut,
    ChannelName,
    ChannelOut,
    ChannelsOut,
    CodeIn,
    ColleagueOut,
    ColleaguesOut,
    ContactOut,
    ContactsOut,
    HandOverIn,
    OfferOut,
    OffersOut,
)

router = APIRouter(prefix="/v1", tags=["peers"])


@router.get("/offers")
async def list_offers(tx: DispatchTx, member: MyMember) -> OffersOut:
    """List the offers that wait for the signed-in peer."""
    return OffersOut(data=[OfferOut.model_validate(offer) for offer in await offer_queries.open_for(tx, member)])


@router.post("/offers/{offer_id}/accept", responses=problems(404, 409))
async def accept_offer(tx: DispatchTx, member: MyMember, offer_id: UUID) -> ContactsOut:
    """Accept an offer put to the signed-in peer, exactly once; a second tap by the winner answers the same."""
    await offers.accept(tx, offer_id, by=member)
    return await _contacts(tx, member)


@router.post("/offers/{offer_id}/decline", status_code=204)
async def decline_offer(tx: DispatchTx, member: MyMember, offer_id: UUID) -> None:
    """Decline: not now. The next peer is asked at once."""
    await offers.pass_on(tx, offer_id, by=member, answer=OfferState.DECLINED)


@router.post("/offers/{offer_id}/recuse", status_code=204)
async def recuse_offer(tx: DispatchTx, member: MyMember, offer_id: UUID) -> None:
    """Step aside, silently; the next peer is asked at once."""
    await offers.pass_on(tx, offer_id, by=member, answer=OfferState.RECUSED)


@router.get("/contacts")
async def list_contacts(tx: DispatchTx, member: MyMember) -> ContactsOut:
    """List the callouts that the signed-in peer has accepted."""
    return await _contacts(tx, member)


@router.post("/contacts/{callout_id}/give-back", status_code=204, responses=problems(409))
async def give_back(tx: DispatchTx, member: MyMember, callout_id: UUID) -> None:
    """Give back what you have said yes to. Others are asked at once; nobody asks why."""
    await paging.give_back(tx, callout_id, by=member)


@router.get("/contacts/{callout_id}/colleagues", responses=problems(409))
async def list_colleagues(tx: DispatchTx, member: MyMember, callout_id: UUID) -> ColleaguesOut:
    """List who of the team can be named to take over, whether or not they can be asked."""
    for held in await callouts.held_by(tx, member):
        if held.callout_id == callout_id:
            names = await now.colleagues(tx, held.team, but=member)
            return ColleaguesOut(data=[ColleagueOut(id=one.peer_id, name=one.name) for one in names])
    raise CalloutMovedOnError


@router.post("/contacts/{callout_id}/hand-over", status_code=204, responses=problems(409))
async def hand_over(tx: DispatchTx, member: MyMember, callout_id: UUID, body: HandOverIn) -> None:
    """Ask a named colleague to take over; until they say yes it stays yours."""
    await paging.ask_to_take_over(tx, callout_id, by=member, to=body.to)


@router.post("/contacts/{callout_id}/attempts", status_code=204, responses=problems(409))
async def note_attempt(tx: DispatchTx, member: MyMember, callout_id: UUID, body: AttemptIn) -> None:
    """Note that you tried, or that you talked; the requester is told, and only their word counts."""
    await attempts.note(tx, callout_id, AttemptKind(body.word), by=member)


@router.get("/availability")
async def get_availability(tx: DispatchTx, member: MyMember, region: MyRegion) -> AvailabilityOut:
    """Say whether the signed-in peer is on call, why, and until when."""
    _at, standing = await now.stands(tx, region.id, await teams.myself(tx, member))
    return AvailabilityOut.model_validate(standing)


@router.put("/availability", status_code=204)
async def set_availability(tx: DispatchTx, member: MyMember, region: MyRegion, body: AvailabilityIn) -> None:
    """Go on call, which ends a time away that runs, or off."""
    await paging.say_on_call(tx, member, region_id=region.id, is_available=body.is_available)


@router.get("/channels")
async def list_channels(tx: DispatchTx, member: MyMember, region: MyRegion) -> ChannelsOut:
    """List how the signed-in peer can be reached besides an open page, and what of it is proven."""
    found = await reaching_queries.ways(tx, region.id, member)
    return ChannelsOut(data=[ChannelOut.model_validate(way) for way in found])


@router.post("/channels/{channel}/code", status_code=202, responses=problems(404, 409))
async def ask_for_code(tx: DispatchTx, member: MyMember, region: MyRegion, channel: ChannelName) -> None:
    """Have six digits sent over a channel; at most one a minute and five an hour."""
    await reaching.ask_for_code(tx, region.id, member, channel)


@router.post("/channels/{channel}/proof", status_code=204)
async def prove_channel(
    tx: DispatchTx, member: MyMember, region: MyRegion, wired: Wired, channel: ChannelName, body: CodeIn
) -> None:
    """Take the code that came; from then on the channel counts."""
    await reaching.prove(tx, region.id, member, channel, body.code, key=wired.code_key)


async def _contacts(tx: DispatchTx, member: UUID) -> ContactsOut:
    return ContactsOut(data=[ContactOut.model_validate(held) for held in await callouts.held_by(tx, member)])
