"""How a center or region signs in with a provider of its own, and who somebody is there."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from sqlalchemy import text

from libs.peer.accounts.models import Role
from libs.peer.sso.attempts import Registration
from libs.peer.sso.errors import ProviderUnusableError
from libs.peer.sso.rules import Step
from libs.peer.sso.sealing import Seal
from libs.tenancy.planes import DoorSession
from libs.tenancy.statements import Row


@dataclass(frozen=True, slots=True)
class Home:
    """Whose provider: a center's, or without `agency_id` the region's."""

    region_id: UUID
    agency_id: UUID | None = None

    @property
    def role(self) -> Role:
        """As what its provider can let somebody in, and as nothing else."""
        return Role.PSAP_ADMIN if self.agency_id else Role.PROGRAM_MANAGER


@dataclass(frozen=True, slots=True)
class SetUp:
    """How far it is set up; the fields are those of `SignOnProvider`."""

    id: UUID
    home: Home
    issuer: str
    client_id: str | None
    sealed_secret: bytes | None = field(repr=False)
    tested_on: date | None
    group_claim: str
    groups: Sequence[str]
    is_on: bool
    version: int

    @property
    def step(self) -> Step:
        """What it waits for."""
        if self.client_id is None:
            return Step.CLIENT
        if self.tested_on is None:
            return Step.TEST
        return Step.DONE if self.is_on else Step.SWITCH

    def registration(self, seal: Seal, redirect_uri: str) -> Registration:
        """Return how the provider knows us.

        Raises:
            ProviderUnusableError: the secret is not there, or was sealed by a key that is gone.
        """
        secret = seal.open(self.sealed_secret, self.id.bytes) if self.sealed_secret else None
        if self.client_id is None or secret is None:
            raise ProviderUnusableError("client_secret", "Give the client's secret once more.")
        return Registration(self.issuer, self.client_id, secret.decode(), redirect_uri)


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody at a provider whom we know.

    Attributes:
        account_id: None for whom a colleague has taken out: nobody, until a new link lets them in.
        is_by_groups: no colleague let them in, their groups there did.
        fits: the account is still of this center or region, and what its provider may let in.
    """

    id: UUID
    account_id: UUID | None
    is_by_groups: bool
    fits: bool


_COLUMNS = """
    p.id, p.region_id, p.agency_id, p.issuer, p.client_id, p.sealed_secret, p.tested_on, p.group_claim, p.groups,
    p.is_on, p.version
"""
_OF_HOME = text(
    f"""
    SELECT {_COLUMNS} FROM shared.sign_on_provider p
    WHERE p.region_id = :region_id AND p.agency_id IS NOT DISTINCT FROM CAST(:agency_id AS uuid)
    """  # noqa: S608 - our own columns
)
_LOCKED = text(f"SELECT {_COLUMNS} FROM shared.sign_on_provider p WHERE p.id = :id FOR UPDATE")  # noqa: S608 - our own columns
_OF_ACCOUNT = text(
    f"""
    SELECT {_COLUMNS} FROM shared.sign_on_provider p JOIN shared.sign_on_identity i ON i.provider_id = p.id
    WHERE i.account_id = :account_id AND p.is_on ORDER BY p.id LIMIT 1
    """  # noqa: S608 - our own columns
)
_KNOWN = text(
    """
    SELECT i.id, i.account_id, a.provider_id IS NOT NULL,
        coalesce(a.role = :role AND a.region_id = p.region_id AND a.agency_id IS NOT DISTINCT FROM p.agency_id, false)
    FROM shared.sign_on_identity i JOIN shared.sign_on_provider p ON p.id = i.provider_id
        LEFT JOIN shared.account a ON a.id = i.account_id
    WHERE i.provider_id = :provider_id AND i.who_hash = :who_hash
    """
)
_IS_BY_GROUPS = text("SELECT provider_id IS NOT NULL FROM shared.account WHERE id = :account_id")
_LET_IN = text(
    """
    SELECT a.name FROM shared.sign_on_identity i JOIN shared.account a ON a.id = i.account_id
    WHERE i.provider_id = :provider_id ORDER BY a.name, a.id
    """
)


async def of_home(session: DoorSession, home: Home) -> SetUp | None:
    """Return the provider of a center or region; None when nobody has begun."""
    values = {"region_id": home.region_id, "agency_id": home.agency_id}
    row = (await session.execute(_OF_HOME, values)).one_or_none()
    return None if row is None else _set_up(row)


async def locked(session: DoorSession, provider_id: UUID) -> SetUp | None:
    """Return a provider, and let nobody else come in by it or change it until this transaction is over."""
    row = (await session.execute(_LOCKED, {"id": provider_id})).one_or_none()
    return None if row is None else _set_up(row)


async def of_account(session: DoorSession, account_id: UUID) -> SetUp | None:
    """Return the provider, switched on, that knows an account; None when none does."""
    row = (await session.execute(_OF_ACCOUNT, {"account_id": account_id})).one_or_none()
    return None if row is None else _set_up(row)


async def is_by_groups(session: DoorSession, account_id: UUID) -> bool:
    """Say whether somebody's groups at a provider let them in, and no colleague."""
    return bool((await session.execute(_IS_BY_GROUPS, {"account_id": account_id})).scalar_one_or_none())


async def known(session: DoorSession, provider: SetUp, who_hash: bytes) -> Known | None:
    """Return who somebody at a provider is here."""
    values = {"provider_id": provider.id, "who_hash": who_hash, "role": provider.home.role.value}
    row = (await session.execute(_KNOWN, values)).one_or_none()
    return None if row is None else Known(*row)


async def let_in(session: DoorSession, provider_id: UUID) -> Sequence[str]:
    """List the names of everybody whom a provider knows here."""
    return (await session.execute(_LET_IN, {"provider_id": provider_id})).scalars()


def _set_up(row: Row) -> SetUp:
    provider_id, region_id, agency_id, *rest = row
    return SetUp(provider_id, Home(region_id, agency_id), *rest)
