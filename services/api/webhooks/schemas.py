"""Wire shapes of webhooks."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from libs.peer.addresses.rules import LONGEST_URL
from libs.peer.webhooks.models import EventType, Status

EXAMPLE_URL = "https://hooks.example.org/owncall"
Url = Annotated[str, Field(min_length=1, max_length=LONGEST_URL, description="https, on port 443 or 8443.")]
# Years that survive a change of the time zone, whichever they are written in.
When = Annotated[AwareDatetime, Field(ge=datetime(2000, 1, 1, tzinfo=UTC), le=datetime(2999, 1, 1, tzinfo=UTC))]
Types = Annotated[list[EventType], Field(min_length=1, max_length=len(EventType))]


class WebhookIn(BaseModel):
    """Where to send, and what."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"url": EXAMPLE_URL, "event_types": ["duty.changed"]}]},
    )

    url: Url
    event_types: Types


class WebhookPatch(BaseModel):
    """What shall be otherwise, by merge patch (RFC 7396). What is left out, or null, stays: nothing can be removed."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"status": "disabled"}]})

    url: Url | None = None
    event_types: Types | None = None
    status: Status | None = None


class WebhookOut(BaseModel):
    """An address of yours; `disabled_because` says why nothing is sent: `client`, `gone` (410) or `exhausted`."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    url: str
    event_types: list[EventType]
    status: Status
    disabled_because: str | None
    created_at: datetime


class WebhookMadeOut(WebhookOut):
    """A new address, with its secret: the only time that it is shown."""

    secret: str


class SecretOut(BaseModel):
    """A new secret: the only time that it is shown. The one before signs beside it for 24 hours."""

    secret: str


class WebhooksOut(BaseModel):
    """Addresses of yours."""

    data: list[WebhookOut]
    next_cursor: str | None


class DeliveryOut(BaseModel):
    """An event on its way, or what became of it. `event_id` is what `webhook-id` carries.

    `last_fault`: why the last try did not go through, and `last_fault_says` the same in words, with what to do.
    """

    id: UUID
    event_id: str
    type: str
    subject_id: UUID
    happened_at: datetime
    outcome: str
    attempts: int
    next_at: datetime | None
    last_status: int | None
    last_fault: str | None
    last_fault_says: str | None
    ended_at: datetime | None


class DeliveriesOut(BaseModel):
    """What was sent within 30 days, newest first."""

    data: list[DeliveryOut]
    next_cursor: str | None


class ReplayIn(BaseModel):
    """Which events are sent again: those that happened from `since` on, and before `until`."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"since": "2026-11-26T04:00:00Z"}]})

    since: When
    until: When | None = None
    only_failed: bool = True


class ReplayedOut(BaseModel):
    """How many are sent again."""

    count: int
