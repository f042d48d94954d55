"""The roster: who is a trained, designated colleague, in which teams, and who is free now."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ARRAY, Boolean, Column, DateTime, Text
from sqlmodel import Field, SQLModel


class TeamKind(StrEnum):
    """What kind of team: the region's two, or a center's own."""

    ROVING = "roving"
    COMMAND_LEVEL = "command_level"
    IN_HOUSE = "in_house"


class Team(StrEnum):
    """The region's teams, one of each: what a requester can choose between."""

    ROVING = TeamKind.ROVING.value
    COMMAND_LEVEL = TeamKind.COMMAND_LEVEL.value


class TeamRole(StrEnum):
    """A person's part in a team. A deputy does what a coordinator does; a clinician is not asked as a peer is."""

    PEER = "peer"
    COORDINATOR = "coordinator"
    DEPUTY = "deputy"
    CLINICIAN = "clinician"


class Area(StrEnum):
    """APCO's four areas for peer teams.

    Source: domain, "40+ hours of training"
    """

    STRESS_INDICATORS = "stress_indicators"
    SCOPE = "scope"
    RESOURCES = "resources"
    DE_ESCALATION = "de_escalation"


class PeerTeam(SQLModel, table=True):
    """A team. `agency_id` is the center of an in-house team; an empty name means that its kind says it."""

    __tablename__ = "team"
    __table_args__ = {"schema": "shared"}

    id: UUID = Field(primary_key=True)
    region_id: UUID = Field(foreign_key="shared.region.id")
    kind: str
    agency_id: UUID | None
    name: str


class Member(SQLModel, table=True):
    """A person of the program, once, whatever teams they are in.

    E-mail and own number stay in the program plane; the duty number is given to requesters. `member_key` is the
    region's own roster number, where there is one; no time zone means the region's; `suspended_on` means no offers.
    `leads` is the database's own, generated from the rank: anybody but a telecommunicator, firefighter, paramedic,
    deputy or officer may be somebody's supervisor, today or tomorrow. `level` is how high the rank is, 0
    to 4, None for a rank that is not known (`ranks`). Dispatch learns these two of a rank, and no more.
    """

    __tablename__ = "member"
    __table_args__ = {"schema": "shared"}

    id: UUID = Field(primary_key=True)
    region_id: UUID
    agency_id: UUID
    member_key: str | None
    name: str
    rank: str
    discipline: str
    languages: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    email: str
    phone: str
    duty_phone: str
    time_zone: str | None
    training_hours: int
    suspended_on: date | None
    level: int | None
    leads: bool | None = Field(default=None, sa_column=Column(Boolean, nullable=False))


class Membership(SQLModel, table=True):
    """A person's part in one team."""

    __tablename__ = "membership"
    __table_args__ = {"schema": "shared"}

    member_id: UUID = Field(primary_key=True, foreign_key="shared.member.id", ondelete="CASCADE")
    team_id: UUID = Field(primary_key=True, foreign_key="shared.team.id")
    region_id: UUID
    designated_on: date | None
    lapses_on: date | None
    role: str


class TrainingModule(SQLModel, table=True):
    """One of the four areas that a person was trained in."""

    __tablename__ = "training_module"
    __table_args__ = {"schema": "shared"}

    member_id: UUID = Field(primary_key=True, foreign_key="shared.member.id", ondelete="CASCADE")
    area: str = Field(primary_key=True)
    region_id: UUID
    completed_on: date | None
    lapses_on: date | None


class Availability(SQLModel, table=True):
    """Whether a member can be asked right now, by the member's own word."""

    __tablename__ = "availability"
    __table_args__ = {"schema": "shared"}

    peer_id: UUID = Field(primary_key=True)
    region_id: UUID
    is_available: bool
    changed_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
