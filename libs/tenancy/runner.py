"""The migration runner: brings every tenant's schema to the newest version, several at a time.

One transaction a schema, with its version row inside: a kill leaves each schema before or after, never between, and
the next run goes on. Two runners share the work, since each takes the row of the schema that it moves.

Source: docs/decisions/0004-migrations.md
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field

import asyncpg

from libs.tenancy import migrate, trees
from libs.tenancy.planes import PlaneKind, quoted
from libs.tenancy.trees import Tree

APPLICATION = "owncall-migrate"
_SERVER_SETTINGS = {
    "application_name": APPLICATION,
    # A killed runner's backend would otherwise finish its statement, and hold its locks, for nobody.
    "client_connection_check_interval": "500ms",
}
_LOOK_AGAIN_S = 0.2
_IN_THE_WAY = (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError)
"""Somebody else's locks: they pass."""
_CUT = (
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # seen when the server ends a connection at the moment of a BEGIN
    OSError,
)
"""The connection is gone, or not to be trusted: another one may do."""


@dataclass(frozen=True, slots=True)
class Tenant:
    """One schema as the directory knows it.

    Attributes:
        name: the slug of its agency or region.
        table: `agency` or `region`: where in schema `shared` its row is.
        version: what that row says.
        roles: its role in each plane that has tables here.
    """

    schema: str
    name: str
    table: str
    version: str
    roles: dict[PlaneKind, str]


@dataclass(frozen=True, slots=True)
class Failure:
    """One schema that stayed where it was.

    Attributes:
        cause: class and SQLSTATE; never a message, as messages carry values.
    """

    schema: str
    name: str
    cause: str


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a migration came.

    Attributes:
        at_head: schemas that were at the newest version when their turn came.
        moved: schemas that this run brought there.
        failed: those that stayed behind, each with its cause.
        left: not tried, because a canary failed.
    """

    at_head: int
    moved: int
    failed: tuple[Failure, ...] = ()
    left: int = 0

    @property
    def is_complete(self) -> bool:
        """Whether every schema is at the newest version."""
        return not self.failed and not self.left


@dataclass(frozen=True, slots=True)
class Patience:
    """How hard a run tries.

    Attributes:
        lock_timeout_s: how long one statement waits for a lock; everybody behind it waits as long.
        attempts: tries at one schema, when somebody's lock was in the way or the connection was cut.
        pause_s: before the second try; twice as long before each next one.
        for_others_s: how long another runner may keep the schemas that are left.
    """

    lock_timeout_s: float = migrate.LOCK_TIMEOUT_S
    attempts: int = 5
    pause_s: float = 0.3
    for_others_s: float = 60.0


_PATIENT = Patience()

OnStep = Callable[[int, int, int], None]
"""Hears how many schemas are through, of how many, and how many of them failed."""


async def all_tenants(connection: asyncpg.Connection) -> list[Tenant]:
    """Read every schema with its version, in one query."""
    return [
        Tenant(row["schema_name"], row["slug"], row["source"], row["schema_version"], _roles(row))
        for row in await connection.fetch(_TENANTS)
    ]


async def upgrade_tenants(
    owner_url: str,
    *,
    concurrency: int = 4,
    canary: int = 0,
    tree: Tree = trees.AGENCY,
    patience: Patience = _PATIENT,
    on_step: OnStep | None = None,
) -> Progress:
    """Bring every tenant's schema to its newest version; one that fails never stops the others.

    Args:
        owner_url: the owner's address.
        concurrency: schemas at a time, each on a connection of its own.
        canary: so many go first; when one of them fails, the others are left alone. 0 for none.
        tree: the tenants' tree.
        patience: how hard it tries.
        on_step: hears of every schema that is through.

    Raises:
        OSError: the database is out of reach; what was done stays done, and the next run goes on.
    """
    async with migrate.owner_connection(owner_url) as connection:
        known = await all_tenants(connection)
    behind = [tenant for tenant in known if tree.is_behind(tenant.version)]
    for version in {tenant.version for tenant in behind} & set(tree.revisions):
        migrate.render(f"{version}:{tree.head}", tree=tree)  # a revision that cannot be rendered stops here
    run = _Run(owner_url, tree, patience, of=len(behind), on_step=on_step)
    await run.through(behind[:canary], concurrency)
    if not run.failed:
        await run.through(behind[canary:], concurrency)
    return Progress(
        at_head=len(known) - len(behind) + run.at_head,
        moved=run.moved,
        failed=tuple(sorted(run.failed, key=lambda failure: failure.name)),
        left=len(behind) - run.done,
    )


def cause_of(error: BaseException) -> str:
    """Return what went wrong as class and SQLSTATE; the driver's class where SQLAlchemy has wrapped it."""
    source = error if isinstance(error, asyncpg.PostgresError) else error.__cause__ or error
    return " ".join(filter(None, (type(source).__name__, getattr(source, "sqlstate", None))))


_TENANTS = """
    SELECT schema_name, slug, schema_version, 'region' AS source, care_role, NULL AS desk_role FROM shared.region
    UNION ALL
    SELECT schema_name, slug, schema_version, 'agency', care_role, desk_role FROM shared.agency
    ORDER BY schema_name
"""


def _roles(row: asyncpg.Record) -> dict[PlaneKind, str]:
    roles = {PlaneKind.CARE: row["care_role"], PlaneKind.DESK: row["desk_role"]}
    return {kind: role for kind, role in roles.items() if role is not None}


class _BusyError(Exception):
    """Another runner has this schema in hand, or a killed one's last transaction is not yet rolled back."""


@dataclass
class _Run:
    """One run: what is waiting, and what became of the rest."""

    owner_url: str
    tree: Tree
    patience: Patience
    of: int
    on_step: OnStep | None
    at_head: int = 0
    moved: int = 0
    failed: list[Failure] = field(default_factory=list)

    @property
    def done(self) -> int:
        """Schemas that are through, one way or the other."""
        return self.at_head + self.moved + len(self.failed)

    async def through(self, tenants: Iterable[Tenant], concurrency: int) -> None:
        """Take some tenants through, `concurrency` at a time."""
        waiting = deque(tenants)
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(concurrency, len(waiting))):
                    group.create_task(self._work(waiting))
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from errors

    async def _work(self, waiting: deque[Tenant]) -> None:
        worker = _Worker(self.owner_url, self.tree, self.patience)
        busy, patience_ends = 0, time.monotonic() + self.patience.for_others_s
        try:
            while waiting:
                tenant = waiting.popleft()
                try:
                    outcome = await worker.try_to_move(tenant)
                except _BusyError:
                    if time.monotonic() < patience_ends:
                        # Go round the others' schemas first: two runners then share the work.
                        waiting.append(tenant)
                        busy += 1
                        await asyncio.sleep(_LOOK_AGAIN_S if busy >= len(waiting) else 0)
                        continue
                    outcome = "in another runner's hands"
                busy, patience_ends = 0, time.monotonic() + self.patience.for_others_s
                self._note(tenant, outcome)
        finally:
            await worker.close()

    def _note(self, tenant: Tenant, outcome: str | bool) -> None:
        if isinstance(outcome, str):
            self.failed.append(Failure(tenant.schema, tenant.name, outcome))
        elif outcome:
            self.moved += 1
        else:
            self.at_head += 1
        if self.on_step is not None:
            self.on_step(self.done, self.of, len(self.failed))


class _Worker:
    """One connection of the owner's, opened again when it was cut."""

    def __init__(self, owner_url: str, tree: Tree, patience: Patience) -> None:
        self._owner_url = owner_url
        self._tree = tree
        self._patience = patience
        self._connection: asyncpg.Connection | None = None

    async def try_to_move(self, tenant: Tenant) -> bool | str:
        """Move one schema, some times if need be.

        Returns:
            Whether it was moved (False: it was there already), or why it could not be.
        """
        cause = ""
        for attempt in range(self._patience.attempts):
            if attempt:
                await asyncio.sleep(self._patience.pause_s * 2 ** (attempt - 1))
            try:
                return await _move(await self._open(), tenant, self._tree, self._patience)
            except _IN_THE_WAY as error:
                cause = cause_of(error)
            except _CUT as error:
                is_away = self._connection is None
                cause = cause_of(error)
                self._drop()
                if is_away and attempt == self._patience.attempts - 1:
                    raise
            except (asyncpg.PostgresError, LookupError) as error:
                return cause_of(error)
        return cause

    async def close(self) -> None:
        """Take leave of the server; a connection that was cut needs no leave."""
        if self._connection is not None:
            with suppress(*_CUT):
                await self._connection.close(timeout=2)

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None

    async def _open(self) -> asyncpg.Connection:
        if self._connection is None:
            self._connection = await migrate.connect_as_owner(self._owner_url, **_SERVER_SETTINGS)
        return self._connection


async def _move(connection: asyncpg.Connection, tenant: Tenant, tree: Tree, patience: Patience) -> bool:
    """Move one schema in one transaction; its own version table has the last word on where it stands."""
    row = f"shared.{tenant.table}"
    async with connection.transaction():
        bounded = migrate.lock_timeout(patience.lock_timeout_s)
        await connection.execute(f"SET LOCAL search_path TO {quoted(tenant.schema)}; {bounded}")
        mine = await connection.fetchval(
            f"SELECT id FROM {row} WHERE schema_name = $1 FOR NO KEY UPDATE SKIP LOCKED",  # noqa: S608 - one of two
            tenant.schema,
        )
        if mine is None:
            raise _BusyError
        version = str(await connection.fetchval("SELECT version_num FROM alembic_version"))
        is_behind = tree.is_behind(version)
        if is_behind:
            if version not in tree.revisions:
                raise LookupError(version)
            await connection.execute(migrate.render(f"{version}:{tree.head}", tree=tree))
            await migrate.lay_tenant_grants(connection, tenant.roles)
        await connection.execute(
            f"UPDATE {row} SET schema_version = $2 WHERE id = $1",  # noqa: S608 - one of two
            *(mine, tree.head if is_behind else version),
        )
    return is_behind
