"""What an agreement covers, and when somebody is reminded that it ends.

Source: docs/decisions/0018-outside-the-region.md
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID

REMIND_DAYS = (30, 7)
"""How long before the end a manager is reminded. Source: issue 6, "reminder before the end"."""
LONGEST = timedelta(days=3660)
"""No agreement is made for longer than ten years: a slip of the finger in a year is found by it."""


class Phase(StrEnum):
    """Where an agreement stands on a day. Nothing moves it but the calendar, and the one word that ends it early."""

    COMING = "coming"
    IN_FORCE = "in_force"
    ENDS_SOON = "ends_soon"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Term:
    """When an agreement holds: from the first day to the last, unless it was ended on a day before."""

    starts_on: date
    ends_on: date
    ended_on: date | None = None

    @property
    def last_day(self) -> date:
        """The last day on which it holds."""
        return self.ends_on if self.ended_on is None else min(self.ends_on, self.ended_on - timedelta(days=1))


@dataclass(frozen=True, slots=True)
class Scope:
    """Whom and what an agreement covers; empty means no limit.

    Attributes:
        id: the agreement.
        partner_id: the region, where it is one of this deployment.
    """

    id: UUID
    partner_id: UUID | None
    agency_ids: Collection[UUID] = ()
    disciplines: Collection[str] = ()
    teams: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Coming:
    """Where somebody from outside says that they work, as far as they say it. Lives for one ask; nothing of it is kept.

    Attributes:
        region_id: their region, where it is one of this deployment.
        agency_id: their center, where it is one of it.
        agreement_id: the agreement that was chosen by name.
    """

    region_id: UUID | None = None
    agency_id: UUID | None = None
    discipline: str | None = None
    agreement_id: UUID | None = None


def phase(term: Term, today: date) -> Phase:
    """Say where an agreement stands."""
    if today > term.last_day:
        return Phase.ENDED
    if today < term.starts_on:
        return Phase.COMING
    return Phase.ENDS_SOON if term.last_day - today <= timedelta(days=max(REMIND_DAYS)) else Phase.IN_FORCE


def holds(term: Term, today: date) -> bool:
    """Say whether an agreement holds on a day; its first and its last count."""
    return phase(term, today) in {Phase.IN_FORCE, Phase.ENDS_SOON}


def covers(scope: Scope, coming: Coming, team: str) -> bool:
    """Say whether a request is within an agreement's scope: what was not said is not within a limit.

    Args:
        scope: of an agreement that holds.
        coming: where they say that they work.
        team: which team is asked.
    """
    is_partner = coming.agreement_id == scope.id or (
        scope.partner_id is not None and coming.region_id == scope.partner_id
    )
    return (
        is_partner
        and (not scope.agency_ids or coming.agency_id in scope.agency_ids)
        and (not scope.disciplines or coming.discipline in scope.disciplines)
        and (not scope.teams or team in scope.teams)
    )


def reminders(term: Term) -> tuple[date, ...]:
    """Return the days on which somebody is reminded, the earliest first; none before it has begun."""
    return tuple(day for days in REMIND_DAYS if (day := term.ends_on - timedelta(days=days)) >= term.starts_on)


def due_reminder(term: Term, reminded_days: int | None, today: date) -> int | None:
    """Return which reminder is due (days before the end), or None; the nearest alone, when several were missed."""
    if not holds(term, today) or term.ended_on is not None:
        return None
    left = (term.ends_on - today).days
    due = [days for days in REMIND_DAYS if left <= days]
    return min(due) if due and (reminded_days is None or min(due) < reminded_days) else None


def faults(starts_on: date, ends_on: date, today: date, *, known: Iterable[bool]) -> tuple[str, ...]:
    """Return what is wrong with a new agreement, by code; empty when nothing is.

    Args:
        starts_on: first day.
        ends_on: last day.
        today: the day of writing.
        known: whether each thing that is named is one that there is.
    """
    found = []
    if ends_on < starts_on:
        found.append("ends_before_it_starts")
    elif ends_on < today:
        found.append("ends_in_the_past")
    elif ends_on - starts_on > LONGEST:
        found.append("too_long")
    if not all(known):
        found.append("partner_unknown")
    return tuple(found)
