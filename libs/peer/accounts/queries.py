"""Who is asking."""

from dataclasses import dataclass
from uuid import UUID

from libs.peer.accounts.models import Role


@dataclass(frozen=True, slots=True)
class SignedIn:
    """An account behind a valid session, and which session."""

    account_id: UUID
    role: Role
    region_id: UUID
    agency_id: UUID | None
    member_id: UUID | None
    name: str
    sign_in_id: UUID
