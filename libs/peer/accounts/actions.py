"""Accounts, and the links that let them in."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from libs.peer.accounts import rules
from libs.peer.accounts.errors import LinkUsedError
from libs.peer.accounts.models import LinkKind, Role
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


@dataclass(frozen=True, slots=True)
class Link:
    """A one-time link's token, the only time it is seen, and until when it works."""

    token: str = field(repr=False)
    until: datetime


@dataclass(frozen=True, slots=True)
class Holder:
    """Whom a link is for."""

    account_id: UUID
    name: str


_ADD = text(
    """
    INSERT INTO shared.account (id, role, region_id, agency_id, member_id, name)
    VALUES (:id, :role, :region_id, :agency_id, :member_id, :name) ON CONFLICT DO NOTHING
    """
)
_OF_MEMBER = text(
    """
    INSERT INTO shared.account (id, role, region_id, agency_id, member_id, name)
    VALUES (:id, :role, :region_id, NULL, :member_id, :name)
    ON CONFLICT (member_id) DO UPDATE SET role = excluded.role, name = excluded.name RETURNING id
    """
)
_ADD_LINK = text(
    """
    INSERT INTO shared.sign_in_link (token_hash, account_id, kind, expires_at)
    VALUES (:token_hash, :account_id, :kind, shared.clock() + CAST(:lives AS interval)) RETURNING expires_at
    """
)
_HOLDER = text(
    """
    SELECT a.id, a.name FROM shared.sign_in_link l JOIN shared.account a ON a.id = l.account_id
    WHERE l.token_hash = :token_hash AND l.kind = 'enroll' AND l.expires_at > shared.clock()
    """
)
_USE_LINK = text(
    """
    DELETE FROM shared.sign_in_link WHERE token_hash = :token_hash AND kind = :kind
    RETURNING account_id, expires_at > shared.clock()
    """
)
_FORGET_LINKS = text("DELETE FROM shared.sign_in_link WHERE account_id = :account_id")
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
        DELETE FROM shared.challenge WHERE challenge_hash IN (
            SELECT challenge_hash FROM shared.challenge WHERE expires_at <= shared.clock()
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
    text(
        """
        DELETE FROM shared.client_assertion WHERE mark IN (
            SELECT mark FROM shared.client_assertion WHERE expires_at <= shared.clock()
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


async def of_member(session: DoorSession, account: NewAccount) -> UUID:
    """Return the account of a team member, which is made or brought up to date: name and role follow the roster."""
    values = {"id": account.id, "role": account.role, "region_id": account.region_id}
    more = {"member_id": account.member_id, "name": account.name}
    found: UUID = (await session.execute(_OF_MEMBER, {**values, **more})).scalar_one()
    return found


async def new_link(session: DoorSession, account_id: UUID, kind: LinkKind, token: str | None = None) -> Link:
    """Return a new one-time link; the only time its token is seen. It is drawn here where none is given."""
    token = token or rules.new_token()
    values = {"token_hash": rules.hashed(token), "account_id": account_id, "kind": kind.value}
    until = (await session.execute(_ADD_LINK, {**values, "lives": rules.LINK_LIVES})).scalar_one()
    return Link(token, until)


async def invite(session: DoorSession, account_id: UUID) -> str:
    """Return the token of a new link of a demonstration, which signs in by itself."""
    return (await new_link(session, account_id, LinkKind.SIGN_IN)).token


async def forget_links(session: DoorSession, account_id: UUID) -> None:
    """Let no link of an account work any more."""
    await session.execute(_FORGET_LINKS, {"account_id": account_id})


async def holder_of_link(session: DoorSession, link_token: str) -> Holder:
    """Return whom a link to enroll is for, without using it up.

    Raises:
        LinkUsedError: unknown, used before, or too old.
    """
    row = (await session.execute(_HOLDER, {"token_hash": rules.hashed(link_token)})).one_or_none()
    if row is None:
        raise LinkUsedError("Ask your coordinator for a new link.")
    return Holder(*row)


async def use_link(session: DoorSession, link_token: str, kind: LinkKind) -> UUID:
    """Use up a link and return whose it was.

    Raises:
        LinkUsedError: unknown, used before, or too old.
    """
    used = (
        await session.execute(_USE_LINK, {"token_hash": rules.hashed(link_token), "kind": kind.value})
    ).one_or_none()
    if used is None or not used[1]:
        raise LinkUsedError("Ask your coordinator for a new link.")
    account_id: UUID = used[0]
    return account_id


async def forget_expired(session: DoorSession) -> int:
    """Delete links, sessions, challenges and access tokens that no longer work: nobody needs to know who was here when.

    Returns:
        How many went, up to FORGET_AT_A_TIME of each kind; as many of one kind mean that there may be more.
    """
    gone = 0
    for statement in _FORGET_EXPIRED:
        deleted: Any = await session.execute(statement, {"limit": FORGET_AT_A_TIME})
        gone += deleted.rowcount
    return gone
