"""Wire shapes of incidents, deployments, invitations, run cards."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from libs.peer.deployments.answers import Outcome, Step
from libs.peer.deployments.cards import MOST_OF_A_ROLE
from libs.peer.deployments.models import (
    Answer,
    CancelReason,
    DeploymentState,
    InvitationState,
    Kind,
    SlotRole,
    SlotState,
    Target,
)
from libs.peer.incidents.models import IncidentType, Involved

MOST_ATTENDEES = 2000
Place = Annotated[str, Field(max_length=120, description="An address or a room; empty: at the agency. No names.")]
Count = Annotated[int, Field(ge=0, le=MOST_OF_A_ROLE)]


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Out(BaseModel):
    model_config = ConfigDict(from_attributes=True)


_EXAMPLE: dict[str, Any] = {
    "id": "0b1f6a52-7a38-4d6a-9a35-2f4f7d1c9e11",
    "type": "child_death",
    "involved": "1_5",
    "happened_at": "2026-01-01T04:00:00Z",
}


class IncidentIn(_In):
    """A critical incident, and which team is wished for. `id` is the client's own: the same one again opens once."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: UUID
    type: IncidentType
    involved: Involved
    happened_at: AwareDatetime
    kind: Kind | None = None
    target: Target = Target.INVOLVED
    starts_at: AwareDatetime | None = None
    place: Place = ""
    time_zone: Annotated[str | None, Field(max_length=60, description="IANA name; none: the region's.")] = None
    dispatchers_included: Answer = Answer.UNKNOWN
    backfill: Answer = Answer.UNKNOWN


class DeploymentIn(IncidentIn):
    """The same at one of the region's agencies, by its slug."""

    model_config = ConfigDict(json_schema_extra={"examples": [{**_EXAMPLE, "agency": "redbank"}]})

    agency: Annotated[str, Field(max_length=120)]


class AnotherIn(_In):
    """Another team for the same incident."""

    id: UUID
    kind: Kind
    starts_at: AwareDatetime | None = None


class SummaryOut(_Out):
    """A deployment in a list: no person in it."""

    id: UUID
    incident_id: UUID
    agency_id: UUID
    type: IncidentType
    involved: Involved
    kind: Kind
    target: Target
    state: DeploymentState
    happened_at: datetime
    starts_at: datetime
    place: str
    time_zone: str
    dispatchers_included: Answer
    backfill: Answer
    attendees: int | None
    cancel_reason: CancelReason | None
    opened_at: datetime
    ended_at: datetime | None
    debrief_due_at: datetime | None
    debriefed_at: datetime | None
    one_on_ones_offered: Answer
    slots: int
    filled: int
    is_late: bool
    is_debrief_overdue: bool
    is_offer_overdue: bool


class DeploymentsOut(BaseModel):
    """Deployments, newest first."""

    data: list[SummaryOut]
    next_cursor: str | None


class SlotOut(_Out):
    """One place on the team."""

    role: SlotRole
    number: int
    state: SlotState
    member_id: UUID | None
    name: str


class InvitedOut(_Out):
    """Somebody who is proposed, asked, or was."""

    member_id: UUID
    name: str
    role: SlotRole
    state: InvitationState
    expires_at: datetime | None
    why_own_agency: str


class DeploymentOut(BaseModel):
    """One deployment, its team, who is asked, and what is unusual about it."""

    deployment: SummaryOut
    team: list[SlotOut]
    invited: list[InvitedOut]
    warnings: list[str]


class MemberIn(_In):
    """A member of the roster."""

    member_id: UUID


class AskIn(MemberIn):
    """Somebody chosen by name; for one of the affected agency, why they should come all the same."""

    role: SlotRole
    why_own_agency: Annotated[str, Field(max_length=200)] = ""


class FinishIn(_In):
    """How many came: a number, nobody's name."""

    attendees: Annotated[int, Field(ge=0, le=MOST_ATTENDEES)]


class OneOnOnesIn(_In):
    """Whether those who were there were told how to ask for somebody of their own; who did is nobody's to know."""

    were_offered: bool


class CancelIn(_In):
    """Why no team goes."""

    reason: CancelReason


class ChangeIn(_In):
    """Time, place, and the answers to the two questions."""

    starts_at: AwareDatetime
    place: Place = ""
    dispatchers_included: Answer
    backfill: Answer


class CardIO(BaseModel):
    """A run card: what is sent for one type and size of incident."""

    model_config = ConfigDict(extra="forbid")

    incident_type: IncidentType
    involved: Involved
    kind: Kind
    leads: Annotated[int, Field(ge=1, le=MOST_OF_A_ROLE)]
    peers: Count
    clinicians: Count


class WindowIO(BaseModel):
    """From when until when a kind makes sense, in hours after the incident; outside of it there is a warning."""

    model_config = ConfigDict(extra="forbid")

    kind: Kind
    from_hours: Annotated[int, Field(ge=0, le=2000)]
    until_hours: Annotated[int, Field(ge=1, le=2000)]


class RunCardsOut(BaseModel):
    """All run cards and windows of the region."""

    cards: list[CardIO]
    windows: list[WindowIO]


class MineOut(_Out):
    """An invitation, or a team, as the peer sees it."""

    invitation_id: UUID
    deployment_id: UUID
    agency_id: UUID
    type: IncidentType
    kind: Kind
    role: SlotRole
    state: InvitationState
    slot_state: SlotState | None
    starts_at: datetime
    place: str
    time_zone: str
    expires_at: datetime | None
    debrief_due_at: datetime | None


class MineListOut(BaseModel):
    """All of a peer's."""

    data: list[MineOut]


class OutcomeOut(BaseModel):
    """What a yes came to: on the team, or kept as a reserve, with thanks."""

    outcome: Outcome


class StepIn(_In):
    """On the way, there, or done there."""

    step: Step


class DeskDeploymentOut(BaseModel):
    """What the affected agency sees: that a team comes, and whom to let in."""

    deployment: SummaryOut
    team: list[SlotOut]


class DeskDeploymentsOut(BaseModel):
    """All of the own agency's, newest first."""

    data: list[DeskDeploymentOut]
