"""Whom to ask next: a pure function, so that it can be proved and explained."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from libs.peer.callouts.models import CenterWish
from libs.peer.teams import rules as teams

A_CALL_LASTS = timedelta(hours=2)
"""How long a peer who is talking is asked nothing else, unless the requester closes before."""
NOT_NOW_HOLDS = timedelta(hours=8)
"""How long "not now" keeps a peer from the same callout: the rest of a shift."""
SILENCE_HOLDS = timedelta(minutes=30)
"""How long an offer that ran out keeps a peer from the same callout: asleep then, perhaps awake later."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A holder of a copy, as the decision sees one.

    Attributes:
        agency_id: the peer's own agency.
        designated_on: in the team that is asked; as lapses_on.
        modules: areas that the peer was trained in and that have not lapsed.
        is_suspended: by the program's word.
        is_available: by the peer's own word.
        is_busy: has an open offer, a callout to answer for, or a call that goes on.
        was_asked: for this callout, and what became of it still holds.
        last_asked_at: when last offered anything; None for never.
        languages: BCP 47 tags that the peer speaks.
    """

    peer_id: UUID
    agency_id: UUID
    designated_on: date | None
    lapses_on: date | None
    training_hours: int
    modules: Sequence[str]
    is_suspended: bool
    is_available: bool
    is_busy: bool
    was_asked: bool
    last_asked_at: datetime | None
    languages: Sequence[str] = ()
    is_coordinator: bool = False


def can_be_asked(candidate: Candidate, today: date) -> bool:
    """Say whether a peer gets offers now: designated, trained, in date, available, not on another one."""
    missing = teams.what_is_missing(
        designated_on=candidate.designated_on,
        lapses_on=candidate.lapses_on,
        training_hours=candidate.training_hours,
        modules=candidate.modules,
        is_suspended=candidate.is_suspended,
        today=today,
    )
    return candidate.is_available and not candidate.is_busy and not candidate.was_asked and not missing


@dataclass(frozen=True, slots=True)
class Ask:
    """What is looked for, as dispatch knows it.

    Attributes:
        wish: OWN prefers the own center and falls back to the others; the other wishes do not rank.
        own_agency: the requester's, None when it is no tenant.
        language: whoever speaks it comes before whoever does not; a talk in another one is better than none.
    """

    wish: CenterWish
    own_agency: UUID | None
    language: str


def ranked(candidates: Iterable[Candidate], ask: Ask, today: date) -> list[Candidate]:
    """Return those who can be asked, the best first.

    Args:
        candidates: holders of a copy, any order, may be empty.
        ask: what is looked for.
        today: day of the decision.

    Returns:
        The one asked longest ago first (never before anybody); ties break on id. Empty means nobody is left and the
        coordinator steps in.

    Source: design, section 3 "Match"
    """

    def rank(candidate: Candidate) -> tuple[bool, bool, float, UUID]:
        is_second_choice = ask.wish is CenterWish.OWN and candidate.agency_id != ask.own_agency
        asked_at = candidate.last_asked_at.timestamp() if candidate.last_asked_at else 0.0
        return is_second_choice, ask.language not in candidate.languages, asked_at, candidate.peer_id

    return sorted((one for one in candidates if can_be_asked(one, today)), key=rank)
