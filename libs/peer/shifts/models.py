"""A team's schedule: what people plan, and what it comes to, a row for each time that somebody is on duty."""

from datetime import date, datetime, time
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Column, DateTime
from sqlmodel import Field, SQLModel


class Unit(StrEnum):
    """In what the length of a turn is counted: by the clock on the wall, either way."""

    HOUR = "hour"
    DAY = "day"


class Origin(StrEnum):
    """Why somebody is on duty."""

    ROTATION = "rotation"
    STAND_IN = "stand_in"
    TEMPORARY = "temporary"
    SIGN_UP = "sign_up"
    OVERRIDE = "override"
    SWAP = "swap"


class SwapState(StrEnum):
    """Where a swap stands. Moves between them are in `rules.MOVES`."""

    OPEN = "open"
    TAKEN = "taken"
    AGREED = "agreed"
    UNDONE = "undone"
    LAPSED = "lapsed"
    CANCELLED = "cancelled"


def _instant() -> Column[datetime]:
    return Column(DateTime(timezone=True), nullable=False)


class Schedule(SQLModel, table=True):
    """How a team plans: how many shall be on duty at any time, and whether a swap waits for the coordinator's yes.

    `expanded_until` is how far `shared.duty` is written. The row is the lock of everything that changes the schedule.
    """

    __tablename__ = "schedule"
    __table_args__ = {"schema": "shared"}

    team_id: UUID = Field(primary_key=True, foreign_key="shared.team.id", ondelete="CASCADE")
    region_id: UUID
    needs: int
    swaps_need_a_yes: bool
    expanded_until: datetime = Field(sa_column=_instant())


class Rotation(SQLModel, table=True):
    """A layer: people in order, each for a turn. A temporary one replaces the usual ones for its time.

    The first turn begins on `starts_on` at `hand_over`, by the clock of `zone`; the last one ends on `ends_on` at
    `hand_over`; None never ends. With `daily_from` and `daily_until` the layer has people on duty in these hours
    alone, on `weekdays` (ISO, "1" is Monday) on which they begin; until at or before from is the next morning.
    A temporary layer that `leaves_open` wants nobody in the hours that it leaves out; else the usual people stay.
    """

    __tablename__ = "rotation"
    __table_args__ = {"schema": "shared"}

    id: UUID = Field(primary_key=True)
    region_id: UUID
    team_id: UUID = Field(foreign_key="shared.schedule.team_id", ondelete="CASCADE")
    name: str
    is_temporary: bool
    leaves_open: bool
    turn: int
    unit: str
    zone: str
    starts_on: date
    ends_on: date | None
    hand_over: time
    daily_from: time | None
    daily_until: time | None
    weekdays: str


class RotationPlace(SQLModel, table=True):
    """Who has which place in a rotation's order; a person may have several."""

    __tablename__ = "rotation_place"
    __table_args__ = {"schema": "shared"}

    rotation_id: UUID = Field(primary_key=True, foreign_key="shared.rotation.id", ondelete="CASCADE")
    place: int = Field(primary_key=True)
    region_id: UUID
    peer_id: UUID = Field(foreign_key="shared.member.id", ondelete="CASCADE")


class SignUp(SQLModel, table=True):
    """A shift that somebody can take; nobody has it while `peer_id` is None."""

    __tablename__ = "sign_up"
    __table_args__ = {"schema": "shared"}

    id: UUID = Field(primary_key=True)
    region_id: UUID
    team_id: UUID = Field(foreign_key="shared.schedule.team_id", ondelete="CASCADE")
    peer_id: UUID | None
    starts_at: datetime = Field(sa_column=_instant())
    ends_at: datetime = Field(sa_column=_instant())


class Swap(SQLModel, table=True):
    """Somebody asks the others to take a shift, or a part of one."""

    __tablename__ = "swap"
    __table_args__ = {"schema": "shared"}

    id: UUID = Field(primary_key=True)
    region_id: UUID
    team_id: UUID = Field(foreign_key="shared.schedule.team_id", ondelete="CASCADE")
    layer_id: UUID
    peer_id: UUID = Field(foreign_key="shared.member.id", ondelete="CASCADE")
    taken_by: UUID | None = Field(foreign_key="shared.member.id", ondelete="CASCADE")
    starts_at: datetime = Field(sa_column=_instant())
    ends_at: datetime = Field(sa_column=_instant())
    state: str
    asked_at: datetime = Field(sa_column=_instant())
    changed_at: datetime = Field(sa_column=_instant())


class ShiftOverride(SQLModel, table=True):
    """This person instead, on one layer, for a time; `instead_of` None means whoever is on duty there."""

    __tablename__ = "shift_override"
    __table_args__ = {"schema": "shared"}

    id: UUID = Field(primary_key=True)
    region_id: UUID
    team_id: UUID = Field(foreign_key="shared.schedule.team_id", ondelete="CASCADE")
    layer_id: UUID
    peer_id: UUID = Field(foreign_key="shared.member.id", ondelete="CASCADE")
    instead_of: UUID | None = Field(foreign_key="shared.member.id", ondelete="CASCADE")
    swap_id: UUID | None = Field(foreign_key="shared.swap.id", ondelete="CASCADE")
    starts_at: datetime = Field(sa_column=_instant())
    ends_at: datetime = Field(sa_column=_instant())
    made_at: datetime = Field(sa_column=_instant())


class Duty(SQLModel, table=True):
    """Somebody is on duty from `starts_at` until `ends_at`, that instant not included.

    The schedule, expanded: whoever asks who is on duty needs nothing but a row that is now.
    """

    __tablename__ = "duty"
    __table_args__ = {"schema": "shared"}

    id: UUID = Field(primary_key=True)
    region_id: UUID
    team_id: UUID = Field(foreign_key="shared.schedule.team_id", ondelete="CASCADE")
    peer_id: UUID = Field(foreign_key="shared.member.id", ondelete="CASCADE")
    layer_id: UUID
    origin: str
    starts_at: datetime = Field(sa_column=_instant())
    ends_at: datetime = Field(sa_column=_instant())


class SwapNotice(SQLModel, table=True):
    """That a peer was told today that colleagues look for somebody: one row a day is all there can be."""

    __tablename__ = "swap_notice"
    __table_args__ = {"schema": "shared"}

    peer_id: UUID = Field(primary_key=True, foreign_key="shared.member.id", ondelete="CASCADE")
    told_on: date = Field(primary_key=True)
    region_id: UUID
    is_read: bool


class CalendarFeed(SQLModel, table=True):
    """The secret of a person's calendar, hashed; a new one ends the old one."""

    __tablename__ = "calendar_feed"
    __table_args__ = {"schema": "shared"}

    member_id: UUID = Field(primary_key=True, foreign_key="shared.member.id", ondelete="CASCADE")
    region_id: UUID
    token_hash: bytes = Field(unique=True)
    made_at: datetime = Field(sa_column=_instant())
