"""Somebody is taken out, by a manager or the operator: on the next request, with all that let them in.

Their groups at a provider may name them for weeks to come. So the mark of who they are there stays, without an account,
and lets nobody in; a new link is the way back.

Source: docs/decisions/0030-signing-in-with-ones-own-provider.md
"""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text

from libs.peer.accounts.models import Role
from libs.peer.provisioning import following
from libs.peer.sessions import actions as sessions
from libs.tenancy.planes import DoorSession

_LOCK = text(
    """
    SELECT agency_id FROM shared.account
    WHERE id = :account_id AND region_id = :region_id AND role = :role FOR UPDATE
    """
)
_SHUT_OUT = text("UPDATE shared.sign_on_identity SET account_id = NULL WHERE account_id = :account_id")
_DELETE = text("DELETE FROM shared.account WHERE id = :account_id")


@dataclass(frozen=True, slots=True)
class Leaver:
    """Who shall be taken out: somebody of one role in one region, never a peer, whom the roster decides on."""

    account_id: UUID
    region_id: UUID
    role: Role


async def take_out(session: DoorSession, leaver: Leaver, *, by: UUID | None = None) -> bool:
    """Delete an account: sessions, passkeys and links go with it, and no provider lets them in by itself any more.

    A center's directory that names them still makes them a new account, which nothing lets in.

    Args:
        session: a transaction of the door.
        leaver: who.
        by: the manager who does it, and so knows; every other one is told when a center has no admin left.

    Returns:
        Whether there was such an account.
    """
    values = {"account_id": leaver.account_id, "region_id": leaver.region_id, "role": leaver.role.value}
    found = (await session.execute(_LOCK, values)).one_or_none()
    if found is None:
        return False
    await sessions.end_all(session, leaver.account_id)
    await session.execute(_SHUT_OUT, {"account_id": leaver.account_id})
    await following.untie(session, leaver.account_id)
    await session.execute(_DELETE, {"account_id": leaver.account_id})
    if found.agency_id is not None:
        await following.tell_if_none_is_left(session, found.agency_id, leaver.region_id, but=by)
    return True
