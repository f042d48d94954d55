"""What may become of an approval, whose turn it is to decide, and when the next ones are told.

Source: docs/decisions/0018-outside-the-region.md
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import IntEnum
from uuid import UUID

from libs.peer.approvals.models import ApprovalState
from libs.peer.callouts.models import Urgency
from libs.peer.callouts.rules import DECIDE_WITHIN

_OPEN = frozenset({ApprovalState.WAITING, ApprovalState.HELD, ApprovalState.APPLYING})

MOVES: dict[str, tuple[frozenset[ApprovalState], ApprovalState]] = {
    # A manager chose; for some seconds it can be taken back, and nothing has happened yet.
    "hold": (frozenset({ApprovalState.WAITING}), ApprovalState.HELD),
    "undo": (frozenset({ApprovalState.HELD}), ApprovalState.WAITING),
    "apply": (frozenset({ApprovalState.HELD}), ApprovalState.APPLYING),
    # What the callout says became of it, whoever decided: the manager, or the lead of a team who was quicker.
    "approve": (_OPEN, ApprovalState.APPROVED),
    "decline": (_OPEN, ApprovalState.DECLINED),
    "hand_on": (_OPEN, ApprovalState.HANDED_ON),
    # No longer needed: the requester stopped.
    "cancel": (_OPEN, ApprovalState.WITHDRAWN),
}

OPEN = _OPEN
HELD_FOR = timedelta(seconds=10)
"""How long a decision can be taken back, before anything comes of it. Source: ux, "Approvals: undo 10 s"."""
TURN = timedelta(days=7)
"""How long one approver is first, before the next one is."""


class Step(IntEnum):
    """Who is told, one after another; each has its time, the last of all has none."""

    FIRST = 0
    DEPUTY = 1
    ALL = 2
    LEAD = 3
    PARTNER = 4


@dataclass(frozen=True, slots=True)
class OnRota:
    """Somebody who decides.

    Attributes:
        is_away: passed over until back.
    """

    account_id: UUID
    name: str
    is_away: bool = False


@dataclass(frozen=True, slots=True)
class Climb:
    """How far a decision that nobody has made has climbed, and when the next ones are told; None for never."""

    step: Step
    next_at: datetime | None


def climb_every(urgency: Urgency) -> timedelta:
    """Return how long each step of the approvers' rota lasts: where there are three, the lead's turn is the fourth."""
    return DECIDE_WITHIN[urgency] / Step.LEAD


def steps(approvers: int, *, has_leads: bool = True) -> tuple[Step, ...]:
    """Return the steps that tell somebody new; nobody waits out one in which there is nobody.

    Args:
        approvers: how many decide, at least 0; whoever is away is none.
        has_leads: whether somebody who leads holds a copy.

    Returns:
        In their order; the last one is always there, as another region is not of this one's making.
    """
    there = {
        Step.FIRST: approvers > 0,
        Step.DEPUTY: approvers > 1,
        Step.ALL: approvers > Step.ALL,
    }  # 2 are told one by one
    return tuple(each for each in Step if there.get(each, has_leads or each is Step.PARTNER))


def climb(urgency: Urgency, asked_at: datetime, now: datetime, through: Sequence[Step] = tuple(Step)) -> Climb:
    """Return how far a decision that nobody has made has climbed through the steps of `steps`, each as long."""
    place = max(0, min((now - asked_at) // climb_every(urgency), len(through) - 1))
    is_last = place == len(through) - 1
    return Climb(through[place], None if is_last else asked_at + climb_every(urgency) * (place + 1))


def in_turn(rota: Sequence[OnRota], today: date) -> list[OnRota]:
    """Return who decides: the first, the deputy, then all others; whoever is away is passed over.

    Args:
        rota: in the order in which they joined.
        today: in the region's zone; each is first for a week, from Monday on.

    Returns:
        Everybody who is there, each once; empty when nobody is.
    """
    if not rota:
        return []
    weeks = (today - date(1970, 1, 5)) // TURN
    start = weeks % len(rota)
    return [one for one in (*rota[start:], *rota[:start]) if not one.is_away]


def to_tell(in_order: Sequence[OnRota], told: int, reached: Step) -> list[UUID]:
    """Return who is told now.

    Args:
        in_order: who decides, in turn.
        told: the step that was told last; -1 for none.
        reached: the step that is reached.

    Returns:
        The approvers of the steps in between, each once. A step without anybody is no step: when there is no deputy
        all that are left come next.
    """
    upto = {Step.FIRST: 1, Step.DEPUTY: 2}
    done = 0 if told < 0 else upto.get(Step(told), len(in_order))
    return [one.account_id for one in in_order[done : upto.get(reached, len(in_order))]]
