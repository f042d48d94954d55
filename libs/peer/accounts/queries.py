"""Who is asking."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text

from libs.peer.accounts import rules
from libs.peer.accounts.models import Role
from libs.tenancy.planes import DoorSession


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


@dataclass(frozen=True, slots=True)
class Machine:
    """A client behind a valid access token.

    Attributes:
        agency_id: the one agency that it serves; None serves the whole region.
        scopes: `resource:verb`; none of them reads care.
    """

    client_id: str
    region_id: UUID
    agency_id: UUID | None
    scopes: frozenset[str]


@dataclass(frozen=True, slots=True)
class KnownClient:
    """A client as stored, for the token endpoint to check."""

    id: str
    secret_hash: bytes
    scope: str


STANDS = """
    (NOT a.is_provisioned OR EXISTS (SELECT FROM shared.desk_person p
        WHERE p.account_id = a.id AND p.agency_id = a.agency_id AND p.is_active AND p.role = a.role))
"""
"""Whether an account `a` counts: one that a center's directory decides on as long as an active admin stands behind it.

Looked at with every request, so that it holds at once. Source: docs/decisions/0034-scim.md
"""

_MACHINE = text(
    """
    SELECT t.client_id, c.region_id, c.agency_id, t.scope
    FROM shared.access_token t JOIN shared.client c ON c.id = t.client_id
    WHERE t.token_hash = :token_hash AND t.expires_at > shared.clock()
    """
)
_CLIENT = text("SELECT id, secret_hash, scope FROM shared.client WHERE id = :id")


async def machine(session: DoorSession, token: str) -> Machine | None:
    """Return whose access token this is; None when it expired, was revoked or never was."""
    row = (await session.execute(_MACHINE, {"token_hash": rules.hashed(token)})).one_or_none()
    return None if row is None else Machine(row.client_id, row.region_id, row.agency_id, frozenset(row.scope.split()))


async def client(session: DoorSession, client_id: str) -> KnownClient | None:
    """Return a client by its id; None when there is none."""
    row = (await session.execute(_CLIENT, {"id": client_id})).one_or_none()
    return None if row is None else KnownClient(*row)
