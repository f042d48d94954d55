"""Where integrators want to hear of the program, and what was sent there. Never anything of a request."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Column, DateTime, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field, SQLModel


class EventType(StrEnum):
    """What an integrator can hear of: the program's side alone. `data.id` is the id of what the name begins with."""

    AGENCY_ADDED = "agency.added"
    AGENCY_CHANGED = "agency.changed"
    AGENCY_SUSPENDED = "agency.suspended"
    MEMBER_CHANGED = "member.changed"
    ROSTER_IMPORTED = "roster.imported"
    DUTY_CHANGED = "duty.changed"
    DEPLOYMENT_OPENED = "deployment.opened"
    DEPLOYMENT_CHANGED = "deployment.changed"
    DEPLOYMENT_DONE = "deployment.done"


TEST = "webhook.test"
"""What a test sends; nobody subscribes to it."""


class Status(StrEnum):
    """Whether anything is sent."""

    ACTIVE = "active"
    DISABLED = "disabled"


class Because(StrEnum):
    """Why nothing is sent: its client wants it so, the address said 410, or nobody answered for three days."""

    CLIENT = "client"
    GONE = "gone"
    EXHAUSTED = "exhausted"


class Outcome(StrEnum):
    """What became of a delivery."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"


class Fault(StrEnum):
    """Why an attempt did not go through; nothing of an answer's body is kept."""

    ADDRESS = "address_refused"
    CONNECTION = "no_connection"
    TIMEOUT = "timeout"
    ANSWER = "no_http_answer"
    STATUS = "status"
    EXPIRED = "certificate_expired"
    ANOTHER_NAME = "certificate_of_another"
    UNTRUSTED = "certificate_untrusted"
    NO_TLS = "no_tls"


SAYS = {
    Fault.ADDRESS: "The address cannot be used, or its name leads into a network that is not public.",
    Fault.CONNECTION: "Nobody answered at that address.",
    Fault.TIMEOUT: "No answer within 15 seconds. Answer first, and work afterwards.",
    Fault.ANSWER: "What came back was no HTTP.",
    Fault.STATUS: "It answered, and not with a 2xx.",
    Fault.EXPIRED: "The certificate has expired, or is not valid yet. Nothing was sent. Renew it.",
    Fault.ANOTHER_NAME: "The certificate is for another name. Nothing was sent. Get one for the name in the address.",
    Fault.UNTRUSTED: "The certificate is signed by nobody whom we trust, or by itself. Nothing was sent. Get one from a"
    " public authority, and send the chain along.",
    Fault.NO_TLS: "What answered speaks no TLS that we speak: 1.2 or newer. Nothing was sent.",
}
"""What each means and what to do, for whoever runs the server."""


class WebhookEndpoint(SQLModel, table=True):
    """An address of an integrator's client. Its secret is derived, and stored nowhere (decision 0029)."""

    __tablename__ = "webhook_endpoint"
    __table_args__ = {"schema": "shared"}

    id: UUID = Field(primary_key=True)
    region_id: UUID
    client_id: str = Field(foreign_key="shared.client.id", ondelete="CASCADE")
    url: str
    event_types: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    status: str
    disabled_because: str | None
    secret_version: int
    rotated_at: datetime | None = Field(sa_column=Column(DateTime(timezone=True)))
    created_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))


class WebhookDelivery(SQLModel, table=True):
    """One event on its way to one address, or what became of it; 30 days."""

    __tablename__ = "webhook_delivery"
    __table_args__ = {"schema": "shared"}

    id: UUID = Field(primary_key=True)
    endpoint_id: UUID = Field(foreign_key="shared.webhook_endpoint.id", ondelete="CASCADE")
    region_id: UUID
    event_id: UUID
    type: str
    subject_id: UUID
    happened_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    attempt: int
    next_at: datetime | None = Field(sa_column=Column(DateTime(timezone=True)))
    lease_until: datetime | None = Field(sa_column=Column(DateTime(timezone=True)))
    outcome: str
    last_status: int | None
    last_fault: str | None
    ended_at: datetime | None = Field(sa_column=Column(DateTime(timezone=True)))
