"""Passkeys are made by a link, added, shown, renamed and removed.

Each has two halves: what the browser is asked for, and what it answered. The challenge of an answer is taken in a
transaction of its own, before anything is examined: an answer can be given once, whatever it turns out to be.
"""

import secrets
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from sqlalchemy import text

from libs.peer.accounts import actions as accounts
from libs.peer.accounts.actions import Holder, Link
from libs.peer.accounts.models import LinkKind
from libs.peer.accounts.rules import hashed
from libs.peer.passkeys import checks, queries, rules
from libs.peer.passkeys.checks import Credential, NewKey, Options, Site
from libs.peer.passkeys.errors import (
    LastPasskeyError,
    PasskeyRefusedError,
    PasskeyUnknownError,
    TooManyPasskeysError,
)
from libs.peer.passkeys.models import Ceremony, News
from libs.peer.sessions import actions as sessions
from libs.peer.sessions.actions import Begun, Browser
from libs.tenancy.planes import DoorSession


@dataclass(frozen=True, slots=True)
class Answer:
    """What a browser answered to a challenge that we drew for just this, and that nobody has answered before."""

    challenge: bytes = field(repr=False)
    credential: Credential = field(repr=False)
    account_id: UUID | None


@dataclass(frozen=True, slots=True)
class Signer:
    """Whose passkey it was, and which."""

    account_id: UUID
    passkey_id: UUID


_DRAW = text(
    """
    INSERT INTO shared.challenge (challenge_hash, ceremony, account_id, expires_at)
    VALUES (:challenge_hash, :ceremony, :account_id, shared.clock() + CAST(:lives AS interval))
    """
)
_TAKE = text(
    """
    DELETE FROM shared.challenge WHERE challenge_hash = :challenge_hash
    RETURNING account_id, ceremony = :ceremony AND expires_at > shared.clock() AS is_good
    """
)
_ADD = text(
    """
    INSERT INTO shared.passkey (id, account_id, credential_id, public_key, sign_count, name, added_on)
    VALUES (:id, :account_id, :credential_id, :public_key, :sign_count, :name, CAST(shared.clock() AS date))
    ON CONFLICT DO NOTHING RETURNING id
    """
)
_KNOWN = text(
    """
    SELECT id, account_id, public_key, sign_count, doubted_on FROM shared.passkey
    WHERE credential_id = :credential_id FOR UPDATE
    """
)
_USED = text(
    """
    UPDATE shared.passkey SET sign_count = :sign_count, last_used_on = CAST(shared.clock() AS date) WHERE id = :id
    """
)
_DOUBT = text("UPDATE shared.passkey SET doubted_on = CAST(shared.clock() AS date) WHERE id = :id")
_RENAME = text("UPDATE shared.passkey SET name = :name WHERE id = :id AND account_id = :account_id RETURNING id")
_LOCK = text("SELECT name FROM shared.account WHERE id = :account_id FOR UPDATE")
_REMOVE = text("DELETE FROM shared.passkey WHERE id = :id AND account_id = :account_id")
_TELL = text(
    """
    INSERT INTO shared.account_news (id, account_id, kind, happened_on)
    VALUES (gen_random_uuid(), :account_id, :kind, CAST(shared.clock() AS date))
    """
)
_SEEN = text("DELETE FROM shared.account_news WHERE account_id = :account_id")


async def take(session: DoorSession, credential: Credential, ceremony: Ceremony) -> Answer:
    """Take the challenge of an answer: nobody can give it again. Commit before examining it.

    Returns:
        The answer; one to a challenge that was never drawn, drawn for something else, too old or taken before holds
        none, so that its examination fails like any other.

    Raises:
        PasskeyRefusedError: it names no challenge.
    """
    challenge = checks.challenge_of(credential)
    values = {"challenge_hash": hashed(challenge.hex()), "ceremony": ceremony.value}
    row = (await session.execute(_TAKE, values)).one_or_none()
    if row is None or not row.is_good:
        return Answer(b"", credential, None)
    return Answer(challenge, credential, row.account_id)


async def ask_to_enroll(session: DoorSession, site: Site, link: str) -> Options:
    """Return what the holder of a link needs to make a passkey. The link stays good until the passkey is made.

    Raises:
        LinkUsedError: unknown, used before, or too old.
    """
    holder = await accounts.holder_of_link(session, link)
    return await _ask_to_make(session, site, Ceremony.ENROLL, holder)


async def enroll(session: DoorSession, site: Site, link: str, answer: Answer, browser: Browser) -> Begun:
    """Use up a link: its holder has a passkey now, and is signed in.

    Raises:
        LinkUsedError: unknown, used before, or too old.
        PasskeyRefusedError: the answer does not hold, or was asked for by another link.
    """
    key = _examined(site, answer)
    account_id = await accounts.use_link(session, link, LinkKind.ENROLL)
    if account_id != answer.account_id:
        raise PasskeyRefusedError
    passkey_id = await _add(session, account_id, key, browser.device)
    return await sessions.begin(session, account_id, browser, passkey_id)


async def ask_to_sign_in(session: DoorSession, site: Site) -> Options:
    """Return what anybody needs to sign in: the same for everybody, and no name is typed."""
    return checks.showing(site, await _draw(session, Ceremony.SIGN_IN, None))


async def ask_to_prove(session: DoorSession, site: Site, account_id: UUID) -> Options:
    """Return what somebody who is signed in needs to show one of their passkeys."""
    challenge = await _draw(session, Ceremony.PROVE, account_id)
    return checks.showing(site, challenge, await queries.credentials_of(session, account_id))


async def signer(session: DoorSession, site: Site, answer: Answer) -> Signer | None:
    """Find out who has signed.

    Returns:
        None when it is somebody's passkey, and two copies of it seem to exist: it is refused from now on, whoever it
        has signed in is signed out, and its owner is told. Commit that.

    Raises:
        PasskeyRefusedError: nobody we know.
    """
    row = (await session.execute(_KNOWN, {"credential_id": checks.credential_id_of(answer.credential)})).one_or_none()
    # An unknown passkey costs the same examination as a known one.
    seen = checks.shown(site, answer.challenge, answer.credential, row.public_key if row else _NOBODYS_KEY)
    if row is None or seen.account_id != row.account_id or answer.account_id not in {None, row.account_id}:
        raise PasskeyRefusedError
    if row.doubted_on is not None:
        return None
    if rules.is_copy(row.sign_count, seen.sign_count):
        await session.execute(_DOUBT, {"id": row.id})
        await sessions.end_of_passkey(session, row.id)
        await _tell(session, row.account_id, News.PASSKEY_DOUBTED)
        return None
    await session.execute(_USED, {"id": row.id, "sign_count": seen.sign_count})
    return Signer(row.account_id, row.id)


async def ask_to_add(session: DoorSession, site: Site, account_id: UUID) -> Options:
    """Return what somebody who is signed in needs to make one more passkey."""
    holder = (await session.execute(_LOCK, {"account_id": account_id})).scalar_one()
    return await _ask_to_make(session, site, Ceremony.ADD, Holder(account_id, holder))


async def add(session: DoorSession, site: Site, account_id: UUID, answer: Answer, *, name: str, device: str) -> UUID:
    """Add a passkey to somebody who is signed in; returns its id.

    Raises:
        PasskeyRefusedError: the answer does not hold, or is somebody else's.
        TooManyPasskeysError: there are MOST_PASSKEYS already.
    """
    if answer.account_id != account_id:
        raise PasskeyRefusedError
    added = await _add(session, account_id, _examined(site, answer), rules.name(name, device))
    await _tell(session, account_id, News.PASSKEY_ADDED)
    return added


async def rename(session: DoorSession, passkey_id: UUID, *, of: UUID, name: str) -> None:
    """Call a passkey something else.

    Raises:
        PasskeyUnknownError: not of this account, or none.
    """
    values = {"id": passkey_id, "account_id": of, "name": rules.name(name, "")}
    if (await session.execute(_RENAME, values)).one_or_none() is None:
        raise PasskeyUnknownError


async def remove(session: DoorSession, passkey_id: UUID, *, of: UUID, but: UUID) -> None:
    """Remove a passkey, and sign out every browser that it has signed in, but the one that asks.

    Raises:
        PasskeyUnknownError: not of this account, or none.
        LastPasskeyError: no other one works.
    """
    await session.execute(_LOCK, {"account_id": of})
    mine = {one.id: one for one in await queries.of_account(session, of)}
    if passkey_id not in mine:
        raise PasskeyUnknownError
    if not any(one.doubted_on is None for one in mine.values() if one.id != passkey_id):
        raise LastPasskeyError("Add another one first, or ask for a new link.")
    await sessions.end_of_passkey(session, passkey_id, but=but)
    await session.execute(_REMOVE, {"id": passkey_id, "account_id": of})


async def make_link(session: DoorSession, account_id: UUID) -> Link:
    """Return a new one-time link; the only time its token is seen.

    Earlier links stop working, and every browser of theirs is signed out: who needs a new link has lost something. Who
    can sign in without it is told.
    """
    await accounts.forget_links(session, account_id)
    await sessions.end_all(session, account_id)
    if await queries.of_account(session, account_id):
        await _tell(session, account_id, News.LINK_MADE)
    return await accounts.new_link(session, account_id, LinkKind.ENROLL)


async def seen(session: DoorSession, account_id: UUID) -> None:
    """Note that somebody has seen what there was to tell."""
    await session.execute(_SEEN, {"account_id": account_id})


async def _draw(session: DoorSession, ceremony: Ceremony, account_id: UUID | None) -> bytes:
    challenge = secrets.token_bytes(32)
    values = {"challenge_hash": hashed(challenge.hex()), "ceremony": ceremony.value, "account_id": account_id}
    await session.execute(_DRAW, {**values, "lives": rules.CHALLENGE_LIVES})
    return challenge


async def _ask_to_make(session: DoorSession, site: Site, ceremony: Ceremony, holder: Holder) -> Options:
    challenge = await _draw(session, ceremony, holder.account_id)
    known = await queries.credentials_of(session, holder.account_id)
    return checks.making(site, challenge, holder.account_id, holder.name, known)


def _examined(site: Site, answer: Answer) -> NewKey:
    return checks.made(site, answer.challenge, answer.credential)


async def _add(session: DoorSession, account_id: UUID, key: NewKey, name: str) -> UUID:
    await session.execute(_LOCK, {"account_id": account_id})
    if len(await queries.of_account(session, account_id)) >= rules.MOST_PASSKEYS:
        raise TooManyPasskeysError("Remove one first.")
    values = {"id": uuid4(), "account_id": account_id, "name": name, "sign_count": key.sign_count}
    keys = {"credential_id": key.credential_id, "public_key": key.public_key}
    added: UUID | None = (await session.execute(_ADD, {**values, **keys})).scalar_one_or_none()
    if added is None:  # somebody's already; whose, nobody is told
        raise PasskeyRefusedError
    return added


async def _tell(session: DoorSession, account_id: UUID, news: News) -> None:
    await session.execute(_TELL, {"account_id": account_id, "kind": news.value})


_NOBODYS_KEY = bytes.fromhex(
    "a5010203262001215820"
    "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
    "225820"
    "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
)
"""A public key of the right shape (P-256's own base point), for answers of passkeys that nobody has."""
