"""What a peer sees now: read once, shown as a page, as a live part and as JSON."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from libs.peer.callouts import queries as callouts
from libs.peer.callouts.models import State
from libs.peer.callouts.queries import Held
from libs.peer.followups import queries as followups
from libs.peer.followups.queries import OfPeer
from libs.peer.limits import queries as limits
from libs.peer.matching import queries as matching
from libs.peer.matching import standing as standings
from libs.peer.matching.standing import Standing
from libs.peer.offers import queries as offers
from libs.peer.offers.queries import OpenOffer
from libs.peer.reaching import queries as reaching
from libs.peer.reaching.queries import Way
from libs.peer.reaching.rules import Stands
from libs.peer.teams import queries as teams
from libs.peer.teams.queries import Myself
from libs.peer.teams.rules import Listed
from libs.tenancy.directory import Tenants
from libs.tenancy.planes import DispatchSession
from services.api import rendering
from services.api.checkins import looking
from services.api.peer.views import ContactCard, NowPage, OfferCard
from services.api.views import Choice


@dataclass(frozen=True, slots=True)
class Now:
    """A peer's offers and contacts at one moment."""

    at: datetime
    myself: Myself
    standing: Standing
    offers: tuple[OpenOffer, ...]
    held: tuple[Held, ...]
    colleagues: tuple[Listed, ...]
    check_ins: tuple[OfPeer, ...]
    ways: tuple[Way, ...]

    @property
    def essence(self) -> object:
        """What of it matters for a live page: a countdown that only ticked does not."""
        offered = tuple((offer.id, offer.expires_at) for offer in self.offers)
        checks = tuple((one.id, one.is_due, one.tries) for one in self.check_ins)
        held = tuple(
            (one.callout_id, one.state, one.asks_whether_reached, one.hand_to_name, one.own_word) for one in self.held
        )
        signs = self.myself.is_asked_for_swap, self.myself.has_swap_to_agree, self.is_by_page_alone
        return self.standing, signs, offered, held, checks

    @property
    def is_by_page_alone(self) -> bool:
        """Whether nothing reaches them with the page closed."""
        return not any(way.stands is Stands.PROVEN for way in self.ways)


async def look(session: DispatchSession, region_id: UUID, member_id: UUID) -> Now:
    """Read what a peer sees now."""
    held = tuple(await callouts.held_by(session, member_id))
    myself, offered = await teams.myself(session, member_id), tuple(await offers.open_for(session, member_id))
    names = [await colleagues(session, one.team, but=member_id) for one in held[:1] if one.state is State.ACCEPTED]
    checks = tuple(await followups.of_peer(session, member_id))
    ways = tuple(await reaching.ways(session, region_id, member_id))
    at, standing = await stands(session, region_id, myself)
    return Now(at, myself, standing, offered, held, names[0] if names else (), checks, ways)


async def stands(session: DispatchSession, region_id: UUID, myself: Myself) -> tuple[datetime, Standing]:
    """Return how a peer stands with being on call, as matching reads it: now, and how."""
    parts = await matching.people(session, region_id, only=myself.id)
    at = await limits.now(session)
    return at, standings.standing(parts, at, said=myself.said)


async def colleagues(session: DispatchSession, team: str, *, but: UUID) -> tuple[Listed, ...]:
    """Return who of a team can be named to take over: all of its roster, or the list would tell who was left out."""
    return tuple(sorted(await teams.colleagues(session, team, but), key=_name))


def _name(one: Listed) -> str:
    return one.name


def view(now: Now, tenants: Tenants, home_zone: str, notice: str | None = None) -> NowPage:
    """Turn it into the page, for a region whose clock is `home_zone`'s."""
    return NowPage(
        name=now.myself.name,
        center=tenants.agencies[now.myself.agency_id].name,
        duty_phone=rendering.phone(now.myself.duty_phone),
        standing=now.standing,
        now=now.at,
        is_by_page_alone=now.is_by_page_alone,
        needs_proof=now.is_by_page_alone and bool(now.ways),
        steps_in=now.myself.steps_in,
        is_coordinator=now.myself.is_coordinator,
        is_asked_for_swap=now.myself.is_asked_for_swap,
        has_swap_to_agree=now.myself.has_swap_to_agree,
        offers=tuple(_offer(offer) for offer in now.offers),
        contacts=tuple(_contact(held) for held in now.held),
        colleagues=tuple(Choice(str(one.peer_id), one.name) for one in now.colleagues),
        check_ins=looking.of_peer(now.check_ins),
        notice=notice,
        other_zone=now.myself.zone if now.myself.zone != home_zone else "",
    )


def _offer(offer: OpenOffer) -> OfferCard:
    return OfferCard(
        id=offer.id,
        urgency=offer.urgency.value,
        language=offer.language,
        wishes=tuple(offer.wishes),
        expires_at=offer.expires_at,
        seconds_left=_seconds(offer.now, offer.expires_at),
        seconds_in_all=_seconds(offer.offered_at, offer.expires_at),
        is_hand_over=offer.is_hand_over,
        is_remote_only=offer.is_remote_only,
        channel=offer.channel.value,
    )


def _contact(held: Held) -> ContactCard:
    is_confirmed = held.state is State.IN_CONTACT
    return ContactCard(
        callout_id=held.callout_id,
        urgency=held.urgency.value,
        language=held.language,
        wishes=tuple(held.wishes),
        is_confirmed=is_confirmed,
        accepted_at=held.accepted_at,
        contact_by=None if is_confirmed else held.next_at,
        asks_whether_reached=held.asks_whether_reached,
        hand_to_name=held.hand_to_name,
        hand_until=held.hand_until,
        own_word=held.own_word,
        is_remote_only=held.is_remote_only,
        channel=held.channel.value,
    )


def _seconds(start: datetime, end: datetime) -> int:
    return max(0, round((end - start).total_seconds()))
