"""Accounts follow what a center's directory says. In the door plane; of that center's PSAP admins alone."""

from uuid import UUID, uuid4

from sqlalchemy import text

from libs.peer.accounts.models import Role
from libs.peer.accounts.queries import STANDS
from libs.peer.passkeys import actions as passkeys
from libs.peer.passkeys.models import News
from libs.peer.provisioning import rules
from libs.peer.provisioning.errors import PersonTakenError, PersonUnknownError
from libs.peer.sessions import actions as sessions
from libs.tenancy.planes import DoorSession

_LEFT = text(
    f"""
    SELECT a.id FROM shared.account a
    WHERE a.agency_id = :agency_id AND NOT {STANDS} ORDER BY a.id FOR UPDATE
    """  # noqa: S608 - our own words
)
_UNTIE = text("UPDATE shared.desk_person SET account_id = NULL WHERE account_id = :account_id")
_DELETE = text(
    "DELETE FROM shared.account WHERE id = :account_id AND is_provisioned AND role = 'psap_admin' RETURNING id"
)
_CAME = text(
    """
    SELECT id, user_name, display_name FROM shared.desk_person
    WHERE agency_id = :agency_id AND is_active AND role = 'psap_admin' AND account_id IS NULL ORDER BY id FOR UPDATE
    """
)
_ADD = text(
    """
    INSERT INTO shared.account (id, role, region_id, agency_id, name, is_provisioned)
    VALUES (:id, :role, :region_id, :agency_id, :name, true)
    """
)
_TIE = text("UPDATE shared.desk_person SET account_id = :account_id WHERE id = :id")
_RENAMED = text(
    """
    SELECT a.id, p.user_name, p.display_name, a.name
    FROM shared.account a JOIN shared.desk_person p ON p.account_id = a.id
    WHERE a.agency_id = :agency_id AND p.agency_id = a.agency_id AND a.is_provisioned
    """
)
_RENAME = text("UPDATE shared.account SET name = :name WHERE id = :account_id AND is_provisioned")
_HAS_ADMIN = text("SELECT EXISTS (SELECT FROM shared.account WHERE agency_id = :agency_id AND role = 'psap_admin')")
_WANTED = text(
    """
    SELECT p.account_id, p.user_name, p.display_name,
        EXISTS (SELECT FROM shared.passkey k WHERE k.account_id = p.account_id)
        OR EXISTS (SELECT FROM shared.sign_in s WHERE s.account_id = p.account_id) AS is_taken
    FROM shared.desk_person p
    WHERE p.id = :id AND p.agency_id = :agency_id AND p.is_active AND p.role = 'psap_admin' FOR UPDATE
    """
)
_HAND_OVER = text(
    """
    UPDATE shared.account SET is_provisioned = true, name = :name
    WHERE id = :account_id AND agency_id = :agency_id AND role = 'psap_admin' AND NOT is_provisioned RETURNING id
    """
)


async def follow(session: DoorSession, agency_id: UUID, region_id: UUID) -> None:
    """Delete the accounts of admins who left, make those of who came; tell the managers when no admin is left."""
    left = list((await session.execute(_LEFT, {"agency_id": agency_id})).scalars())
    for account_id in left:
        await _delete(session, account_id)
    for person in (await session.execute(_CAME, {"agency_id": agency_id})).all():
        await _make(session, agency_id, region_id, person.id, rules.name_of(person.user_name, person.display_name))
    for one in (await session.execute(_RENAMED, {"agency_id": agency_id})).all():
        name = rules.name_of(one.user_name, one.display_name)
        if name != one.name:
            await session.execute(_RENAME, {"account_id": one.id, "name": name})
    if left:
        await tell_if_none_is_left(session, agency_id, region_id)


async def tell_if_none_is_left(session: DoorSession, agency_id: UUID, region_id: UUID, but: UUID | None = None) -> None:
    """Tell the region's managers when a center has no admin any more; but for one who knows."""
    if not (await session.execute(_HAS_ADMIN, {"agency_id": agency_id})).scalar_one():
        await passkeys.tell_managers(session, region_id, News.NO_ADMIN_LEFT, agency_id=agency_id, but=but)


async def untie(session: DoorSession, account_id: UUID) -> None:
    """Let no person of a directory stand behind an account."""
    await session.execute(_UNTIE, {"account_id": account_id})


async def claim(session: DoorSession, person_id: UUID, *, account_id: UUID, agency_id: UUID) -> None:
    """Let the directory decide on an admin of before, who says which of its people they are.

    Raises:
        PersonUnknownError: it names nobody like that who is active and an admin of this center; or the account is none
            that could be handed over.
        PersonTakenError: somebody comes in by that name already.
    """
    wanted = (await session.execute(_WANTED, {"id": person_id, "agency_id": agency_id})).one_or_none()
    if wanted is None:
        raise PersonUnknownError
    if wanted.is_taken:
        raise PersonTakenError
    name = rules.name_of(wanted.user_name, wanted.display_name)
    values = {"account_id": account_id, "agency_id": agency_id, "name": name}
    if (await session.execute(_HAND_OVER, values)).one_or_none() is None:
        raise PersonUnknownError
    if wanted.account_id is not None:
        await _delete(session, wanted.account_id)
    await session.execute(_TIE, {"id": person_id, "account_id": account_id})


async def _delete(session: DoorSession, account_id: UUID) -> None:
    """Delete an account: its passkeys and links go with it, and live pages hear that their session has ended."""
    await sessions.end_all(session, account_id)
    await untie(session, account_id)
    await session.execute(_DELETE, {"account_id": account_id})


async def _make(session: DoorSession, agency_id: UUID, region_id: UUID, person_id: UUID, name: str) -> None:
    account_id = uuid4()
    place = {"region_id": region_id, "agency_id": agency_id}
    await session.execute(_ADD, {"id": account_id, "role": Role.PSAP_ADMIN.value, "name": name, **place})
    await session.execute(_TIE, {"id": person_id, "account_id": account_id})
