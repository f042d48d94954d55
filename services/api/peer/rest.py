"""The peer's side as JSON."""

from uuid import UUID

from fastapi import APIRouter

from libs.peer.callouts import queries as callouts
from libs.peer.offers import actions as offers
from libs.peer.offers import queries as offer_queries
from libs.peer.offers.models import OfferState
from libs.peer.teams import actions as teams
from services.api.deps import DispatchTx, MyMember, MyRegion
from services.api.peer.schemas import AvailabilityIn, ContactOut, ContactsOut, OfferOut, OffersOut

router = APIRouter(prefix="/v1", tags=["peers"])


@router.get("/offers")
async def list_offers(tx: DispatchTx, member: MyMember) -> OffersOut:
    """List the offers that wait for the signed-in peer."""
    return OffersOut(data=[OfferOut.model_validate(offer) for offer in await offer_queries.open_for(tx, member)])


@router.post("/offers/{offer_id}/accept")
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


@router.put("/availability", status_code=204)
async def set_availability(tx: DispatchTx, member: MyMember, region: MyRegion, body: AvailabilityIn) -> None:
    """Go on call, or off."""
    await teams.set_available(tx, member, region_id=region.id, is_available=body.is_available)
    if not body.is_available:
        await offers.step_aside(tx, member)


async def _contacts(tx: DispatchTx, member: UUID) -> ContactsOut:
    return ContactsOut(data=[ContactOut.model_validate(held) for held in await callouts.held_by(tx, member)])
