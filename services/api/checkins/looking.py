"""Check-ins, read for the pages: of a request, of a peer, and what is overdue."""

from collections.abc import Sequence
from uuid import UUID

from libs.peer.callouts.models import State
from libs.peer.followups import queries
from libs.peer.followups.models import FollowUpKind
from libs.peer.followups.queries import OfPeer, OfRequester, Overdue
from libs.tenancy.directory import RegionRef
from libs.tenancy.transactions import Planes
from services.api import rendering
from services.api.checkins.views import CheckIn, CheckInCard, OverdueCard

HAS_CHECK_INS = frozenset({State.IN_CONTACT, State.CLOSED})
"""While they talk, and afterwards."""


async def of_request(planes: Planes, region: RegionRef, callout_id: UUID) -> Sequence[OfRequester]:
    """Return a request's follow-ups, also those that are over or stopped."""
    async with planes.dispatch(region) as dispatch:
        return await queries.of_requester(dispatch, callout_id)


def of_requester(found: Sequence[OfRequester]) -> tuple[CheckIn, ...]:
    """Return one card for each kind there is, those without a row last."""
    known = tuple(_check_in(one) for one in found)
    kinds = {one.kind for one in found}
    return (*known, *(CheckIn(kind, "none", None, False, None, None) for kind in FollowUpKind if kind not in kinds))


def of_peer(found: Sequence[OfPeer]) -> tuple[CheckInCard, ...]:
    """Return what a peer has planned, as cards."""
    return tuple(CheckInCard(one.id, one.kind, one.due_at, one.is_due, one.tries, one.language) for one in found)


def overdue(found: Sequence[Overdue]) -> tuple[OverdueCard, ...]:
    """Return what is overdue, as cards."""
    return tuple(
        OverdueCard(one.id, one.kind, int((one.now - one.due_at).total_seconds() // 60), one.peer_name) for one in found
    )


def _check_in(one: OfRequester) -> CheckIn:
    is_due = one.is_due and one.state == "planned"
    phone = rendering.phone(one.peer_phone) if one.peer_phone else None
    return CheckIn(one.kind, one.state, one.due_on, is_due, one.peer_name, phone)
