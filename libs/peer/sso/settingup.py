"""A provider is set up step by step: issuer, client, a test, groups, the switch. Each step can be taken again.

What was tested is what signs in: a new issuer, client or secret switches it off until it is tested again.
"""

from uuid import UUID, uuid4

from sqlalchemy import text

from libs.peer.sessions import actions as sessions
from libs.peer.sso import queries, rules
from libs.peer.sso.errors import ProviderUnusableError, SetUpOrderError
from libs.peer.sso.queries import Home, SetUp
from libs.peer.sso.sealing import Seal
from libs.tenancy.planes import DoorSession

_LONGEST = 300
_ADD = text(
    """
    INSERT INTO shared.sign_on_provider (id, region_id, agency_id, issuer)
    VALUES (:id, :region_id, CAST(:agency_id AS uuid), :issuer)
    ON CONFLICT ON CONSTRAINT sign_on_provider_once_a_home DO NOTHING
    """
)
_SET_ISSUER = text(
    """
    UPDATE shared.sign_on_provider SET issuer = :issuer, client_id = NULL, sealed_secret = NULL, tested_on = NULL,
        is_on = false, version = version + 1
    WHERE id = :id
    """
)
_SET_CLIENT = text(
    """
    UPDATE shared.sign_on_provider SET client_id = :client_id, sealed_secret = :sealed_secret, tested_on = NULL,
        is_on = false, version = version + 1
    WHERE id = :id
    """
)
_TESTED = text("UPDATE shared.sign_on_provider SET tested_on = CAST(shared.clock() AS date) WHERE id = :id")
_SET_GROUPS = text("UPDATE shared.sign_on_provider SET group_claim = :group_claim, groups = :groups WHERE id = :id")
_SWITCH = text("UPDATE shared.sign_on_provider SET is_on = :is_on WHERE id = :id")
_REMOVE = text("DELETE FROM shared.sign_on_provider WHERE id = :id")
_IDENTITIES = text(
    """
    SELECT i.id FROM shared.sign_on_identity i JOIN shared.account a ON a.id = i.account_id
    WHERE i.provider_id = :id AND (a.provider_id IS NOT NULL OR NOT CAST(:by_groups_alone AS boolean))
    """
)
_FORGET_IDENTITIES = text("DELETE FROM shared.sign_on_identity WHERE provider_id = :id")
_FORGET_ATTEMPTS = text("DELETE FROM shared.sign_on_attempt WHERE provider_id = :id")


async def set_issuer(session: DoorSession, home: Home, issuer: str) -> None:
    """Name the issuer, which was asked what it is before. Another one than before knows nobody here."""
    found = await queries.of_home(session, home)
    if found is None:
        values = {"id": uuid4(), "region_id": home.region_id, "agency_id": home.agency_id}
        await session.execute(_ADD, {**values, "issuer": issuer})
        return
    await queries.locked(session, found.id)
    if found.issuer == issuer:
        return
    await _end_sessions(session, found.id)
    await session.execute(_FORGET_IDENTITIES, {"id": found.id})
    await session.execute(_FORGET_ATTEMPTS, {"id": found.id})
    await session.execute(_SET_ISSUER, {"id": found.id, "issuer": issuer})


async def set_client(session: DoorSession, seal: Seal, home: Home, client_id: str, secret: str) -> None:
    """Give the client that was made for us there, and its secret, which is sealed here and shown to nobody.

    Raises:
        SetUpOrderError: no issuer is named yet.
        ProviderUnusableError: one of the two can be none.
    """
    setup = await _begun(session, home)
    for field, said in (("client_id", client_id), ("client_secret", secret)):
        if not 0 < len(said) <= _LONGEST or not said.isprintable():
            raise ProviderUnusableError(field, "Copy it letter by letter from your provider.")
    sealed = seal.close(secret.encode(), setup.id.bytes)
    await session.execute(_FORGET_ATTEMPTS, {"id": setup.id})
    await session.execute(_SET_CLIENT, {"id": setup.id, "client_id": client_id, "sealed_secret": sealed})


async def tested(session: DoorSession, provider_id: UUID) -> None:
    """Note that somebody went there and came back in order."""
    await session.execute(_TESTED, {"id": provider_id})


async def set_groups(session: DoorSession, home: Home, group_claim: str, groups: str) -> None:
    """Say who comes in by groups. Whoever came in by groups shows them anew: their sessions end.

    Raises:
        SetUpOrderError: no client is given yet.
        ProviderUnusableError: a claim or group that can be none.
    """
    setup = await _begun(session, home)
    if setup.client_id is None:
        raise SetUpOrderError("Give the client first.")
    claim = group_claim.strip()
    if not 0 < len(claim) <= _LONGEST or not claim.isprintable():
        raise ProviderUnusableError("group_claim", "Name the claim as the test showed it.")
    values = {"id": setup.id, "group_claim": claim, "groups": rules.groups(groups)}
    await session.execute(_SET_GROUPS, values)
    await _end_sessions(session, setup.id, by_groups_alone=True)


async def switch(session: DoorSession, home: Home, *, is_on: bool) -> None:
    """Let it sign in, or not any more; whom it has signed in is signed out then.

    Raises:
        SetUpOrderError: nobody has tested it.
    """
    setup = await _begun(session, home)
    if is_on and setup.tested_on is None:
        raise SetUpOrderError("Test it first.")
    await session.execute(_SWITCH, {"id": setup.id, "is_on": is_on})
    if not is_on:
        await session.execute(_FORGET_ATTEMPTS, {"id": setup.id})
        await _end_sessions(session, setup.id)


async def remove(session: DoorSession, home: Home) -> None:
    """Forget a provider and whom it knows; whom it has signed in is signed out.

    Raises:
        SetUpOrderError: there is none.
    """
    setup = await _begun(session, home)
    await _end_sessions(session, setup.id)
    await session.execute(_REMOVE, {"id": setup.id})


async def _begun(session: DoorSession, home: Home) -> SetUp:
    found = await queries.of_home(session, home)
    setup = await queries.locked(session, found.id) if found else None
    if setup is None:
        raise SetUpOrderError("Name the issuer first.")
    return setup


async def _end_sessions(session: DoorSession, provider_id: UUID, *, by_groups_alone: bool = False) -> None:
    values = {"id": provider_id, "by_groups_alone": by_groups_alone}
    await sessions.end_of_identities(session, (await session.execute(_IDENTITIES, values)).scalars())
