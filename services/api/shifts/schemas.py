"""Wire shapes of a peer's own shifts."""

from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict

from libs.peer.shifts.models import Origin, SwapState


class ShiftOut(BaseModel):
    """A time on duty; `swap` is where an ask for somebody else stands, if there is one."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    team_id: UUID
    layer_id: UUID
    layer: str
    origin: Origin
    peer_id: UUID
    name: str
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    swap: SwapState | None


class ShiftsOut(BaseModel):
    """All of them, by begin; `zone` is in which the person reads the clock, the times themselves are UTC."""

    data: list[ShiftOut]
    zone: str


class OnDutyOut(BaseModel):
    """Who answers right now for a team; nobody is an empty list."""

    team_id: UUID
    team: str
    names: list[str]


class OnDutysOut(BaseModel):
    """One line a team."""

    data: list[OnDutyOut]


class OpenShiftOut(BaseModel):
    """A shift that can be taken, or was; nobody has it while `peer_id` is null."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    team_id: UUID
    peer_id: UUID | None
    name: str
    starts_at: AwareDatetime
    ends_at: AwareDatetime


class OpenShiftsOut(BaseModel):
    """All of them, by begin."""

    data: list[OpenShiftOut]


class SwapOut(BaseModel):
    """A swap; nobody took it while `taken_by` is null."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    team_id: UUID
    peer_id: UUID
    asker: str
    taken_by: UUID | None
    taker: str
    state: SwapState
    starts_at: AwareDatetime
    ends_at: AwareDatetime


class SwapsOut(BaseModel):
    """All that still matter, by begin."""

    data: list[SwapOut]


class SwapIn(BaseModel):
    """Ask the others to take a shift; with both times, a part of it."""

    model_config = ConfigDict(extra="forbid")

    shift_id: UUID
    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None


class SwapMadeOut(BaseModel):
    """The swap that was asked for."""

    id: UUID
    state: SwapState


class CalendarLinkOut(BaseModel):
    """The address of one's own calendar. It is a secret, and is shown this once."""

    url: str
