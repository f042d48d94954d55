"""Run cards: what a region sends for a type and size of incident, where it has not written its own.

Source: docs/decisions/0017-deployments.md; every region changes them on its own page.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from libs.peer.deployments.models import Kind, SlotRole
from libs.peer.incidents.models import IncidentType, Involved

MOST_OF_A_ROLE = 20


@dataclass(frozen=True, slots=True)
class Card:
    """What a team needs: which kind of response first, and how many of each role."""

    kind: Kind
    leads: int
    peers: int
    clinicians: int

    @property
    def needs(self) -> Mapping[SlotRole, int]:
        """How many of each role, in the order in which they are chosen."""
        return {SlotRole.LEAD: self.leads, SlotRole.CLINICIAN: self.clinicians, SlotRole.PEER: self.peers}


_TEAMS = {Involved.FEW: (1, 2, 0), Involved.SOME: (1, 3, 1), Involved.MANY: (1, 5, 1), Involved.CROWD: (2, 8, 2)}
_FIRST = {
    IncidentType.LODD: Kind.DEBRIEFING,
    IncidentType.SUICIDE_OF_COLLEAGUE: Kind.DEBRIEFING,
    IncidentType.CHILD_DEATH: Kind.DEFUSING,
    IncidentType.OIS: Kind.DEFUSING,
    IncidentType.MCI: Kind.CRISIS_MANAGEMENT_BRIEFING,
    IncidentType.VICTIM_KNOWN: Kind.ONE_ON_ONES,
    IncidentType.OTHER: Kind.PFA,
}

DEFAULT: dict[tuple[IncidentType, Involved], Card] = {
    (kind_of_incident, involved): Card(_FIRST[kind_of_incident], *_TEAMS[involved])
    for kind_of_incident in IncidentType
    for involved in Involved
}


def card_for(
    own: Mapping[tuple[IncidentType, Involved], Card], incident_type: IncidentType, involved: Involved
) -> Card:
    """Return the region's own card, or the one that comes with the product."""
    return own.get((incident_type, involved)) or DEFAULT[incident_type, involved]
