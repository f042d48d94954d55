"""When somebody is checked on, and what may become of it.

Source: domain, "Follow-up"; design, section 3.8; docs/decisions/0023-follow-ups.md
"""

from datetime import date, timedelta

from libs.peer.followups.models import FollowUpKind, FollowUpState

MOVES: dict[str, tuple[frozenset[FollowUpState], FollowUpState]] = {
    # The peer's word: they talked; tried twice on different days.
    "done": (frozenset({FollowUpState.PLANNED}), FollowUpState.DONE),
    "give_up": (frozenset({FollowUpState.PLANNED}), FollowUpState.NOT_REACHED),
    # The requester's word; and the change of mind.
    "stop": (frozenset({FollowUpState.PLANNED}), FollowUpState.STOPPED),
    "choose": (frozenset({FollowUpState.STOPPED}), FollowUpState.PLANNED),
    # The clock's: the way to reach is not kept for longer.
    "lapse": (frozenset({FollowUpState.PLANNED}), FollowUpState.LAPSED),
}

DAYS_AFTER = {
    FollowUpKind.SAME_DAY: 0,
    FollowUpKind.WEEK: 7,
    FollowUpKind.MONTH: 30,
    FollowUpKind.DAYS_90: 90,
    FollowUpKind.ANNIVERSARY: 365,
}
"""Days from the talk; the same day is some hours later."""
BY_DEFAULT = (FollowUpKind.SAME_DAY, FollowUpKind.WEEK, FollowUpKind.MONTH)
"""Planned with the talk unless the requester stops them; the others are on wish."""
TRIES = 2
"""Counted attempts, a day apart at least, after which nobody goes on trying. Source: domain, rule 6"""
OVERDUE_AFTER = timedelta(days=1)
"""After this the coordinators see that one is overdue."""
LAPSES_AFTER = timedelta(days=30)
"""How long after the day the way to reach is kept. Source: design, section 3.8"""
LATEST = timedelta(days=400)
"""How far from today one can be moved."""


def may_move_to(on: date, today: date) -> bool:
    """Say whether a follow-up can be moved to a day: from today on, and not for ever."""
    return today <= on <= today + LATEST


def after_try(tries: int) -> FollowUpState:
    """Return how one stands after one more attempt that reached nobody; `tries` counts that one too."""
    return FollowUpState.NOT_REACHED if tries >= TRIES else FollowUpState.PLANNED
