"""A team that is sent to a center after a critical incident: what kind, when, who is asked, who comes."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Column, DateTime
from sqlmodel import Field, SQLModel


class Kind(StrEnum):
    """Kinds of response: equal choices, none is treatment.

    Source: domain, "Deployment"
    """

    DEMOBILISATION = "demobilisation"
    DEFUSING = "defusing"
    DEBRIEFING = "debriefing"
    CRISIS_MANAGEMENT_BRIEFING = "crisis_management_briefing"
    ONE_ON_ONES = "one_on_ones"
    PFA = "pfa"


class Target(StrEnum):
    """Whom it is for, the second of the five Ts."""

    ON_SHIFT = "on_shift"
    INVOLVED = "involved"
    WHOLE_CENTER = "whole_center"
    LEADERS = "leaders"
    ALL_DISCIPLINES = "all_disciplines"


class Answer(StrEnum):
    """What was answered to a question that is asked of every deployment."""

    UNKNOWN = "unknown"
    YES = "yes"
    NO = "no"


class SlotRole(StrEnum):
    """What somebody on the team is there for."""

    LEAD = "lead"
    PEER = "peer"
    CLINICIAN = "clinician"


class DeploymentState(StrEnum):
    """Where a deployment stands. Moves between them are in `rules.MOVES`."""

    PROPOSED = "proposed"
    FILLING = "filling"
    READY = "ready"
    UNDER_WAY = "under_way"
    DONE = "done"
    CANCELLED = "cancelled"


class SlotState(StrEnum):
    """Where one place on the team stands. Moves are in `rules.SLOT_MOVES`."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    EN_ROUTE = "en_route"
    ON_SCENE = "on_scene"
    DONE = "done"
    CLOSED = "closed"


class InvitationState(StrEnum):
    """What became of asking one person. Moves are in `rules.INVITATION_MOVES`."""

    PROPOSED = "proposed"
    PASSED_OVER = "passed_over"
    ASKED = "asked"
    ACCEPTED = "accepted"
    RESERVE = "reserve"
    DECLINED = "declined"
    EXPIRED = "expired"
    CALLED_OFF = "called_off"
    DROPPED = "dropped"
    STOOD_DOWN = "stood_down"


class CancelReason(StrEnum):
    """Why no team goes. Choices, not words."""

    NOT_WANTED = "not_wanted"
    ANOTHER_KIND = "another_kind"
    ANOTHER_PROGRAM = "another_program"
    OPENED_BY_MISTAKE = "opened_by_mistake"


class Deployment(SQLModel, table=True):
    """One team sent to one place. The first of an incident has the incident's id, so that it is made once.

    Attributes:
        wave: how often people were asked; part of every notice's key, so that twice is the same notice.
        next_at: when the engine looks again by itself; None once it is over and the team's own talk is done.
        told: how often the coordinators were told; `told_at` when last.
        debrief_due_at: by when the team itself has talked; None before the end.
    """

    __tablename__ = "deployment"
    __table_args__ = {"schema": "shared"}

    id: UUID = Field(primary_key=True)
    region_id: UUID
    agency_id: UUID
    incident_id: UUID = Field(foreign_key="shared.incident.id")
    kind: str
    target: str
    starts_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    place: str
    time_zone: str
    dispatchers_included: str
    backfill: str
    state: str
    wave: int
    attendees: int | None
    cancel_reason: str | None
    opened_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    asked_at: datetime | None = Field(sa_column=Column(DateTime(timezone=True)))
    ended_at: datetime | None = Field(sa_column=Column(DateTime(timezone=True)))
    next_at: datetime | None = Field(sa_column=Column(DateTime(timezone=True)))
    told: int
    told_at: datetime | None = Field(sa_column=Column(DateTime(timezone=True)))
    debrief_due_at: datetime | None = Field(sa_column=Column(DateTime(timezone=True)))
    debriefed_at: datetime | None = Field(sa_column=Column(DateTime(timezone=True)))
    one_on_ones_offered: str = Answer.UNKNOWN


class Slot(SQLModel, table=True):
    """One place on a team. `name` is whom the center lets in: there while they come, empty before and after."""

    __tablename__ = "slot"
    __table_args__ = {"schema": "shared"}

    id: UUID = Field(primary_key=True)
    deployment_id: UUID = Field(foreign_key="shared.deployment.id", ondelete="CASCADE")
    region_id: UUID
    agency_id: UUID
    role: str
    number: int
    state: str
    member_id: UUID | None
    name: str
    changed_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))


class Invitation(SQLModel, table=True):
    """One person is asked for one role; once a deployment, unless a coordinator asks again by name.

    Attributes:
        rank: place in the proposal, 0 first.
        why_own_agency: the written reason for somebody of the affected agency; empty for everybody else.
        sending_wave: the last wave whose notice somebody took in hand; it may have gone, whoever died.
    """

    __tablename__ = "invitation"
    __table_args__ = {"schema": "shared"}

    id: UUID = Field(primary_key=True)
    deployment_id: UUID = Field(foreign_key="shared.deployment.id", ondelete="CASCADE")
    region_id: UUID
    member_id: UUID
    role: str
    state: str
    rank: int
    wave: int
    why_own_agency: str
    asked_at: datetime | None = Field(sa_column=Column(DateTime(timezone=True)))
    expires_at: datetime | None = Field(sa_column=Column(DateTime(timezone=True)))
    answered_at: datetime | None = Field(sa_column=Column(DateTime(timezone=True)))
    sending_wave: int | None


class RunCard(SQLModel, table=True):
    """What the region sends for one type and size of incident; where there is no row, `cards.DEFAULT` holds."""

    __tablename__ = "run_card"
    __table_args__ = {"schema": "shared"}

    region_id: UUID = Field(primary_key=True)
    incident_type: str = Field(primary_key=True)
    involved: str = Field(primary_key=True)
    kind: str
    leads: int
    peers: int
    clinicians: int


class ResponseWindow(SQLModel, table=True):
    """From when until when a kind of response makes sense in this region, in hours after the incident."""

    __tablename__ = "response_window"
    __table_args__ = {"schema": "shared"}

    region_id: UUID = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    from_hours: int
    until_hours: int
