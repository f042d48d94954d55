"""A passkey is shown: to sign in, or to prove that its owner is there."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text

from libs.peer.passkeys import actions, challenges, checks, queries, rules
from libs.peer.passkeys.checks import Credential, Options, Site
from libs.peer.passkeys.errors import PasskeyRefusedError
from libs.peer.passkeys.models import Ceremony, News
from libs.peer.sessions import actions as sessions
from libs.peer.sessions.actions import Begun, Browser, Way
from libs.tenancy.planes import DoorSession


@dataclass(frozen=True, slots=True)
class Signer:
    """Whose passkey it was, and which."""

    account_id: UUID
    passkey_id: UUID


@dataclass(frozen=True, slots=True)
class _Shown:
    """A passkey whose signature holds: its counter as stored, and as shown."""

    signer: Signer
    stored: int
    counter: int


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


async def ask_to_sign_in(session: DoorSession, site: Site, key: bytes) -> Options:
    """Return what anybody needs to sign in: the same for everybody, and no name is typed. Nothing is stored."""
    return checks.showing(site, await challenges.offer(session, key))


async def sign_in(session: DoorSession, site: Site, key: bytes, credential: Credential, browser: Browser) -> Begun:
    """Sign a browser in by a passkey.

    Args:
        session: a transaction of the door.
        site: for which site passkeys are used.
        key: by which `ask_to_sign_in` has signed the challenge.
        credential: the answer.
        browser: in which it is shown.

    Raises:
        PasskeyRefusedError: nobody we know, or not in order; commit all the same.
    """
    challenge = challenges.offered(key, checks.challenge_of(credential))
    shown = await _known(session, site, credential, challenge, None)
    # Before its counter is looked at: an answer that is played again is no copy.
    if not await challenges.spend(session, challenge):
        raise PasskeyRefusedError
    signer = await _use(session, shown)
    return await sessions.begin(session, signer.account_id, browser, Way(passkey_id=signer.passkey_id))


async def ask_to_prove(session: DoorSession, site: Site, account_id: UUID) -> Options:
    """Return what somebody who is signed in needs to show one of their passkeys."""
    challenge = await challenges.draw(session, Ceremony.PROVE, account_id)
    return checks.showing(site, challenge, await queries.credentials_of(session, account_id))


async def prove(session: DoorSession, site: Site, credential: Credential, *, account_id: UUID, sign_in: UUID) -> Begun:
    """Note that somebody who is signed in is there: `sign_in` goes on under a new token.

    Raises:
        PasskeyRefusedError: somebody else's, or not in order; commit all the same.
        SignInUnknownError: the session has ended meanwhile.
    """
    taken = await challenges.take(session, checks.challenge_of(credential), Ceremony.PROVE)
    shown = await _known(session, site, credential, taken.challenge, account_id)
    if taken.account_id != account_id:
        raise PasskeyRefusedError
    await _use(session, shown)
    return await sessions.proved(session, sign_in, account_id)


async def _known(
    session: DoorSession, site: Site, credential: Credential, challenge: bytes, only: UUID | None
) -> _Shown:
    """Find out whose passkey has signed a challenge; `only`: whose alone it may be, where that is known."""
    row = (await session.execute(_KNOWN, {"credential_id": checks.credential_id_of(credential)})).one_or_none()
    # An unknown passkey costs the same examination as a known one.
    seen = checks.shown(site, challenge, credential, row.public_key if row else checks.NOBODYS_KEY)
    said = only if seen.account_id is None else seen.account_id
    if row is None or said != row.account_id or only not in {None, said} or row.doubted_on is not None:
        raise PasskeyRefusedError
    return _Shown(Signer(row.account_id, row.id), row.sign_count, seen.sign_count)


async def _use(session: DoorSession, shown: _Shown) -> Signer:
    """Keep the passkey's counter.

    When two copies of a passkey seem to exist it is refused from now on, whoever it has signed in is signed out, and
    its owner is told at the next sign-in: whoever shows it learns nothing of that.
    """
    signer = shown.signer
    if rules.is_copy(shown.stored, shown.counter):
        await session.execute(_DOUBT, {"id": signer.passkey_id})
        await sessions.end_of_passkey(session, signer.passkey_id)
        await actions.tell(session, signer.account_id, News.PASSKEY_DOUBTED)
        raise PasskeyRefusedError
    await session.execute(_USED, {"id": signer.passkey_id, "sign_count": shown.counter})
    return signer
