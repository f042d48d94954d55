"""Paging policies: who is asked, how many at once, how long, what comes next. Data, in versions that never change."""

from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator
from sqlalchemy import Column, DateTime
from sqlmodel import Field as Col
from sqlmodel import SQLModel

MOST_AT_ONCE = 20
MOST_STEPS = 8
MOST_WAVES = 50
LONGEST_S = 7 * 24 * 3600


class Who(StrEnum):
    """Whom a step asks. Whoever of them holds no copy is passed over."""

    PEERS = "peers"
    COORDINATORS = "coordinators"
    DEPUTIES = "deputies"
    CLINICIANS = "clinicians"
    EVERYBODY = "everybody"
    PARTNER_REGION = "partner_region"


class Step(BaseModel):
    """One step of a policy.

    Attributes:
        who: whom it asks, in the order of the list.
        at_once: how many peers a wave asks; of the others it asks all.
        answer_within_s: seconds that they have.
        pause_s: seconds after silence before the next wave.
        waves: how often the step is taken; 0 means until no peer is left.
        channels: over which channels; empty means all of the region's.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    who: Annotated[tuple[Who, ...], Field(min_length=1, max_length=len(Who))]
    at_once: Annotated[int, Field(ge=1, le=MOST_AT_ONCE)] = 1
    answer_within_s: Annotated[int, Field(ge=30, le=LONGEST_S)]
    pause_s: Annotated[int, Field(ge=0, le=LONGEST_S)] = 0
    waves: Annotated[int, Field(ge=0, le=MOST_WAVES)] = 1
    channels: Annotated[tuple[str, ...], Field(max_length=8)] = ()

    @model_validator(mode="after")
    def _is_sound(self) -> Self:
        if len(set(self.who)) != len(self.who):
            raise ValueError("names somebody twice")
        if self.waves != 1 and Who.PEERS not in self.who:
            raise ValueError("only peers are asked in several waves")
        return self

    @property
    def answer_within(self) -> timedelta:
        """How long they have."""
        return timedelta(seconds=self.answer_within_s)

    @property
    def pause(self) -> timedelta:
        """How long after silence nobody new is asked."""
        return timedelta(seconds=self.pause_s)


LEADS_LAST = Step(who=(Who.COORDINATORS, Who.DEPUTIES), answer_within_s=120)
"""What ends every policy: nobody has said yes, so whoever leads is asked who was not asked yet, or long ago.

Source: domain, rule 5; docs/decisions/0015-paging-and-never-ghosted.md
"""


class Hours(BaseModel):
    """When waves begin, by the region's own clock.

    Attributes:
        days: 0 is Monday.
        opens, closes: of the same day.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    days: Annotated[frozenset[Annotated[int, Field(ge=0, le=6)]], Field(min_length=1)]
    opens: time
    closes: time

    @model_validator(mode="after")
    def _is_sound(self) -> Self:
        if self.opens.tzinfo or self.closes.tzinfo:
            raise ValueError("names a zone; the region's own counts")
        if self.opens >= self.closes:
            raise ValueError("closes before it opens")
        return self


class Policy(BaseModel):
    """How one urgency is paged in one region.

    Attributes:
        steps: one after another.
        hours: None means at any time.
        own_center_s: seconds of open time from the asking in which a wish for the own center is its in-house team's
            alone, while somebody of it can be asked; then the regional team is the back-stop. 0 means at once.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    steps: Annotated[tuple[Step, ...], Field(min_length=1, max_length=MOST_STEPS)]
    hours: Hours | None = None
    own_center_s: Annotated[int, Field(ge=0, le=LONGEST_S)] = 300

    @model_validator(mode="after")
    def _is_sound(self) -> Self:
        asked = {who for step in self.steps for who in step.who}
        if Who.PEERS not in asked and Who.EVERYBODY not in asked:
            raise ValueError("asks no peer")
        return self

    @property
    def asks_coordinators(self) -> bool:
        """Whether a step of its own asks them."""
        return any(Who.COORDINATORS in step.who for step in self.steps)

    @property
    def to_the_end(self) -> tuple[Step, ...]:
        """Its steps, and the one that comes before nobody is left."""
        return (*self.steps, LEADS_LAST)


class PagingPolicy(SQLModel, table=True):
    """A version of a policy; never changed, only followed by the next. `body` is a `Policy` as JSON."""

    __tablename__ = "paging_policy"
    __table_args__ = {"schema": "shared"}

    region_id: UUID = Col(primary_key=True)
    urgency: str = Col(primary_key=True)
    version: int = Col(primary_key=True)
    body: str
    made_at: datetime = Col(sa_column=Column(DateTime(timezone=True), nullable=False))
    made_by: str
