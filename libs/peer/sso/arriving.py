"""Somebody goes to a provider and comes back: kept on the way, taken once, examined by `attempts`, let in or not."""

from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID, uuid4

from pydantic import TypeAdapter
from sqlalchemy import text

from libs.peer.accounts import actions as accounts
from libs.peer.accounts.actions import NewAccount
from libs.peer.accounts.rules import hashed
from libs.peer.provisioning import queries as provisioning
from libs.peer.sessions import actions as sessions
from libs.peer.sessions.actions import Begun, Browser, Way
from libs.peer.sso import queries, rules, settingup
from libs.peer.sso.attempts import Attempt
from libs.peer.sso.errors import Flaw, NoPartHereError, SignOnRefusedError
from libs.peer.sso.queries import Known, SetUp
from libs.peer.sso.rules import Provider
from libs.peer.sso.sealing import Seal
from libs.peer.sso.tokens import Identity
from libs.tenancy.planes import DoorSession


class Purpose(StrEnum):
    """What somebody goes there for; coming back is good for nothing else."""

    SIGN_IN = "sign_in"
    PROVE = "prove"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class Trip:
    """What is kept, sealed, while somebody is there.

    Attributes:
        provider: as it described itself when they went.
        version: of the set-up by which they went.
        begun_at: seconds since 1970.
        account_id: who went, and in which session: to prove or to test.
        after: the page of ours to go on with.
        lang: the language that they read.
    """

    purpose: Purpose
    attempt: Attempt = field(repr=False)
    provider: Provider
    version: int
    begun_at: float
    account_id: UUID | None = None
    sign_in_id: UUID | None = None
    after: str = ""
    lang: str = ""


@dataclass(frozen=True, slots=True)
class Arrival:
    """Somebody who is back, examined.

    Attributes:
        setup_id: the provider by whose redirect address they came.
        now: seconds since 1970.
    """

    setup_id: UUID
    trip: Trip
    identity: Identity
    now: float


_TRIP = TypeAdapter(Trip)
_KEEP = text(
    """
    INSERT INTO shared.sign_on_attempt (state_hash, provider_id, sealed, expires_at)
    VALUES (:state_hash, :provider_id, :sealed, shared.clock() + CAST(:lives AS interval))
    """
)
_TAKE = text(
    """
    DELETE FROM shared.sign_on_attempt WHERE state_hash = :state_hash
    RETURNING provider_id, sealed, expires_at > shared.clock() AS is_good
    """
)
_IS_SIGNED_IN = text(
    """
    SELECT a.provider_id IS NULL AND a.role = :role AND a.region_id = :region_id
        AND a.agency_id IS NOT DISTINCT FROM CAST(:agency_id AS uuid)
    FROM shared.sign_in s JOIN shared.account a ON a.id = s.account_id
    WHERE s.id = :id AND s.account_id = :account_id AND s.expires_at > shared.clock()
    """
)
_LINK = text(
    """
    INSERT INTO shared.sign_on_identity (id, provider_id, who_hash, account_id)
    VALUES (gen_random_uuid(), :provider_id, :who_hash, :account_id)
    ON CONFLICT (provider_id, account_id) DO UPDATE SET who_hash = excluded.who_hash RETURNING id
    """
)
_FORGET_MARK = text(
    """
    DELETE FROM shared.sign_on_identity
    WHERE provider_id = :provider_id AND who_hash = :who_hash AND account_id IS NULL
    """
)
_BY_GROUPS = text("UPDATE shared.account SET provider_id = :provider_id WHERE id = :account_id")


async def keep(session: DoorSession, seal: Seal, setup_id: UUID, trip: Trip) -> None:
    """Keep what has to fit the answer."""
    state_hash = hashed(trip.attempt.state)
    sealed = seal.close(_TRIP.dump_json(trip), state_hash + setup_id.bytes)
    values = {"state_hash": state_hash, "provider_id": setup_id, "sealed": sealed, "lives": rules.ATTEMPT_LIVES}
    await session.execute(_KEEP, values)


async def take(session: DoorSession, seal: Seal, setup: SetUp, state: str) -> Trip | None:
    """Take the trip that an answer names; commit before the answer is examined, and nobody can end it twice.

    Returns:
        None when nobody went with this state, it was taken before or is too old, it went to somebody else's provider,
        or the set-up has changed since.
    """
    state_hash = hashed(state)
    row = (await session.execute(_TAKE, {"state_hash": state_hash})).one_or_none()
    if row is None or not row.is_good or row.provider_id != setup.id:
        return None
    opened = seal.open(row.sealed, state_hash + setup.id.bytes)
    trip = None if opened is None else _TRIP.validate_json(opened)
    return trip if trip is not None and trip.version == setup.version else None


async def sign_in(session: DoorSession, seal: Seal, arrival: Arrival, browser: Browser) -> Begun:
    """Sign a browser in, as whoever that is here; an account is made for somebody new whose groups let them in.

    Raises:
        SignOnRefusedError: the set-up has changed meanwhile, or is off.
        NoPartHereError: nobody we know, no longer, or taken out; what they had open is ended, so commit all the same.
    """
    setup, known = await _who(session, seal, arrival)
    if not setup.is_on:
        raise SignOnRefusedError(Flaw.STATE)
    if known is None:
        known = await _make(session, seal, setup, arrival.identity)
    account_id = await _insist_on_part(session, setup, known, arrival.identity)
    return await sessions.begin(session, account_id, browser, _way(seal, setup, known, arrival))


async def prove(session: DoorSession, seal: Seal, arrival: Arrival) -> Begun:
    """Note that somebody who is signed in was just there, and showed that it is them.

    Raises:
        SignOnRefusedError: it was somebody else, or they were waved through without showing anything.
        NoPartHereError: they have no part here any more; what they had open is ended, so commit all the same.
        SignInUnknownError: the session has ended meanwhile.
    """
    setup, known = await _who(session, seal, arrival)
    trip = arrival.trip
    SignOnRefusedError.unless(rules.is_anew(arrival.identity.signed_in_at, trip.begun_at, arrival.now), Flaw.AUTH_TIME)
    if not setup.is_on or known is None or known.account_id != trip.account_id or trip.sign_in_id is None:
        raise SignOnRefusedError(Flaw.SUBJECT)
    account_id = await _insist_on_part(session, setup, known, arrival.identity)
    return await sessions.proved(session, trip.sign_in_id, account_id)


async def tried(session: DoorSession, seal: Seal, arrival: Arrival) -> bool:
    """Note that the provider works, and that this is how it knows whoever tests.

    Returns:
        Whether it signs them in from now on: not when it knows somebody else by that account, nor whom their groups
        let in, as these have an account there already.

    Raises:
        SignOnRefusedError: whoever tests is no longer signed in, or the set-up has changed.
    """
    setup, known = await _who(session, seal, arrival)
    trip, home = arrival.trip, setup.home
    values = {"id": trip.sign_in_id, "account_id": trip.account_id, "role": home.role.value}
    places = {"region_id": home.region_id, "agency_id": home.agency_id}
    is_colleagues = (await session.execute(_IS_SIGNED_IN, {**values, **places})).scalar_one_or_none()
    if is_colleagues is None or trip.account_id is None:
        raise SignOnRefusedError(Flaw.BROWSER)
    await settingup.tested(session, setup.id)
    if known is not None and known.account_id is not None:
        return known.account_id == trip.account_id
    if is_colleagues:
        await _link(session, seal, setup, arrival.identity, trip.account_id)
    return bool(is_colleagues)


async def _who(session: DoorSession, seal: Seal, arrival: Arrival) -> tuple[SetUp, Known | None]:
    setup = await queries.locked(session, arrival.setup_id)
    identity = arrival.identity
    if setup is None or setup.version != arrival.trip.version or setup.issuer != identity.issuer:
        raise SignOnRefusedError(Flaw.STATE)
    return setup, await queries.known(session, setup, _marked(seal, setup, identity))


async def _insist_on_part(session: DoorSession, setup: SetUp, known: Known, identity: Identity) -> UUID:
    """Return the account of whom a colleague let in, or whose groups let them in now; else whatever they had open ends.

    The center's directory has the last word, as far as it says anything.
    """
    has_part = known.fits and (not known.is_by_groups or _is_let_in(setup, identity))
    if known.account_id is not None and has_part and not await _has_left(session, setup, identity):
        return known.account_id
    await sessions.end_of_identities(session, [known.id])
    raise NoPartHereError("Ask whoever runs OwnCall at your center or in your region.")


async def _make(session: DoorSession, seal: Seal, setup: SetUp, identity: Identity) -> Known:
    if not _is_let_in(setup, identity) or await _has_left(session, setup, identity):
        raise NoPartHereError("Ask whoever runs OwnCall at your center or in your region.")
    home = setup.home
    new = NewAccount(uuid4(), home.role, home.region_id, rules.person(identity.claims), agency_id=home.agency_id)
    await accounts.add(session, new)
    await session.execute(_BY_GROUPS, {"provider_id": setup.id, "account_id": new.id})
    return Known(await _link(session, seal, setup, identity, new.id), new.id, is_by_groups=True, fits=True)


async def _link(session: DoorSession, seal: Seal, setup: SetUp, identity: Identity, account_id: UUID) -> UUID:
    values = {"provider_id": setup.id, "who_hash": _marked(seal, setup, identity)}
    await session.execute(_FORGET_MARK, values)  # a new link has let them in again
    values |= {"account_id": account_id}
    found: UUID = (await session.execute(_LINK, values)).scalar_one()
    return found


def _is_let_in(setup: SetUp, identity: Identity) -> bool:
    return not identity.groups(setup.group_claim).isdisjoint(setup.groups)


async def _has_left(session: DoorSession, setup: SetUp, identity: Identity) -> bool:
    agency_id = setup.home.agency_id
    return agency_id is not None and await provisioning.has_left(session, agency_id, identity.subject)


def _marked(seal: Seal, setup: SetUp, identity: Identity) -> bytes:
    return seal.mark("who", str(setup.id), identity.issuer, identity.subject)


def _way(seal: Seal, setup: SetUp, known: Known, arrival: Arrival) -> Way:
    sid = arrival.identity.sid
    return Way(
        identity_id=known.id,
        sid_hash=None if sid is None else seal.mark("sid", str(setup.id), sid),
        proved_ago=rules.proved_ago(arrival.identity.signed_in_at, arrival.now),
    )
