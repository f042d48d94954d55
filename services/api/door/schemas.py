"""Wire shapes of links and of who can sign in."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict


class LinkIn(BaseModel):
    """What a link is for: `keep` for one more device, else to replace whatever let them in before."""

    model_config = ConfigDict(extra="forbid")

    keep: bool = False


class LinkOut(BaseModel):
    """A one-time link, the only time that it is seen, and until when it works."""

    model_config = ConfigDict(from_attributes=True)

    url: str
    until: datetime


class StandingOut(BaseModel):
    """Somebody whom a link can be made for; `passkeys` counts those that work."""

    model_config = ConfigDict(from_attributes=True)

    key: UUID
    name: str
    place: str
    passkeys: int
    link_until: datetime | None


class StandingsOut(BaseModel):
    """All of them: a team is small, so there is one page."""

    data: list[StandingOut]
