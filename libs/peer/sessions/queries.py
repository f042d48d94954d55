"""Whose session, and where else somebody is signed in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import text

from libs.peer.accounts import rules as tokens
from libs.peer.accounts.models import Role
from libs.peer.accounts.queries import STANDS, SignedIn
from libs.peer.sessions import actions, rules
from libs.tenancy.planes import DoorSession


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A browser that is signed in, as its owner is shown it; `now` is when the list was read."""

    id: UUID
    device: str
    signed_in_on: date
    last_used_at: datetime
    now: datetime


# What somebody of a team may is the roster's word of this moment, whatever their account said at their last link.
_SIGNED_IN = text(
    f"""
    SELECT a.id, CASE WHEN a.member_id IS NULL THEN a.role
            WHEN EXISTS (SELECT FROM shared.membership m
                         WHERE m.member_id = a.member_id AND m.role IN ('coordinator', 'deputy'))
                AND NOT EXISTS (SELECT FROM shared.member m
                                WHERE m.id = a.member_id AND m.suspended_on IS NOT NULL) THEN 'coordinator'
            ELSE 'peer' END AS role,
        a.region_id, a.agency_id, a.member_id, a.name, s.id AS sign_in_id,
        s.last_used_at < date_bin('15 minutes', shared.clock(), 'epoch') AS is_due
    FROM shared.sign_in s JOIN shared.account a ON a.id = s.account_id
    WHERE (s.token_hash = CAST(:token_hash AS bytea) OR s.id = CAST(:id AS uuid)) AND s.expires_at > shared.clock()
        AND {STANDS}
    """  # noqa: S608 - our own words
)
_IS_FRESH = text(
    """
    SELECT s.proved_at > shared.clock() - CAST(:fresh_for AS interval)
        OR (CAST(:is_demo AS boolean) AND s.passkey_id IS NULL AND s.identity_id IS NULL
            AND NOT EXISTS (SELECT FROM shared.passkey p WHERE p.account_id = s.account_id))
    FROM shared.sign_in s WHERE s.id = :id AND s.expires_at > shared.clock()
    """
)
_OPEN = text(
    """
    SELECT id, device, signed_in_on, last_used_at, shared.clock() AS now FROM shared.sign_in
    WHERE account_id = :account_id AND expires_at > shared.clock() ORDER BY last_used_at DESC, id
    """
)


async def signed_in(session: DoorSession, token: str) -> SignedIn | None:
    """Return whose session this is, and note that it is in use; None when it ended, expired or never was."""
    row = (await session.execute(_SIGNED_IN, {"token_hash": tokens.hashed(token), "id": None})).one_or_none()
    if row is None:
        return None
    caller = SignedIn(row.id, Role(row.role), *row[2:7])
    if row.is_due:
        await actions.used(session, caller.sign_in_id, caller.role)
    return caller


async def goes_on(session: DoorSession, caller: SignedIn) -> bool:
    """Say whether a session is open and its holder may what they might; the live page that asks is a use of it."""
    row = (await session.execute(_SIGNED_IN, {"token_hash": None, "id": caller.sign_in_id})).one_or_none()
    if row is None or Role(row.role) is not caller.role:
        return False
    if row.is_due:
        await actions.used(session, caller.sign_in_id, caller.role)
    return True


async def is_fresh(session: DoorSession, sign_in_id: UUID, *, is_demo: bool) -> bool:
    """Say whether somebody has just proved to be there.

    Who came by a link and has no passkey has nothing to show: in a demonstration, and nowhere else.
    """
    values = {"id": sign_in_id, "fresh_for": rules.FRESH_FOR, "is_demo": is_demo}
    return bool((await session.execute(_IS_FRESH, values)).scalar_one_or_none())


async def open_of(session: DoorSession, account_id: UUID) -> Sequence[OpenSession]:
    """List where somebody is signed in, the last used first."""
    return [OpenSession(*row) for row in await session.execute(_OPEN, {"account_id": account_id})]
