"""Wire shapes of the coordinator's side."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from libs.peer.callouts.models import Urgency


class WaitingItemOut(BaseModel):
    """Something waits: never whose it is."""

    model_config = ConfigDict(from_attributes=True)

    callout_id: UUID
    urgency: Urgency
    language: str
    team: str
    asked_at: datetime


class WaitingOut(BaseModel):
    """All that waits for this coordinator."""

    data: list[WaitingItemOut]
