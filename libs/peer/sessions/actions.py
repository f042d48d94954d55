"""Sessions begin, are proved anew, go on while they are used, and end."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import TextClause, text

from libs.peer.accounts import actions as accounts
from libs.peer.accounts import rules as tokens
from libs.peer.accounts.models import LinkKind, Role
from libs.peer.sessions import rules
from libs.peer.sessions.errors import SignInUnknownError
from libs.tenancy.planes import DoorSession


@dataclass(frozen=True, slots=True)
class Browser:
    """What signs in.

    Attributes:
        device: as `rules.device` calls it.
        token: of the session that it is in already, if any.
    """

    device: str = ""
    token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Begun:
    """A session's new token, the only time it is seen, and how long the browser may keep it."""

    token: str = field(repr=False)
    lives: timedelta


@dataclass(frozen=True, slots=True)
class Way:
    """How somebody came in; a demonstration's link is neither passkey nor identity.

    Attributes:
        passkey_id: by which passkey.
        identity_id: by which identity at their center's own provider.
        sid_hash: what that provider calls the session there, marked.
        proved_ago: for how long they have been known to be there themselves; None when nothing says that they are.
    """

    passkey_id: UUID | None = None
    identity_id: UUID | None = None
    sid_hash: bytes | None = field(default=None, repr=False)
    proved_ago: timedelta | None = timedelta(0)


_ROLE = text("SELECT role FROM shared.account WHERE id = :account_id")
_BEGIN = text(
    """
    INSERT INTO shared.sign_in
        (token_hash, account_id, passkey_id, identity_id, sid_hash, id, device, signed_in_on, last_used_at, proved_at,
        expires_at, ends_at)
    SELECT :token_hash, :account_id, CAST(:passkey_id AS uuid), CAST(:identity_id AS uuid), CAST(:sid_hash AS bytea),
        gen_random_uuid(), :device, CAST(now AS date), quarter, now - CAST(:proved_ago AS interval),
        quarter + CAST(:idle AS interval), now + CAST(:in_all AS interval)
    FROM (SELECT now, date_bin('15 minutes', now, 'epoch') AS quarter FROM shared.clock() AS now) AS at
    """
)
_USED = text(
    """
    UPDATE shared.sign_in SET last_used_at = date_bin('15 minutes', shared.clock(), 'epoch'),
        expires_at = least(ends_at, date_bin('15 minutes', shared.clock(), 'epoch') + CAST(:idle AS interval))
    WHERE id = :id AND expires_at > shared.clock()
    """
)
_PROVED = text(
    """
    UPDATE shared.sign_in SET token_hash = :token_hash, proved_at = shared.clock()
    WHERE id = :id AND account_id = :account_id AND expires_at > shared.clock()
    RETURNING ends_at - shared.clock()
    """
)
_END = text("DELETE FROM shared.sign_in WHERE token_hash = :token_hash RETURNING id")
_END_ONE = text("DELETE FROM shared.sign_in WHERE id = :id AND account_id = :account_id RETURNING id")
_END_ALL = text(
    "DELETE FROM shared.sign_in WHERE account_id = :account_id AND id IS DISTINCT FROM CAST(:but AS uuid) RETURNING id"
)
_END_OF_PASSKEY = text(
    """
    DELETE FROM shared.sign_in WHERE passkey_id = :passkey_id AND id IS DISTINCT FROM CAST(:but AS uuid) RETURNING id
    """
)
_END_OF_IDENTITIES = text(
    """
    DELETE FROM shared.sign_in WHERE identity_id = ANY(CAST(CAST(:identity_ids AS text[]) AS uuid[]))
        AND (CAST(:sid_hash AS bytea) IS NULL OR sid_hash IS NULL OR sid_hash = CAST(:sid_hash AS bytea)) RETURNING id
    """
)
_END_OF_SID = text("DELETE FROM shared.sign_in WHERE sid_hash = :sid_hash RETURNING id")


async def begin(session: DoorSession, account_id: UUID, browser: Browser, way: Way) -> Begun:
    """Sign a browser in, with a token that nobody has seen before; the session that it came with ends."""
    if browser.token is not None:
        await end(session, browser.token)
    role = Role((await session.execute(_ROLE, {"account_id": account_id})).scalar_one())
    token, limits = tokens.new_token(), rules.LIMITS[role]
    values = {
        "token_hash": tokens.hashed(token),
        "account_id": account_id,
        "device": browser.device,
        "passkey_id": way.passkey_id,
        "identity_id": way.identity_id,
        "sid_hash": way.sid_hash,
        "proved_ago": way.proved_ago,
    }
    await session.execute(_BEGIN, {**values, "idle": limits.idle, "in_all": limits.in_all})
    return Begun(token, limits.in_all)


async def begin_by_link(session: DoorSession, link: str, browser: Browser) -> Begun:
    """Use up a demonstration's link and sign the browser in.

    Raises:
        LinkUsedError: unknown, used before, or too old.
    """
    return await begin(session, await accounts.use_link(session, link, LinkKind.SIGN_IN), browser, Way())


async def used(session: DoorSession, sign_in_id: UUID, role: Role) -> None:
    """Note that a session is in use, so that it goes on; callers see to it that it is four times an hour at most."""
    await session.execute(_USED, {"id": sign_in_id, "idle": rules.LIMITS[role].idle})


async def proved(session: DoorSession, sign_in_id: UUID, account_id: UUID) -> Begun:
    """Note that the person has just proved to be there; the session goes on under a new token.

    Raises:
        SignInUnknownError: it has ended meanwhile.
    """
    token = tokens.new_token()
    values = {"id": sign_in_id, "account_id": account_id, "token_hash": tokens.hashed(token)}
    lives = (await session.execute(_PROVED, values)).scalar_one_or_none()
    if lives is None:
        raise SignInUnknownError
    return Begun(token, lives)


async def end(session: DoorSession, token: str) -> None:
    """End the session behind a token; an unknown one is ended already."""
    await _end(session, _END, token_hash=tokens.hashed(token))


async def end_one(session: DoorSession, sign_in_id: UUID, *, of: UUID) -> None:
    """End one of an account's sessions.

    Raises:
        SignInUnknownError: not of this account, ended, or none.
    """
    if not await _end(session, _END_ONE, id=sign_in_id, account_id=of):
        raise SignInUnknownError


async def end_all(session: DoorSession, account_id: UUID, *, but: UUID | None = None) -> int:
    """End every session of an account but one; returns how many."""
    return len(await _end(session, _END_ALL, account_id=account_id, but=but))


async def end_of_passkey(session: DoorSession, passkey_id: UUID, *, but: UUID | None = None) -> None:
    """End every session that a passkey has begun but one."""
    await _end(session, _END_OF_PASSKEY, passkey_id=passkey_id, but=but)


async def end_of_identities(
    session: DoorSession, identity_ids: Collection[UUID], *, sid_hash: bytes | None = None
) -> int:
    """End every session that these identities at a provider have begun; says how many.

    Args:
        session: a transaction of the door.
        identity_ids: whose.
        sid_hash: only those of this session there, and those of which the provider has not said a session.
    """
    values = {"identity_ids": [str(one) for one in identity_ids], "sid_hash": sid_hash}
    return len(await _end(session, _END_OF_IDENTITIES, **values))


async def end_of_sid(session: DoorSession, sid_hash: bytes) -> int:
    """End every session that a session at a provider has begun; says how many."""
    return len(await _end(session, _END_OF_SID, sid_hash=sid_hash))


async def _end(session: DoorSession, statement: TextClause, **values: object) -> Sequence[Any]:
    """Delete sessions, and tell the live pages that they carry."""
    ended = (await session.execute(statement, values)).scalars()
    session.signals |= {signal(one) for one in ended}
    return ended


def signal(sign_in_id: UUID) -> str:
    """Return the name that rings when a session ends."""
    return f"sign_in:{sign_in_id}"
