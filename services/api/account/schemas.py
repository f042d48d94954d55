"""Wire shapes of where somebody is signed in."""

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel


class SignInOut(BaseModel):
    """A browser that is signed in; `last_used_at` is the beginning of a quarter of an hour."""

    id: UUID
    device: str
    signed_in_on: date
    last_used_at: datetime
    is_this: bool


class SignInsOut(BaseModel):
    """All of them: a person has a handful, so there is one page."""

    data: list[SignInOut]
