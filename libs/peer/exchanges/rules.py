"""What may become of an exchange, and how long each side has.

Source: docs/decisions/0041-exchange.md
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from libs.peer.approvals.rules import HELD_FOR
from libs.peer.callouts.models import Urgency
from libs.peer.callouts.rules import DECIDE_WITHIN
from libs.peer.exchanges.models import ExchangeOutcome, ExchangeState

_OPEN = frozenset({ExchangeState.REQUESTED, ExchangeState.APPROVED, ExchangeState.OFFERED})

MOVES: dict[str, tuple[frozenset[ExchangeState], ExchangeState]] = {
    # The helping region's managers said yes, or an agreement of theirs had.
    "approve": (frozenset({ExchangeState.REQUESTED}), ExchangeState.APPROVED),
    # The asking region shows it to the one who asked, who alone can take it.
    "offer": (frozenset({ExchangeState.APPROVED}), ExchangeState.OFFERED),
    # Taken, declined, not decided in time, not taken in time, or no longer needed.
    "close": (_OPEN, ExchangeState.CLOSED),
}

OPEN = _OPEN

OFFERED_FOR = {
    Urgency.NOW: timedelta(minutes=15),
    Urgency.TODAY: timedelta(hours=4),
    Urgency.THIS_WEEK: timedelta(days=2),
}
"""How long the offer of another region stands. Meanwhile the request is where it was: nothing is lost in a sleep."""

ASKS_THE_NEXT = frozenset({ExchangeOutcome.DECLINED, ExchangeOutcome.SILENT})
"""How an exchange ends after which the clock asks the next region: an offer that nobody took was there to take."""

ANSWER_WITHIN = {urgency: within + HELD_FOR for urgency, within in DECIDE_WITHIN.items()}
"""How long the region that helps has: a yes in the last moment can be taken back for as long as any, and counts."""

TAKES = timedelta(minutes=1)
"""How long an offer stands at least once somebody takes it: far more than asking there lasts."""

LOOK_AGAIN = timedelta(minutes=1)
"""While an exchange goes on, how often both sides are looked at."""


def next_to_ask(partners: Sequence[UUID], asked: UUID | None) -> UUID | None:
    """Return which region the clock asks next: each once.

    Args:
        partners: those that take what is handed on to them, in their order.
        asked: the one that was asked last; None for none.

    Returns:
        None after the last one, and after one that takes nothing any more: nobody is asked twice.
    """
    if asked is None:
        return next(iter(partners), None)
    after = partners[partners.index(asked) + 1 :] if asked in partners else ()
    return next(iter(after), None)


def look_again_at(urgency: Urgency, asked_at: datetime, now: datetime) -> datetime:
    """Return the end of the time to answer, or the next full minute since the other region was asked.

    Two who look within one come back once.
    """
    minute, end = asked_at + LOOK_AGAIN * ((now - asked_at) // LOOK_AGAIN + 1), asked_at + ANSWER_WITHIN[urgency]
    return min(minute, end) if end > now else minute
