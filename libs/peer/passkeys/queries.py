"""Somebody's passkeys, and who has which."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import text

from libs.peer.passkeys.models import News
from libs.tenancy.planes import DoorSession


@dataclass(frozen=True, slots=True)
class MyPasskey:
    """A passkey as its owner is shown it."""

    id: UUID
    name: str
    added_on: date
    last_used_on: date | None
    doubted_on: date | None


@dataclass(frozen=True, slots=True)
class Told:
    """Something that somebody has not seen yet."""

    kind: News
    happened_on: date
    agency_id: UUID | None


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether somebody can sign in.

    Attributes:
        passkeys: how many.
        link_until: until when their unused link works; None when there is none.
        is_by_groups: their groups at a provider let them in; no passkey and no link may outlive that.
    """

    account_id: UUID
    member_id: UUID | None
    agency_id: UUID | None
    name: str
    passkeys: int
    link_until: datetime | None
    is_by_groups: bool


_MINE = text(
    """
    SELECT id, name, added_on, last_used_on, doubted_on FROM shared.passkey
    WHERE account_id = :account_id ORDER BY added_on, name, id
    """
)
_CREDENTIALS = text("SELECT credential_id FROM shared.passkey WHERE account_id = :account_id AND doubted_on IS NULL")
_NEWS = text(
    """
    SELECT kind, happened_on, agency_id FROM shared.account_news WHERE account_id = :account_id
    ORDER BY happened_on, id
    """
)
_STANDING = text(
    """
    SELECT a.id, a.member_id, a.agency_id, a.name,
        (SELECT count(*) FROM shared.passkey p WHERE p.account_id = a.id AND p.doubted_on IS NULL),
        (SELECT max(l.expires_at) FROM shared.sign_in_link l
            WHERE l.account_id = a.id AND l.kind = 'enroll' AND l.expires_at > shared.clock()),
        a.provider_id IS NOT NULL
    FROM shared.account a
    WHERE a.region_id = :region_id
        AND (a.member_id = ANY(CAST(CAST(:member_ids AS text[]) AS uuid[])) OR a.role = CAST(:role AS text))
    ORDER BY a.name, a.id
    """
)


async def of_account(session: DoorSession, account_id: UUID) -> Sequence[MyPasskey]:
    """List somebody's passkeys, the oldest first."""
    return [MyPasskey(*row) for row in await session.execute(_MINE, {"account_id": account_id})]


async def credentials_of(session: DoorSession, account_id: UUID) -> Sequence[bytes]:
    """List what a browser calls somebody's passkeys that work."""
    return (await session.execute(_CREDENTIALS, {"account_id": account_id})).scalars()


async def news_of(session: DoorSession, account_id: UUID) -> Sequence[Told]:
    """List what somebody has not seen yet, the oldest first."""
    rows = await session.execute(_NEWS, {"account_id": account_id})
    return [Told(News(row.kind), row.happened_on, row.agency_id) for row in rows]


async def of_members(session: DoorSession, region_id: UUID, member_ids: Collection[UUID]) -> dict[UUID, Standing]:
    """Return how team members sign in, by their roster id; who has no account yet is not in it."""
    values = {"region_id": region_id, "member_ids": [str(one) for one in member_ids], "role": None}
    found = [Standing(*row) for row in await session.execute(_STANDING, values)]
    return {one.member_id: one for one in found if one.member_id}


async def of_role(session: DoorSession, region_id: UUID, role: str) -> Sequence[Standing]:
    """List everybody of one role in a region, by name."""
    values = {"region_id": region_id, "member_ids": [], "role": role}
    return [Standing(*row) for row in await session.execute(_STANDING, values)]
