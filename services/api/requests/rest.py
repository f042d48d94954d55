"""The requester's side as JSON: no account, a receipt in the body."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response

from libs.peer.callouts import rules as callout_rules
from libs.peer.callouts.models import Channel
from libs.peer.callouts.queries import Standing
from libs.peer.callouts.rules import Act
from libs.peer.exchanges.models import ExchangeOutcome, ExchangeState
from libs.peer.receipts import rules as receipts
from libs.peer.requests.actions import Ask
from libs.peer.teams.models import Team
from libs.tenancy.directory import RegionRef, Tenants
from libs.tenancy.errors import DatabaseAwayError
from services.api import rendering
from services.api.declared import open_problems
from services.api.deps import NamedRegion, Wired
from services.api.requests import outside, steps
from services.api.requests.errors import AskNotKeptError, ReceiptUnknownError
from services.api.requests.schemas import (
    AgainIn,
    AskedOut,
    AskIn,
    ContactIn,
    ExchangeOut,
    GoThereIn,
    PartnerOut,
    PeerOut,
    ReceiptIn,
    StandingOut,
)
from services.api.wiring import Wiring

router = APIRouter(prefix="/v1/regions/{region}/requests", tags=["requests"])
_REPLAYED: dict[int | str, dict[str, Any]] = {
    200: {"description": "It was kept before, by this receipt.", "model": AskedOut},
    **open_problems(404),
}


@router.post("", status_code=201, responses=_REPLAYED)
async def create_request(region: NamedRegion, wired: Wired, asked: AskIn, response: Response) -> AskedOut:
    """Ask for a peer. 201 when it is kept; 200 for a replay with the same receipt, which returns no receipt."""
    tenants = await wired.planes.tenants()
    where = await outside.center(wired.planes, tenants, region, asked.center)
    receipt = _receipt(asked.receipt)
    without = steps.left_out(tenants, region, asked.leave_out_centers, "\n".join(asked.leave_out_names))
    wishes = callout_rules.settled(asked.wishes)
    await wired.load.let_through(receipt, asked.proof)
    choices = Ask(
        asked.urgency,
        asked.language,
        asked.team,
        asked.center_wish,
        wishes,
        where.coming_from,
        channel=asked.channel,
    )
    choices = await outside.within_agreement(wired.planes, region, where, choices)
    drawn_here = receipt if asked.receipt is None else None
    try:
        new = await steps.ask(
            wired.planes,
            region,
            choices,
            rosters=wired.rosters,
            where=where,
            receipt=receipt,
            without=without,
            leads=asked.leads,
        )
    except DatabaseAwayError as error:
        raise AskNotKeptError(error.cause, drawn_here) from error
    if new is None:
        response.status_code = 200
        return AskedOut(receipt=None, standing=await _standing(wired, region, receipt))
    return AskedOut(receipt=drawn_here, standing=_out(new, tenants))


@router.post("/status", responses=open_problems(404))
async def request_status(region: NamedRegion, wired: Wired, body: ReceiptIn) -> StandingOut:
    """Say where a request stands."""
    return await _standing(wired, region, body.receipt)


@router.post("/confirm-contact", responses=open_problems(404, 409))
async def confirm_contact(region: NamedRegion, wired: Wired, body: ContactIn) -> StandingOut:
    """Say that the two are talking; stops the clock that would page again."""
    _words, callout_id = await steps.find(wired.planes, region, body.receipt)
    await steps.confirm_contact(wired.planes, region, callout_id, body.epoch)
    return await _standing(wired, region, body.receipt)


@router.post("/ask-again", responses=open_problems(404, 409))
async def ask_again(region: NamedRegion, wired: Wired, body: AgainIn) -> StandingOut:
    """Say that nobody has reached you; somebody else is asked at once."""
    _words, callout_id = await steps.find(wired.planes, region, body.receipt)
    await steps.ask_again(wired.planes, region, callout_id, body.epoch)
    return await _standing(wired, region, body.receipt)


@router.post("/go-there", responses=open_problems(404, 409))
async def go_there(region: NamedRegion, wired: Wired, body: GoThereIn) -> StandingOut:
    """Take the offer of another region: it goes on there, by the same receipt, and ends here."""
    way = await steps.find(wired.planes, region, body.receipt)
    there = await steps.go_there(
        wired.planes,
        region,
        way,
        rosters=wired.rosters,
        without_centers=body.leave_out_centers,
        without_names="\n".join(body.leave_out_names),
        leads=body.leads,
    )
    return await _standing(wired, there, way[0])


@router.post("/close", responses=open_problems(404, 409))
async def close_request(region: NamedRegion, wired: Wired, body: ReceiptIn) -> StandingOut:
    """Close: the requester's word is the last one."""
    _words, callout_id = await steps.find(wired.planes, region, body.receipt)
    await steps.end(wired.planes, region, callout_id, Act.CLOSE)
    return await _standing(wired, region, body.receipt)


@router.post("/withdraw", status_code=204, responses=open_problems(404, 409))
async def withdraw_request(region: NamedRegion, wired: Wired, body: ReceiptIn) -> None:
    """Stop asking. Everybody who was asked is called off, and the receipt leads nowhere soon after."""
    _words, callout_id = await steps.find(wired.planes, region, body.receipt)
    await steps.end(wired.planes, region, callout_id, Act.WITHDRAW)


def _receipt(given: str | None) -> str:
    if given is None:
        return receipts.draw()
    words = receipts.normalized(given)
    if words is None:
        raise ReceiptUnknownError("A receipt has seven words of the list.")
    return words


async def _standing(wired: Wiring, region: RegionRef, receipt: str) -> StandingOut:
    _words, callout_id = await steps.find(wired.planes, region, receipt)
    return _out(await steps.standing(wired.planes, region, callout_id), await wired.planes.tenants())


def _out(standing: Standing, tenants: Tenants) -> StandingOut:
    peer = None
    if standing.peer_name and standing.peer_agency_id and standing.peer_duty_phone:
        agency = tenants.agencies[standing.peer_agency_id]
        peer = PeerOut(name=standing.peer_name, center=agency.name, phone=rendering.phone(standing.peer_duty_phone))
    return StandingOut(
        state=standing.state,
        urgency=standing.urgency,
        asked_at=standing.asked_at,
        next_at=standing.next_at,
        peer=peer,
        decline_reason=standing.decline_reason,
        end_reason=standing.end_reason,
        epoch=standing.epoch,
        partner=_partner(standing.partner_id, tenants),
        exchange=_exchange(standing),
        asking=list(standing.asking),
        skipped=list(standing.skipped),
        asks_whether_reached=standing.asks_whether_reached,
        is_rank_lower=standing.is_rank_lower,
        channel=Channel(standing.channel),
        is_remote_only=standing.is_remote_only,
        unmet=list(standing.unmet),
        team_chosen=Team(standing.team_chosen) if standing.team_chosen else None,
    )


def _exchange(standing: Standing) -> ExchangeOut | None:
    if standing.exchange_state is None:
        return None
    state, outcome = ExchangeState(standing.exchange_state), standing.exchange_outcome
    how = ExchangeOutcome(outcome) if outcome else None
    return ExchangeOut(
        state=state,
        outcome=how,
        offered_until=standing.offered_until,
        is_remote_only=bool(standing.exchange_is_remote),
    )


def _partner(region_id: UUID | None, tenants: Tenants) -> PartnerOut | None:
    other = tenants.regions.get(region_id) if region_id else None
    if other is None:
        return None
    line = rendering.phone(other.line_phone) if other.line_phone else None
    return PartnerOut(region=other.slug, name=other.name, line_phone=line)
