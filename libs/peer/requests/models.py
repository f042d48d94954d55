"""The care side of a request, in the schema of the requester's agency. No words, no number, never the state.

Until sealing exists a request holds nothing that anybody wrote: a receipt's hash, a language, a day.
"""

from datetime import date
from uuid import UUID

from sqlmodel import Field, SQLModel


class Request(SQLModel, table=True):
    """A person asks for a peer."""

    __tablename__ = "request"

    id: UUID = Field(primary_key=True)
    lookup_hash: bytes = Field(unique=True)
    callout_id: UUID
    language: str
    asked_on: date
