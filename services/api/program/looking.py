"""What a program manager decides on: read once, shown as a page, as a live part and as JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from libs.peer.accounts.queries import SignedIn
from libs.peer.agreements import queries as agreements
from libs.peer.agreements.queries import Taker
from libs.peer.approvals import actions as approvals
from libs.peer.approvals import queries, rules
from libs.peer.approvals.actions import Verdict
from libs.peer.approvals.errors import PartnerUnknownError
from libs.peer.approvals.models import Choice as Chosen
from libs.peer.approvals.queries import DecidedApproval, WaitingApproval
from libs.peer.approvals.rules import OnRota
from libs.peer.exchanges import queries as exchanges
from libs.peer.exchanges.queries import OfProgram
from libs.peer.matching import law
from libs.peer.waits import queries as waits
from libs.peer.waits.queries import Late
from libs.tenancy.directory import RegionRef, Tenants
from libs.tenancy.planes import ProgramSession
from services.api.program.views import ApprovalCard, ApprovalsPage, AskedElsewhere, DecidedRow, Law, RotaRow
from services.api.views import Choice


@dataclass(frozen=True, slots=True)
class Seen:
    """What waits, what was decided lately, and to whom something can be handed on."""

    waiting: Sequence[WaitingApproval]
    decided: Sequence[DecidedApproval]
    takers: Sequence[Taker]
    late: Late | None
    elsewhere: Sequence[OfProgram]
    asked_by: Mapping[UUID, UUID]

    @property
    def essence(self) -> object:
        """What of it matters for a live page."""
        waiting = tuple((one.id, one.state, one.held_until) for one in self.waiting)
        takers = tuple(one.region_id for one in self.takers)
        elsewhere = tuple((one.helping_id, one.asked_at, one.state, one.outcome) for one in self.elsewhere)
        return waiting, tuple((one.id, one.state) for one in self.decided), takers, self.late, elsewhere


async def look(session: ProgramSession, region: RegionRef) -> Seen:
    """Read what a manager decides on, and how it stands with what other regions were asked."""
    return Seen(
        await queries.waiting(session),
        await queries.decided_lately(session),
        await agreements.takers(session),
        await waits.late(session),
        await exchanges.of_program(session, region.id),
        await exchanges.asked_by(session, region.id),
    )


def view(tenants: Tenants, region: RegionRef, seen: Seen, notice: str | None = None) -> ApprovalsPage:
    """Turn it into the page, without the rota."""
    decided = tuple(DecidedRow(one.coming_from, one.state, one.decided_by, one.decided_at) for one in seen.decided)
    cards = tuple(_of_helper(tenants, region, _card(one, seen.takers), seen.asked_by) for one in seen.waiting)
    elsewhere = tuple(
        AskedElsewhere(tenants.regions[one.helping_id].name, one.state, one.outcome, one.asked_at)
        for one in seen.elsewhere
    )
    has_agencies = bool(tenants.agencies_of(region))
    return ApprovalsPage(region.name, cards, decided, notice, seen.late, elsewhere, has_agencies=has_agencies)


def _of_helper(tenants: Tenants, region: RegionRef, card: ApprovalCard, asked_by: Mapping[UUID, UUID]) -> ApprovalCard:
    """Where another region asks this one to help: show the law of both sides, and no third region to hand it on to."""
    asking = tenants.regions.get(asked_by[card.id]) if card.id in asked_by else None
    if asking is None:
        return card
    states = {agency.state for one in (region, asking) for agency in tenants.agencies_of(one)}
    packs = ((state, law.pack(state)) for state in sorted(states))
    laws = tuple(Law(state, pack.citation, pack.version_on, pack.confirmed_by_counsel) for state, pack in packs)
    return replace(card, laws=laws, takers=())


def rota(everybody: Sequence[OnRota], in_order: Sequence[OnRota]) -> tuple[RotaRow, ...]:
    """Return who decides, in turn, and who is away."""
    turns = ("first", "deputy")
    there = [RotaRow(one.name, turns[place] if place < len(turns) else "then") for place, one in enumerate(in_order)]
    return (*there, *(RotaRow(one.name, "away") for one in everybody if one.is_away))


def mine(everybody: Sequence[OnRota], account_id: UUID) -> str:
    """Return how somebody stands on the rota: on, away or off."""
    found = next((one for one in everybody if one.account_id == account_id), None)
    return "off" if found is None else "away" if found.is_away else "on"


async def handing_on(session: ProgramSession, region: RegionRef, approval_id: UUID, other: RegionRef | None) -> Verdict:
    """Return the decision to hand something on to a region.

    Raises:
        PartnerUnknownError: it takes nothing of ours, they come from there, or it is another region's already.
    """
    coming_from = {one.id: one.coming_from for one in await queries.waiting(session)}.get(approval_id)
    takers = {one.region_id for one in await agreements.takers(session) if one.name != coming_from}
    if other is None or other.id not in takers or approval_id in await exchanges.asked_by(session, region.id):
        raise PartnerUnknownError
    return Verdict(Chosen.HAND_ON, partner_id=other.id)


def _card(one: WaitingApproval, takers: Sequence[Taker]) -> ApprovalCard:
    left = (one.held_until - one.now).total_seconds() if one.held_until else 0.0
    return ApprovalCard(
        id=one.id,
        coming_from=one.coming_from,
        urgency=one.urgency,
        language=one.language,
        waits_minutes=int((one.now - one.opened_at).total_seconds() // 60),
        choice=one.choice,
        seconds_left=max(0, round(min(left, rules.HELD_FOR.total_seconds()))),
        # Never back to where they come from: peers of their own center could be among those asked there.
        takers=tuple(Choice(str(taker.region_id), taker.name) for taker in takers if taker.name != one.coming_from),
    )


async def stand(session: ProgramSession, region: RegionRef, me: SignedIn, standing: str) -> None:
    """Stand on the rota of those who decide, be away from it, or leave it."""
    if standing == "off":
        await approvals.take_off_rota(session, me.account_id)
        return
    is_away = standing == "away"
    await approvals.put_on_rota(session, me.account_id, region_id=region.id, name=me.name, is_away=is_away)
