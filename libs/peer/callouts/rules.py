"""What may happen to a callout, who may be asked, and how long each step may take.

`MOVES` is the whole state machine: the compare-and-set statements take their `WHERE state` from it,
and the property test walks it.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from libs.peer.callouts.models import CenterWish, Channel, State, Urgency, Wish
from libs.peer.teams import rules as teams
from libs.peer.teams.ranks import Leads
from libs.peer.teams.rules import Listed


class Act(StrEnum):
    """What moves a callout on."""

    APPROVE = "approve"
    DECLINE = "decline"
    HAND_ON = "hand_on"
    ACCEPT = "accept"
    RUN_OUT = "run_out"
    RESUME = "resume"
    REOPEN = "reopen"
    TAKE_OVER = "take_over"
    GIVE_UP = "give_up"
    CONFIRM = "confirm"
    TALK = "talk"
    CLOSE = "close"
    WITHDRAW = "withdraw"


MOVES: dict[Act, tuple[frozenset[State], State]] = {
    # A program manager decided on a request from outside the region.
    Act.APPROVE: (frozenset({State.PENDING_APPROVAL}), State.PAGING),
    Act.DECLINE: (frozenset({State.PENDING_APPROVAL}), State.DECLINED),
    # The requester took the offer of another region, where it goes on: never in two at once, whoever was quicker here.
    Act.HAND_ON: (
        frozenset({State.PENDING_APPROVAL, State.PAGING, State.WITH_COORDINATOR, State.ACCEPTED}),
        State.DECLINED,
    ),
    # A peer, or the coordinator who stepped in, said yes: exactly one does.
    Act.ACCEPT: (frozenset({State.PAGING, State.WITH_COORDINATOR}), State.ACCEPTED),
    # Nobody is left to ask; and somebody has become free again.
    Act.RUN_OUT: (frozenset({State.PAGING}), State.WITH_COORDINATOR),
    Act.RESUME: (frozenset({State.WITH_COORDINATOR}), State.PAGING),
    # Accepted, and no contact within the time, or given back: paged again with a new epoch.
    Act.REOPEN: (frozenset({State.ACCEPTED}), State.PAGING),
    # The peer who has it asked a named colleague, who said yes.
    Act.TAKE_OVER: (frozenset({State.ACCEPTED}), State.ACCEPTED),
    # Two attempts that count, and a waiting time: nobody is there any more.
    Act.GIVE_UP: (frozenset({State.ACCEPTED}), State.CLOSED),
    # The requester talks with a peer from whom it was taken back: that word counts, whoever is being asked by now.
    Act.TALK: (frozenset({State.PAGING, State.WITH_COORDINATOR, State.ACCEPTED}), State.IN_CONTACT),
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
ASKING = frozenset({State.PAGING, State.WITH_COORDINATOR})
UNHEARD = frozenset({State.PAGING, State.WITH_COORDINATOR, State.ACCEPTED})

ANSWER_WITHIN = {
    Urgency.NOW: timedelta(seconds=60),
    Urgency.TODAY: timedelta(minutes=10),
    Urgency.THIS_WEEK: timedelta(hours=4),
}
"""How long a named colleague has to take over; waves have their own times, by the region's policy (decision 0015)."""

CONTACT_WITHIN = {
    Urgency.NOW: timedelta(minutes=10),
    Urgency.TODAY: timedelta(hours=2),
    Urgency.THIS_WEEK: timedelta(days=1),
}
"""From the yes to a confirmed contact. Source: design, section 3 "Contact"."""

LOOK_AGAIN = timedelta(minutes=1)
"""While a callout waits with the coordinator, how often the roster is searched for somebody who became free unseen: a
shift began, quiet hours ended. Who says no, is no longer needed, ends a talk or comes on call is seen at once."""
LOOK_ONCE_MORE = timedelta(seconds=4)
"""And once soon after it began to wait: somebody may have become free in the moment of the look that found nobody."""

TALK_ENDS_AFTER = timedelta(days=1)
"""From the confirmed contact to the close, when the requester says nothing more: every path ends in a clock."""

TRACES_LIVE = timedelta(days=7)
"""From the end to the deletion of the care side, the way to it and everything that ties the callout to a center.

Design, section 3 "Afterwards" gives content 30 days; as long as there is no content, a trace needs no more than 7.
"""

APPROVAL_LOOK_AGAIN = timedelta(minutes=5)
"""While a decision is waited for, how often it is made sure that it still lies before the program managers."""

DECIDE_WITHIN = {
    Urgency.NOW: timedelta(minutes=3),
    Urgency.TODAY: timedelta(hours=1),
    Urgency.THIS_WEEK: timedelta(days=1),
}
"""How long the program managers have, in three steps of their rota; then a coordinator may decide, too.

Source: design, section 3 "Gate"; docs/decisions/0018-outside-the-region.md
"""

REOPENS_BEFORE_COORDINATOR = 3
"""The accept without contact after which coordinators are asked first. Source: domain, rule 6"""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Whom the requester leaves out. Lives for one transaction: what is kept is only who may be asked.

    Attributes:
        centers: agencies.
        names: as typed, one each; see `teams.is_called`.
    """

    centers: Collection[UUID] = ()
    names: Collection[str] = ()

    def has(self, listed: Listed) -> bool:
        """Whether this member is among them."""
        return listed.agency_id in self.centers or any(teams.is_called(listed.name, typed) for typed in self.names)


NOBODY = LeftOut()


def who_may_be_asked(
    roster: Iterable[Listed],
    own_agency: UUID | None,
    wish: CenterWish,
    left_out: LeftOut = NOBODY,
    leads: Leads | None = None,
    *,
    opens_in_house: bool = False,
) -> tuple[UUID, ...]:
    """Choose who gets a copy.

    Args:
        roster: the team's designated members, and everybody of the in-house teams.
        own_agency: the requester's; None when it is no tenant of this region.
        wish: nothing said means another center.
        left_out: people and centers.
        leads: what the requester leads; None when they do not say.
        opens_in_house: whether a wish may open the own center's in-house team.

    Returns:
        Peers in the roster's order. In-house people are among them for their own center alone, by its requester's
        wish alone. Members of the own agency are among them only on the requester's wish, and
        never one who leads there. For somebody who leads nobody of the own agency is, and nobody below their rank
        but who steps in. Whoever holds no copy is never asked, never passed over to, and learns nothing.

    Source: domain, rule 2; docs/decisions/0011-leaving-out.md, docs/decisions/0027-leaders.md,
        docs/decisions/0040-in-house-teams.md
    """

    def may(listed: Listed) -> bool:
        is_colleague = listed.agency_id == own_agency
        is_too_close = is_colleague and (wish is CenterWish.ANOTHER or leads is not None or listed.leads)
        is_below = leads is not None and not listed.ranks_with(leads)
        if listed.is_in_house_only and not (is_colleague and opens_in_house):
            return False
        return not is_too_close and (listed.steps_in or not is_below) and not left_out.has(listed)

    return tuple(listed.peer_id for listed in roster if may(listed))


def who_only_steps_in(roster: Iterable[Listed], leads: Leads | None) -> frozenset[UUID]:
    """Say who must not be asked as a peer by somebody who leads, and may step in when nobody answers."""
    if leads is None:
        return frozenset()
    return frozenset(one.peer_id for one in roster if one.steps_in and not one.ranks_with(leads))


def settled(wishes: Iterable[Wish]) -> tuple[Wish, ...]:
    """Return what is wished, each once, in one order.

    That a colleague may be rung is said of a colleague alone, and of two words the stricter one holds: nobody is rung
    by a slip.
    """
    said = set(wishes)
    if Wish.FOR_COLLEAGUE not in said:
        said -= {Wish.SAFE_TO_RING, Wish.RING_OFF_SHIFT}
    elif Wish.RING_OFF_SHIFT in said:
        said.discard(Wish.SAFE_TO_RING)
    return tuple(sorted(said))


def way_to_talk(channel: str, unmet: Collection[str] = (), *, is_remote_only: bool = False) -> Channel:
    """Say how two people talk: as the requester would like to, or the next best way, as both are told.

    Args:
        channel: as it was asked for.
        unmet: what nobody keeps who is asked now, the way among it where nobody talks that way.
        is_remote_only: not in person, by the word of whoever let it in.

    Source: docs/decisions/0014-people-and-matching.md
    """
    is_unmet = channel in unmet
    if channel == Channel.IN_PERSON and (is_remote_only or is_unmet):
        return Channel.PHONE
    return Channel.THIS_PAGE if is_unmet else Channel(channel)


def contact_due(urgency: Urgency, accepted_at: datetime) -> datetime:
    """Return when an accepted callout is paged again unless contact is confirmed."""
    return accepted_at + CONTACT_WITHIN[urgency]


def asks_both_at(urgency: Urgency, accepted_at: datetime) -> datetime:
    """Return the half time, at which both are asked on their pages whether they have reached each other."""
    return accepted_at + CONTACT_WITHIN[urgency] / 2
