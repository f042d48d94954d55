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


async def ask_to_sign_in(session: DoorSession, site: Site) -> Options:
    """Return what anybody needs to sign in: the same for everybody, and no name is typed."""
    return checks.showing(site, await challenges.draw(session, Ceremony.SIGN_IN, None))


async def sign_in(session: DoorSession, site: Site, credential: Credential, browser: Browser) -> Begun:
    """Sign a browser in by a passkey.

    Raises:
        PasskeyRefusedError: nobody we know, or not in order; commit all the same.
    """
    signer = await _signer(session, site, credential, Ceremony.SIGN_IN, None)
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
    await _signer(session, site, credential, Ceremony.PROVE, account_id)
    return await sessions.proved(session, sign_in, account_id)


async def _signer(
    session: DoorSession, site: Site, credential: Credential, ceremony: Ceremony, only: UUID | None
) -> Signer:
    """Find out who has signed.

    When two copies of a passkey seem to exist it is refused from now on, whoever it has signed in is signed out, and
    its owner is told at the next sign-in: whoever shows it learns nothing of that.
    """
    taken = await challenges.take(session, checks.challenge_of(credential), ceremony)
    row = (await session.execute(_KNOWN, {"credential_id": checks.credential_id_of(credential)})).one_or_none()
    # An unknown passkey costs the same examination as a known one.
    seen = checks.shown(site, taken.challenge, credential, row.public_key if row else checks.NOBODYS_KEY)
    said = only if seen.account_id is None else seen.account_id
    if row is None or taken.account_id != only or said != row.account_id or only not in {None, said}:
        raise PasskeyRefusedError
    if row.doubted_on is not None:
        raise PasskeyRefusedError
    if rules.is_copy(row.sign_count, seen.sign_count):
        await session.execute(_DOUBT, {"id": row.id})
        await sessions.end_of_passkey(session, row.id)
        await actions.tell(session, row.account_id, News.PASSKEY_DOUBTED)
        raise PasskeyRefusedError
    await session.execute(_USED, {"id": row.id, "sign_count": seen.sign_count})
    return Signer(row.account_id, row.id)
