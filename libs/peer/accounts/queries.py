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


STANDS = """
    (NOT a.is_provisioned OR EXISTS (SELECT FROM shared.desk_person p
        WHERE p.account_id = a.id AND p.agency_id = a.agency_id AND p.is_active AND p.role = a.role))
"""
"""Whether an account `a` counts: one that a center's directory decides on as long as an active admin stands behind it.

Looked at with every request, so that it holds at once. Source: docs/decisions/0034-scim.md
"""
