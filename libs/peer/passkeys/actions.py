"""Passkeys are made by a link, added, renamed and removed; each is made in two halves.

First the browser is told what to make and which challenge to sign, then it answers. See `showing` for their use.
"""

from uuid import UUID, uuid4

from sqlalchemy import text

from libs.peer.accounts import actions as accounts
from libs.peer.accounts.actions import Holder, Link
from libs.peer.accounts.models import LinkKind
from libs.peer.passkeys import challenges, checks, queries, rules
from libs.peer.passkeys.checks import Credential, NewKey, Options, Site
from libs.peer.passkeys.errors import (
    LastPasskeyError,
    NoPasskeyHereError,
    PasskeyRefusedError,
    PasskeyUnknownError,
    TooManyPasskeysError,
)
from libs.peer.passkeys.models import Ceremony, News
from libs.peer.sessions import actions as sessions
from libs.peer.sessions.actions import Begun, Browser, Way
from libs.tenancy.planes import DoorSession

_ADD = text(
    """
    INSERT INTO shared.passkey (id, account_id, credential_id, public_key, sign_count, name, added_on)
    VALUES (:id, :account_id, :credential_id, :public_key, :sign_count, :name, CAST(shared.clock() AS date))
    ON CONFLICT DO NOTHING RETURNING id
    """
)
_RENAME = text("UPDATE shared.passkey SET name = :name WHERE id = :id AND account_id = :account_id RETURNING id")
_LOCK = text("SELECT name, provider_id FROM shared.account WHERE id = :account_id FOR UPDATE")
_REMOVE_ALL = text("DELETE FROM shared.passkey WHERE account_id = :account_id")
_REMOVE = text("DELETE FROM shared.passkey WHERE id = :id AND account_id = :account_id")
_TELL = text(
    """
    INSERT INTO shared.account_news (id, account_id, kind, happened_on)
    VALUES (gen_random_uuid(), :account_id, :kind, CAST(shared.clock() AS date))
    """
)
_TELL_MANAGERS = text(
    """
    INSERT INTO shared.account_news (id, account_id, kind, happened_on, agency_id)
    SELECT gen_random_uuid(), a.id, CAST(:kind AS text), CAST(shared.clock() AS date), CAST(:agency_id AS uuid)
    FROM shared.account a
    WHERE a.region_id = :region_id AND a.role = 'program_manager' AND a.id IS DISTINCT FROM CAST(:but AS uuid)
        AND NOT EXISTS (SELECT FROM shared.account_news n WHERE n.account_id = a.id AND n.kind = CAST(:kind AS text)
            AND n.agency_id IS NOT DISTINCT FROM CAST(:agency_id AS uuid))
    """
)
_SEEN = text("DELETE FROM shared.account_news WHERE account_id = :account_id")


async def ask_to_enroll(session: DoorSession, site: Site, link: str) -> Options:
    """Return what the holder of a link needs to make a passkey. The link stays good until the passkey is made.

    Raises:
        LinkUsedError: unknown, used before, or too old.
    """
    holder = await accounts.holder_of_link(session, link)
    return await _ask_to_make(session, site, Ceremony.ENROLL, holder)


async def enroll(session: DoorSession, site: Site, link: str, credential: Credential, browser: Browser) -> Begun:
    """Use up a link: its holder has a passkey now, and is signed in.

    Raises:
        LinkUsedError: unknown, used before, or too old.
        PasskeyRefusedError: the answer does not hold, or was asked for by another link.
        TooManyPasskeysError: there are MOST_PASSKEYS already.
    """
    holder = await accounts.holder_of_link(session, link)
    key = await _made(session, site, credential, Ceremony.ENROLL, holder.account_id)
    # The passkey first: a refusal keeps what is written, and must not use the link up.
    passkey_id = await _add(session, holder.account_id, key, browser.device)
    await accounts.use_link(session, link, LinkKind.ENROLL)
    return await sessions.begin(session, holder.account_id, browser, Way(passkey_id=passkey_id))


async def ask_to_add(session: DoorSession, site: Site, account_id: UUID) -> Options:
    """Return what somebody who is signed in needs to make one more passkey.

    Raises:
        NoPasskeyHereError: their groups at a provider let them in, and no passkey may outlive that.
    """
    return await _ask_to_make(
        session, site, Ceremony.ADD, Holder(account_id, await _may_have_some(session, account_id))
    )


async def add(session: DoorSession, site: Site, account_id: UUID, credential: Credential, called: str) -> UUID:
    """Add a passkey to somebody who is signed in; returns its id.

    Raises:
        PasskeyRefusedError: the answer does not hold, or was asked for by somebody else.
        TooManyPasskeysError: there are MOST_PASSKEYS already.
    """
    return await _add(session, account_id, await _made(session, site, credential, Ceremony.ADD, account_id), called)


async def rename(session: DoorSession, passkey_id: UUID, *, of: UUID, name: str) -> None:
    """Call a passkey something else.

    Raises:
        PasskeyUnknownError: not of this account, or none.
    """
    values = {"id": passkey_id, "account_id": of, "name": rules.name(name, "")}
    if (await session.execute(_RENAME, values)).one_or_none() is None:
        raise PasskeyUnknownError


async def remove(session: DoorSession, passkey_id: UUID, *, of: UUID, but: UUID, even_the_last: bool) -> bool:
    """Remove a passkey, and sign out every browser that it has signed in, but the one that asks.

    Args:
        session: a transaction of the door.
        passkey_id: which one.
        of: whose.
        but: the session that asks.
        even_the_last: they know that without it only a new link lets them in.

    Returns:
        Whether it was the last one that works: then they are signed out everywhere, here too.

    Raises:
        PasskeyUnknownError: not of this account, or none.
        LastPasskeyError: no other one works, and nobody has said that this is understood.
    """
    await session.execute(_LOCK, {"account_id": of})
    mine = {one.id: one for one in await queries.of_account(session, of)}
    if passkey_id not in mine:
        raise PasskeyUnknownError
    is_last = not rules.work_without(mine.values(), passkey_id)
    if is_last and not even_the_last:
        raise LastPasskeyError("Without it, only a new link lets you in. Say that you know, or add another one first.")
    if is_last:
        await sessions.end_all(session, of)
    else:
        await sessions.end_of_passkey(session, passkey_id, but=but)
    await session.execute(_REMOVE, {"id": passkey_id, "account_id": of})
    return is_last


async def make_link(session: DoorSession, account_id: UUID, *, keep: bool, token: str | None = None) -> Link:
    """Return a new one-time link; the only time its token is seen. Earlier links stop working.

    Args:
        session: a transaction of the door.
        account_id: whose.
        keep: it is for one more device. Otherwise something is lost: their passkeys stop working here and now, and
            they are signed out everywhere.
        token: 256 bits that the caller drew, so that it can show them again; None to have them drawn.

    Raises:
        NoPasskeyHereError: their groups at a provider let them in, and no passkey may outlive that.
    """
    await _may_have_some(session, account_id)
    await accounts.forget_links(session, account_id)
    had_some = bool(await queries.of_account(session, account_id))
    if not keep:
        await sessions.end_all(session, account_id)
        await session.execute(_REMOVE_ALL, {"account_id": account_id})
    if had_some:
        await tell(session, account_id, News.LINK_MADE if keep else News.PASSKEYS_ENDED)
    return await accounts.new_link(session, account_id, LinkKind.ENROLL, token)


async def tell(session: DoorSession, account_id: UUID, news: News) -> None:
    """Note something that its owner shall see when they come in next."""
    await session.execute(_TELL, {"account_id": account_id, "kind": news.value})


async def tell_managers(
    session: DoorSession, region_id: UUID, news: News, *, agency_id: UUID | None = None, but: UUID | None = None
) -> None:
    """Note something for every program manager of a region for whom it does not lie unseen already.

    Args:
        session: a transaction of the door.
        region_id: whose managers.
        news: what.
        agency_id: of which center; None for the region's own.
        but: an account that knows.
    """
    values = {"region_id": region_id, "kind": news.value, "agency_id": agency_id, "but": but}
    await session.execute(_TELL_MANAGERS, values)


async def seen(session: DoorSession, account_id: UUID) -> None:
    """Note that somebody has seen what there was to tell."""
    await session.execute(_SEEN, {"account_id": account_id})


async def _ask_to_make(session: DoorSession, site: Site, ceremony: Ceremony, holder: Holder) -> Options:
    challenge = await challenges.draw(session, ceremony, holder.account_id)
    known = await queries.credentials_of(session, holder.account_id)
    return checks.making(site, challenge, holder.account_id, holder.name, known)


async def _made(
    session: DoorSession, site: Site, credential: Credential, ceremony: Ceremony, account_id: UUID
) -> NewKey:
    taken = await challenges.take(session, checks.challenge_of(credential), ceremony)
    if taken.account_id != account_id:
        raise PasskeyRefusedError
    return checks.made(site, taken.challenge, credential)


async def _may_have_some(session: DoorSession, account_id: UUID) -> str:
    """Return the name of somebody who may have passkeys, and let nobody else change them until this is over."""
    name, provider_id = (await session.execute(_LOCK, {"account_id": account_id})).one()
    if provider_id is not None:
        raise NoPasskeyHereError("Show your center's account again where a passkey is asked for.")
    return str(name)


async def _add(session: DoorSession, account_id: UUID, key: NewKey, name: str) -> UUID:
    await _may_have_some(session, account_id)
    if len(await queries.of_account(session, account_id)) >= rules.MOST_PASSKEYS:
        raise TooManyPasskeysError("Remove one first.")
    values = {"id": uuid4(), "account_id": account_id, "name": name, "sign_count": key.sign_count}
    keys = {"credential_id": key.credential_id, "public_key": key.public_key}
    added: UUID | None = (await session.execute(_ADD, {**values, **keys})).scalar_one_or_none()
    if added is None:  # somebody's already; whose, nobody is told
        raise PasskeyRefusedError
    return added
