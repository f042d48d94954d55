"""Wire shapes of hard calls: what follows from a report, rules, workstations."""

from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from libs.peer.hardcalls import rules
from libs.peer.hardcalls.actions import Outcome
from libs.peer.hardcalls.models import Action, Why
from libs.peer.hardcalls.rules import LONGEST_CODE, LONGEST_POSITION
from libs.peer.incidents.models import IncidentType

_DETAILS = {
    Why.MAPPED: "The common incident type has a rule.",
    Why.INTERNAL_TEXT: "The common incident type is unknown here. The agency's own text decided.",
    Why.UNKNOWN_TYPE: "Neither the common incident type nor the agency's own text is known here. Give one a rule.",
    Why.NO_INCIDENT: "Nothing to do: there is no incident component in it.",
    Why.TOO_OLD: "Nothing to do: it happened more than 72 hours ago.",
}


def _type(value: str) -> str:
    code = rules.spelled(value)
    if not code:
        raise ValueError("nothing is left of it")
    return code


def _seat(value: str) -> str:
    position = rules.position(value)
    if not position or " " in position:
        raise ValueError("one word")
    return position


Code = Annotated[str, Field(min_length=1, max_length=LONGEST_CODE), AfterValidator(_type)]
Position = Annotated[str, Field(min_length=1, max_length=LONGEST_POSITION), AfterValidator(_seat)]


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class OutcomeOut(BaseModel):
    """What follows from a report, and why.

    It says what your message and the agency's own settings say, and nothing of what became of it: whether anybody was
    shown an offer, opened it or wants none is told to nobody.
    """

    action: Action
    why: Why
    has_station: bool = Field(description="Whether a workstation was named that has a page.")
    detail: str

    @classmethod
    def of(cls, outcome: Outcome) -> "OutcomeOut":
        """Say it for machines and people."""
        why = outcome.verdict.why
        return cls(action=outcome.verdict.action, why=why, has_station=outcome.has_station, detail=_DETAILS[why])


class OutcomesOut(BaseModel):
    """What follows from each line, in their order."""

    data: list[OutcomeOut]


class DoneOut(BaseModel):
    """It was taken in. What becomes of it is told to nobody."""

    is_taken_in: bool = True


class OfferIn(_In):
    """A hard call just happened: offer support at these workstations, or at all that have a page."""

    stations: Annotated[list[UUID] | None, Field(max_length=500)] = None


class StationIn(_In):
    """A workstation, by the position that the dispatch system knows it by. No names."""

    position: Position


class StationOut(BaseModel):
    """A workstation that has a page."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    position: str


class StationsOut(BaseModel):
    """Every workstation that has a page."""

    data: list[StationOut]


class AddressOut(BaseModel):
    """The address of a workstation's page, the only time it is seen."""

    url: str


class TypeIO(_In):
    """What follows from one type of incident, by the common code or the agency's own text."""

    code: Code
    action: Action
    incident_type: IncidentType = IncidentType.OTHER


class TypesOut(BaseModel):
    """Every type from which something follows, or for which the agency has said so. From all others nothing."""

    data: list[TypeIO]
