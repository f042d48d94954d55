"""The ground that the benchmarks stand on: two servers, one database, and as many agencies as asked for.

The database grows and never shrinks, so that a full run onboards each agency once.
"""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import asyncpg

from infra.local.testing import ThrowawayServers
from libs.tenancy import foundation, migrate
from libs.tenancy.directory import AgencyRef, RegionRef, Tenants
from libs.tenancy.engine import open_engine
from libs.tenancy.foundation import Passwords
from libs.tenancy.names import RoleNames
from libs.tenancy.onboarding import NewAgency, NewRegion, create_agency, create_region
from libs.tenancy.planes import quoted
from libs.tenancy.transactions import Planes

ROLES = RoleNames("bench")
PLAIN_LOGIN = "bench_plain"
MAPPED_LOGIN = "bench_mapped"
CANARY = b"canary"
"""Every tenant's schema holds one request under this hash, whose language is the schema's own name."""

_DATABASE = "owncall_bench"
_PASSWORD = "of-the-benchmarks"  # noqa: S105 - the servers live for one run, on loopback
_AGENCIES_A_REGION = 100
_BATCH = 100
_NOT_OF_THE_FCC = 1_000_000
"""Ids of invented agencies begin here, so that the nation can be onboarded beside them."""

# What has no tenancy: the same table once, and a login that may use it and has no role to enter.
_PLAIN = f"""
    CREATE SCHEMA plain;
    CREATE TABLE plain.request (id uuid NOT NULL PRIMARY KEY, lookup_hash bytea NOT NULL UNIQUE,
        callout_id uuid NOT NULL, language text NOT NULL, asked_on date NOT NULL);
    CREATE ROLE {PLAIN_LOGIN} LOGIN PASSWORD '{_PASSWORD}';
    ALTER ROLE {PLAIN_LOGIN} SET search_path TO plain;
    CREATE ROLE {MAPPED_LOGIN} LOGIN PASSWORD '{_PASSWORD}';
    GRANT {ROLES.owner} TO {MAPPED_LOGIN} WITH INHERIT TRUE, SET FALSE;
    GRANT USAGE ON SCHEMA plain TO {PLAIN_LOGIN};
    GRANT SELECT, INSERT ON plain.request TO {PLAIN_LOGIN};
    GRANT CONNECT ON DATABASE {_DATABASE} TO {PLAIN_LOGIN}, {MAPPED_LOGIN};
"""
_ADD_CANARY = """
    INSERT INTO {schema}.request (id, lookup_hash, callout_id, language, asked_on)
    VALUES (gen_random_uuid(), $1, gen_random_uuid(), $2, DATE '2026-01-01')
"""


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much a run does.

    Attributes:
        agencies: at which numbers of agencies to measure, ascending.
        is_quick: only to see that everything runs; nothing is written down.
    """

    agencies: tuple[int, ...]
    is_quick: bool

    def pick(self, full: int, quick: int) -> int:
        """Return a number of repetitions."""
        return quick if self.is_quick else full


@dataclass
class Ground:
    """Servers, a database and its tenants."""

    servers: ThrowawayServers
    sizes: Sizes
    agencies: list[AgencyRef] = field(default_factory=list)
    regions: list[RegionRef] = field(default_factory=list)
    onboarding_s: list[float] = field(default_factory=list)
    onboarding_cpu_s: list[float] = field(default_factory=list)
    is_durable: bool = False

    def url(self, user: str | None = None) -> str:
        """Return the address of the database for one login, or for the superuser."""
        parts = urlsplit(self.servers.postgres.url(_DATABASE))
        netloc = parts.netloc if user is None else f"{user}:{_PASSWORD}@{parts.hostname}:{parts.port}"
        return urlunsplit(parts._replace(netloc=netloc))

    @property
    def login_url(self) -> str:
        """The application's address."""
        return self.url(ROLES.login)

    def make_durable(self, yes: bool) -> None:
        """Let a commit wait for the disk, as in production, or not; the server is started anew where that changes."""
        if self.is_durable is not yes:
            self.is_durable = self.servers.postgres.durable = yes
            self.servers.postgres.restart()

    @asynccontextmanager
    async def connected(self, user: str | None = None) -> AsyncIterator[asyncpg.Connection]:
        """Connect past the pool, as the superuser when nobody is named."""
        connection: asyncpg.Connection = await asyncpg.connect(self.url(user), timeout=10)
        try:
            yield connection
        finally:
            await connection.close()

    @asynccontextmanager
    async def planes(self, pool_size: int = 10) -> AsyncIterator[Planes]:
        """Open the application's way to the database."""
        engine = open_engine(self.login_url, pool_size=pool_size, application="owncall-bench")
        try:
            yield Planes(engine, ROLES)
        finally:
            await engine.dispose()

    async def tenants(self) -> Tenants:
        """Read the directory, as the application does."""
        async with self.planes(1) as planes:
            return await planes.tenants()

    async def lay(self) -> None:
        """Make the database: foundation, migrations, and the table without tenancy."""
        admin: asyncpg.Connection = await asyncpg.connect(self.servers.superuser_url, timeout=10)
        await admin.execute(f"CREATE DATABASE {_DATABASE} TEMPLATE template0")
        await admin.close()
        async with self.connected() as connection:
            await foundation.lay(connection, ROLES, Passwords(owner=_PASSWORD, login=_PASSWORD))
            await connection.execute(_PLAIN)
        await migrate.upgrade_shared(self.url(ROLES.owner), ROLES)

    async def grow(self, to: int) -> None:
        """Onboard agencies until there are `to`, as `owncall agency add` does, with commits that wait for the disk."""
        if len(self.onboarding_s) >= to:
            return
        self.make_durable(True)
        async with self.connected(ROLES.owner) as owner:
            region_id = await self._region(owner)
            backend = owner.get_server_pid()
            while len(self.onboarding_s) < to:
                number = len(self.onboarding_s)
                if number % _AGENCIES_A_REGION == 0:
                    region_id = await self._region(owner)
                began_at, cpu_s = time.perf_counter(), server_cpu_s(backend)
                await create_agency(owner, ROLES, region_id, _new_agency(number))
                self.onboarding_s.append(time.perf_counter() - began_at)
                self.onboarding_cpu_s.append(server_cpu_s(backend) - cpu_s)
        await self._settle()

    async def _region(self, owner: asyncpg.Connection) -> UUID:
        number = len(self.onboarding_s) // _AGENCIES_A_REGION
        return await create_region(owner, ROLES, NewRegion(f"region-{number}", f"Region {number}", "America/Chicago"))

    async def _settle(self) -> None:
        """Read who is new, and give each a canary."""
        tenants = await self.tenants()
        known = {agency.id for agency in self.agencies}
        new = [agency for agency in tenants.agencies.values() if agency.id not in known]
        self.agencies += new
        self.regions = list(tenants.regions.values())
        async with self.connected() as connection:
            for start in range(0, len(new), _BATCH):
                async with connection.transaction():
                    for agency in new[start : start + _BATCH]:
                        await _add_canary(connection, agency)
            await connection.execute("VACUUM ANALYZE")


def server_cpu_s(pid: int) -> float:
    """Return the seconds that a server process was on a core, to the nanosecond: hardly a matter of who else is."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


async def _add_canary(connection: asyncpg.Connection, agency: AgencyRef) -> None:
    schema = agency.schema_name
    await connection.execute(_ADD_CANARY.format(schema=quoted(schema)), CANARY, schema)
    await connection.execute(_ADD_CANARY.format(schema="plain"), schema.encode(), schema)


def _new_agency(number: int) -> NewAgency:
    fcc_id = _NOT_OF_THE_FCC + number
    return NewAgency(f"agency-{number}", f"Agency {number}", "dispatch", "MO", "Bluestem", "Arden Ferry", fcc_id)
