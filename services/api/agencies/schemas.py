"""Wire shapes of the catalogue, of agencies, and of what is being onboarded."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from libs.peer.agencies.models import Discipline, Outcome
from libs.peer.registry.differences import Difference
from libs.peer.registry.rules import LARGEST_ID, Standing

MOST_AT_ONCE = 200
PsapId = Annotated[int, Field(ge=1, le=LARGEST_ID)]
Words = Annotated[str, Field(max_length=120)]


class AgencyOut(BaseModel):
    """An agency of the region."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    slug: str
    name: str
    discipline: str
    state: str
    county: str
    city: str
    fcc_id: int | None
    status: str


class AgenciesOut(BaseModel):
    """Agencies of the region, by name."""

    data: list[AgencyOut]
    next_cursor: str | None


class AgencyPatch(BaseModel):
    """What shall be otherwise (RFC 7396); what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=120)] | None = None
    status: Annotated[str, Field(pattern="^(active|suspended)$")] | None = None


class PsapOut(BaseModel):
    """A center of the FCC's registry; `region_name` is where it takes part already."""

    model_config = ConfigDict(from_attributes=True)

    psap_id: int
    name: str
    state: str
    county: str
    city: str
    standing: Standing
    region_name: str | None
    is_mine: bool
    is_asked_for: bool


class CatalogueOut(BaseModel):
    """Centers of the registry, by name."""

    data: list[PsapOut]
    next_cursor: str | None


class TouchedOut(BaseModel):
    """What the last import says otherwise about an agency of the region."""

    model_config = ConfigDict(from_attributes=True)

    agency_name: str
    agency_slug: str
    psap_id: int
    kind: Difference
    was: str
    becomes: str


class ImportOut(BaseModel):
    """What the last import read; `differences` counts what it changed, by kind."""

    model_config = ConfigDict(from_attributes=True)

    imported_at: datetime
    rows_read: int
    active_primary: int
    secondary: int
    orphaned: int
    refused: int
    doubtful: int
    differences: dict[str, int]


class LastImportOut(BaseModel):
    """The last import, none before the first, and which agencies of the region it touches."""

    last_import: ImportOut | None
    touched: list[TouchedOut]


class ByHandIn(BaseModel):
    """An agency that the FCC does not know."""

    model_config = ConfigDict(extra="forbid")

    name: Words
    discipline: Discipline
    state: Words
    county: Words = ""
    city: Words = ""


class OnboardIn(BaseModel):
    """Who shall take part; at least one of the two lists has something in it."""

    model_config = ConfigDict(extra="forbid")

    psap_ids: Annotated[list[PsapId], Field(max_length=MOST_AT_ONCE)] = []
    agencies: Annotated[list[ByHandIn], Field(max_length=MOST_AT_ONCE)] = []


class OnboardingOut(BaseModel):
    """An agency that shall take part, and what became of it."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    slug: str
    name: str
    discipline: str
    state: str
    county: str
    city: str
    fcc_id: int | None
    outcome: Outcome
    elsewhere: str | None
    asked_at: datetime


class OnboardingsOut(BaseModel):
    """What was asked for and not put away, by name."""

    data: list[OnboardingOut]
    next_cursor: str | None
