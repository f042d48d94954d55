"""Accounts, the links that let them in, and integrators' clients."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text

from libs.peer.accounts import rules
from libs.peer.accounts.errors import LinkUsedError
from libs.peer.accounts.models import Role
from libs.tenancy.planes import DoorSession


@dataclass(frozen=True, slots=True)
class NewAccount:
    """Who shall be able to sign in."""

    id: UUID
    role: Role
    region_id: UUID
    name: str
    agency_id: UUID | None = None
    member_id: UUID | None = None


_ADD = text(
    """
    INSERT INTO shared.account (id, role, region_id, agency_id, member_id, name)
    VALUES (:id, :role, :region_id, :agency_id, :member_id, :name) ON CONFLICT DO NOTHING
    """
)
_ADD_LINK = text(
    "INSERT INTO shared.sign_in_link VALUES (:token_hash, :account_id, shared.clock() + CAST(:lives AS interval))"
)
_USE_LINK = text(
    "DELETE FROM shared.sign_in_link WHERE token_hash = :token_hash RETURNING account_id, expires_at > shared.clock()"
)
_PUT_CLIENT = text(
    """
    INSERT INTO shared.client (id, region_id, secret_hash, scope)
    VALUES (:id, :region_id, :secret_hash, :scope)
    ON CONFLICT (id) DO UPDATE SET secret_hash = excluded.secret_hash, scope = excluded.scope
    """
)
_ADD_ACCESS_TOKEN = text(
    """
    INSERT INTO shared.access_token (token_hash, client_id, scope, expires_at)
    VALUES (:token_hash, :client_id, :scope, shared.clock() + CAST(:lives AS interval))
    """
)

_FORGET_EXPIRED = (
    text(
        """
        DELETE FROM shared.sign_in_link WHERE token_hash IN (
            SELECT token_hash FROM shared.sign_in_link WHERE expires_at <= shared.clock()
            LIMIT :limit FOR UPDATE SKIP LOCKED
        )
        """
    ),
    text(
        """
        DELETE FROM shared.sign_in WHERE token_hash IN (
            SELECT token_hash FROM shared.sign_in WHERE expires_at <= shared.clock()
            LIMIT :limit FOR UPDATE SKIP LOCKED
        )
        """
    ),
    text(
        """
        DELETE FROM shared.access_token WHERE token_hash IN (
            SELECT token_hash FROM shared.access_token WHERE expires_at <= shared.clock()
            LIMIT :limit FOR UPDATE SKIP LOCKED
        )
        """
    ),
)
FORGET_AT_A_TIME = 1000


async def add(session: DoorSession, account: NewAccount) -> None:
    """Add an account; one that is there already stays as it is."""
    await session.execute(
        _ADD,
        {
            "id": account.id,
            "role": account.role,
            "region_id": account.region_id,
            "agency_id": account.agency_id,
            "member_id": account.member_id,
            "name": account.name,
        },
    )


async def invite(session: DoorSession, account_id: UUID) -> str:
    """Return the token of a new one-time link; the only time it is seen."""
    token = rules.new_token()
    values = {"token_hash": rules.hashed(token), "account_id": account_id, "lives": rules.LINK_LIVES}
    await session.execute(_ADD_LINK, values)
    return token


async def use_link(session: DoorSession, link_token: str) -> UUID:
    """Use up a link and return whose it was.

    Raises:
        LinkUsedError: unknown, used before, or too old.
    """
    used = (await session.execute(_USE_LINK, {"token_hash": rules.hashed(link_token)})).one_or_none()
    if used is None or not used[1]:
        raise LinkUsedError("Ask your coordinator for a new link.")
    account_id: UUID = used[0]
    return account_id


async def put_client(session: DoorSession, client_id: str, *, region_id: UUID, secret: str, scope: str) -> None:
    """Add an integrator's client, or give it a new secret and scope."""
    values = {"id": client_id, "region_id": region_id, "secret_hash": rules.hashed(secret), "scope": scope}
    await session.execute(_PUT_CLIENT, values)


async def issue_access_token(session: DoorSession, client_id: str, scope: str) -> str:
    """Return a new opaque access token of 15 minutes for a client that has proved itself."""
    token = rules.new_token()
    values = {
        "token_hash": rules.hashed(token),
        "client_id": client_id,
        "scope": scope,
        "lives": rules.ACCESS_TOKEN_LIVES,
    }
    await session.execute(_ADD_ACCESS_TOKEN, values)
    return token


async def forget_expired(session: DoorSession) -> int:
    """Delete links, sessions and access tokens that no longer work: nobody needs to know later who was here when.

    Returns:
        How many went, up to FORGET_AT_A_TIME of each kind; as many of one kind mean that there may be more.
    """
    gone = 0
    for statement in _FORGET_EXPIRED:
        deleted: Any = await session.execute(statement, {"limit": FORGET_AT_A_TIME})
        gone += deleted.rowcount
    return gone
