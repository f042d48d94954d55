"""Who may be on a team, and whom to ask first: pure functions, so that they can be proved and explained.

What a program manager reads must not tell that a request exists. So nothing here depends on callouts, offers, contacts
or the limits that follow from them: a peer who is busy says "not now" to an invitation, and nobody learns why.

Source: docs/decisions/0017-deployments.md
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from libs.peer.deployments.models import Kind, SlotRole

MOST_OF_ONE_AGENCY = 2
"""A team is from several centers: no more than this many of one."""
_DISPATCH = "dispatch"


class Refusal(StrEnum):
    """Why somebody may not be on a team, or not in this role."""

    ON_TEAM = "on_team"
    OWN_AGENCY = "own_agency"
    NOT_CURRENT = "not_current"
    AWAY = "away"
    NEEDS_CLINICIAN = "needs_clinician"
    TOO_MANY_OF_AGENCY = "too_many_of_agency"


@dataclass(frozen=True, slots=True)
class Person:
    """A member, as the decision sees one.

    Attributes:
        is_current: designated, trained and in date in a team, and not suspended; of a clinician, not suspended.
        is_clinician: a licensed mental health professional.
        can_lead: coordinates a team, or stands in for who does.
        is_away: not to be asked for that day: by their own word, or on another deployment then.
        deployed: how often on a team in the last half year.
        last_at: when last; None for never.
    """

    member_id: UUID
    agency_id: UUID
    discipline: str
    county: str
    state: str
    is_current: bool
    is_clinician: bool = False
    can_lead: bool = False
    is_away: bool = False
    deployed: int = 0
    last_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where the team goes: the affected agency, for whom its own people are too close."""

    agency_id: UUID
    county: str
    state: str


@dataclass(frozen=True, slots=True)
class Pick:
    """Somebody chosen for a role."""

    role: SlotRole
    member_id: UUID


def why_not(
    person: Person,
    role: SlotRole,
    *,
    kind: Kind,
    place: Place,
    team: Collection[Person],
    has_written_reason: bool = False,
) -> Refusal | None:
    """Say why somebody may not join a team in a role; None when they may.

    Args:
        person: who.
        role: as what.
        kind: a debriefing is led by a clinician.
        place: nobody of the affected agency, unless a reason is written down.
        team: who is on it, or asked and able to say yes, already.
        has_written_reason: whether one is.
    """
    is_for_clinicians = role is SlotRole.CLINICIAN or (role is SlotRole.LEAD and kind is Kind.DEBRIEFING)
    of_agency = sum(one.agency_id == person.agency_id for one in team)
    reasons = (
        (any(one.member_id == person.member_id for one in team), Refusal.ON_TEAM),
        (person.agency_id == place.agency_id and not has_written_reason, Refusal.OWN_AGENCY),
        (not person.is_current, Refusal.NOT_CURRENT),
        (person.is_away, Refusal.AWAY),
        (is_for_clinicians != person.is_clinician, Refusal.NEEDS_CLINICIAN),
        (of_agency >= MOST_OF_ONE_AGENCY, Refusal.TOO_MANY_OF_AGENCY),
    )
    return next((refusal for is_so, refusal in reasons if is_so), None)


def propose(
    people: Iterable[Person],
    needs: Mapping[SlotRole, int],
    *,
    kind: Kind,
    place: Place,
    team: Collection[Person] = (),
) -> tuple[Pick, ...]:
    """Choose people for the roles that are needed, one after the other.

    Args:
        people: any order, may be empty.
        needs: how many of each role are still to be found.
        kind: of response.
        place: where.
        team: who is on it already.

    Returns:
        At most as many as needed. Fewer mean that nobody else may be asked: a shortfall to be shown. First come those
        who were on fewest teams, then who brings a discipline that is not there yet (the first peer has sat in the same
        chair), then who works near, then who was away longest; ties break on id.
    """
    pool, chosen = list(people), list(team)
    picks: list[Pick] = []
    for role, count in needs.items():
        for _ in range(count):
            able = [one for one in pool if why_not(one, role, kind=kind, place=place, team=chosen) is None]
            if not able:
                break
            best = min(able, key=lambda one: _rank(one, role, place, chosen))
            chosen.append(best)
            picks.append(Pick(role, best.member_id))
    return tuple(picks)


def _rank(
    person: Person, role: SlotRole, place: Place, team: Collection[Person]
) -> tuple[bool, bool, int, int, int, float, UUID]:
    disciplines = [one.discipline for one in team if not one.is_clinician]
    lacks_same_chair = _DISPATCH not in disciplines and person.discipline != _DISPATCH
    return (
        role is SlotRole.LEAD and not person.can_lead,
        role is not SlotRole.CLINICIAN and lacks_same_chair,
        person.deployed,
        disciplines.count(person.discipline),
        _distance(person, place),
        person.last_at.timestamp() if person.last_at else 0.0,
        person.member_id,
    )


def _distance(person: Person, place: Place) -> int:
    """Return 0 in the same county, 1 in the same state, 2 beyond; counties are told apart by their state."""
    if person.state != place.state:
        return 2
    return 0 if person.county == place.county else 1
