"""Wire shapes of a team's schedule, for those who plan it."""

from datetime import date, time
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from libs.peer.shifts.coverage import Burden, Why
from libs.peer.shifts.models import Unit
from libs.peer.shifts.rules import EVERY_DAY, Layer
from services.api.shifts.schemas import OpenShiftOut, SwapOut

NOBODY = UUID(int=0)
"""Stands for the id of a rotation that is not made yet."""


class TeamOut(BaseModel):
    """A team whose schedule the caller plans."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    kind: str
    name: str


class TeamsOut(BaseModel):
    """All of them."""

    data: list[TeamOut]


class RotationIn(BaseModel):
    """People in order, each for a turn; times are by the clock of `zone`."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=200)
    people: list[UUID] = Field(max_length=200)
    turn: int = Field(default=1, ge=-10_000, le=10_000)
    unit: Unit = Unit.DAY
    zone: str = Field(max_length=64)
    starts_on: date
    ends_on: date | None = None
    hand_over: time = time(8)
    daily_from: time | None = None
    daily_until: time | None = None
    weekdays: list[int] = Field(default_factory=lambda: sorted(EVERY_DAY), max_length=20)
    is_temporary: bool = False
    leaves_open: bool = False

    def layer(self, rotation_id: UUID = NOBODY) -> Layer:
        """Return it as the rules have it; a time is taken to the minute."""
        daily = None
        if self.daily_from is not None and self.daily_until is not None:
            daily = _to_the_minute(self.daily_from), _to_the_minute(self.daily_until)
        return Layer(
            id=rotation_id,
            people=tuple(self.people),
            zone=self.zone,
            starts_on=self.starts_on,
            hand_over=_to_the_minute(self.hand_over),
            turn=self.turn,
            unit=self.unit,
            ends_on=self.ends_on,
            daily=daily,
            weekdays=frozenset(self.weekdays),
            is_temporary=self.is_temporary,
            leaves_open=self.leaves_open,
        )


def _to_the_minute(moment: time) -> time:
    return time(moment.hour, moment.minute)


class RotationOut(BaseModel):
    """A rotation; `names` are those of `people`."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    team_id: UUID
    name: str
    is_temporary: bool
    leaves_open: bool
    turn: int
    unit: Unit
    zone: str
    starts_on: date
    ends_on: date | None
    hand_over: time
    daily_from: time | None
    daily_until: time | None
    weekdays: str
    people: list[UUID]
    names: list[str]


class MadeOut(BaseModel):
    """The id of what was made."""

    id: UUID


class MadesOut(BaseModel):
    """The ids of what was made, in the order of what was sent."""

    data: list[MadeOut]


class OverrideIn(BaseModel):
    """This person instead, on one rotation or open shift."""

    model_config = ConfigDict(extra="forbid")

    layer_id: UUID
    peer_id: UUID
    starts_at: AwareDatetime
    ends_at: AwareDatetime


class OverrideOut(BaseModel):
    """An override that is not over."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    layer_id: UUID
    peer_id: UUID
    name: str
    starts_at: AwareDatetime
    ends_at: AwareDatetime


class OpenShiftIn(BaseModel):
    """When a shift is that people can take."""

    model_config = ConfigDict(extra="forbid")

    starts_at: AwareDatetime
    ends_at: AwareDatetime


class OpenShiftsIn(BaseModel):
    """Shifts to put up; two that are alike are two places."""

    model_config = ConfigDict(extra="forbid")

    shifts: list[OpenShiftIn] = Field(max_length=200)


class PolicyIn(BaseModel):
    """What of how a team plans shall change."""

    model_config = ConfigDict(extra="forbid")

    needs: int | None = Field(default=None, ge=-1000, le=1000)
    swaps_need_a_yes: bool | None = None


class ScheduleOut(BaseModel):
    """All that a team plans, from now on."""

    team_id: UUID
    needs: int
    swaps_need_a_yes: bool
    on_duty_now: list[str]
    rotations: list[RotationOut]
    overrides: list[OverrideOut]
    open_shifts: list[OpenShiftOut]
    swaps: list[SwapOut]


class GapOut(BaseModel):
    """Fewer on duty than the team needs."""

    starts_at: AwareDatetime
    ends_at: AwareDatetime
    there: int
    why: Why


class LoadOut(BaseModel):
    """What one person carries in the time looked at."""

    peer_id: UUID
    hours: float
    longest_hours: float
    burden: Burden | None


class CoverageOut(BaseModel):
    """The next four weeks: 100 is no gap at all and nobody who carries too much."""

    starts_at: AwareDatetime
    ends_at: AwareDatetime
    score: int
    covered: float
    gaps: list[GapOut]
    loads: list[LoadOut]
