"""Wire shapes of the roster."""

from datetime import date
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from libs.peer.teams.models import TeamRole


class PartOut(BaseModel):
    """A member's part in one team; `missing` says what keeps the member from its offers."""

    model_config = ConfigDict(from_attributes=True)

    team: str
    designated_on: date | None
    lapses_on: date | None
    role: TeamRole
    missing: list[str]


class ModuleOut(BaseModel):
    """One of the four areas that a member was trained in."""

    model_config = ConfigDict(from_attributes=True)

    area: str
    completed_on: date | None
    lapses_on: date | None


class MemberOut(BaseModel):
    """A person of the program, with their teams and training."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    member_key: str | None
    name: str
    agency_id: UUID
    discipline: str
    rank: str
    languages: list[str]
    phone: str
    duty_phone: str
    email: str
    time_zone: str | None
    training_hours: int
    suspended_on: date | None
    modules: list[ModuleOut]
    parts: list[PartOut]


class MembersOut(BaseModel):
    """A page of the roster, by name."""

    data: list[MemberOut]
    next_cursor: str | None


class MemberPatch(BaseModel):
    """What changes, as a merge patch (RFC 7396): a field that is not there stays; null empties it.

    Text as a roster file has it; `is_suspended` true means no offers from now on.
    """

    model_config = ConfigDict(extra="forbid")

    name: str | None = Field(default=None, max_length=400)
    agency: str | None = Field(default=None, max_length=400, description="Slug, name or FCC id.")
    discipline: str | None = Field(default=None, max_length=400)
    rank: str | None = Field(default=None, max_length=400)
    languages: list[str] | None = Field(default=None, max_length=50)
    phone: str | None = Field(default=None, max_length=400)
    duty_phone: str | None = Field(default=None, max_length=400)
    email: str | None = Field(default=None, max_length=400)
    time_zone: str | None = Field(default=None, max_length=400)
    member_key: str | None = Field(default=None, max_length=400)
    training_hours: int | None = Field(default=None, ge=0, le=9999)
    is_suspended: bool | None = None


class FaultOut(BaseModel):
    """One problem: of a line and column of a file, or of a field by JSON Pointer. Never what stands there."""

    code: str
    line: int | None = None
    column: str | None = None
    found: str | None = None
    fix: str | None = None
    names: list[str] = []
    pointer: str | None = None


class FaultyOut(BaseModel):
    """RFC 9457: what cannot be used, part by part."""

    type: str
    title: str
    status: int
    request_id: str
    detail: str = ""
    errors: list[FaultOut] = []


class ChangeOut(BaseModel):
    """What an import makes of one line's person; `member_id` is null for somebody new."""

    line: int
    member_id: UUID | None
    fields: list[str]


class PlanOut(BaseModel):
    """What an import would change, or has changed.

    `digest` stands for exactly this: an import that names it changes this or nothing. People of the roster who are
    not in the file stay.
    """

    digest: str
    encoding: str
    separator: str
    new: int
    changed: list[ChangeOut]
    unchanged: int
    not_in_the_file: int
    own_phone_given_to_requesters: int
    unused_columns: list[str]
