"""Whom a center's directory names: written and read in the center's own desk plane, which can touch no account."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from sqlalchemy import text

from libs import jobs
from libs.peer.accounts.models import Role
from libs.peer.provisioning.errors import UserNameTakenError
from libs.tenancy.directory import AgencyRef
from libs.tenancy.planes import DeskSession

FOLLOW = "provisioning.follow"
"""The job by which accounts follow what a center's directory says."""


@dataclass(frozen=True, slots=True)
class Named:
    """What a directory says of somebody, as far as it is kept.

    Attributes:
        is_active: None when it has taken that back; counts as not active.
        is_admin: whether the role of a PSAP admin comes with the person.
    """

    user_name: str
    external_id: str | None
    display_name: str | None
    is_active: bool | None
    is_admin: bool

    @property
    def role(self) -> str | None:
        """The role as it is stored."""
        return Role.PSAP_ADMIN.value if self.is_admin else None


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whom the directory names, as stored."""

    id: UUID
    named: Named
    version: int
    created_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Search:
    """Which people: by one of these, or all; the values are compared as SCIM says (RFC 7643, 4.1.1)."""

    id: UUID | None = None
    user_name: str | None = None
    external_id: str | None = None
    is_for_nobody: bool = False


_COLUMNS = "id, user_name, external_id, display_name, is_active, role, version, created_at, changed_at"
_MATCHES = """
    NOT :is_for_nobody
    AND (CAST(:id AS uuid) IS NULL OR id = CAST(:id AS uuid))
    AND (CAST(:user_name AS text) IS NULL OR lower(user_name) = lower(CAST(:user_name AS text)))
    AND (CAST(:external_id AS text) IS NULL OR external_id = CAST(:external_id AS text))
"""
_FIND = text(
    f"SELECT {_COLUMNS} FROM shared.desk_person WHERE {_MATCHES} ORDER BY id LIMIT :limit OFFSET :offset"  # noqa: S608 - our own names
)
_LOCK = text(f"SELECT {_COLUMNS} FROM shared.desk_person WHERE id = :id FOR UPDATE")  # noqa: S608 - our own names
_COUNT = text(f"SELECT count(*) FROM shared.desk_person WHERE {_MATCHES}")  # noqa: S608 - our own names
_ADD = text(
    f"""
    INSERT INTO shared.desk_person (id, agency_id, user_name, external_id, display_name, is_active, role)
    VALUES (:id, :agency_id, :user_name, :external_id, :display_name, CAST(:is_active AS boolean), CAST(:role AS text))
    ON CONFLICT DO NOTHING RETURNING {_COLUMNS}
    """  # noqa: S608 - our own names
)
_CHANGE = text(
    f"""
    UPDATE shared.desk_person SET user_name = :user_name, external_id = :external_id, display_name = :display_name,
        is_active = CAST(:is_active AS boolean), role = CAST(:role AS text), version = version + 1,
        changed_at = shared.clock()
    WHERE id = :id AND version = :version RETURNING {_COLUMNS}
    """  # noqa: S608 - our own names
)
_REMOVE = text("DELETE FROM shared.desk_person WHERE id = :id AND version = :version RETURNING id")
_HEAD_COUNT = text("SELECT count(*) FROM shared.desk_person WHERE is_active")
_ADMINS = text(
    f"SELECT {_COLUMNS} FROM shared.desk_person WHERE is_active AND role = 'psap_admin'"  # noqa: S608 - our own names
    " ORDER BY lower(user_name) LIMIT 200"
)


async def find(session: DeskSession, search: Search, *, limit: int, offset: int = 0) -> Sequence[Person]:
    """Return people of the center's directory, by id."""
    return [_person(row) for row in await session.execute(_FIND, {**_values(search), "limit": limit, "offset": offset})]


async def locked(session: DeskSession, person_id: UUID) -> Person | None:
    """Return somebody whom nobody else changes until this is over."""
    row = (await session.execute(_LOCK, {"id": person_id})).one_or_none()
    return None if row is None else _person(row)


async def count(session: DeskSession, search: Search) -> int:
    """Return how many a search finds."""
    return int((await session.execute(_COUNT, _values(search))).scalar_one())


async def head_count(session: DeskSession) -> int:
    """Return how many the directory calls active."""
    return int((await session.execute(_HEAD_COUNT)).scalar_one())


async def admins(session: DeskSession) -> Sequence[Person]:
    """Return who is an admin by the directory, by name; the first 200."""
    return [_person(row) for row in await session.execute(_ADMINS)]


async def add(session: DeskSession, agency: AgencyRef, named: Named) -> Person:
    """Take in somebody new.

    Raises:
        UserNameTakenError: the directory names somebody by that user name already.
    """
    values = {"id": uuid4(), "agency_id": agency.id, **_said(named)}
    row = (await session.execute(_ADD, values)).one_or_none()
    if row is None:
        raise UserNameTakenError
    await _tell_the_door(session, agency)
    return _person(row)


async def change(
    session: DeskSession, agency: AgencyRef, person_id: UUID, named: Named, *, version: int
) -> Person | None:
    """Write what the directory says now; None when it was changed meanwhile, or is gone.

    Raises:
        UserNameTakenError: somebody else has that user name.
    """
    try:
        row = (await session.execute(_CHANGE, {"id": person_id, "version": version, **_said(named)})).one_or_none()
    except asyncpg.UniqueViolationError as error:
        raise UserNameTakenError from error
    if row is None:
        return None
    await _tell_the_door(session, agency)
    return _person(row)


async def remove(session: DeskSession, agency: AgencyRef, person_id: UUID, *, version: int) -> bool:
    """Forget somebody; False when they were changed meanwhile, or are gone."""
    is_gone = (await session.execute(_REMOVE, {"id": person_id, "version": version})).one_or_none() is not None
    if is_gone:
        await _tell_the_door(session, agency)
    return is_gone


async def _tell_the_door(session: DeskSession, agency: AgencyRef) -> None:
    """Have accounts made and deleted; rights end without that, with the commit of this transaction."""
    await jobs.add(session, FOLLOW, region_id=agency.region_id, subject_id=agency.id)


def _values(search: Search) -> dict[str, object]:
    return {
        "id": search.id,
        "user_name": search.user_name,
        "external_id": search.external_id,
        "is_for_nobody": search.is_for_nobody,
    }


def _said(named: Named) -> dict[str, object]:
    return {
        "user_name": named.user_name,
        "external_id": named.external_id,
        "display_name": named.display_name,
        "is_active": named.is_active,
        "role": named.role,
    }


def _person(row: Any) -> Person:  # noqa: ANN401 - a row
    named = Named(row.user_name, row.external_id, row.display_name, row.is_active, row.role is not None)
    return Person(row.id, named, row.version, row.created_at, row.changed_at)
