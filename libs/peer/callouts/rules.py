"""What may happen to a callout, who may be asked, and how long each step may take.

`MOVES` is the whole state machine: the compare-and-set statements take their `WHERE state` from it,
and the property test walks it.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from libs.peer.callouts.models import CenterWish, State, Urgency


class Act(StrEnum):
    """What moves a callout on."""

    APPROVE = "approve"
    DECLINE = "decline"
    ACCEPT = "accept"
    RUN_OUT = "run_out"
    RESUME = "resume"
    REOPEN = "reopen"
    CONFIRM = "confirm"
    CLOSE = "close"
    WITHDRAW = "withdraw"


MOVES: dict[Act, tuple[frozenset[State], State]] = {
    # A program manager decided on a request from outside the region.
    Act.APPROVE: (frozenset({State.PENDING_APPROVAL}), State.PAGING),
    Act.DECLINE: (frozenset({State.PENDING_APPROVAL}), State.DECLINED),
    # A peer, or the coordinator who stepped in, said yes: exactly one does.
    Act.ACCEPT: (frozenset({State.PAGING, State.WITH_COORDINATOR}), State.ACCEPTED),
    # Nobody is left to ask; and somebody has become free again.
    Act.RUN_OUT: (frozenset({State.PAGING}), State.WITH_COORDINATOR),
    Act.RESUME: (frozenset({State.WITH_COORDINATOR}), State.PAGING),
    # Accepted, and no contact within the time: paged again with a new epoch.
    Act.REOPEN: (frozenset({State.ACCEPTED}), State.PAGING),
    # The requester's word.
    Act.CONFIRM: (frozenset({State.ACCEPTED}), State.IN_CONTACT),
    Act.CLOSE: (frozenset({State.ACCEPTED, State.IN_CONTACT}), State.CLOSED),
    Act.WITHDRAW: (
        frozenset({State.PENDING_APPROVAL, State.PAGING, State.WITH_COORDINATOR, State.ACCEPTED}),
        State.WITHDRAWN,
    ),
}

ENDED = frozenset({State.CLOSED, State.WITHDRAWN, State.DECLINED})
TALKING = frozenset({State.IN_CONTACT})

ANSWER_WITHIN = {
    Urgency.NOW: timedelta(seconds=60),
    Urgency.TODAY: timedelta(minutes=10),
    Urgency.THIS_WEEK: timedelta(hours=4),
}
"""How long one peer has to answer. Source: design, section 3 "Page"."""

CONTACT_WITHIN = {
    Urgency.NOW: timedelta(minutes=10),
    Urgency.TODAY: timedelta(hours=2),
    Urgency.THIS_WEEK: timedelta(days=1),
}
"""From the yes to a confirmed contact. Source: design, section 3 "Contact"."""

LOOK_AGAIN = timedelta(minutes=1)
"""While a callout waits with the coordinator, how often the roster is searched for somebody who became free."""

TALK_ENDS_AFTER = timedelta(days=1)
"""From the confirmed contact to the close, when the requester says nothing more: every path ends in a clock."""

TRACES_LIVE = timedelta(days=7)
"""From the end to the deletion of the care side, the way to it and everything that ties the callout to a center.

Design, section 3 "Afterwards" gives content 30 days; as long as there is no content, a trace needs no more than 7.
"""

APPROVAL_LOOK_AGAIN = timedelta(minutes=5)
"""While a decision is waited for, how often it is made sure that it still lies before the program managers."""


def who_may_be_asked(
    roster: Iterable[tuple[UUID, UUID]], own_agency: UUID | None, wish: CenterWish
) -> tuple[UUID, ...]:
    """Choose who gets a copy.

    Args:
        roster: (peer, agency) of the team's designated members.
        own_agency: the requester's; None when it is no tenant of this region.
        wish: nothing said means another center.

    Returns:
        Peers in the roster's order. Members of the own agency are among them only on the requester's wish:
        whoever holds no copy is never asked, never passed over to, and learns nothing.

    Source: domain, rule 2
    """
    if wish is CenterWish.ANOTHER:
        return tuple(peer for peer, agency in roster if agency != own_agency)
    return tuple(peer for peer, _agency in roster)


def contact_due(urgency: Urgency, accepted_at: datetime) -> datetime:
    """Return when an accepted callout is paged again unless contact is confirmed."""
    return accepted_at + CONTACT_WITHIN[urgency]
