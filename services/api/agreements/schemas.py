"""Wire shapes of mutual-aid agreements."""

from datetime import date
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from libs.peer.agreements.models import PartnerKind
from libs.peer.agreements.queries import AgreementOfProgram
from libs.peer.agreements.rules import Phase
from libs.peer.teams.models import Team
from libs.tenancy.directory import Tenants

Discipline = Literal["dispatch", "fire", "ems", "law"]
Slug = Annotated[str, Field(max_length=120)]


class AgreementIn(BaseModel):
    """A standing agreement with somebody outside. An empty scope means everybody of the partner.

    `region`: the partner's name in addresses, where it is a region of this deployment; otherwise `partner` is the
    name of an agency or a state. `agencies`: some of that region's, by their names in addresses. `takes_ours`: that
    region also takes requests that you hand on.
    """

    model_config = ConfigDict(extra="forbid")

    kind: PartnerKind
    partner: str = Field(default="", max_length=120)
    region: str = Field(default="", max_length=80)
    agencies: list[Slug] = Field(default=[], max_length=200)
    disciplines: list[Discipline] = Field(default=[], max_length=4)
    teams: list[Team] = Field(default=[], max_length=len(Team))
    is_remote_only: bool = False
    takes_ours: bool = False
    starts_on: date
    ends_on: date


class AgreementOut(BaseModel):
    """An agreement. `ends_on` is the last day on which it holds; `phase` says how it stands today."""

    id: UUID
    kind: PartnerKind
    partner: str
    agencies: list[str]
    disciplines: list[str]
    teams: list[str]
    is_remote_only: bool
    takes_ours: bool
    starts_on: date
    ends_on: date
    phase: Phase

    @classmethod
    def of(cls, one: AgreementOfProgram, tenants: Tenants) -> Self:
        """Name its centers as addresses do."""
        return cls(
            id=one.id,
            kind=one.kind,
            partner=one.partner,
            agencies=[tenants.agencies[each].slug for each in one.agency_ids if each in tenants.agencies],
            disciplines=list(one.disciplines),
            teams=list(one.teams),
            is_remote_only=one.is_remote_only,
            takes_ours=one.takes_ours,
            starts_on=one.term.starts_on,
            ends_on=one.term.last_day,
            phase=one.phase,
        )


class AgreementsOut(BaseModel):
    """All of them: a region has a handful, so there is one page."""

    data: list[AgreementOut]
