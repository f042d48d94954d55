"""How somebody stands with being on call: their own page says what matching asks, of all their teams together.

Nothing is decided here: `rules.what_keeps` is asked for each team, and its answers are put into one.

Source: docs/decisions/0014-people-and-matching.md
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from libs.peer.callouts.models import Urgency
from libs.peer.matching import rules
from libs.peer.matching.rules import Ask, Candidate, Kept

_SAID_ELSEWHERE = frozenset({"off_call", "away", "unreachable", "busy"})
"""What `How` says; and whoever is busy sees with whom."""


class How(StrEnum):
    """Why somebody is on call, or is not."""

    OWN_WORD = "own_word"
    SHIFT = "shift"
    LEFT_SHIFT = "left_shift"
    AWAY = "away"
    UNREACHED = "unreached"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Standing:
    """How one person stands.

    Attributes:
        how: on call by their own word, else by a shift; off by their own word while a shift of theirs runs; away;
            out of reach; off.
        until: when the shift (SHIFT, LEFT_SHIFT) or the time away (AWAY) ends; None for the others.
        would_be_on: would be on call but for being away or out of reach, or is.
        kept: what else keeps them from every request of today, though on call; empty when a team of theirs has nothing.
        is_woken: whoever needs a peer now is put to them all the same, as they have said.
    """

    how: How
    until: datetime | None = None
    would_be_on: bool = False
    kept: tuple[Kept, ...] = ()
    is_woken: bool = False

    @property
    def is_on_call(self) -> bool:
        """Whether requests come to them, but for `kept`."""
        return self.how in {How.OWN_WORD, How.SHIFT}

    @property
    def is_asked(self) -> bool:
        """Whether a request of today may come to them now; whoever is busy is asked when they are through."""
        return self.is_on_call and not self.kept


def kept_today(one: Candidate, now: datetime, urgency: Urgency = Urgency.TODAY) -> tuple[Kept, ...]:
    """Say what keeps somebody from a request of today, or of another urgency, from nowhere in particular."""
    ask = Ask(urgency=urgency, asked_on=one.today, state=one.state)
    return tuple(kept for kept in rules.what_keeps(one, ask, now) if kept.reason in rules.REASONS)


def standing(parts: Sequence[Candidate], now: datetime, *, said: bool | None = None) -> Standing:
    """Put what matching says of somebody in each of their teams into one.

    Args:
        parts: the same person, once for each team that is asked for requests; may be empty.
        now: aware.
        said: their own word, which is all there is of somebody whom no team asks.
    """
    if not parts:
        return Standing(How.OWN_WORD if said else How.OFF, would_be_on=bool(said))
    kept = [{each.reason: each for each in kept_today(one, now)} for one in parts]
    on = [(one, why) for one, why in zip(parts, kept, strict=True) if "off_call" not in why]
    away = [why["away"].until for why in kept if "away" in why]
    if away:
        return Standing(How.AWAY, _latest(away), bool(on))
    if not on:
        until = _latest([one.call.duty_until for one in parts])
        return Standing(How.OFF if until is None else How.LEFT_SHIFT, until)
    if all("unreachable" in why for _one, why in on):
        return Standing(How.UNREACHED, would_be_on=True)
    more = _more([why for _one, why in on])
    woken = [{each.reason for each in kept_today(one, now, Urgency.NOW)} for one, _why in on] if more else []
    is_woken = any(map(_SAID_ELSEWHERE.issuperset, woken))
    if any(one.call.said for one, _why in on):
        return Standing(How.OWN_WORD, None, would_be_on=True, kept=more, is_woken=is_woken)
    until = _latest([one.call.duty_until for one, _why in on])
    return Standing(How.SHIFT, until, would_be_on=True, kept=more, is_woken=is_woken)


def _more(kept: Sequence[Mapping[str, Kept]]) -> tuple[Kept, ...]:
    """Return what else keeps somebody who is on call: in all of their teams, or, where that is nothing, in any.

    Empty when one of the teams has nothing against it.
    """
    more = [{reason: each for reason, each in why.items() if reason not in _SAID_ELSEWHERE} for why in kept]
    if not all(more):
        return ()
    found = {reason: each for why in more for reason, each in why.items()}
    common = frozenset.intersection(*map(frozenset, more)) or frozenset(found)
    return tuple(found[reason] for reason in rules.REASONS if reason in common)


def _latest(ends: Sequence[datetime | None]) -> datetime | None:
    return max((end for end in ends if end is not None), default=None)
