"""Wire shapes of paging policies."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from libs.peer.callouts.models import Urgency
from libs.peer.policies.models import Policy, Who


class MomentOut(BaseModel):
    """A line of the preview: whom a wave asks when nobody answers. The last line asks nobody."""

    model_config = ConfigDict(from_attributes=True)

    at: datetime
    who: list[Who]
    at_once: int
    until: datetime
    goes_on: bool


class PolicyOut(BaseModel):
    """How one urgency is paged. Version 0 is the one that OwnCall brings.

    `sunday_at_four`: what happens when somebody asks on a Sunday at 4 a.m. and nobody answers; always the same Sunday,
    2026-01-11.
    """

    urgency: Urgency
    version: int
    policy: Policy
    made_at: datetime | None
    made_by: str | None
    sunday_at_four: list[MomentOut]


class PoliciesOut(BaseModel):
    """One for each urgency, most pressing first."""

    data: list[PolicyOut]
